"""The clock on the employee's wall: which zone it shows, and the time in it."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.platforms import this_system

LOCALTIME = Path("/etc/localtime")
TIMEZONE = Path("/etc/timezone")  # where /etc/localtime is a copy (Debian)


def zone(environ: Mapping[str, str] = os.environ, link: Path = LOCALTIME, name: Path = TIMEZONE) -> str:
    """The IANA name of the zone that the clock here shows; "UTC" where none is known."""
    if sys.platform == "win32":
        return this_system().zone()
    for candidate in (environ.get("TZ", "").removeprefix(":"), _linked(link), _written(name)):
        if candidate and _known(candidate):
            return candidate
    return "UTC"


def now(name: str) -> datetime:
    """This moment in a zone that `zone` returned."""
    return datetime.now(ZoneInfo(name) if name != "UTC" else UTC)


def _linked(link: Path) -> str:
    _, _, name = str(link.resolve()).partition("/zoneinfo/")
    return name.removeprefix("posix/").removeprefix("right/")


def _written(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
