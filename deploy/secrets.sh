#!/bin/sh
# Makes ./secrets for docker-compose.yml when it is absent: random, readable by the owner (and the containers) only.
set -eu
dir=${1:-secrets}
[ -f "$dir/database_url" ] && exit 0
umask 022
mkdir -p "$dir"
chmod 711 "$dir"
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
random > "$dir/admin_key"
password=$(random)
printf %s "$password" > "$dir/database_password"
printf 'postgresql://newswire:%s@postgres:5432/newswire' "$password" > "$dir/database_url"
echo "Made $dir: the admin key is in $dir/admin_key."
