#!/bin/sh
# Sets a checkout up and then, if a command follows, becomes it:
#
#     installer/setup.sh run|check|test [COMMAND...]
#
# Written for a system that has sh, git and make and nothing else. What is done is stamped with a hash of what
# it was done with, and the stamp is written last: a second run does nothing, and a run that was cut short is
# mended by the next.
#
# YES=1            install system packages without asking
# SETUP_PYTHON     another interpreter than /usr/bin/python3 (the tests of this script use it)
#
# Exit: 0 done; 1 a step failed; 2 something is needed first, said in words; 130 stopped by Ctrl-C.
set -eu
cd "$(dirname "$0")/.."
. installer/steps.sh
. installer/system.sh

mode=${1:-}
case $mode in
    run | check | test) shift ;;
    *)
        t 'Gebruik: installer/setup.sh run|check|test [OPDRACHT...]' \
            'Usage: installer/setup.sh run|check|test [COMMAND...]' >&2
        exit 2
        ;;
esac
python=${SETUP_PYTHON:-/usr/bin/python3}
stamps=.venv/.deskwarden
started=$(date +%s)

alone() { # one set-up at a time; the lock is on the folder itself and ends with the process
    exec 9<.
    flock -n 9 && return
    t 'Hier loopt al een installatie; ik wacht daarop.' 'Another set-up is at work here; waiting for it.'
    flock 9
}

key() { # key FILE...: what a step was done with
    { printf "%s\n" "$home_of_venv"; cat -- "$@" </dev/null; } | sha256sum | cut -d' ' -f1
}

is_stamped() { # is_stamped NAME FILE...
    name=$1
    shift
    [ "$(cat "$stamps/$name" 2>/dev/null)" = "$(key "$@")" ]
}

stamp() { # stamp NAME FILE...
    name=$1
    shift
    key "$@" >"$stamps/$name"
}

# What runs in the background is exec'd, so that stopping it stops it and not only a shell around it.
make_venv() { rm -rf .venv && exec "$python" -I -m venv --system-site-packages .venv; }
pip() { exec timeout --foreground 3000 .venv/bin/python -I -m pip --disable-pip-version-check --no-input "$@"; }

venv() { # a .venv of this place and this Python that was not left half way
    home_of_venv="$PWD $("$python" -I -c 'import sys; print(sys.version_info[:2])')"
    if [ ! -e "$stamps/busy" ] && is_stamped made && .venv/bin/python -I -c 'import pip' 2>/dev/null; then
        return
    fi
    step "$(t 'Python-omgeving (.venv) maken' 'Making the Python environment (.venv)')" make_venv || {
        show_log
        fail 1 "$(t 'De Python-omgeving kon niet worden gemaakt' 'The Python environment could not be made')" \
            "$(cause_in_log)" "$(t 'verhelp dat, verwijder .venv en probeer het opnieuw' 'mend that, remove .venv and try again')"
    }
    mkdir "$stamps"
    stamp made
}

install() { # install WORDS STAMP FILE PIP-ARGUMENTS...: 'busy' stays behind if it is cut short, and .venv is remade
    words=$1 what=$2 input=$3
    shift 3
    is_stamped "$what" "$input" && return
    : >"$stamps/busy"
    step "$words" pip install "$@" || {
        rm -f "$stamps/busy" # pip failed in order; only a pip that was cut short leaves half a package
        show_log
        fail 1 "$(t 'De Python-pakketten konden niet worden geplaatst' 'The Python packages could not be installed')" \
            "$(cause_in_log)" "$(t 'verhelp dat en probeer het opnieuw' 'mend that and try again')"
    }
    stamp "$what" "$input"
    rm -f "$stamps/busy"
}

requirements() {
    if [ "$mode" = run ]; then list=run; else list=dev; fi
    install "$(t 'Python-pakketten ophalen en plaatsen' 'Fetching and installing the Python packages')" \
        "requirements-$list" "packaging/requirements-$list.txt" \
        --no-deps --require-hashes --only-binary :all: -r "packaging/requirements-$list.txt"
    install "$(t 'Deskwarden zelf aanmelden' 'Putting Deskwarden itself in place')" \
        ourselves pyproject.toml --no-deps --no-build-isolation -e .
}

compile() { exec .venv/bin/python -I .venv/bin/pybabel compile -d policy/locale -D deskwarden -f; }

translations() {
    set -- policy/locale/*/LC_MESSAGES/deskwarden.po
    [ -e "$1" ] || return 0
    for po in "$@"; do [ -e "${po%.po}.mo" ] || rm -f "$stamps/translations"; done
    is_stamped translations "$@" && return
    step "$(t 'Vertalingen klaarzetten' 'Preparing the translations')" compile || {
        show_log
        fail 1 "$(t 'De vertalingen konden niet worden klaargezet' 'The translations could not be prepared')" \
            "$(t 'zie de regels hierboven' 'see the lines above')" \
            "$(t 'herstel het .po-bestand en probeer het opnieuw' 'mend the .po file and try again')"
    }
    stamp translations "$@"
}

windows() { # Wine's, with a Python of its own; it is no part of .venv, so that it is not stamped there
    [ "$mode" = test ] && [ ! -d "$(installer/wine.sh where)" ] || return 0
    step "$(t 'Windows om op te testen klaarzetten (Wine)' 'Preparing a Windows to test on (Wine)')" installer/wine.sh build || {
        show_log
        fail 1 "$(t 'Windows kon niet worden klaargezet' 'Windows could not be prepared')" \
            "$(cause_in_log)" "$(t 'verhelp dat en probeer het opnieuw' 'mend that and try again')"
    }
}

disk() { # made by root, with this user's proxies and pip; -B: so that Python leaves nothing of root's in this folder
    exec ${sudo:+sudo --preserve-env} env HOME="$HOME" PATH="$PATH:/usr/sbin:/sbin" XDG_CACHE_HOME="$cache" \
        .venv/bin/python -I -B tests/vm/disk.py
}

laptop() { # the disk of the VM; it is no part of .venv either
    [ "$mode" = test ] && ! .venv/bin/python -I tests/vm/disk.py --there || return 0
    become_root "$(t 'de schijf van een VM vullen' "fill a VM's disk")" \
        "$(t 'doe dit met een account dat sudo mag gebruiken' 'do this with an account that may use sudo')"
    cache=${XDG_CACHE_HOME:-$HOME/.cache}
    mkdir -p "$cache/deskwarden" # the user's own
    step "$(t 'Laptop om op te testen klaarzetten (VM)' 'Preparing a laptop to test on (VM)')" disk || {
        show_log
        fail 1 "$(t 'De schijf van de VM kon niet worden gemaakt' "The VM's disk could not be made")" \
            "$(cause_in_log)" "$(t 'verhelp dat en probeer het opnieuw' 'mend that and try again')"
    }
}

refuse_sudo
refuse_foreign_folder
alone
trap interrupted INT TERM HUP
if [ -x "$python" ]; then check_version; fi
system_packages
check_version
check_venv
venv
requirements
translations
windows
laptop
if [ -n "$log" ]; then
    mv -f "$log" "$stamps/setup.log"
    seconds=$(($(date +%s) - started))
    t "Klaar in $seconds s." "Set up in $seconds s."
fi
trap - INT TERM HUP
[ $# = 0 ] || exec "$@" 9<&-
