"""One process at a time, as the system tells it: bounded, and nothing of it kept.

On Linux straight from /proc, since this is asked of every new process; elsewhere by psutil.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import psutil

MOST_BYTES = 64 * 1024  # of a command line; a client's name, verb and options stand at its beginning
MOST_WORDS = 1000
T = TypeVar("T")
Owner = int | str  # a uid, or an account's name where there are no uids


class Mark(NamedTuple):
    """Another one once the process runs something else, or is another one. place: of its arguments, where known."""

    started: str
    place: str
    name: str


class Table(Protocol):
    """The machine's processes. What is asked of one that is gone, or may not be read, is None or nothing."""

    def pids(self) -> set[int]:
        """Which there are.

        Raises:
            OSError: That can't be told.

        """

    def latest(self) -> str | None:
        """Another one once a process was started; None where that can't be told without `pids`."""

    def owner(self, pid: int) -> Owner | None:
        """Whose it is: who started it, where it has somebody else's rights."""

    def mark(self, pid: int) -> Mark | None:
        """What changes when it runs something else; None too where it ended and only waits to be forgotten."""

    def exe(self, pid: int) -> str:
        """Its executable; "" where that may not be read."""

    def image(self, pid: int) -> str:
        """A path to open its executable by, though that was deleted or lies in a container."""

    def cmdline(self, pid: int) -> tuple[str, ...]:
        """Its command line, cut where it is long."""

    def ports(self, pid: int) -> tuple[int, ...]:
        """Where it listens. Costs more than all the rest."""


class Proc:
    """Linux. root: where /proc is."""

    def __init__(self, root: Path = Path("/proc")) -> None:
        self._root = str(root)

    def pids(self) -> set[int]:
        names = os.listdir(self._root)  # noqa: PTH208 - every 2 s: names and no objects
        return {int(name) for name in names if name.isdecimal()}

    def latest(self) -> str | None:
        """The pid that was given last, which the kernel tells behind the load."""
        return next(reversed(self._read("loadavg", 200).decode("ascii", "replace").split()), None)

    def owner(self, pid: int) -> Owner | None:
        try:
            uid = os.stat(f"{self._root}/{pid}").st_uid  # noqa: PTH116 - asked of every new process
        except OSError:
            return None
        # Root's is also one with root's rights, and one that hides its memory from its own user.
        return uid or self._real_uid(pid)

    def mark(self, pid: int) -> Mark | None:
        data = self._read(f"{pid}/stat", 4096)
        name, _, rest = data.partition(b"(")[2].rpartition(b")")
        fields = rest.split()
        if len(fields) < 46 or fields[0] in b"ZX":
            return None
        # When it was started, and where its arguments lie, which the kernel chooses anew at each exec.
        return Mark(os.fsdecode(fields[19]), os.fsdecode(fields[45]), os.fsdecode(name))

    def exe(self, pid: int) -> str:
        try:
            return os.readlink(self.image(pid))  # noqa: PTH115 - asked of every new process
        except OSError:
            return ""

    def image(self, pid: int) -> str:
        return f"{self._root}/{pid}/exe"

    def cmdline(self, pid: int) -> tuple[str, ...]:
        data = self._read(f"{pid}/cmdline", MOST_BYTES)
        words = data.removesuffix(b"\0").split(b"\0", MOST_WORDS)[:MOST_WORDS] if data else []
        return tuple(map(os.fsdecode, words))

    def ports(self, pid: int) -> tuple[int, ...]:
        return _ports(pid)

    def _real_uid(self, pid: int) -> int | None:
        for line in self._read(f"{pid}/status", 4096).splitlines():
            if line.startswith(b"Uid:"):
                return int(line.split()[1])
        return None

    def _read(self, name: str, most: int) -> bytes:
        """The first bytes of a file; nothing where that is gone or not for us."""
        try:
            handle = os.open(f"{self._root}/{name}", os.O_RDONLY)
        except OSError:
            return b""
        try:
            return os.read(handle, most)
        except OSError:
            return b""
        finally:
            os.close(handle)


class Psutil:
    """Any OS, Windows above all. An owner is an account's name, with its domain there."""

    def pids(self) -> set[int]:
        return set(psutil.pids())

    def latest(self) -> str | None:
        return None

    def owner(self, pid: int) -> Owner | None:
        return _asked(pid, lambda process: process.username())

    def mark(self, pid: int) -> Mark | None:
        return _asked(pid, _started)

    def exe(self, pid: int) -> str:
        return _asked(pid, lambda process: process.exe()) or ""

    def image(self, pid: int) -> str:
        return self.exe(pid)

    def cmdline(self, pid: int) -> tuple[str, ...]:
        return tuple((_asked(pid, lambda process: process.cmdline()) or [])[:MOST_WORDS])

    def ports(self, pid: int) -> tuple[int, ...]:
        return _ports(pid)


def this_table() -> Table:
    """The machine's own."""
    return Proc() if sys.platform.startswith("linux") else Psutil()


def this_owner() -> Owner | None:
    """Whose processes this process's own user has, as `this_table` names them."""
    return this_table().owner(os.getpid())


def _asked(pid: int, question: Callable[[psutil.Process], T]) -> T | None:
    try:
        return question(psutil.Process(pid))
    except (psutil.Error, OSError, ValueError):  # gone, not for us, or ended while it was read
        return None


def _started(process: psutil.Process) -> Mark | None:
    if process.status() == psutil.STATUS_ZOMBIE:
        return None
    return Mark(str(process.create_time()), "", process.name())


def _ports(pid: int) -> tuple[int, ...]:
    """By psutil: which of its files are sockets, and which of those listen."""
    found = _asked(pid, lambda process: process.net_connections("inet")) or []
    # What takes datagrams listens too, and has no state.
    open_ends = {
        end.laddr.port
        for end in found
        if end.laddr and not end.raddr and end.status in {psutil.CONN_LISTEN, psutil.CONN_NONE}
    }
    return tuple(sorted(open_ends))
