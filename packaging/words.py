# ruff: noqa: INP001, T201 - a command of its own; an __init__.py here would hide the library `packaging`
"""Says what is wrong with a Dutch catalogue: words without Dutch, and Dutch that fills in something else.

packaging/words.sh calls it with the catalogue's path; exit code 1 where something is wrong.
"""

import re
import sys
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

FILLED_IN = re.compile(r"\{\w*\}|%\(\w+\)s")


def wrong(message: Message) -> str:
    """What is wrong with one message, or nothing."""
    if not message.id or not isinstance(message.id, str) or not isinstance(message.string, str):
        return ""
    if not message.string:
        return "no Dutch yet"
    if set(FILLED_IN.findall(message.id)) != set(FILLED_IN.findall(message.string)):
        return "the Dutch fills in something else"
    return ""


def main(path: Path) -> int:
    with path.open("rb") as file:
        catalog = read_po(file, locale="nl")
    found = [f"{why}: {message.id}" for message in catalog if (why := wrong(message))]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
