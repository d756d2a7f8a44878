"""Source `uninstall` of kind `software`: what Windows lists as installed, by the Uninstall keys of its registry.

The device half reads the machine's two, of 64 and of 32 bits; a user's half its own hive, so that the service need not
open those of others. Left out is what Windows leaves out: parts of the system, updates, parts of other entries. Seen
under Wine with what wixl and makensis made and msiexec installed; what is left out, by Microsoft's documents.
"""

import sys
import winreg
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cmp_to_key
from pathlib import Path
from typing import NamedTuple

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.sensors.base import Again  # noqa: E402
from agent.sensors.bounded import Unreadable  # noqa: E402
from agent.sensors.naming import Named  # noqa: E402
from agent.sensors.windows_naming import displayed  # noqa: E402
from agent.sensors.windows_publisher import Makers, told  # noqa: E402
from agent.sensors.windows_registry import Keys, Place, children, number, text  # noqa: E402
from policy.kinds.software import InstalledProgram  # noqa: E402
from policy.model import Gap, Instant, Look, Subject, Text  # noqa: E402
from policy.versions import compare  # noqa: E402

UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
MACHINE = (
    Place(winreg.HKEY_LOCAL_MACHINE, UNINSTALL, winreg.KEY_WOW64_64KEY),
    Place(winreg.HKEY_LOCAL_MACHINE, UNINSTALL, winreg.KEY_WOW64_32KEY),
)
USER = (Place(winreg.HKEY_CURRENT_USER, UNINSTALL),)
SETTLE = 1.0  # seconds: an installer writes its values one by one
_UPDATES = ("update", "hotfix", "service pack", "rollup")


class Entry(NamedTuple):
    """A program as its installer registered it. folder, icon, remover: where it says that its files are."""

    named: Named
    publisher: str
    folder: Path | None
    icon: Path | None
    remover: str

    def lies_in(self, folder: Path) -> bool:
        """Whether what it names is in this folder."""
        paths = [path for path in (self.folder, self.icon) if path]
        return any(path.is_relative_to(folder) for path in paths) or f"{folder}\\".lower() in self.remover.lower()


def read(places: Iterable[Place]) -> Iterator[Entry]:
    """The entries that Windows would show.

    Raises:
        Unreadable: A place, or an entry in it, can't be read.

    """
    for place in places:
        for _, key in children(place):
            if entry := _entry(key):
                yield entry


def _entry(key: winreg.HKEYType) -> Entry | None:
    name = text(key, "DisplayName")
    if not name or number(key, "SystemComponent") == 1 or text(key, "ParentKeyName"):
        return None
    if any(word in text(key, "ReleaseType").lower() for word in _UPDATES):
        return None
    return Entry(
        named=displayed(name, text(key, "DisplayVersion")),
        publisher=text(key, "Publisher"),
        folder=told(text(key, "InstallLocation")),
        icon=told(text(key, "DisplayIcon")),
        remover=text(key, "UninstallString"),
    )


@dataclass
class WindowsUninstall:
    """The sensor. scope: `machine`, or `user` for what the places say of one. makers: who looks at the files."""

    places: tuple[Place, ...]
    makers: Makers
    scope: str = "machine"
    settle: float = SETTLE
    kind: str = "software"
    source: str = "uninstall"
    _keys: Keys | None = field(default=None, repr=False)

    def watched(self) -> Text:
        if self.scope == "machine":
            return Text(
                "programma's die Windows voor deze computer als geïnstalleerd noemt",
                "programs that Windows lists as installed for this computer",
            )
        return Text("programma's die alleen voor jou zijn geïnstalleerd", "programs that are installed for you alone")

    def start(self, again: Again) -> None:
        self._keys = Keys(self.places, self.settle)
        self._keys.start(again)

    def stop(self) -> None:
        if self._keys:
            self._keys.stop()

    def busy(self) -> bool:
        return False

    def look(self, now: Instant) -> Look:
        try:
            facts = one_each(map(self._fact, read(self.places)))
        except Unreadable as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        return Look(self.kind, self.source, self.scope, now, facts)

    def _fact(self, entry: Entry) -> InstalledProgram:
        maker = self.makers.of(self.makers.own_file(entry.folder, entry.icon, entry.named.key), entry.publisher)
        return InstalledProgram(
            subject=Subject("program", entry.named.key, self.scope),
            name=entry.named.name,
            version=entry.named.version,
            origin="",
            source=self.source,
            publisher=maker.publisher,
            proven=maker.proven,
        )


def one_each(facts: Iterable[InstalledProgram]) -> tuple[InstalledProgram, ...]:
    """Of 32 and of 64 bits, and several versions, are one: what proves least speaks, then the newest."""
    found: dict[Subject, list[InstalledProgram]] = {}
    for fact in facts:
        found.setdefault(fact.subject, []).append(fact)
    version = cmp_to_key(compare)
    return tuple(
        max(same, key=lambda fact: (not fact.proven, version(fact.version))) for _, same in sorted(found.items())
    )
