"""Source `placed` of kind `software`: what somebody put in /opt or /usr/local/bin and no package manager knows.

A program is an executable file, or a folder of /opt with one in it. Files are never opened here: their name, mode and
owner by package say all that is told.
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.sensors import rpm
from agent.sensors.bounded import Unreadable, entries
from agent.sensors.naming import named
from agent.sensors.spots import Listening, Spot, each
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text
from policy.versions import compare

OPT, BIN = "opt", "usr/local/bin"
SETTLE = 1.0  # seconds; who unpacks does more than one thing
UNPACKING = 600.0  # seconds after its last change that a folder without a program may still get one
LATER = 30.0  # seconds until such a folder is looked at again: what happens deep in it is no event
DEEP = 2000  # entries of a folder that are looked at; one that has more is software
_OWNED = re.compile(rb"^(/(?:opt|usr/local/bin)/[^\n]+)$", re.MULTILINE)


@dataclass
class Placed(Listening):
    """The sensor. root: whose places."""

    root: Path = Path("/")
    kind: str = "software"
    source: str = "placed"
    settle: float = SETTLE
    scope: str = "machine"
    _owned: tuple[int, frozenset[str]] = (0, frozenset())

    def watched(self) -> Text:
        return Text(
            "programma's die los in /opt en /usr/local/bin staan", "programs put by hand in /opt and /usr/local/bin"
        )

    def _where(self) -> Iterator[Spot]:
        return each([self.root / OPT, self.root / BIN])

    def look(self, now: Instant) -> Look:
        try:
            found = [*self._in_opt(), *self._in_bin()]
            owned = self._owned_by_dpkg()
            owned |= rpm.owned(self.root, {path for path, _ in found} - owned)
        except (OSError, Unreadable) as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        facts, unseen = dict[str, InstalledProgram](), set[Subject]()
        for path, entry in found:
            if path in owned:
                continue
            fact = self._fact(entry)
            try:
                if self._is_program(entry, now) and _is_newer(fact, facts.get(fact.subject.key)):
                    facts[fact.subject.key] = fact
            except OSError:
                unseen.add(fact.subject)
        unseen -= {fact.subject for fact in facts.values()}
        gap = Gap("unreadable", frozenset(unseen)) if unseen else None
        return Look(self.kind, self.source, self.scope, now, tuple(facts[key] for key in sorted(facts)), gap)

    def _in_opt(self) -> Iterator[tuple[str, Path]]:
        """Folders and executables; a link in it names something that is told where it lies."""
        for path, entry in self._entries(OPT):
            mode = entry.lstat().st_mode
            if stat.S_ISDIR(mode) or _executable(mode):
                yield path, entry

    def _in_bin(self) -> Iterator[tuple[str, Path]]:
        """Executables, and links to such that lie where nobody else tells of them."""
        for path, entry in self._entries(BIN):
            try:
                mode, target = entry.stat().st_mode, entry.resolve(strict=True)
            except (OSError, RuntimeError):  # a link to nothing, or around
                continue
            if _executable(mode) and not (entry.is_symlink() and self._is_told(target)):
                yield path, entry

    def _entries(self, place: str) -> Iterator[tuple[str, Path]]:
        for entry in entries(self.root / place):
            yield f"/{place}/{entry.name}", Path(entry.path)

    def _is_told(self, target: Path) -> bool:
        """In /opt, beside it, or among what only packages fill."""
        root = self.root.resolve()
        ours = (root / OPT, root / BIN)
        theirs = target.is_relative_to(root / "usr") and not target.is_relative_to(root / "usr/local")
        return theirs or any(target.is_relative_to(place) for place in ours)

    def _is_program(self, entry: Path, now: Instant) -> bool:
        if not entry.is_dir():
            return True
        if _has_program(entry):
            return True
        if now.wall.timestamp() - entry.stat().st_mtime < UNPACKING:
            self.later(LATER)
        return False

    def _fact(self, entry: Path) -> InstalledProgram:
        said = named(entry.name)
        return InstalledProgram(
            subject=Subject("program", said.key, self.scope),
            name=said.name,
            version=said.version,
            origin="",
            source=self.source,
            observed=entry.is_symlink() and "node_modules" in entry.resolve().parts,  # a developer's tool
        )

    def _owned_by_dpkg(self) -> frozenset[str]:
        """Their paths in our places, by the lists of files that dpkg keeps; read again once a package changed."""
        info = self.root / "var/lib/dpkg/info"
        if not info.parent.exists():
            return frozenset()
        changed = info.stat().st_mtime_ns
        if changed != self._owned[0]:
            lists = (path for path in info.iterdir() if path.name.endswith(".list"))
            paths = (path for one in lists for path in _OWNED.findall(b"\n" + one.read_bytes()))
            self._owned = changed, frozenset(os.fsdecode(path) for path in paths)
        return self._owned[1]


def _is_newer(fact: InstalledProgram, other: InstalledProgram | None) -> bool:
    """Several versions beside each other are one program: the newest speaks."""
    return other is None or compare(fact.version, other.version) > 0


def _executable(mode: int) -> bool:
    return stat.S_ISREG(mode) and bool(mode & 0o111)


def _has_program(folder: Path) -> bool:
    """Whether an executable lies anywhere in it. No link is followed, nothing is opened.

    Raises:
        OSError: a part of it may not be seen, and there is none in the rest.

    """
    todo, seen, refused = [folder], 0, None
    while todo:
        try:
            with os.scandir(todo.pop()) as there:
                for entry in there:
                    seen += 1
                    if seen > DEEP or _executable(entry.stat(follow_symlinks=False).st_mode):
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(Path(entry.path))
        except FileNotFoundError:
            continue
        except OSError as error:
            refused = error
    if refused:
        raise refused
    return False
