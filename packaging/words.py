# ruff: noqa: INP001, T201 - a command of its own; an __init__.py here would hide the library `packaging`
"""Keeps policy/locale/nl up to date with the words in the code; packaging/words.sh says how it is called.

Babel's own reader of Python does not look into f-strings before Python 3.12, so the words of a module are read from
its syntax tree. The catalogue holds no places and no dates: it changes when a word does.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parent.parent
CODE = ("agent", "feed", "installer", "policy")
MARKS = ("_", "N_")  # said now; said later by who knows the language
PO = ROOT / "policy" / "locale" / "nl" / "LC_MESSAGES" / "deskwarden.po"
FILLED_IN = re.compile(r"\{\w*\}|%\(\w+\)s")


def words_of(path: Path) -> Iterator[str]:
    """Every msgid in a module or template."""
    if path.suffix == ".html":
        options = {"newstyle_gettext": "true", "trimmed": "true"}
        for _line, _function, found, _comments in babel_extract(io.BytesIO(path.read_bytes()), MARKS, (), options):
            said_there = found if isinstance(found, str) else found and found[0]
            if said_there:
                yield said_there
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(said)), *_]
            ) if name in MARKS:
                yield said
            case _:
                pass


def template() -> Catalog:
    """All words of the code."""
    found = Catalog()
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".html"}:
                for said in words_of(path):
                    found.add(
                        said, flags=["python-brace-format"] if "{" in said else ["python-format"] * ("%(" in said)
                    )
    return found


def wrong(message: Message) -> str:
    """What is wrong with one message, or nothing."""
    if not message.id or not isinstance(message.id, str):
        return ""
    if not message.string or not isinstance(message.string, str):
        return "no Dutch yet"
    if set(FILLED_IN.findall(message.id)) != set(FILLED_IN.findall(message.string)):
        return "the Dutch fills in something else"
    return ""


def text(catalog: Catalog) -> bytes:
    """The catalogue as it is kept."""
    out = io.BytesIO()
    write_po(out, catalog, width=100, no_location=True, sort_output=True, ignore_obsolete=True)
    return out.getvalue()


def main(arguments: list[str]) -> int:
    before = PO.read_bytes()
    catalog = read_po(io.BytesIO(before), locale="nl")
    catalog.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    after = text(catalog)
    found = [f"{why}: {message.id}" for message in catalog if (why := wrong(message))]
    if "--check" in arguments:
        found += ["the catalogue is not up to date: run packaging/words.sh"] if after != before else []
    else:
        PO.write_bytes(after)
        with PO.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
