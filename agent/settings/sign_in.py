"""Whether somebody can sign in here without a password: a display manager that does it for them, an empty password.

The files are those that gdm3, LightDM and SDDM document, in the order in which they read them. Only root sees whether a
password is empty; without that, what is not seen to be open is unknown.
"""

from collections.abc import Iterator
from pathlib import Path

from agent.sensors.bounded import Unreadable
from agent.settings.files import is_yes, parts, sections, text
from policy.kinds.settings import Setting, setting

GDM = ("etc/gdm3/custom.conf", "etc/gdm3/daemon.conf", "etc/gdm/custom.conf")
LIGHTDM = "etc/lightdm/lightdm.conf"
LIGHTDM_PARTS = tuple(f"{place}/lightdm/lightdm.conf.d" for place in ("usr/share", "usr/local/share", "etc/xdg", "etc"))
SDDM, SDDM_PARTS = "etc/sddm.conf", ("usr/lib/sddm/sddm.conf.d", "etc/sddm.conf.d")
NO_SHELL = ("/nologin", "/false")


def look(root: Path = Path("/")) -> Setting:
    """How it is. The first way that is open is named."""
    unseen = False
    for how, is_open in (("gdm", _gdm), ("lightdm", _lightdm), ("sddm", _sddm), ("no_password", _no_password)):
        try:
            if is_open(root):
                return setting("sign_in", "off", how)
        except Unreadable:
            unseen = True
    return setting("sign_in", "unknown" if unseen else "on")


def _gdm(root: Path) -> bool:
    """Each is one system's own place for it; a machine has one of them."""
    daemon = sections(root / name for name in GDM).get("daemon", {})
    by_name = is_yes(daemon.get("automaticloginenable")) and bool(daemon.get("automaticlogin"))
    later = is_yes(daemon.get("timedloginenable")) and bool(daemon.get("timedlogin"))
    return by_name or later


def _lightdm(root: Path) -> bool:
    files = [path for folder in LIGHTDM_PARTS for path in parts(root / folder, ".conf")]
    found = sections([*files, root / LIGHTDM])
    seats = [pairs for name, pairs in found.items() if name.startswith(("seat:", "seatdefaults"))]
    return any(seat.get("autologin-user") or is_yes(seat.get("autologin-guest")) for seat in seats)


def _sddm(root: Path) -> bool:
    files = [path for folder in SDDM_PARTS for path in parts(root / folder, ".conf")]
    return bool(sections([*files, root / SDDM]).get("autologin", {}).get("user"))


def _no_password(root: Path) -> bool:
    """Somebody who has a shell has a password that is empty (shadow(5))."""
    shells = {name: fields[-1] for name, fields in _lines(root / "etc/passwd")}
    empty = [name for name, fields in _lines(root / "etc/shadow") if len(fields) > 1 and not fields[1]]
    return any(name in shells and not shells[name].endswith(NO_SHELL) for name in empty)


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    for line in text(path).splitlines():
        fields = line.strip().split(":")
        yield fields[0], fields
