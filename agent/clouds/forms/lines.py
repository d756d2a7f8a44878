"""Lists with a line an account: davfs2's secrets (`URL user password`), and what the system has mounted."""

from collections.abc import Iterator
from pathlib import Path

from agent.clouds.forms import Found
from agent.sensors.bounded import whole

_MOUNTS = 4 * 1024 * 1024  # bytes of a machine with very many


def find(data: bytes) -> Iterator[Found]:
    """The first word of each line where that is an address; davfs2(5) allows a mount point there too."""
    for line in data.decode("utf-8", "replace").splitlines():
        first = _words(line)[:1]
        if first and "://" in first[0]:
            yield Found(first[0])


def mounted(file: Path, home: Path) -> Iterator[Found]:
    """Sources that are an address, of what is mounted in this home (proc(5): source, place, type, …)."""
    for line in whole(file, _MOUNTS).decode("utf-8", "replace").splitlines():
        words = _words(line)
        if len(words) > 1 and "://" in words[0] and Path(words[1].replace("\\040", " ")).is_relative_to(home):
            yield Found(words[0])


def _words(line: str) -> list[str]:
    return [] if line.lstrip().startswith("#") else [word.strip('"') for word in line.split()]
