"""Sources `flatpak` and `flatpak_user` of kind `software`: the applications of one installation of flatpak.

Read from its folder, without flatpak: app/ID/current/active is what runs, `deploy` beside its metadata says from which
remote it came and in which version. Runtimes are not told: nobody starts one.
"""

import re
from collections.abc import Iterator
from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileSystemEvent

from agent.sensors.bounded import Unreadable, entries, whole
from agent.sensors.spots import Listening, Spot, each
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text

CHANGED = ".changed"  # flatpak touches it after each change; it has nothing in it
SETTLE = 0.2  # seconds; an upgrade touches it more than once
_ID = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)+", re.ASCII)
# `deploy` is a GVariant: the remote comes first, and a dictionary {text: variant} has the rest.
_VERSION = re.compile(rb"\0appdata-version\0+([^\0]{1,100})\0\0s")


@dataclass
class Flatpak(Listening):
    """The sensor. folder: of the installation, /var/lib/flatpak or ~/.local/share/flatpak; scope: whose it is."""

    folder: Path = Path("/var/lib/flatpak")
    scope: str = "machine"
    kind: str = "software"
    source: str = "flatpak"
    settle: float = SETTLE

    def __post_init__(self) -> None:
        """A user's own is removed otherwise than one of the machine."""
        if self.scope != "machine":
            self.source = "flatpak_user"

    def watched(self) -> Text:
        if self.scope == "machine":
            return Text("flatpak-programma's van deze computer", "this computer's flatpak programs")
        return Text("je eigen flatpak-programma's", "your own flatpak programs")

    def _where(self) -> Iterator[Spot]:
        return each([self.folder], _touched)

    def look(self, now: Instant) -> Look:
        try:
            names = [entry.name for entry in entries(self.folder / "app")]
        except Unreadable as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        facts, unseen = list[InstalledProgram](), set[Subject]()
        signed = _signed(self.folder)
        for name in names:
            if not _ID.fullmatch(name):
                continue
            try:
                if (self.folder / "app" / name / "current").is_symlink():  # else it is on its way in or out
                    facts.append(self._fact(name, signed))
            except (OSError, Unreadable):
                unseen.add(self._subject(name))
        gap = Gap("unreadable", frozenset(unseen)) if unseen else None
        return Look(self.kind, self.source, self.scope, now, tuple(facts), gap)

    def _subject(self, name: str) -> Subject:
        return Subject("program", name.lower(), self.scope)

    def _fact(self, name: str, signed: frozenset[str] | None) -> InstalledProgram:
        active = self.folder / "app" / name / "current/active"
        if b"[Application]" not in whole(active / "metadata"):
            raise Unreadable("no metadata of an application")
        deploy = whole(active / "deploy")
        remote = deploy.split(b"\0", 1)[0].decode(errors="replace")
        version = _VERSION.search(deploy)
        return InstalledProgram(
            subject=self._subject(name),
            name=name,
            version=version[1].decode(errors="replace") if version else "",
            brought_by="unknown" if self.scope == "machine" else "user",
            origin=None if signed is None else remote if remote in signed else "",
            source=self.source,
        )


def _touched(_event: FileSystemEvent, name: str) -> bool:
    return name == CHANGED


def _signed(folder: Path) -> frozenset[str] | None:
    """The remotes whose signatures flatpak checks: others vouch for nothing. None where that can't be read."""
    try:
        return frozenset(_verified(whole(folder / "repo/config").decode(errors="replace")))
    except Unreadable:
        return None


def _verified(text: str) -> Iterator[str]:
    config = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    try:
        config.read_string(text)
    except Error:
        return
    for section in config.sections():
        remote = re.fullmatch(r'remote "(.*)"', section)
        if remote and config.get(section, "gpg-verify", fallback="false").strip() == "true":
            yield remote[1]
