"""Whether this user's screen locks itself, and after how long without input: as their desktop has it set.

GNOME, Cinnamon and MATE are asked by gsettings and Xfce by xfconf-query, which know defaults, overrides and what an
administrator locked; of KDE Plasma its own file is read (kscreenlockersettings.kcfg has the defaults).
"""

import re
from collections.abc import Mapping
from pathlib import Path

from agent.sensors.bounded import Unreadable
from agent.settings.asking import Ask
from agent.settings.files import is_yes, sections
from policy.kinds.settings import Setting, setting

# What XDG_CURRENT_DESKTOP has in it, and whose settings count there. Budgie's and Pantheon's locks go by GNOME's.
DESKTOPS: Mapping[str, str] = {
    "gnome": "gnome",
    "budgie": "gnome",
    "unity": "gnome",
    "kde": "kde",
    "x-cinnamon": "cinnamon",
    "mate": "mate",
    "xfce": "xfce",
}
MINUTE = 60.0
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
Values = Mapping[str, str]


def desktop(names: str) -> str:
    """Which of them a session runs, by its XDG_CURRENT_DESKTOP; "" another."""
    return next((DESKTOPS[name] for name in names.lower().split(":") if name in DESKTOPS), "")


def look(where: str, config: Path, system: Path, ask: Ask) -> Setting:
    """How it is set. where: of `desktop`; config: the user's folder of configuration; system: /etc/xdg."""
    if where == "kde":
        return _kde(system / "kscreenlockerrc", config / "kscreenlockerrc")
    looks = {"gnome": _gnome, "cinnamon": _cinnamon, "mate": _mate, "xfce": _xfce}
    return looks[where](ask) if where in looks else _unknown(where)


def _unknown(where: str) -> Setting:
    return setting("auto_lock", "unknown", where, scope="user")


def _set(where: str, seconds: float | None) -> Setting:
    """seconds: until it locks; None: never."""
    return setting("auto_lock", "off" if seconds is None else "on", where, scope="user", seconds=seconds)


def _kde(*files: Path) -> Setting:
    try:
        daemon = sections(files).get("daemon", {})
    except Unreadable:
        return _unknown("kde")
    minutes, grace = _number(daemon, "timeout", 5), _number(daemon, "lockgrace", 5)
    locks = is_yes(daemon.get("autolock"), default=True) and is_yes(daemon.get("requirepassword"), default=True)
    return _set("kde", minutes * MINUTE + grace if locks and minutes > 0 and grace >= 0 else None)


def _gnome(ask: Ask) -> Setting:
    keys = _schemas(ask, "org.gnome.desktop.screensaver", "org.gnome.desktop.session", "org.gnome.desktop.lockdown")
    if not {"lock-enabled", "idle-delay"} <= keys.keys():
        return _unknown("gnome")
    may = not is_yes(keys.get("disable-lock-screen"))
    return _set("gnome", _idle(keys, 1) if may and is_yes(keys["lock-enabled"]) else None)


def _cinnamon(ask: Ask) -> Setting:
    keys = _schemas(ask, "org.cinnamon.desktop.screensaver", "org.cinnamon.desktop.session")
    if not {"lock-enabled", "idle-delay"} <= keys.keys():
        return _unknown("cinnamon")
    return _set("cinnamon", _idle(keys, 1) if is_yes(keys["lock-enabled"]) else None)


def _mate(ask: Ask) -> Setting:
    """In minutes."""
    keys = _schemas(ask, "org.mate.screensaver", "org.mate.session")
    if not {"lock-enabled", "idle-activation-enabled", "idle-delay"} <= keys.keys():
        return _unknown("mate")
    locks = is_yes(keys["lock-enabled"]) and is_yes(keys["idle-activation-enabled"])
    return _set("mate", _idle(keys, MINUTE) if locks else None)


def _idle(keys: Values, unit: float) -> float | None:
    idle = _number(keys, "idle-delay", 0)
    return (idle + _number(keys, "lock-delay", 0)) * unit if idle > 0 else None


def _xfce(ask: Ask) -> Setting:
    """As xfce4-screensaver has it, in minutes; where it has nothing another may lock, and none says so."""
    said = ask(("xfconf-query", "-c", "xfce4-screensaver", "-lv"))
    keys = dict(_pairs(said, 1))
    if not keys:
        return _unknown("xfce")
    on = ("/saver/enabled", "/saver/idle-activation/enabled", "/lock/enabled", "/lock/saver-activation/enabled")
    idle = _number(keys, "/saver/idle-activation/delay", 5)
    locks = idle > 0 and all(is_yes(keys.get(key), default=True) for key in on)
    return _set("xfce", (idle + _number(keys, "/lock/saver-activation/delay", 0)) * MINUTE if locks else None)


def _schemas(ask: Ask, *schemas: str) -> dict[str, str]:
    """All keys of these; one that is not installed has none."""
    found: dict[str, str] = {}
    for schema in schemas:
        found |= _pairs(ask(("gsettings", "list-recursively", schema)), 2, schema)
    return found


def _pairs(said: str | None, words: int, schema: str = "") -> list[tuple[str, str]]:
    """The last of so many words of a line, and what stands behind them."""
    lines = [line.split(None, words) for line in (said or "").splitlines()]
    return [(line[words - 1], line[words]) for line in lines if len(line) > words and line[0].startswith(schema)]


def _number(keys: Values, name: str, default: float) -> float:
    """`uint32 300`, `300` or `5.5`; the default where it is none."""
    found = _NUMBER.search(keys.get(name, "").removeprefix("uint32").removeprefix("int32"))
    return float(found[0]) if found else default
