"""What the sensors of extensions share: JSON that anybody may have written, and several copies of one extension."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cmp_to_key
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from agent.sensors.bounded import Unreadable, entries, whole
from policy import versions
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject

MOST_PROFILES = 200  # folders that are looked into for one browser
MOST_EXTENSIONS = 2000  # of one profile
SETTINGS = 32 * 1024 * 1024  # bytes; a browser's own records are some MiB
LONGEST = 100  # characters of what is told of an extension
SCOPE = "user"
T = TypeVar("T")
_BOM = b"\xef\xbb\xbf"
_COMMENT = re.compile(rb"^[ \t]*//[^\n]*", re.MULTILINE)


@dataclass
class Found:
    """What one look has seen so far. unseen: subjects that are there and can't be read; gaps: more than these."""

    copies: list[InstalledProgram] = field(default_factory=list)
    unseen: set[Subject] = field(default_factory=set)
    gaps: list[str] = field(default_factory=list)

    def look(self, kind: str, source: str, now: Instant) -> Look:
        """One fact a subject, whatever the number of profiles and browsers that it is in."""
        by_subject: dict[Subject, InstalledProgram] = {}
        for copy in sorted(self.copies, key=_ORDER):
            by_subject.setdefault(copy.subject, copy)
        gap = Gap("unreadable", frozenset(self.unseen)) if self.unseen else None
        if self.gaps:
            gap = Gap(f"unreadable: {self.gaps[0]}")
        facts = sorted(by_subject.values(), key=lambda fact: fact.subject)
        return Look(kind, source, SCOPE, now, tuple(map(_clean, facts)), gap)


def _compare(one: InstalledProgram, other: InstalledProgram) -> int:
    """The copy that needs most to be asked about speaks: not the company's, chosen, from no store, the oldest."""
    left, right = _rank(one), _rank(other)
    return (left > right) - (left < right) or versions.compare(one.version, other.version)


def _rank(copy: InstalledProgram) -> tuple[bool, bool, bool]:
    return copy.brought_by == "management", not copy.chosen, bool(copy.origin)


_ORDER: Callable[[InstalledProgram], Any] = cmp_to_key(_compare)


def _clean(fact: InstalledProgram) -> InstalledProgram:
    """In one line each, that can be shown and sent."""
    return replace(fact, name=line(fact.name), version=line(fact.version), publisher=line(fact.publisher))


def line(text: str) -> str:
    """What a stranger's file says, in one short line."""
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * LONGEST]).split())
    return shown[:LONGEST]


def json(path: Path, form: type[T], most: int) -> T:
    """A JSON file as `form`. Lines of comment are left out: what a person wrote by hand may have them.

    Raises:
        Unreadable: It can't be read, is larger than `most`, no JSON, or of another shape.

    """
    return parsed(_COMMENT.sub(b"", whole(path, most).removeprefix(_BOM)), form)


def parsed(text: bytes | msgspec.Raw, form: type[T]) -> T:
    """JSON as `form`.

    Raises:
        Unreadable: It is none, or of another shape.

    """
    try:
        return msgspec.json.decode(text, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("not as expected") from error


def folders(place: Path, most: int) -> Iterator[Path]:
    """The folders in a place, by name.

    Raises:
        Unreadable: It may not be read, or holds too much.

    """
    found = [Path(entry.path) for entry in entries(place) if _is_folder(entry)]
    if len(found) > most:
        raise Unreadable("too_many")
    return iter(found)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of links
        return False


def text(value: object) -> str:
    """The text that it is, or none."""
    return value if isinstance(value, str) else ""
