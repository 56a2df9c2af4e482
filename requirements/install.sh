#!/bin/sh
# Make .venv when it is absent and install a locked list into it: install.sh requirements/run.txt
# Works with only Debian's python3, with or without python3-venv, as long as one pip is to be had.
set -eu

if [ -z "${PYTHON:-}" ]; then
    echo "newswire needs Python 3.11 or newer: apt install python3 python3-venv, or make PYTHON=/path/to/python …" >&2
    exit 1
fi
if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "newswire needs Python 3.11 or newer, and $PYTHON is $("$PYTHON" --version 2>&1): make PYTHON=/path/to/python …" >&2
    exit 1
fi
advice="cannot make an environment with $PYTHON: apt install python3-venv"

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
    echo "making .venv with $("$PYTHON" --version)"
    rm -rf .venv
    if ! "$PYTHON" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        # Debian splits ensurepip off; the system's pip can install into an environment that has none.
        if ! "$PYTHON" -m pip --version >/dev/null 2>&1 || ! "$PYTHON" -m venv --without-pip .venv; then
            rm -rf .venv
            echo "$advice" >&2
            exit 1
        fi
    fi
fi

if .venv/bin/python -m pip --version >/dev/null 2>&1; then
    pip=".venv/bin/python -m pip"
else
    pip="$PYTHON -m pip --python .venv/bin/python"
fi

echo "installing $1"
$pip install --quiet --disable-pip-version-check --require-hashes --requirement "$1"
# The project itself, for the `newswire` command; everything that it needs is there already.
$pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
.venv/bin/python -m compileall -q services shared || true
