"""The tables of docs/privacy.md, made from the rows of policy/privacy.py.

.venv/bin/python -I tests/shows/privacy_table.py [--write]

With --write the doc is made current; without, exit code 1 and a diff say where it is not.
"""

import re
import sys
from collections.abc import Iterable
from difflib import unified_diff
from pathlib import Path

from policy import privacy
from policy.kinds import KINDS, Row

DOC = Path(__file__).resolve().parents[2] / "docs/privacy.md"
BLOCK = re.compile(r"(<!-- rows of (?P<name>[\w-]+) -->\n\n)(?:\|.*\n)*\n?(<!-- end -->)")
HEADS = ("Field", "Form", "Why it leaves", "Ground", "Kept at the feed", "Who sees it")


def table(rows: Iterable[Row]) -> str:
    """A row of the register a line."""
    cells = [
        (f"`{row.field}`", row.form, row.purpose, row.ground, row.retention, ", ".join(row.recipients)) for row in rows
    ]
    lines = [HEADS, ("---",) * len(HEADS), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def tables() -> dict[str, str]:
    """The table of every incident, of what is in `attrs` of each, of each kind, and of a posture."""
    shared = {
        "every-incident": privacy.INCIDENT,
        "attrs-of-every-incident": privacy.COMMON,
        "posture": privacy.POSTURE,
    }
    return {name: table(rows) for name, rows in (shared | {kind.name: kind.rows for kind in KINDS.values()}).items()}


def current(doc: str) -> str:
    """The doc as it should be."""
    made = tables()
    return BLOCK.sub(lambda found: f"{found[1]}{made.get(found['name'], '')}\n{found[3]}", doc)


def difference(doc: str) -> str:
    """What differs; nothing where the doc is current."""
    there = {found["name"] for found in BLOCK.finditer(doc)}
    lines = [f"no table in the doc: {name}" for name in tables().keys() - there]
    lines += [f"no such rows: {name}" for name in there - tables().keys()]
    lines += unified_diff(doc.splitlines(), current(doc).splitlines(), "the doc", "policy/privacy.py", lineterm="")
    return "\n".join(lines)


def main() -> int:
    doc = DOC.read_text(encoding="utf-8")
    if "--write" in sys.argv:
        doc = current(doc)
        DOC.write_text(doc, encoding="utf-8")
    print(difference(doc), end="")
    return 1 if difference(doc) else 0


if __name__ == "__main__":
    sys.exit(main())
