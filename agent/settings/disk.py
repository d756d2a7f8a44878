"""Whether what the laptop keeps lies on an encrypted disk: the devices under / and /home, down to the disk.

Every way down must pass a dm-crypt device (its uuid begins with CRYPT-). What the kernel does not show is unknown: a
root that is no block device (a container, a file system over the network), ZFS's own encryption. A disk that encrypts
itself shows nothing either, and counts as open: a policy whose laptops have those leaves this check out.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agent.sensors.bounded import Unreadable, whole
from policy.kinds.settings import Setting, State, setting

KEPT = ("/", "/home")
DEEPEST = 16  # devices upon devices; more is a circle
ENCRYPTED = {"ecryptfs", "fuse.gocryptfs"}
_OCTAL = re.compile(r"\\([0-7]{3})")


class _Mount(NamedTuple):
    device: str
    form: str
    source: str


def look(root: Path = Path("/")) -> Setting:
    """How it is. root: where /proc, /sys and /dev are seen."""
    try:
        mounts = dict(_mounts(whole(root / "proc/self/mountinfo").decode(errors="replace")))
        state = _worst({_state(root, mounts[place]) for place in KEPT if place in mounts})
    except (OSError, Unreadable, RuntimeError):
        state = "unknown"
    return setting("disk_encryption", state, "dm_crypt")


def _mounts(table: str) -> Iterator[tuple[str, _Mount]]:
    """By place; of two at one place the later lies on top (proc_pid_mountinfo(5))."""
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(), after.split()
        if len(fields) > 4 and len(rest) > 1:
            yield _plain(fields[4]), _Mount(fields[2], rest[0], _plain(rest[1]))


def _plain(field: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), field)


def _state(root: Path, mount: _Mount) -> State:
    if mount.form in ENCRYPTED:
        return "on"
    device = root / "sys/dev/block" / mount.device
    if not device.exists():  # btrfs has a number of its own, and names the device as its source
        name = Path(os.path.realpath(_below(root, mount.source))).name
        device = root / "sys/class/block" / name
    return _of(device, DEEPEST) if mount.source.startswith("/dev/") and device.exists() else "unknown"


def _below(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _of(device: Path, depth: int) -> State:
    """Encrypted where it is itself, or where all that it is made of are."""
    if _uuid(device).startswith("CRYPT-"):
        return "on"
    below = sorted((device / "slaves").iterdir()) if (device / "slaves").is_dir() else []
    if not below:
        return "unknown" if (device / "loop").is_dir() else "off"
    if depth == 0:
        return "unknown"
    return _worst({_of(one, depth - 1) for one in below})


def _worst(states: set[State]) -> State:
    """Of what lies on several."""
    if "off" in states:
        return "off"
    return "on" if states == {"on"} else "unknown"


def _uuid(device: Path) -> str:
    path = device / "dm/uuid"
    return whole(path, 1024).decode(errors="replace") if path.exists() else ""
