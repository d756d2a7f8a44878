"""The entry "My Deskwarden" in the desktop's own menu of programs: it works without a tray."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

NAME = "deskwarden-mine.desktop"
ICON = "security-high"  # of the desktop's own theme, where ours could not be written


def path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where a user's own entries lie (XDG base directory specification)."""
    # A relative path there is to be ignored, the specification says.
    data = environ.get("XDG_DATA_HOME", "")
    base = Path(data) if data.startswith("/") else Path.home() / ".local" / "share"
    return base / "applications" / NAME


def text(command: Sequence[str], icon: Path | None) -> str:
    """The entry that starts a command."""
    return "\n".join(
        (
            "[Desktop Entry]",
            "Type=Application",
            "Version=1.5",
            "Name=My Deskwarden",
            "Name[nl]=Mijn Deskwarden",
            "Comment=What is looked at on this laptop, what is open, and who can help",
            "Comment[nl]=Wat er op deze laptop wordt bekeken, wat er openstaat en wie je helpt",
            f"Exec={' '.join(_quoted(word) for word in command)}",
            f"Icon={_string(str(icon or ICON))}",
            "Terminal=false",
            "Categories=Utility;",
            "",
        )
    )


def put(where: Path, content: str) -> bool:
    """Write the entry; whether it could be. On Windows the installer puts one into the Start menu."""
    if sys.platform == "win32":
        return False
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(content, encoding="utf-8")
    except OSError:
        return False
    return True


def take_away(where: Path) -> None:
    """Remove the entry."""
    with suppress(OSError):
        where.unlink()


def _quoted(word: str) -> str:
    r"""A word of Exec: in quotes, with ", `, $ and \ behind a backslash, % doubled; then as a string value."""
    escaped = "".join(f"\\{c}" if c in '"`$\\' else c for c in word).replace("%", "%%")
    return _string(f'"{escaped}"')


def _string(value: str) -> str:
    r"""A value of type string: a backslash is written twice, a line end as \n."""
    return value.replace("\\", "\\\\").replace("\n", "\\n")
