"""Source `msix` of kind `software`: packages of Windows' own form, from the store or elsewhere.

Read from the registry's own lists, of the machine (AppxAllUserStore) and of a user (AppModel's Repository), in the form
that osquery documents, and from the manifest in each package's folder. A part of Windows, and what is there for all
users, is no program of one user's.
"""

import sys
import winreg
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.sensors.base import Again  # noqa: E402
from agent.sensors.bounded import Unreadable  # noqa: E402
from agent.sensors.naming import clean  # noqa: E402
from agent.sensors.windows_manifest import Identity, Manifest, identity, manifest  # noqa: E402
from agent.sensors.windows_publisher import told  # noqa: E402
from agent.sensors.windows_registry import Keys, Place, children, text  # noqa: E402
from agent.sensors.windows_uninstall import one_each  # noqa: E402
from policy.kinds.software import InstalledProgram  # noqa: E402
from policy.model import Gap, Instant, Look, Subject, Text  # noqa: E402

ALL_USERS = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore"
PROVISIONED = Place(winreg.HKEY_LOCAL_MACHINE, rf"{ALL_USERS}\Applications")
OF_WINDOWS = Place(winreg.HKEY_LOCAL_MACHINE, rf"{ALL_USERS}\InboxApplications")
USER = Place(
    winreg.HKEY_CURRENT_USER,
    r"Software\Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\Repository\Packages",
)
MANIFESTS = ("AppxManifest.xml", "AppxBundleManifest.xml")
SETTLE = 2.0  # seconds: a package and what it needs come one after another


@dataclass
class WindowsMsix:
    """The sensor. place: its list; others: lists of what is told elsewhere, or is a part of Windows.

    signed: the folders that Windows alone writes, and only what is signed. windows: Windows' own folder.
    """

    place: Place
    others: tuple[Place, ...]
    signed: tuple[Path, ...]
    windows: Path
    scope: str = "machine"
    settle: float = SETTLE
    kind: str = "software"
    source: str = "msix"
    _keys: Keys | None = field(default=None, repr=False)

    def watched(self) -> Text:
        if self.scope == "machine":
            return Text("apps (MSIX) die voor alle gebruikers klaarstaan", "apps (MSIX) that are there for all users")
        return Text(
            "uw eigen apps (MSIX), ook uit de Microsoft Store", "your own apps (MSIX), the Microsoft Store's too"
        )

    def start(self, again: Again) -> None:
        self._keys = Keys((self.place,), self.settle)
        self._keys.start(again)

    def stop(self) -> None:
        if self._keys:
            self._keys.stop()

    def busy(self) -> bool:
        return False

    def look(self, now: Instant) -> Look:
        facts: list[InstalledProgram] = []
        unseen: set[Subject] = set()
        try:
            elsewhere = {one.family for place in self.others for one, _ in _listed(place)}
            for one, root in _listed(self.place):
                if one.family in elsewhere or one.part or _lies_in(root, (self.windows,)):
                    continue
                try:
                    facts += self._fact(one, root)
                except Unreadable:
                    unseen.add(self._subject(one))
        except Unreadable as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        gap = Gap("unreadable", frozenset(unseen)) if unseen else None
        return Look(self.kind, self.source, self.scope, now, one_each(facts), gap)

    def _fact(self, one: Identity, root: Path | None) -> Iterator[InstalledProgram]:
        """Nothing for what is no program. Raises Unreadable: it is there, and its manifest says nothing."""
        signed = _lies_in(root, self.signed)
        if self.scope == "machine" and not signed:
            raise Unreadable("not ours to open")
        said = _manifest(root)
        if not said.is_program:
            return
        maker = said.maker()
        yield InstalledProgram(
            subject=self._subject(one),
            name=clean(said.title() or one.name),
            version=one.version,
            source=self.source,
            publisher=clean(maker) if maker else "",
            proven=bool(maker) and signed and said.is_of(one),
        )

    def _subject(self, one: Identity) -> Subject:
        return Subject("program", one.family, self.scope)


def _lies_in(root: Path | None, folders: tuple[Path, ...]) -> bool:
    return root is not None and ".." not in root.parts and any(root.is_relative_to(folder) for folder in folders)


def _listed(place: Place) -> Iterator[tuple[Identity, Path | None]]:
    """Each package, and its folder where the list says which; the lists of the machine name a file in it."""
    for name, key in children(place):
        if one := identity(name):
            path = told(text(key, "PackageRootFolder") or text(key, "Path"))
            yield one, path.parent if path and path.suffix.lower() == ".xml" else path


def _manifest(root: Path | None) -> Manifest:
    why = Unreadable("no folder")
    for name in MANIFESTS if root and len(root.anchor) == 3 else ():
        try:
            return manifest(root / name) if root else Manifest()
        except Unreadable as error:
            why = error
    raise why
