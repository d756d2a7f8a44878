#!/bin/sh
# Brings policy/locale/nl up to date with the words in the code, and compiles it. English is the source.
#   packaging/words.sh          change the catalogue; new words stand there without Dutch
#   packaging/words.sh --check  change nothing; fail where words have no Dutch or are no longer used
set -eu
cd "$(dirname "$0")/.."
po=policy/locale/nl/LC_MESSAGES/deskwarden.po
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
babel() { .venv/bin/python -I .venv/bin/pybabel --quiet "$@"; }

# No places and no dates in the catalogue: it changes when a word does, and two people's changes meet nowhere else.
babel extract --mapping=packaging/babel.ini --no-location --sort-output --width=100 \
    --output="$work/words.pot" agent feed policy installer
cp "$po" "$work/new.po"
babel update --input-file="$work/words.pot" --output-file="$work/new.po" --locale=nl --domain=deskwarden \
    --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=100

status=0
.venv/bin/python -I packaging/words.py "$work/new.po" || status=1
if [ "${1:-}" = --check ]; then
    cmp -s "$po" "$work/new.po" || { echo "the catalogue is not up to date: packaging/words.sh"; status=1; }
    exit "$status"
fi
cp "$work/new.po" "$po"
babel compile -d policy/locale -D deskwarden -f
exit "$status"
