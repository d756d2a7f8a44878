"""Whether a process speaks to another machine now, by the kernel's own tables; never with whom."""

import os
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import islice
from pathlib import Path

from agent.sensors.bounded import Unreadable, head

MOST_FDS = 4096
MOST_BYTES = 4 * 1024 * 1024  # of a table of connections
ESTABLISHED = b"01"


def is_connected(process: Path) -> bool:
    """Whether it has a TCP connection to an address that is not this machine's. process: its folder in /proc."""
    sockets = {target[8:-1].encode() for _, target in descriptors(process, MOST_FDS) if target.startswith("socket:[")}
    return bool(sockets) and any(
        state == ESTABLISHED and inode in sockets and _is_far(local, remote)
        for local, remote, state, inode in _connections(process)
    )


def descriptors(process: Path, most: int) -> Iterator[tuple[str, str]]:
    """The numbers of what it has open, and what each is; nothing of a process that may not be asked."""
    try:
        with os.scandir(process / "fd") as entries:
            names = [entry.name for entry in islice(entries, most)]
    except OSError:
        return
    for name in names:
        with suppress(OSError):
            yield name, os.readlink(f"{process}/fd/{name}")  # noqa: PTH115 - hundreds of them


def _connections(process: Path) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """Of its own network: local and remote address, state, inode."""
    for table in ("net/tcp", "net/tcp6"):
        try:
            lines = head(process / table, MOST_BYTES).splitlines()[1:]
        except Unreadable:
            continue
        for line in lines:
            words = line.split()
            if len(words) > 9:
                yield words[1].partition(b":")[0], words[2].partition(b":")[0], words[3], words[9]


def _is_far(local: bytes, remote: bytes) -> bool:
    here, there = _address(local), _address(remote)
    return there is not None and not there.is_loopback and not there.is_unspecified and here != there


def _address(text: bytes) -> IPv4Address | IPv6Address | None:
    """`0100007F` is 127.0.0.1: words of four bytes, each as this machine keeps a number (here always little end first).

    One of version 4 in one of version 6 is what it is.
    """
    try:
        raw = bytes.fromhex(text.decode("ascii"))
        address = ip_address(b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4)))
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
