# How setup.sh speaks and waits: in one of two languages, one calm line a step.
# shellcheck shell=sh disable=SC2154

# Without a locale the policy's language is used, and the policy that comes along is a Dutch one.
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    en*) tongue="en" ;;
    *) tongue="nl" ;;
esac
log=
job=
spinner=
patient=
sudo=

t() { # t NL EN: both stand side by side where they are used, so that neither is forgotten
    if [ "$tongue" = en ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi
}

fail() { # fail STATUS TITLE CAUSE WAY-OUT
    printf '\n%s\n  %s %s\n  %s %s\n' "$2" \
        "$(t 'Oorzaak:  ' 'Cause:  ')" "$3" "$(t 'Wat helpt:' 'Way out:')" "$4" >&2
    exit "$1"
}

spin() { # beside the job, not around it: a job of root can't be watched with kill -0
    turn='|'
    while kill -0 $$ 2>/dev/null; do
        printf '\r%s %s ' "$turn" "$words"
        case $turn in '|') turn=/ ;; /) turn=- ;; -) turn="\\" ;; *) turn='|' ;; esac
        sleep 0.1
    done
}

still() {
    [ -n "$spinner" ] || return 0
    kill "$spinner" 2>/dev/null || :
    wait "$spinner" 2>/dev/null || :
    spinner=
}

step() { # step WORDS COMMAND...: what the command itself says goes to the log
    words=$1
    shift
    [ -n "$log" ] || log=$(mktemp "${TMPDIR:-/tmp}/deskwarden-setup.XXXXXX")
    printf '\n== %s\n' "$*" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null 9<&- &
    job=$!
    if [ -t 1 ]; then
        spin &
        spinner=$!
    else
        printf '%s ...\n' "$words"
    fi
    status=0
    wait "$job" || status=$?
    job=
    still
    if [ -t 1 ]; then
        if [ "$status" = 0 ]; then turn='+'; else turn='!'; fi
        printf '\r%s %s \n' "$turn" "$words"
    fi
    return "$status"
}

patiently() { # like step, for what must not be cut short: a half-done dpkg is worse than a wait
    patient=1
    status=0
    step "$@" || status=$?
    patient=
    return "$status"
}

show_log() { # the end of what the failed command said
    printf '\n' >&2
    tail -n 15 "$log" | sed 's/^/  | /' >&2
    t "  (alles staat in $log)" "  (all of it is in $log)" >&2
}

no_network='could not resolve|name resolution|failed to fetch|failed to establish|timed out|unreachable|proxyerror|certificate verify'

cause_in_log() { # the usual causes in plain words, and else the log's own
    if grep -qiE 'no space left' "$log"; then
        t 'de schijf is vol' 'the disk is full'
    elif grep -qiE 'do not match the hashes' "$log"; then
        t 'een pakket is niet wat hier is vastgelegd; misschien paste iets onderweg het aan' \
            'a package is not the one that is pinned here; something on the way may have changed it'
    elif grep -qiE "$no_network" "$log"; then
        t 'het netwerk, of de weg naar de pakketbron, werkt niet (zie hierboven)' \
            'the network, or the way to the package source, does not work (see above)'
    else
        t 'zie de regels hierboven' 'see the lines above'
    fi
}

interrupted() {
    trap '' INT TERM HUP
    still
    printf '\n' >&2
    if [ -n "$job" ]; then
        if [ -n "$patient" ]; then
            t 'Even geduld: apt maakt zijn werk af, dan stop ik.' 'One moment: apt finishes its work, then I stop.' >&2
        else
            $sudo kill "$job" 2>/dev/null || :
        fi
        wait "$job" 2>/dev/null || :
    fi
    t 'Gestopt. De volgende keer gaat het verder.' 'Stopped. The next run carries on.' >&2
    # make gets the same Ctrl-C and dies of it; a failure here would only add its noise.
    # Not so when testing: a suite that did not run must never look green.
    if [ "${MAKELEVEL:-}" ] && [ "$mode" = run ]; then exit 0; fi
    exit 130
}
