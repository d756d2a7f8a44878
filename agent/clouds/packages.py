"""What is installed, as the catalogue names it: pairs of (signal, name), from what sensors of programs saw.

What is installed for the whole machine everybody may read, so a user's half reads it too: one person's client is one
finding of theirs, whether it was installed for all or for them alone.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from agent.clouds.catalogue import catalogue, this_os
from agent.sensors import rpm
from agent.sensors.bounded import Unreadable, whole
from agent.sensors.flatpak import Flatpak
from agent.sensors.snap import Snap
from policy.catalogue.clients import by_package
from policy.kinds.software import KIND, InstalledProgram
from policy.model import Fact, Instant, Look

DPKG, FLATPAK, SNAPD = "var/lib/dpkg", "var/lib/flatpak", "var/lib/snapd"
LARGEST = 64 * 1024 * 1024  # bytes of dpkg's list; of 5,000 packages it has 6 MB
# The sources of `software` whose names are a signal's, by the signal.
SIGNALS = {
    "dpkg": "dpkg",
    "rpm": "rpm",
    "flatpak": "flatpak",
    "flatpak_user": "flatpak",
    "snap": "snap",
    "pip_user": "pypi",
    "pipx": "pypi",
    "uv": "pypi",
    "npm": "npm",
    "appimage": "appimage",
    "own_bin": "program",
    "placed": "program",
    "uninstall": "uninstall",
    "msix": "msix",
}
Stamp = tuple[tuple[int, int] | None, ...]


class Package(NamedTuple):
    """One that is installed. signal: of the catalogue; source: of `software`; everybody: for the whole machine."""

    signal: str
    name: str
    source: str
    everybody: bool = False


def of_programs(programs: Iterable[InstalledProgram]) -> Iterator[Package]:
    """What a sensor of programs saw: each by its name and by its key."""
    for program in programs:
        signal = SIGNALS.get(program.source)
        for name in {program.name, program.subject.key} if signal else ():
            yield Package(signal or "", name, program.source, everybody=program.subject.scope == "machine")


def marked(look: Look) -> Look:
    """The same look, its programs told that are clients of the catalogue: the kind `cloud` may speak for those."""
    if look.kind != KIND.name:
        return look
    return replace(look, facts=tuple(_marked(fact) for fact in look.facts))


def _marked(fact: Fact) -> Fact:
    if not isinstance(fact, InstalledProgram):
        return fact
    known = _clients()
    clients = (known.get((package.signal, package.name.lower())) for package in of_programs((fact,)))
    client = next(filter(None, clients), None)
    return replace(fact, client=client) if client else fact


@cache
def _clients() -> dict[tuple[str, str], str]:
    return by_package(catalogue(), this_os())


class Machine:
    """What Linux has for everybody; read again only where one of its lists changed. root: whose."""

    def __init__(self, root: Path) -> None:
        self.folders = tuple(root / place for place in (DPKG, FLATPAK, SNAPD, *rpm.PLACES))
        self._root = root
        self._stamp: Stamp | None = None
        self._packages: tuple[Package, ...] = ()

    def packages(self, now: Instant) -> tuple[Package, ...]:
        """All of them.

        Raises:
            Unreadable: One of its lists can't be read now.

        """
        stamp = self._stamped()
        if stamp != self._stamp:
            self._packages = tuple(self._read(now))
            self._stamp = stamp
        return self._packages

    def _stamped(self) -> Stamp:
        lists = [self._root / DPKG / "status", self._root / FLATPAK / ".changed", self._root / "snap"]
        lists += [self._root / place / name for place in rpm.PLACES for name in rpm.DATABASES]
        return tuple(_stat(path) for path in lists)

    def _read(self, now: Instant) -> Iterator[Package]:
        for name in _dpkg(self._root / DPKG / "status"):
            yield Package("dpkg", name, "dpkg", everybody=True)
        with suppress(FileNotFoundError):  # no rpm here
            yield from (Package("rpm", one.name, "rpm", everybody=True) for one in rpm.read(self._root))
        for sensor in (Flatpak(self._root / FLATPAK), Snap(self._root)):
            look = sensor.look(now)
            if look.gap and not look.gap.about:
                raise Unreadable(look.gap.reason)
            yield from of_programs(fact for fact in look.facts if isinstance(fact, InstalledProgram))


def _dpkg(status: Path) -> Iterator[str]:
    """The names of dpkg's packages that are installed."""
    if _stat(status) is None:
        return
    for stanza in whole(status, LARGEST).split(b"\n\n"):
        if b"\nStatus: install ok installed" in stanza and stanza.lstrip(b"\n").startswith(b"Package: "):
            yield stanza.lstrip(b"\n")[9:].split(b"\n", 1)[0].decode(errors="replace").strip()


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
