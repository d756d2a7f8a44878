"""Where a client keeps its things for one person: the catalogue's paths, from a home or from %APPDATA% and its kin."""

import os
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from agent.sensors.bounded import Unreadable, entries
from policy.catalogue import OS, Client

MOST = 64  # places that one pattern stands for
# Where Windows keeps a person's things unless it was told otherwise; one's own environment says whether.
_WITHIN = {"USERPROFILE": "", "LOCALAPPDATA": "AppData/Local", "APPDATA": "AppData/Roaming"}
# What a flatpak sees as these folders (docs.flatpak.org, XDG base directories).
_SANDBOX = ((".config", "config"), (".local/share", "data"), (".cache", "cache"), (".local/state", ".local/state"))


def paths(client: Client, system: OS, home: Path, value: str, folders: Mapping[str, str] | None = None) -> list[Path]:
    """Where a path of the catalogue is for this person, patterns as they are; none where it is no place of a person's.

    folders: Windows' own word for APPDATA, LOCALAPPDATA and USERPROFILE.
    """
    if system == "windows":
        name, _, rest = value.removeprefix("%").partition("%/")
        if not value.startswith("%") or name not in _WITHIN:
            return []
        given = (folders or {}).get(name)
        return [(Path(given) if given else home / _WITHIN[name]) / rest]
    if value.startswith(("/", "~", "%")):
        return []
    out = [home / value]
    signs = client.on(system)
    for folder, within in _SANDBOX:
        if value.startswith(f"{folder}/"):
            sandboxes = [home / ".var/app" / app for app in (signs.flatpak if signs else ())]
            out += [one / within / value.removeprefix(f"{folder}/") for one in sandboxes]
    return out


def meant(path: Path) -> Iterator[Path]:
    """Those that are there, by name, where parts of the path are patterns; without one, the path itself.

    Raises:
        Unreadable: A folder on the way may not be read.

    """
    fixed = above(path)
    rest = path.parts[len(fixed.parts) :]
    found = [fixed]
    for part in rest:
        if _pattern(part):
            inside = ((one, entries(one)) for one in found)
            found = [one / entry.name for one, some in inside for entry in some if fnmatchcase(entry.name, part)][:MOST]
        else:
            found = [one / part for one in found]
    yield from found


def above(path: Path) -> Path:
    """The part of it that is no pattern."""
    parts = path.parts
    at = next((n for n, part in enumerate(parts) if n and _pattern(part)), len(parts))
    return Path(*parts[:at])


def there(path: Path) -> bool:
    """Whether something is there, be it a link that leads nowhere; False where that can't be told."""
    try:
        os.lstat(path)
    except (OSError, ValueError):
        return False
    return True


def some(path: Path) -> bool:
    """Whether anything is there that a path with patterns means; False where that can't be told."""
    try:
        return any(map(there, meant(path)))
    except Unreadable:
        return False


def name_of(value: str) -> str:
    """The last part of a path of the catalogue."""
    return PurePosixPath(value).name


def _pattern(part: str) -> bool:
    return "*" in part or "[" in part
