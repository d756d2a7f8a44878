"""Sources that live in the VM, held from here; tests/vm/inside/senses.py is the other end, and tells what is said."""

import queue
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec

from agent.platforms.base import Blind, Hear
from policy import seen
from tests.support.vm import Machine

PROGRAM = (
    "/opt/deskwarden/venv/bin/python",
    "-I",
    "/opt/deskwarden/inside/senses.py",
    "/dev/virtio-ports/senses",
)


class Senses:
    """A process that holds them; ended with this. begin: starts it; on anna's desk where nothing else is said."""

    def __init__(self, laptop: Machine, begin: Callable[[], object] | None = None) -> None:
        self._every: dict[str, Remote] = {}
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(laptop.folder / "senses"))
        self._lines = self._socket.makefile("rw", newline="\n")
        (begin or (lambda: laptop.desk.start(*PROGRAM, log="/tmp/senses.log")))()
        while "0 here" not in self._lines.readline():
            pass  # what the one of an earlier test still said
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._lines.close()
        self._socket.close()

    def make(self, name: str, *words: str) -> "Remote":
        """A source that is not started. words: what it is made with."""
        number = str(len(self._every) + 1)
        self._every[number] = made = Remote(self, number, name)
        made.ask("make", name, *words)
        return made

    def send(self, line: str) -> None:
        self._lines.write(line + "\n")
        self._lines.flush()

    def _read(self) -> None:
        for line in self._lines:
            number, word, *rest = line.strip().split(" ", 2)
            self._every[number].told(word, "".join(rest))


class Remote:
    """An IdleSource or a LockSource, as the one in the guest is, and a Locker too."""

    def __init__(self, senses: Senses, number: str, name: str) -> None:
        self._senses, self._number, self.name = senses, number, name
        self._answers = queue.Queue[tuple[str, str]]()

    def start(self, hear: Hear) -> None:
        self._hear = hear
        self.ask("start")

    def watch(self, spans: tuple[float, ...]) -> None:
        self.ask("watch", *map(str, spans))

    def stop(self) -> None:
        self.ask("stop")

    def lock(self) -> None:
        self.ask("lock")

    def ask(self, *order: str) -> None:
        """Raises Blind where the one in the guest does."""
        self._senses.send(" ".join((self._number, *order)))
        word, why = self._answers.get(timeout=60)
        if word == "Blind":
            raise Blind(why)
        assert word == "done", f"{order}: {word} {why}"

    def told(self, word: str, rest: str) -> None:
        """What the guest says: a thing that was seen, or an answer."""
        if kind := getattr(seen, word, None):
            self._hear(msgspec.json.decode(rest, type=kind))
        else:
            self._answers.put((word, rest))
