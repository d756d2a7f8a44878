"""Source `dpkg` of kind `software`: what Debian's package manager has on the machine.

The database is read by dpkg-query, which knows its journal too; this adds who asked for what, who did it, and where it
comes from (agent/sensors/apt.py), for what was not there at the first look.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace
from watchdog.events import FileClosedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from agent.sensors import apt
from agent.sensors.base import Again
from agent.sensors.depends import Package, comes_only_with
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text

LOCKS = ("lock-frontend", "lock")
DPKG_ALONE = 0.15  # seconds that the lock stays closed after dpkg without apt; apt takes it thrice in one run
WHOLE = {"installed", "triggers-awaited", "triggers-pending"}
ITSELF = "dpkg"  # the package that no machine of its kind is without
GONE = {"not-installed", "config-files"}
_FIELDS = ("Package", "Version", "db:Status-Status", "Pre-Depends", "Depends", "Recommends", "Provides")
_FORMAT = "\\t".join(f"${{{name}}}" for name in _FIELDS) + "\\n"


class Unreadable(Exception):
    """The database could not be read whole."""


@dataclass
class Dpkg:
    """The sensor. root: whose packages; management: patterns of command lines by which the company installs.

    known: names that were there at the first look, where an earlier run took it.
    """

    root: Path = Path("/")
    management: tuple[str, ...] = ()
    known: frozenset[str] | None = None
    kind: str = "software"
    source: str = "dpkg"
    scope: str = "machine"
    _observer: BaseObserver | None = field(default=None, repr=False)
    _origins: apt.Origins | None = field(default=None, repr=False)

    @property
    def database(self) -> Path:
        """The directory that is watched: the directory, since the files in it are replaced."""
        return self.root / "var/lib/dpkg"

    def watched(self) -> Text:
        return Text("programma's die met apt of dpkg zijn geïnstalleerd", "programs installed with apt or dpkg")

    def start(self, again: Again) -> None:
        observer = Observer()
        observer.schedule(_Closed(again), str(self.database), event_filter=[FileClosedEvent])
        observer.start()
        self._observer = observer

    def stop(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(5)

    def busy(self) -> bool:
        return bool(_held(self.database / name for name in LOCKS))

    def look(self, now: Instant) -> Look:
        if self.busy():
            return self._gap(now, "locked")
        try:
            packages = read(self.database)
            if self.known and ITSELF in self.known and ITSELF not in packages:
                raise Unreadable("dpkg itself is not in it")  # noqa: TRY301 - a file that was emptied, not a machine
        except Unreadable as error:
            return self._gap(now, f"unreadable: {error}")
        if self.busy():  # it changed while it was read
            return self._gap(now, "locked")
        facts = self._facts(packages)
        broken = frozenset(_subject(p.name) for p in packages.values() if p.status not in WHOLE)
        gap = Gap("half_configured", broken) if broken else None
        return Look(self.kind, self.source, self.scope, now, facts, gap)

    def _gap(self, now: Instant, reason: str) -> Look:
        return Look(self.kind, self.source, self.scope, now, (), Gap(reason))

    def _facts(self, packages: dict[str, Package]) -> tuple[InstalledProgram, ...]:
        """A fact a package; who, with what and from where only for what is new here."""
        auto = apt.auto_installed(self.root)
        names = frozenset(packages)
        known = names if self.known is None else self.known & names
        self.known = known
        new = [p for p in packages.values() if p.name not in known and p.name not in auto]
        history = apt.History.read(self.root) if new else None
        if self._origins is None:
            self._origins = apt.Origins(self.root)
        origins = self._origins.of({p.name: p.version for p in new}) if new else {}
        facts = []
        for package in packages.values():
            fact = InstalledProgram(
                subject=_subject(package.name),
                name=package.name,
                version=package.version,
                chosen=package.name not in auto,
                source=self.source,
            )
            if history and package in new:
                fact = self._described(fact, packages, auto, history, origins.get(package.name))
            facts.append(fact)
        return tuple(facts)

    def _described(
        self,
        fact: InstalledProgram,
        packages: dict[str, Package],
        auto: frozenset[str],
        history: apt.History,
        origin: str | None,
    ) -> InstalledProgram:
        who = history.who_brought(fact.name, self.management)
        brings = comes_only_with(fact.name, packages, auto) - (self.known or frozenset())
        return replace(fact, brings=tuple(sorted(brings)), brought_by=who.word, by=who.scope, origin=origin)


class _Closed(FileSystemEventHandler):
    """One apt run closes dpkg's own lock three times and its frontend lock once, at the end."""

    def __init__(self, again: Again) -> None:
        self._again = again

    def on_closed(self, event: FileSystemEvent) -> None:
        name = Path(os.fsdecode(event.src_path)).name
        if name == "lock-frontend":
            self._again(0.0)
        elif name == "lock":
            self._again(DPKG_ALONE)


def read(database: Path) -> dict[str, Package]:
    """The packages on the machine, by name.

    Raises:
        Unreadable: dpkg-query is missing or says that the database is torn.

    """
    if not (database / "status").is_file():  # dpkg-query takes that for a machine without a package
        raise Unreadable("there is no database")
    command = ["dpkg-query", f"--admindir={database}", "--show", f"--showformat={_FORMAT}"]
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=False, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreadable(str(error)) from error
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode and "no packages found matching" not in said:
        raise Unreadable(said[:200] or f"dpkg-query ended with {done.returncode}")
    packages = {}
    for line in done.stdout.decode(errors="replace").splitlines():
        name, version, status, pre, depends, recommends, provides = line.split("\t")
        if status not in GONE:
            packages[name] = Package(
                name, version, status, ", ".join(filter(None, (pre, depends, recommends))), provides
            )
    return packages


def _subject(name: str) -> Subject:
    return Subject("program", name.lower())


def _held(paths: Iterable[Path]) -> list[str]:
    """Which of these files somebody has locked, told by inode: they can be opened by root alone."""
    try:
        files = [(path.name, path.stat()) for path in paths if path.exists()]
        lines = [line.split() for line in Path("/proc/locks").read_text(encoding="ascii").splitlines()]
    except OSError:
        return []
    held = [line[5] for line in lines if line[1] != "->"]  # -> waits for it
    return [name for name, stat in files if any(map(_names(stat), held))]


def _names(stat: os.stat_result) -> Callable[[str], bool]:
    """Whether `08:01:1234` is this file. Some file systems (device 0) tell stat another device than the kernel."""
    inode = f":{stat.st_ino}"
    if sys.platform == "win32":  # no dpkg there
        return lambda line: line.endswith(inode)
    device = f"{os.major(stat.st_dev):02x}:{os.minor(stat.st_dev):02x}"
    anonymous = os.major(stat.st_dev) == 0
    return lambda line: line.endswith(inode) and (anonymous or line == f"{device}{inode}")
