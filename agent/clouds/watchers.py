"""Sync clients by what they do: a process that watches a whole tree of a home and speaks to another machine.

A signal that never tells alone. Who edits, builds, plays, shows or indexes does much the same: known ones are left out
by name (innocent_watchers.py), interpreters with them; a folder of a project, and one of music or pictures, is too.
Looked at once a minute at most, only processes that live long; one that watched nothing is asked again after twice the
time, up to an hour. The numbers are in /proc/<pid>/fdinfo (proc(5)). Seen on Debian 12: a watcher of the tests, and
what Syncthing 1.19.2 watches.
"""

import os
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from agent.clouds import connections, trees
from agent.clouds.innocent_watchers import is_innocent
from agent.clouds.mounts import TABLE
from agent.clouds.sight import Sight, with_value
from agent.sensors.bounded import Unreadable, head
from policy.catalogue import Catalogue

PROC = Path("/proc")
PACE = 60.0  # seconds between two looks
LONGEST = 3600.0  # and between two at the same process
LIVES = 300.0  # seconds that a process has been there before it is asked
MOST_PROCESSES = 4096
MOST_FDS = 4096  # of one process
MOST_BYTES = 8 * 1024 * 1024  # of what one inotify instance watches: about 70,000 folders
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class _Known:
    """What is known of a process. root: what it watches as a whole; connected: whether it was, since that is known."""

    def __init__(self, started: int) -> None:
        self.started, self.due, self.wait = started, 0.0, PACE
        self.name, self.root, self.connected = "", "", False


class Watchers:
    """The sync clients of one user by what they do. user: a uid. Each `seen` costs a look once a minute at most."""

    def __init__(
        self,
        catalogue: Catalogue,
        home: Path,
        user: int,
        *,
        lives: float = LIVES,
        clock: Callable[[], float] = time.monotonic,
        proc: Path = PROC,
        table: Path = TABLE,
    ) -> None:
        self._catalogue, self._home, self._user, self._lives = catalogue, home, user, lives
        self._clock, self._proc, self._table = clock, proc, table
        self._known: dict[int, _Known] = {}
        self._due, self._last = float("-inf"), tuple[Sight, ...]()

    def seen(self) -> tuple[Sight, ...]:
        """Those that run now, or ran when it was last looked."""
        now = self._clock()
        if now >= self._due:
            self._due, self._last = now + PACE, self._look(now)
        return self._last

    def _look(self, now: float) -> tuple[Sight, ...]:
        oldest = self._up() - self._lives
        before, self._known = self._known, {}
        home: trees.Home | None = None
        for pid in _pids(self._proc, self._user):
            started = self._started(pid)
            if started is None or started / TICK > oldest or pid == os.getpid():
                continue
            old = before.get(pid)
            known = self._known[pid] = old if old and old.started == started else _Known(started)
            if now >= known.due:
                home = home or trees.home(self._home, self._table)
                self._ask(pid, known, now, home)
            if known.root and not known.connected:
                known.connected = connections.is_connected(self._proc / str(pid))
        return tuple(dict.fromkeys(self._sight(one) for one in self._known.values() if one.root and one.connected))

    def _ask(self, pid: int, known: _Known, now: float, home: trees.Home | None) -> None:
        known.name = _program(self._proc / str(pid))
        root = None
        if home and known.name and not is_innocent(known.name):
            root = trees.watched_root(home, _watched(self._proc / str(pid), home.device))
        known.root, known.connected = str(root or ""), known.connected and root is not None
        known.due, known.wait = now + known.wait, min(known.wait * 2, LONGEST)

    def _sight(self, known: _Known) -> Sight:
        client = with_value(self._catalogue, "linux", "program", known.name)
        name = client.name if client else known.name
        return Sight(client.id if client else "", name, "inotify", "tree", "running", root=known.root)

    def _up(self) -> float:
        try:
            return float(head(self._proc / "uptime", 100).split()[0])
        except (Unreadable, ValueError, IndexError):
            return 0.0

    def _started(self, pid: int) -> int | None:
        """Clock ticks after the start of the machine."""
        try:
            return int(head(self._proc / str(pid) / "stat", 4096).rpartition(b")")[2].split()[19])
        except (Unreadable, ValueError, IndexError):
            return None


def _pids(proc: Path, user: int) -> Iterator[int]:
    try:
        with os.scandir(proc) as entries:
            for entry in islice((one for one in entries if one.name.isdecimal()), MOST_PROCESSES):
                if _owner(entry) == user:
                    yield int(entry.name)
    except OSError:
        return


def _owner(entry: os.DirEntry[str]) -> int | None:
    try:
        return entry.stat().st_uid
    except OSError:  # it ended
        return None


def _program(process: Path) -> str:
    """The name of its executable's file; "" of the kernel's own, or one that does not let itself be asked."""
    try:
        return (process / "exe").readlink().name.removesuffix(" (deleted)")
    except OSError:
        return ""


def _watched(process: Path, device: tuple[int, int]) -> set[int]:
    """The inodes of this file system that it watches: `inotify wd:1 ino:2f sdev:fe00000 …`, in hexadecimal."""
    found: set[int] = set()
    for number, target in connections.descriptors(process, MOST_FDS):
        if target != "anon_inode:inotify":
            continue
        try:
            lines = head(process / "fdinfo" / number, MOST_BYTES).splitlines()
        except Unreadable:
            continue
        for line in lines:
            if line.startswith(b"inotify ") and (inode := _inode(line, device)) is not None:
                found.add(inode)
    return found


def _inode(line: bytes, device: tuple[int, int]) -> int | None:
    said = dict(word.partition(b":")[::2] for word in line.split()[1:])
    try:
        number = int(said[b"sdev"], 16)
        return int(said[b"ino"], 16) if (number >> 20, number & 0xFFFFF) == device else None
    except (KeyError, ValueError):
        return None
