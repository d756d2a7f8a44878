# What setup.sh asks of the system: who runs it, which packages are there, which Python.
# shellcheck shell=sh disable=SC2154

refuse_sudo() { # files of root in a user's checkout would break the next run without sudo
    [ "$(id -u)" = 0 ] && [ "${SUDO_UID:-0}" != 0 ] || return 0
    fail 2 "$(t 'Voer dit uit zonder sudo' 'Please run without sudo')" \
        "$(t 'onder sudo zou alles hier eigendom van root worden' 'under sudo all that is made here would belong to root')" \
        "$(t 'voer dit uit zonder sudo; alleen apt vraagt er straks om' 'run without sudo; only apt will ask for it')"
}

refuse_foreign_folder() {
    if [ -w . ] && { [ ! -e .venv ] || [ -w .venv ]; }; then return; fi
    fail 2 "$(t 'Deze map is niet van jou' 'This folder is not yours')" \
        "$(t "hier schrijven mag niet: $PWD" "it can't be written to: $PWD")" \
        "$(t 'maak een eigen kopie met git clone, of geef de map terug met chown' 'make a copy of your own with git clone, or give the folder back with chown')"
}

wanted() { # the packages that this mode needs, from the one list
    modes=run
    if [ "$mode" = test ]; then modes='run run-desktop test'; fi
    if [ "$mode" = run ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then modes='run run-desktop'; fi
    while read -r package needed_by _; do
        case $package in '' | '#'*) continue ;; esac
        case " $modes " in *" $needed_by "*) printf '%s\n' "$package" ;; esac
    done <packaging/system-packages.txt
}

missing() { # of those, the ones that are not there, on one line
    # shellcheck disable=SC2046 # words on purpose
    there=$(dpkg-query -W -f='<${Package} ${db:Status-Status}>' $(wanted) 2>/dev/null || :)
    for package in $(wanted); do
        case $there in *"<$package installed>"*) ;; *) printf ' %s' "$package" ;; esac
    done
}

system_packages() {
    command -v dpkg-query >/dev/null || fail 2 \
        "$(t 'Dit systeem kent geen dpkg' 'This system has no dpkg')" \
        "$(t 'Deskwarden probeer je uit op Debian 12 of later' 'Deskwarden is tried out on Debian 12 or later')" \
        "$(t 'gebruik zo een systeem, of een chroot daarvan' 'use such a system, or a chroot of one')"
    packages=$(missing)
    [ -n "$packages" ] || return 0
    ask
    become_root "$(t 'pakketten plaatsen' 'install packages')" \
        "$(t "laat root dit doen: apt-get install$packages" "let root do this: apt-get install$packages")"
    apt_all
    packages=$(missing)
    [ -z "$packages" ] || fail 1 "$(t 'Er ontbreken nog systeempakketten' 'System packages are still missing')" \
        "$(t "apt plaatste niet:$packages" "apt did not install:$packages")" \
        "$(t 'kijk wat apt-get install er zelf over zegt' 'see what apt-get install itself says about them')"
}

ask() { # never on a pipe: who is not there can't say yes
    t 'Deze systeempakketten ontbreken nog:' 'These system packages are missing:'
    printf '%s\n' "$packages" | fold -s -w 90 | sed 's/^ */  /'
    [ "${YES:-}" != 1 ] || return 0
    answer=n
    if [ -t 0 ]; then
        printf '%s ' "$(t 'Nu plaatsen met apt? [j/N]' 'Install them now with apt? [y/N]')"
        read -r answer || printf '\n'
    fi
    case $answer in [jJyY]*) return ;; esac
    fail 2 "$(t 'Er is niets geplaatst' 'Nothing was installed')" \
        "$(if [ -t 0 ]; then t 'je zei geen ja' 'you did not say yes'; else t 'er is geen terminal om het op te vragen' 'there is no terminal to ask on'; fi)" \
        "$(t "zet YES=1 ervoor, of plaats ze zelf: apt-get install$packages" "set YES=1, or install them yourself: apt-get install$packages")"
}

become_root() { # become_root WHAT WAY-OUT: for apt and the VM's disk alone
    [ "$(id -u)" != 0 ] || return 0
    command -v sudo >/dev/null || fail 2 "$(t 'sudo is hier niet' 'There is no sudo here')" \
        "$(t "alleen root mag $1, en je bent niet root" "only root may $1, and you are not root")" "$2"
    sudo=sudo
    sudo -n true 2>/dev/null && return
    if [ -t 0 ] && sudo -v; then return; fi
    fail 2 "$(t 'sudo liet ons niet toe' 'sudo did not let us in')" \
        "$(t "dit account mag niet als root $1, of het wachtwoord ontbrak" "this account may not $1, or the password was missing")" "$2"
}

apt() { # waits for its lock, asks nothing, restarts no services
    # shellcheck disable=SC2086 # sudo or nothing
    exec $sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        timeout --foreground 3000 apt-get -y -o DPkg::Lock::Timeout=600 -o APT::Install-Recommends=false "$@"
}

apt_all() { # an update that fails is told only if the install fails too: a source of others may be broken
    step "$(t 'Pakketlijsten verversen' 'Refreshing the package lists')" apt update || :
    # shellcheck disable=SC2086 # words on purpose
    if step "$(t 'Systeempakketten ophalen' 'Fetching the system packages')" apt install --download-only $packages &&
        patiently "$(t 'Systeempakketten plaatsen' 'Installing the system packages')" apt install $packages; then
        return
    fi
    show_log
    fail 1 "$(t 'apt kon de systeempakketten niet plaatsen' 'apt could not install the system packages')" \
        "$(cause_in_log)" \
        "$(t "herstel dat, en probeer het opnieuw, of: apt-get install$packages" "mend that and try again, or: apt-get install$packages")"
}

check_version() { # before anything is installed, where there is a Python already
    version=$("$python" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || version="?"
    "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    fail 2 "$(t 'Deze Python is te oud' 'This Python is too old')" \
        "$(t "$python is $version; Deskwarden vraagt 3.11 of later" "$python is $version; Deskwarden needs 3.11 or later")" \
        "$(t 'gebruik Debian 12 of later, of Ubuntu 24.04 of later' 'use Debian 12 or later, or Ubuntu 24.04 or later')"
}

check_venv() {
    "$python" -I -c 'import ensurepip, venv' 2>/dev/null && return
    fail 2 "$(t 'Deze Python kan geen omgeving maken' "This Python can't make an environment")" \
        "$(t "$python mist de module ensurepip" "$python lacks the module ensurepip")" \
        "$(t 'plaats die: apt-get install python3-venv' 'install it: apt-get install python3-venv')"
}
