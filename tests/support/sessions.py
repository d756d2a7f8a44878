"""Drives a session in a process of its own from a test: what is sent to it, what it says, what it prints."""

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from agent import ipc
from policy.words import Language
from tests.support.desktop import Room
from tests.support.until import until

CHILD = Path(__file__).with_name("session_child.py")
M = TypeVar("M", ipc.Hello, ipc.Shown, ipc.Away, ipc.Lapsed, ipc.Sight)


class Driven:
    """One session in a room."""

    def __init__(self, room: Room, *, environ: dict[str, str] | None = None, **options: bool | str) -> None:
        self.room, self.state = room, room.folder / "state"
        theirs, mine = os.pipe(), os.pipe()
        given = json.dumps({"state": str(self.state)} | options)
        self.printed = room.folder / "session.out"
        with self.printed.open("wb") as out:
            self.process = subprocess.Popen(
                (sys.executable, "-I", "-X", "faulthandler", str(CHILD), given, str(theirs[1]), str(mine[0])),
                env=room.env | (environ or {}),
                stdout=out,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs[1], mine[0]),
            )
        os.close(theirs[1])
        os.close(mine[0])
        self._from, self._to = os.fdopen(theirs[0], "rb"), os.fdopen(mine[1], "wb", buffering=0)
        self.said: list[ipc.Message] = []
        self._reader = threading.Thread(target=self._read, name="driven", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        self._from.close()
        self._to.close()

    def send(self, *messages: ipc.Message) -> None:
        """Say these to the session."""
        for message in messages:
            self._to.write(ipc.pack(message))

    def heard(self, kind: type[M]) -> list[M]:
        """What the session said so far, of one kind."""
        return [message for message in self.said if isinstance(message, kind)]

    def shown(self) -> list[str]:
        """The uids that it said were shown, in order."""
        return [str(uid) for message in self.heard(ipc.Shown) for uid in message.uids]

    def catches_up(self, now: ipc.View) -> None:
        """Wait until it did all that it was sent; it must not have been given a language.

        Such a session speaks the view's language, and says so when that changes.
        """
        hello = until(lambda: self.heard(ipc.Hello), what="it said nothing")[-1]
        language: Language = "en" if hello.language == "nl" else "nl"
        self.send(msgspec.structs.replace(now, language=language))
        until(lambda: self.heard(ipc.Hello)[-1].language == language, what="it did not catch up")

    def text(self) -> str:
        """What it printed so far."""
        return self.printed.read_text()

    def prints(self, words: str) -> str:
        """Wait until it printed these words; all that it printed."""
        until(lambda: words in self.text(), what=f"{words!r} is not in {self.text()!r}")
        return self.text()

    def ends(self, sign: int | None = None, seconds: float = 30) -> int:
        """Its exit code, after a signal or by itself. Where it does not end, say where it stands."""
        if sign is not None:
            self.process.send_signal(sign)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # faulthandler writes each thread's stack
            self.process.wait(10)
            raise AssertionError(f"it does not end; it printed: {self.text()}") from None

    def _read(self) -> None:
        while head := self._from.read(4):
            self.said.append(ipc.unpack(head + self._from.read(struct.unpack(">I", head)[0])))
