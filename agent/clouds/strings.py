"""What stands in the bytes of an executable: the signal `text`, which tells a renamed client too.

By the user's own rights, in a thread of its own: a file in a folder that hangs delays nothing else. Each is read once.
"""

import os
import queue
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

MOST_BYTES = 128 * 1024 * 1024  # of one file; a client of 54 MB takes 0.1 s
CHUNK = 4 * 1024 * 1024
REMEMBERED = 2000  # files
WAITING = 200  # processes; more start nowhere but where programs are built, and those soon end
# A Go program names its own main package behind this; a library's name stands in every program that uses it.
GO, GO_MAIN = "github.com/", b"path\t"
# Where only package managers put programs.
_PLACES = ("/usr/", "/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/", "/app/", "/snap/", "/nix/store/", "/gnu/store/")
_OWN_PLACES = ("/usr/local/", "/usr/src/")
_WINDOWS_PLACES = ("ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "SystemRoot")
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_Key = tuple[int, int, int, int]


class _Asked(NamedTuple):
    image: str
    tell: Callable[[frozenset[str]], None]


class Strings:
    """Looks for some texts in executables."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._needles = {text: _needles(text) for text in texts}
        self._overlap = max((len(needle) for needles in self._needles.values() for needle in needles), default=1)
        self._read: OrderedDict[_Key, frozenset[str]] = OrderedDict()
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="clouds-strings", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Nothing is told after this."""
        self._ending = True
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(5)

    def ask(self, image: str, tell: Callable[[frozenset[str]], None]) -> None:
        """Call `tell` with those that stand in the file at this path, from a thread of its own, if any do."""
        if self._queue.qsize() < WAITING:
            self._queue.put(_Asked(image, tell))

    def of(self, image: str) -> frozenset[str]:
        """Those that stand in it; none where it can't be read."""
        try:
            with os.fdopen(os.open(image, _FLAGS), "rb", buffering=0) as file:
                status = os.fstat(file.fileno())
                if not stat.S_ISREG(status.st_mode):
                    return frozenset()
                key = status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size
                if key not in self._read:
                    self._read[key] = self._search(file.read)
                self._read.move_to_end(key)
                while len(self._read) > REMEMBERED:
                    self._read.popitem(last=False)
                return self._read[key]
        except OSError:
            return frozenset()

    def _search(self, read: Callable[[int], bytes]) -> frozenset[str]:
        """Piece by piece, never mapped: a file that shrinks meanwhile would end this process."""
        found = set[str]()
        end, left = b"", MOST_BYTES
        while left > 0 and (piece := read(min(CHUNK, left))):
            left -= len(piece)
            seen = end + piece
            left_over = (item for item in self._needles.items() if item[0] not in found)
            found |= {text for text, needles in left_over if any(needle in seen for needle in needles)}
            end = seen[-self._overlap :]
        return frozenset(found)

    def _run(self) -> None:
        while (asked := self._queue.get()) is not None and not self._ending:
            found = self.of(asked.image)
            if found and not self._ending:
                asked.tell(found)


def in_package_place(exe: str) -> bool:
    """Whether only package managers put programs there."""
    if exe.startswith("/"):
        return exe.startswith(_PLACES) and not exe.startswith(_OWN_PLACES)
    path = exe.replace("\\", "/").lower()
    places = (os.environ.get(name, "").replace("\\", "/").lower() for name in _WINDOWS_PLACES)
    return any(place and path.startswith(place.rstrip("/") + "/") for place in places)


def _needles(text: str) -> tuple[bytes, ...]:
    """Any of these in the file is this text."""
    plain = text.encode()
    return (GO_MAIN + plain + b"\n", GO_MAIN + plain + b"/") if text.startswith(GO) else (plain,)
