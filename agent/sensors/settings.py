"""Source `settings` of kind `settings`: how what protects this laptop is set; a half looks at what it may see.

The device's half: disk, firewall, virus scanner, updates and sign-in. The user's: their own screen lock. A file that is
replaced tells at once; what has no file of its own is seen by the hourly look.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileClosedEvent, FileDeletedEvent, FileMovedEvent

from agent.sensors.spots import Listening, Spot, towards
from agent.settings import asking, auto_lock, disk, firewall, scanner, sign_in, updates
from policy.kinds.settings import Setting
from policy.model import Instant, Look, Text

SETTLE = 2.0  # seconds; a settings window writes each step of a slider
WRITTEN = (FileMovedEvent, FileClosedEvent, FileDeletedEvent)
# Folders of the machine, and the files in them that a check reads. One with many others in it is not watched.
MACHINE = {
    "etc/ufw": frozenset({"ufw.conf"}),
    "etc/apt/apt.conf.d": frozenset[str](),
    "etc/gdm3": frozenset[str](),
    "etc/gdm": frozenset[str](),
    "etc/lightdm": frozenset[str](),
    "etc/lightdm/lightdm.conf.d": frozenset[str](),
    "etc/sddm.conf.d": frozenset[str](),
    "etc": frozenset({"shadow", "sddm.conf"}),
    "etc/systemd/system/timers.target.wants": frozenset[str](),
}


@dataclass
class MachineSettings(Listening):
    """The sensor of the device's half. scanners: units of virus scanners that the policy names.

    superuser: whether the kernel may be asked for its rules; None: where this is root, on the machine itself.
    """

    root: Path = Path("/")
    scanners: tuple[str, ...] = ()
    superuser: bool | None = None
    ask: asking.Ask = asking.ask
    kind: str = "settings"
    source: str = "settings"
    scope: str = "machine"
    settle: float = SETTLE

    def watched(self) -> Text:
        return Text(
            "of schijf, firewall, virusscanner, updates en aanmelden beveiligd zijn",
            "whether disk, firewall, virus scanner, updates and sign-in are protected",
        )

    def look(self, now: Instant) -> Look:
        self.arm()
        looks: tuple[Callable[[], Setting], ...] = (
            lambda: disk.look(self.root),
            lambda: firewall.look(self.root, self.ask if self._may_ask() else None),
            lambda: scanner.look(self.root, self.scanners),
            lambda: updates.look(self.root),
            lambda: sign_in.look(self.root),
        )
        return Look(self.kind, self.source, self.scope, now, tuple(one() for one in looks))

    def _may_ask(self) -> bool:
        """The kernel's rules are those of no other root."""
        if self.superuser is None:
            return sys.platform != "win32" and os.geteuid() == 0 and self.root == Path("/")
        return self.superuser

    def _where(self) -> Iterator[Spot]:
        for folder, names in MACHINE.items():
            yield Spot(self.root / folder, WRITTEN, names)


@dataclass
class UserSettings(Listening):
    """The sensor of the user's half. config: their folder of configuration; desktop: their XDG_CURRENT_DESKTOP."""

    config: Path
    desktop: str
    system: Path = Path("/etc/xdg")
    ask: asking.Ask = asking.ask
    kind: str = "settings"
    source: str = "settings"
    scope: str = "user"
    settle: float = SETTLE

    def watched(self) -> Text:
        return Text("of je scherm zichzelf vergrendelt", "whether your screen locks itself")

    def look(self, now: Instant) -> Look:
        self.arm()
        found = auto_lock.look(auto_lock.desktop(self.desktop), self.config, self.system, self.ask)
        return Look(self.kind, self.source, self.scope, now, (found,))

    def _where(self) -> Iterator[Spot]:
        """One file, which whoever keeps it replaces."""
        place = {
            "gnome": "dconf/user",
            "cinnamon": "dconf/user",
            "mate": "dconf/user",
            "kde": "kscreenlockerrc",
            "xfce": "xfce4/xfconf/xfce-perchannel-xml/xfce4-screensaver.xml",
        }.get(auto_lock.desktop(self.desktop))
        if place:
            file = self.config / place
            yield from towards(file.parent)
            yield Spot(file.parent, WRITTEN, frozenset({file.name}))
