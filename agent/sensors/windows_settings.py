"""Source `settings` on Windows: how what protects this laptop is set, by the registry and by Windows' own word.

The keys are those that Microsoft documents for each policy. A password that Windows keeps for an automatic sign-in is
never read. What a device does with an own "dynamic lock" or at sleep is not counted: a screen may be open until then.
"""

import os
import sys
import winreg
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms import windows_health as health  # noqa: E402
from agent.sensors.base import Again  # noqa: E402
from agent.sensors.bounded import Unreadable  # noqa: E402
from agent.sensors.windows_registry import Keys, Place, children, text  # noqa: E402
from policy.kinds.settings import Setting, State, setting  # noqa: E402
from policy.model import Instant, Look, Text  # noqa: E402

SETTLE = 2.0  # seconds; a settings window writes several values
MACHINE, USER = winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER
SYSTEM_POLICY = Place(MACHINE, r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System")
MDM_LOCK = Place(MACHINE, r"SOFTWARE\Microsoft\PolicyManager\current\device\DeviceLock")
SAVER = Place(USER, r"Control Panel\Desktop")
SAVER_POLICY = Place(USER, r"Software\Policies\Microsoft\Windows\Control Panel\Desktop")
WINLOGON = Place(MACHINE, r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon")
FIREWALL = Place(MACHINE, r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy")
FIREWALL_POLICY = Place(MACHINE, r"SOFTWARE\Policies\Microsoft\WindowsFirewall")
PROFILES = ("DomainProfile", "PublicProfile", "StandardProfile")
DEFENDER = Place(MACHINE, r"SOFTWARE\Microsoft\Windows Defender")
DEFENDER_POLICY = Place(MACHINE, r"SOFTWARE\Policies\Microsoft\Windows Defender")
SCANNERS = Place(MACHINE, r"SOFTWARE\Microsoft\Security Center\Provider\Av")
DEFENDERS_OWN = "{D68DDC3A-831F-4FAE-9E44-DA132C1ACF46}"
UPDATES = Place(MACHINE, r"SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU")
UPDATER = Place(MACHINE, r"SYSTEM\CurrentControlSet\Services\wuauserv")
DISABLED = 4  # a service's Start


def number(place: Place, name: str) -> int | None:
    """A value of 32 bits; None where there is none."""
    try:
        with place.open() as key:
            value, form = winreg.QueryValueEx(key, name)
    except OSError:
        return None
    return int(value) if form == winreg.REG_DWORD else None


def said(place: Place, name: str) -> str:
    """A value that is text; "" where there is none."""
    try:
        with place.open() as key:
            return text(key, name)
    except OSError:
        return ""


def auto_lock() -> Setting:
    """The shortest of what a policy of the machine, of MDM, and the user's screen saver say."""
    policy, mdm = number(SYSTEM_POLICY, "InactivityTimeoutSecs"), number(MDM_LOCK, "MaxInactivityTimeDeviceLock")
    spans = [float(policy or 0), float(mdm or 0) * 60, _saver()]
    seconds = min((span for span in spans if span > 0), default=None)
    state: State = "off" if seconds is None else "on"
    return setting("auto_lock", state, "windows", scope="user", seconds=seconds)


def _saver() -> float:
    """Seconds until the screen saver locks; 0: never. A policy's value stands before the user's own."""
    values = {name: said(SAVER_POLICY, name) or said(SAVER, name) for name in SAVES}
    locks = values["ScreenSaveActive"] == "1" and values["ScreenSaverIsSecure"] == "1" and values["SCRNSAVE.EXE"]
    seconds = values["ScreenSaveTimeOut"]
    return float(seconds) if locks and seconds.isascii() and seconds.isdigit() else 0.0


SAVES = ("ScreenSaveActive", "ScreenSaverIsSecure", "ScreenSaveTimeOut", "SCRNSAVE.EXE")


def disk() -> Setting:
    """The drive that Windows is on."""
    return setting("disk_encryption", health.bitlocker(os.environ.get("SYSTEMDRIVE", "C:")), "bitlocker")


def firewall() -> Setting:
    """The Security Center's word, which knows other makers' too; else Windows' own in each kind of network."""
    state = health.health(health.FIREWALL)
    if state == "unknown":
        state = _profiles()
    return setting("firewall", state, "windows")


def _profiles() -> State:
    enabled = [_first("EnableFirewall", _in(FIREWALL_POLICY, one), _in(FIREWALL, one)) for one in PROFILES]
    if 0 in enabled:
        return "off"
    return "unknown" if None in enabled else "on"


def scanner() -> Setting:
    """The Security Center's word; else Defender's own switches, where no other is registered."""
    state = health.health(health.ANTIVIRUS)
    if state == "unknown" and _defender_is_off() and not _others():
        state = "off"
    return setting("virus_scanner", state, "windows")


def _defender_is_off() -> bool:
    return any(
        number(place, name) == 1
        for top in (DEFENDER_POLICY, DEFENDER)
        for place, name in (
            (_in(top, "Real-Time Protection"), "DisableRealtimeMonitoring"),
            (top, "DisableAntiSpyware"),
            (top, "DisableAntiVirus"),
        )
    )


def _others() -> bool:
    try:
        return any(name.upper() != DEFENDERS_OWN for name, _ in children(SCANNERS))
    except Unreadable:
        return True


def updates() -> Setting:
    """Off by policy, or with the service that does it disabled."""
    start = number(UPDATER, "Start")
    if number(UPDATES, "NoAutoUpdate") == 1 or start == DISABLED:
        return setting("automatic_updates", "off", "windows")
    return setting("automatic_updates", "unknown" if start is None else "on", "windows")


def sign_in() -> Setting:
    """Windows signs somebody in by itself."""
    return setting("sign_in", "off" if said(WINLOGON, "AutoAdminLogon") == "1" else "on", "windows")


def _in(place: Place, name: str) -> Place:
    return place._replace(path=f"{place.path}\\{name}")


def _first(name: str, *places: Place) -> int | None:
    return next((value for place in places if (value := number(place, name)) is not None), None)


@dataclass
class _WindowsSettings:
    """What both halves' sensors are."""

    kind: str = "settings"
    source: str = "settings"
    scope: str = "machine"
    settle: float = SETTLE
    _keys: Keys | None = field(default=None, repr=False)
    keys: ClassVar[tuple[Place, ...]] = ()
    looks: ClassVar[Iterable[Callable[[], Setting]]] = ()

    def start(self, again: Again) -> None:
        self._keys = Keys(self.keys, self.settle)
        self._keys.start(again)

    def stop(self) -> None:
        if self._keys:
            self._keys.stop()

    def busy(self) -> bool:
        return False

    def look(self, now: Instant) -> Look:
        return Look(self.kind, self.source, self.scope, now, tuple(one() for one in self.looks))


@dataclass
class WindowsMachineSettings(_WindowsSettings):
    """The sensor of the device's half."""

    keys = (WINLOGON, FIREWALL, FIREWALL_POLICY, DEFENDER_POLICY, UPDATES)
    looks = (disk, firewall, scanner, updates, sign_in)

    def watched(self) -> Text:
        return Text(
            "of schijf, firewall, virusscanner, updates en aanmelden beveiligd zijn",
            "whether disk, firewall, virus scanner, updates and sign-in are protected",
        )


@dataclass
class WindowsUserSettings(_WindowsSettings):
    """The sensor of the user's half."""

    scope: str = "user"
    keys = (SAVER, SAVER_POLICY, SYSTEM_POLICY)
    looks = (auto_lock,)

    def watched(self) -> Text:
        return Text("of je scherm zichzelf vergrendelt", "whether your screen locks itself")
