"""Processes that live and end with this one: no orphan holds a port or a database, however this one ends."""

import ctypes
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

PR_SET_PDEATHSIG = 1
PATIENCE = 8.0  # seconds between SIGTERM and SIGKILL
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Runs in the child before it becomes the program."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


@dataclass
class Child:
    """A module of the house as a process. Its lines go to `say`; descriptors in `keep` stay open in it."""

    module: str
    arguments: Sequence[str]
    say: Callable[[str], None]
    keep: Sequence[int] = ()
    process: "subprocess.Popen[str]" = field(init=False)

    def start(self) -> "Child":
        """Start it in a session of its own: Ctrl-C comes to us, and we end it in our order."""
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-m", self.module, *self.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=tuple(self.keep),
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - one prctl, before any thread of ours holds a lock
        )
        assert self.process.stdout is not None  # noqa: S101 - a pipe was asked for
        threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()
        return self

    def _listen(self, pipe: IO[str]) -> None:
        for line in pipe:
            self.say(line.rstrip("\n"))

    def stop(self) -> None:
        """Ask it to end; make it end."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
