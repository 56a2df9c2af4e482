#!/bin/sh
# Have a Chromium for the browser tests: the system's. Without one they are skipped, and this says why.
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "no Chromium found, so the browser tests will be skipped: apt install chromium"
    exit 0
fi
echo "installing Chromium for the browser tests"
{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium; } >/dev/null 2>&1 ||
    echo "Chromium could not be installed, so the browser tests will be skipped: apt install chromium"
