"""Source `rpm` of kind `software`: what the packages of Fedora, SUSE and their kin have on the machine.

The database is read by rpm itself. rpm does not keep what was asked for and what was pulled in; it does keep what was
installed together, and of these nobody asked for what another of them needs.
"""

import os
import subprocess
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from watchdog.events import FileClosedEvent, FileSystemEvent

from agent.sensors.bounded import Unreadable, is_there
from agent.sensors.spots import Listening, Spot, each
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text

PLACES = ("usr/lib/sysimage/rpm", "var/lib/rpm")
DATABASES = ("rpmdb.sqlite", "Packages.db", "Packages")  # of today, of SUSE, of before
LOCK = ".rpm.lock"  # closed for writing once a run, at its end, after the database; never by who only asks
KEYS = "gpg-pubkey"  # a signing key that is kept as if it were a package
ITSELF = "rpm"
SECONDS = 60
_FIELDS = ("NAME", "EPOCHNUM", "VERSION", "RELEASE", "INSTALLTID", "VENDOR")
_LISTS = ("REQUIRENAME", "PROVIDENAME")
_ITEM = "\x1f"  # ends each item of a list; no name has it
_FORMAT = "\\t".join([f"%{{{name}}}" for name in _FIELDS] + [f"[%{{{name}}}{_ITEM}]" for name in _LISTS]) + "\\n"
NONE = "(none)"  # as rpm writes a field that is not there


class Package(NamedTuple):
    """A package as rpm has it. run: of rpm, which installed it."""

    name: str
    version: str
    run: int
    vendor: str
    needs: frozenset[str]
    provides: frozenset[str]


@dataclass
class Rpm(Listening):
    """The sensor. root: whose packages; known: names that an earlier run of the agent saw there."""

    root: Path = Path("/")
    known: frozenset[str] | None = None
    kind: str = "software"
    source: str = "rpm"
    scope: str = "machine"
    settle: float = 0.0

    def watched(self) -> Text:
        return Text(
            "programma's die met dnf, zypper of rpm zijn geïnstalleerd", "programs installed with dnf, zypper or rpm"
        )

    def _where(self) -> Iterator[Spot]:
        return each((self.root / place for place in PLACES), _ended)

    def look(self, now: Instant) -> Look:
        try:
            packages = newest(read(self.root))
            if self.known and ITSELF in self.known and not packages:
                raise Unreadable("nothing is in it any more")  # noqa: TRY301 - lost, not removed
        except FileNotFoundError as error:  # a machine with another packager, unless it was here before
            gap = Gap(f"unreadable: {error}") if self.known else None
            return Look(self.kind, self.source, self.scope, now, (), gap)
        except Unreadable as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        self.known = frozenset(packages) | (self.known or frozenset()) & {ITSELF}
        return Look(self.kind, self.source, self.scope, now, tuple(self._facts(packages)))

    def _facts(self, packages: dict[str, Package]) -> Iterator[InstalledProgram]:
        pulled = pulled_in(packages.values())
        for name, package in sorted(packages.items()):
            yield InstalledProgram(
                subject=Subject("program", name, self.scope),
                name=package.name,
                version=package.version,
                chosen=package.name not in pulled,
                source=self.source,
                publisher=package.vendor,
            )


def _ended(event: FileSystemEvent, name: str) -> bool:
    return name == LOCK and isinstance(event, FileClosedEvent)


def database(root: Path) -> Path:
    """The folder of the database.

    Raises:
        FileNotFoundError: this machine has none. To ask rpm would make one.
        Unreadable: whether it has one can't be told.

    """
    for place in PLACES:
        if any(is_there(root / place / name) for name in DATABASES):
            return root / place
    raise FileNotFoundError("there is no database")


def read(root: Path) -> list[Package]:
    """All packages; the same name more than once where several versions are kept.

    Raises:
        FileNotFoundError: there is no database, or no rpm.
        Unreadable: rpm says that it cannot read it.

    """
    done = _asked(root, "-qa", "--queryformat", _FORMAT)
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode or said.startswith("error:"):
        raise Unreadable(said[:200] or f"rpm ended with {done.returncode}")
    rows = (line.split("\t") for line in done.stdout.decode(errors="replace").splitlines())
    return [_package(row) for row in rows if len(row) == len(_FIELDS + _LISTS) and row[0] != KEYS]


def _asked(root: Path, *question: str) -> subprocess.CompletedProcess[bytes]:
    command = ("rpm", "--dbpath", str(database(root).resolve()), *question)
    try:
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        return subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, env=environment)
    except FileNotFoundError as error:
        raise FileNotFoundError("there is no rpm") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unreadable(str(error)) from error


def _package(row: list[str]) -> Package:
    name, epoch, version, release, run, vendor, needs, provides = row
    return Package(
        name=name,
        version=f"{version}-{release}" if epoch == "0" else f"{epoch}:{version}-{release}",
        run=int(run) if run.isdecimal() else 0,
        vendor="" if vendor == NONE else vendor,
        needs=frozenset(filter(None, needs.split(_ITEM))) - {NONE},
        provides=frozenset(filter(None, provides.split(_ITEM))) - {NONE} | {name},
    )


def newest(packages: Iterable[Package]) -> dict[str, Package]:
    """By name in small letters: of several versions, such as of a kernel, the one that was installed last."""
    out: dict[str, Package] = {}
    for package in sorted(packages, key=lambda one: (one.run, one.version)):
        out[package.name.lower()] = package
    return out


def pulled_in(packages: Iterable[Package]) -> frozenset[str]:
    """Names of what came because another of the same run of rpm needs it.

    Of those that only need each other nobody is left out: one of them was asked for.
    """
    runs = defaultdict[int, list[Package]](list)
    for package in packages:
        runs[package.run].append(package)
    return frozenset(name for together in runs.values() for name in _needed(together))


def _needed(together: list[Package]) -> Iterator[str]:
    """Reached from one that no other of the run needs."""
    providers = defaultdict[str, set[str]](set)
    for package in together:
        for what in package.provides:
            providers[what].add(package.name)
    needs = {
        one.name: set[str]().union(*(providers.get(what, ()) for what in one.needs)) - {one.name} for one in together
    }
    asked = set(needs) - set[str]().union(*needs.values())
    seen, todo = set(asked), list(asked)
    while todo:
        more = needs[todo.pop()] - seen
        seen |= more
        todo.extend(more)
        yield from more


def owned(root: Path, paths: Collection[str]) -> frozenset[str]:
    """Which of these paths belong to a package of rpm; none where there is no rpm.

    Raises:
        Unreadable: rpm says that it cannot read its database.

    """
    if not paths:
        return frozenset()
    try:
        done = _asked(root, "-q", "--path", "--queryformat", "[%{FILENAMES}\\n]", *sorted(paths))
    except FileNotFoundError:
        return frozenset()
    said = done.stderr.decode(errors="replace")
    if "cannot open" in said:
        raise Unreadable(said.strip()[:200])
    return frozenset(done.stdout.decode(errors="replace").splitlines()) & frozenset(paths)
