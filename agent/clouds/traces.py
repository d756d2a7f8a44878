"""What a client leaves on disk for one person: the signals `config, linked, marker, autostart, unit, registry`.

Only that something is there is looked at, never what it holds (but for whether a start is switched off). What can't be
told is not there: of that an account alone says otherwise (agent/clouds/accounts.py).
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from agent.clouds.forms import ini
from agent.clouds.places import name_of, paths, some, there
from agent.sensors.bounded import Unreadable, entries, whole
from policy.catalogue import OS, Client, Signs

_UNITS = (".config/systemd/user", ".local/share/systemd/user")


def traces(
    client: Client, system: OS, home: Path, folders: Mapping[str, str] | None = None
) -> frozenset[tuple[str, str]]:
    """Each (signal, value) that is there. folders: as in agent/clouds/places.py."""
    signs = client.on(system)
    if signs is None:
        return frozenset()

    def is_there(value: str) -> bool:
        return any(map(some, paths(client, system, home, value, folders)))

    found = {(name, value) for name in ("config", "linked") for value in signs.of(name) if is_there(value)}
    synced = [one for value in signs.folders for one in paths(client, system, home, value, folders)]
    found |= {("marker", value) for value in signs.marker if any(there(one / value) for one in synced)}
    if system == "linux":
        found |= {("autostart", value) for value in signs.autostart if _starts(home, value)}
        found |= {("unit", value) for value in _enabled(signs, home)}
    if sys.platform == "win32" and system == "windows":
        from agent.clouds.forms import windows_registry  # noqa: PLC0415 - there is no winreg elsewhere

        found |= {("registry", value) for value in signs.registry if windows_registry.there(value)}
    return frozenset(found)


def _starts(home: Path, value: str) -> bool:
    """Whether this file of a person's own starts it at sign-in: it may also be there to switch it off."""
    if value.startswith("/"):  # the machine's: it starts for everybody, and is no person's doing
        return False
    try:
        entry = ini.sections(whole(home / value)).get("Desktop Entry", {})
    except Unreadable:
        return False
    return entry.get("Hidden", "").lower() != "true" and entry.get("X-GNOME-Autostart-enabled", "").lower() != "false"


def _enabled(signs: Signs, home: Path) -> Iterator[str]:
    """Units that this person has enabled, or wrote; a template's instance is the template's (`name@.service`)."""
    if not signs.unit:
        return
    here = set(_unit_names(home))
    for value in signs.unit:
        stem, at, end = name_of(value).partition("@")
        if value in here or (at and any(name.startswith(f"{stem}@") and name.endswith(end) for name in here)):
            yield value


def _unit_names(home: Path) -> Iterator[str]:
    """By systemd.unit(5): files in these folders, and links in a target's .wants; one to /dev/null is switched off."""
    for folder in _UNITS:
        try:
            for entry in entries(home / folder):
                path = Path(entry.path)
                if entry.name.endswith((".wants", ".requires")):
                    yield from (one.name for one in entries(path))
                elif not (path.is_symlink() and str(path.readlink()) == "/dev/null"):
                    yield entry.name
        except (Unreadable, OSError):
            continue
