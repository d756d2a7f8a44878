"""`deskwarden policy label`: which of the code's levels a document has, and where that stands in its metadata.

Nothing is kept and nothing leaves: the answer is for who asks, about files that they name.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from agent.documents.reading import read
from policy import labels
from policy.labels import Labels, Source
from policy.words import Translate


class Answer(Struct, frozen=True, omit_defaults=False):
    """file: as it was named. label: its own name, or its id. why_not: one word, None where a label was read."""

    file: str
    level: labels.Name | None = None
    label: str | None = None
    read_from: Source | None = None
    protected: bool = False
    why_not: str | None = None


def answers(table: Labels, files: Iterable[Path]) -> Iterator[Answer]:
    """An answer a file, in their order, whatever the file is."""
    for file in files:
        told = read(file)
        found = labels.level(table, told.reads)
        name = str(file).encode(errors="replace").decode()  # JSON has no place for what is no text
        if found is None:
            why = told.why_not or labels.why_not(table, told.reads)
            yield Answer(name, protected=told.protected, why_not=why)
        else:
            unknown = None if found.level else "unknown_label"
            yield Answer(name, found.level, found.label, found.read_from, told.protected, unknown)


def said(answer: Answer, _: Translate) -> str:
    """The same in a person's words, on one line."""
    parts = [answer.level or _reason(answer.why_not or "", _)]
    if answer.label and answer.read_from:
        parts.append(_("label {label}, read from {source}").format(label=answer.label, source=answer.read_from))
    if answer.protected:
        parts.append(_("protected"))
    return _one_line(f"{answer.file}: {'; '.join(dict.fromkeys(parts))}")


def _reason(word: str, _: Translate) -> str:
    return {
        "no_label": _("no label"),
        "removed": _("its label was taken off"),
        "other_tenant": _("a label of another organisation"),
        "unknown_label": _("a label that the policy does not know"),
        "protected": _("protected"),
        "not_a_document": _("no document that has a label"),
        "not_a_file": _("not a file"),
        "not_here": _("its content is still in the cloud"),
        "gone": _("not there"),
        "not_allowed": _("may not be read"),
        "too_large": _("too large to be looked at"),
        "entities": _("not looked at: it is built to do harm"),
    }.get(word, _("not readable"))


def _one_line(text: str) -> str:
    """A name may hold a line's end, or what moves a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
