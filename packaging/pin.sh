#!/bin/sh
# Remakes the pinned requirements from pyproject.toml, for developers. Needs the network, and takes the newest
# releases that pyproject.toml allows, for every platform and for Python 3.11 and up:
#
#     packaging/pin.sh [--upgrade-package NAME]...      with no argument everything moves
set -eu
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
/usr/bin/python3 -I -m venv "$tools/venv"
"$tools/venv/bin/python" -I -m pip --quiet install uv

if [ $# = 0 ]; then set -- --upgrade; fi
pin() { # pin FILE EXTRA...
    file=packaging/$1
    shift
    extras=
    for extra in "$@"; do extras="$extras --extra $extra"; done
    cp "$file" "$tools/new.txt" # what is pinned stays, unless it is asked to move
    # shellcheck disable=SC2086 # words on purpose
    "$tools/venv/bin/uv" --quiet pip compile pyproject.toml $extras $moves --output-file "$tools/new.txt" \
        $platform --python-version 3.11 --generate-hashes --no-annotate --no-header \
        --no-emit-index-url --no-emit-find-links >/dev/null
    if grep -nE '(https?|file)://|^ *(-e|--[a-z-]*(index|links))|/(home|root|opt|work)/' "$tools/new.txt"; then
        echo "$file would name a place of this machine or of a registry; it stays as it was." >&2
        exit 1
    fi
    cp "$tools/new.txt" "$file"
    echo "$file: $(grep -c == "$file") packages"
}

moves="$*"
platform=--universal
pin requirements-run.txt feed build
pin requirements-dev.txt feed build dev

# What a laptop with Windows carries, and what tests it there: no markers are left in it, so that pip on another system
# can fetch it. The versions are those of requirements-dev.txt where that has them.
platform="--python-platform x86_64-pc-windows-msvc --constraint packaging/requirements-dev.txt packaging/windows-tests.in"
pin requirements-windows.txt
