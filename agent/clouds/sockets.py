"""Clients that wait for somebody to speak to them: their sockets below the runtime directory, their names on the bus.

A socket's file stays when its client dies; the kernel knows whether somebody listens. That runs, and says no more.
"""

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from agent.bus.line import of_daemon
from agent.bus.thread import Thread
from agent.clouds.sight import Sight, Signal
from agent.platforms.base import Blind
from agent.sensors.bounded import Unreadable, entries, head
from policy.catalogue import Catalogue, Client

LISTENING = Path("/proc/net/unix")
MOST_BYTES = 4 * 1024 * 1024  # of the kernel's table
MOST_NAMES = 20  # sockets in a client's folder
ACCEPTS = 0x10000  # __SO_ACCEPTCON


def seen(catalogue: Catalogue, runtime: Path | None, names: Collection[str] = ()) -> tuple[Sight, ...]:
    """The clients that run by this. runtime: XDG_RUNTIME_DIR; names: what there is on the session's bus."""
    listening: frozenset[str] | None = None
    found: list[Sight] = []
    for client in catalogue.clients.values():
        signs = client.linux
        for value in signs.socket if signs and runtime else ():
            paths = tuple(_sockets(Path(runtime or "") / value))
            if paths and listening is None:
                listening = _listening()
            if listening and any(path in listening for path in paths):
                found.append(_sight(client, "socket", value))
        found += [_sight(client, "dbus", value) for value in (signs.dbus if signs else ()) if value in names]
    return tuple(found)


def bus_names(thread: Thread) -> frozenset[str]:
    """The well-known names on the session's bus; none where there is no bus. thread: started, and not this one."""
    return thread.do(_names(thread))


async def _names(thread: Thread) -> frozenset[str]:
    try:
        await thread.session.open()
    except Blind:
        return frozenset()
    said = await thread.session.ask(of_daemon("ListNames"))
    names = said if isinstance(said, list) else []
    return frozenset(name for name in names if isinstance(name, str) and not name.startswith(":"))


def _sight(client: Client, signal: Signal, value: str) -> Sight:
    return Sight(client.id, client.name, signal, value, "running")


def _sockets(path: Path) -> Iterator[str]:
    """The socket there, or those in the folder there."""
    try:
        mode = path.lstat().st_mode
        inside = entries(path)[:MOST_NAMES] if stat.S_ISDIR(mode) else []
    except (OSError, Unreadable):
        return
    if stat.S_ISSOCK(mode):
        yield str(path)
    for entry in inside:
        yield entry.path


def _listening() -> frozenset[str]:
    """The paths at which somebody listens: `Num RefCount Protocol Flags Type St Inode Path`."""
    try:
        lines = head(LISTENING, MOST_BYTES).splitlines()[1:]
    except Unreadable:
        return frozenset()
    rows = (line.split(None, 7) for line in lines)
    return frozenset(os.fsdecode(row[7]) for row in rows if len(row) == 8 and _accepts(row[3]))


def _accepts(flags: bytes) -> bool:
    try:
        return bool(int(flags, 16) & ACCEPTS)
    except ValueError:
        return False
