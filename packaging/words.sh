#!/bin/sh
# Brings the Dutch catalogue up to date with the words in the code, and compiles it. English is the source.
#   packaging/words.sh          change the catalogue; new words stand there without Dutch, and are named
#   packaging/words.sh --check  change nothing; fail where words have no Dutch or are no longer used
cd "$(dirname "$0")/.." && exec .venv/bin/python -I packaging/words.py "$@"
