"""Source `own_bin` of kind `software`: AppImages and other programs in folders of a user's own.

A folder of a program's own one level down in ~/Applications or ~/.local is one program, by that folder's name. What is
executable and is a program by its first bytes: an AppImage (`AI` and its type at offset 8, as its specification
has it), ELF, and in folders that commands are searched in also what begins with `#!`. What a developer's tool put there
is that tool's (agent/sensors/developer.py).
"""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cmp_to_key
from pathlib import Path
from typing import NamedTuple

from watchdog.events import FileModifiedEvent, FileSystemEvent

from agent.sensors.bounded import Unreadable, entries, head, whole
from agent.sensors.developer_tools import commands
from agent.sensors.naming import Named, named
from agent.sensors.spots import ANY, Listening, Spot, each
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text
from policy.versions import compare

COMMANDS = (".local/bin", "bin")  # where a shell looks for commands
OTHERS = ("Applications", "Downloads", "Desktop")
UNPACKED = ("Applications", ".local")  # whose folders may be a program each
STANDARD = {"bin", "lib", "share", "state", "include", "etc", "games", "libexec", "man", "sbin", "src", "var"}
SETTLE = 1.0  # seconds; a browser renames, a person makes it executable
HEAD = 1024
MOST = 2_000  # programs; past it the folders are somebody's archive
_NAMED = re.compile(r'^XDG_(DESKTOP|DOWNLOAD)_DIR="\$HOME/(.+)"', re.MULTILINE)
_LIBRARY = re.compile(r"\.so(\.\d+)*$")
_ELF_KINDS = (2, 3)  # ET_EXEC, ET_DYN


class Program(NamedTuple):
    """A file that can be started. source: what it is. script: a person's own, as far as can be told."""

    file: Path
    source: str
    script: bool


@dataclass
class OwnBin(Listening):
    """The sensor. home: whose folders."""

    home: Path
    kind: str = "software"
    source: str = "own_bin"
    settle: float = SETTLE
    scope: str = "user"

    def watched(self) -> Text:
        return Text(
            "AppImages en losse programma's in de eigen mappen (bin, Applications, Downloads, bureaublad)",
            "AppImages and other programs in one's own folders (bin, Applications, Downloads, desktop)",
        )

    def _where(self) -> Iterator[Spot]:
        yield from each((folder for folder, _ in places(self.home)), _tells)
        yield Spot(self.home / ".local")
        with suppress(Unreadable):
            for folder in unpacked(self.home):
                yield from (Spot(part, ANY, wants=_tells) for part in (folder, folder / "bin"))

    def look(self, now: Instant) -> Look:
        self.arm()
        found: dict[Path, Program] = {}
        why = ""
        dark: set[Subject] = set()
        theirs = commands(self.home)
        for folder, scripts in places(self.home):
            try:
                files = [Path(entry.path) for entry in entries(folder) if _can_be_started(entry)]
            except Unreadable as error:
                why = f"unreadable: {error}"
                continue
            for file in files:
                if file in theirs:
                    continue
                try:
                    program = self._program(file, scripts=scripts)
                except Unreadable:
                    dark.add(_subject(named(file.name).key))
                    continue
                if program:  # what a link leads to may have been seen by itself
                    found[program.file] = program
        try:
            found |= {folder: Program(folder, self.source, script=False) for folder in self._unpacked(dark)}
        except Unreadable as error:
            why = f"unreadable: {error}"
        facts = tuple(_facts(found.values()))
        if len(facts) > MOST:
            facts, why = facts[:MOST], "too_many"
        gap = Gap(why) if why else Gap("unreadable", frozenset(dark)) if dark else None
        return Look(self.kind, self.source, self.scope, now, facts, gap)

    def _unpacked(self, dark: set[Subject]) -> Iterator[Path]:
        """The folders with a program in them or in their bin."""
        for folder in unpacked(self.home):
            try:
                files = [entry for part in (folder, folder / "bin") for entry in entries(part)]
                if any(self._program(Path(entry.path), scripts=False) for entry in files if _can_be_started(entry)):
                    yield folder
            except Unreadable:
                dark.add(_subject(_called(folder).key))

    def _program(self, file: Path, *, scripts: bool) -> Program | None:
        """What the file is; None where it is no program, or another source's.

        Raises:
            Unreadable: It can be started, and can't be read.

        """
        target = self._target(file)
        if target is None:
            return None
        kind = _kind(head(target, HEAD))
        if not kind or _LIBRARY.search(target.name) or (kind == "script" and not scripts):
            return None
        if file.is_symlink() and kind != "script" and _is_unpacked(target, self.home.resolve()):
            return None
        name = file if target.name != file.name and not _ours(target, self.home) else target
        return Program(name, "appimage" if kind == "appimage" else self.source, kind == "script")

    def _target(self, file: Path) -> Path | None:
        """This file or what it leads to, where that is the user's own and no other source's."""
        try:
            if not file.is_symlink():
                return file
            target = file.resolve(strict=True)
            return target if target.is_relative_to(self.home.resolve()) and not _of_a_tool(target) else None
        except (OSError, RuntimeError):  # gone, or a loop of links
            return None


def _tells(event: FileSystemEvent, _name: str) -> bool:
    """A download that grows, and a document that is saved, are nothing to look at."""
    if not isinstance(event, FileModifiedEvent):
        return True
    try:
        return bool(Path(os.fsdecode(event.src_path)).stat().st_mode & 0o111)
    except OSError:
        return False


def places(home: Path) -> Iterator[tuple[Path, bool]]:
    """The folders, and whether scripts count there; a desktop says itself what its folders are called."""
    own = [home / name for name in OTHERS]
    try:
        told = whole(home / ".config/user-dirs.dirs", HEAD * 64).decode("utf-8", "replace")
        own += [home / found[2] for found in _NAMED.finditer(told) if ".." not in Path(found[2]).parts]
    except Unreadable:
        pass
    yield from ((home / name, True) for name in COMMANDS)
    yield from ((folder, False) for folder in dict.fromkeys(own))


def unpacked(home: Path) -> Iterator[Path]:
    """Folders that may be a program each.

    Raises:
        Unreadable: Which there are can't be told.

    """
    for place in UNPACKED:
        for entry in entries(home / place):
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False) and entry.name not in STANDARD and entry.name[0] != ".":
                    yield Path(entry.path)


def _is_unpacked(target: Path, home: Path) -> bool:
    """In such a folder, or in its bin: told by that folder's name."""
    own = target.parent.parent if target.parent.name == "bin" else target.parent
    inside = any(own.parent == home / place for place in UNPACKED)
    return inside and own.name not in STANDARD and own.name[0] != "."


def _called(file: Path) -> Named:
    """An application's folder may be named as on a Mac."""
    return named(file.name.removesuffix(".app"))


def _can_be_started(entry: os.DirEntry[str]) -> bool:
    """Asked of every file of a full folder, and most are none."""
    try:
        status = entry.stat()
    except OSError:  # gone, or a link to nothing
        return False
    return stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o111)


def _kind(start: bytes) -> str:
    """What a file is by its first bytes: "appimage", "own_bin", "script", or "" no program."""
    if start[:4] == b"\x7fELF":
        if start[8:10] == b"AI" and start[10:11] in {b"\x01", b"\x02"}:
            return "appimage"
        little = start[5:6] != b"\x02"
        return "own_bin" if int.from_bytes(start[16:18], "little" if little else "big") in _ELF_KINDS else ""
    if start[:2] != b"#!":
        return ""
    return "own_bin" if b"PK\x03\x04" in start else "script"  # a zip behind its first line: a program in one file


def _of_a_tool(target: Path) -> bool:
    """In an environment of Python, or among the modules of Node."""
    return "node_modules" in target.parts or (target.parent.parent / "pyvenv.cfg").is_file()


def _ours(target: Path, home: Path) -> bool:
    """Whether the target is listed by itself."""
    return any(target.parent == folder or target.parent == folder.resolve() for folder, _ in places(home))


def _facts(programs: Iterable[Program]) -> Iterator[InstalledProgram]:
    """A fact a name: several files of one program are one subject, told with the newest version."""
    by_key: dict[str, list[InstalledProgram]] = {}
    for program in programs:
        said = _called(program.file)
        fact = InstalledProgram(
            subject=_subject(said.key),
            name=said.name,
            version=said.version,
            source=program.source,
            observed=program.script,
        )
        by_key.setdefault(said.key, []).append(fact)
    for _, facts in sorted(by_key.items()):
        yield max(facts, key=lambda fact: (not fact.observed, cmp_to_key(compare)(fact.version)))


def _subject(key: str) -> Subject:
    return Subject("program", key, "user")
