"""The main thread's jobs: everything that a session knows is touched here alone, so nothing needs a lock.

A desktop's toolkit wants the main thread for its own loop. While one runs there (`lend`), jobs run inside it; before
and after, this module waits. `post` and `stop` may be called from any thread and from a signal handler: a SimpleQueue
is reentrant. A signal rings the bell too, by Python's wakeup descriptor: waiting on the queue itself would miss one
that comes between Python's last look for signals and the wait.
"""

import queue
import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

Job = Callable[[], None]


class Loop(Protocol):
    """A toolkit's loop."""

    def run(self, started: Job) -> None:
        """Run until `quit`; `started` is called once, before it blocks. May return by itself where it fails."""

    def wake(self, job: Job) -> None:
        """Have the loop call this soon. From any thread."""

    def quit(self) -> None:
        """End `run` soon. From any thread."""


class MainThread:
    """A queue of jobs and the loop that is running now, if there is one."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._loop: Loop | None = None
        self._bell: socket.socket | None = None
        self._ended = False
        self._failure: BaseException | None = None

    def post(self, job: Job) -> None:
        """Have the main thread do this, after all that was posted before."""
        self._jobs.put(job)
        loop, bell = self._loop, self._bell
        if loop is not None:
            loop.wake(self._drain)
        elif bell is not None:
            with suppress(OSError):  # full: it rings already; closed: nobody waits any more
                bell.send(b".")

    def stop(self) -> None:
        """End `run`, after the jobs posted so far."""
        self.post(self._end)

    def run(self) -> None:
        """Do jobs until `stop`. Main thread only.

        Raises:
            BaseException: What a job raised.

        """
        with self._listening() as heard:
            while True:
                self._do_all()
                if self._ended:
                    return
                select.select([heard], [], [])
                heard.recv(4096)

    def lend(self, loop: Loop) -> None:
        """Give the main thread to a toolkit's loop until it ends; called from a job."""
        self._loop = loop
        try:
            # What was posted before `_loop` was set woke nobody: the loop begins with it.
            loop.run(lambda: loop.wake(self._drain))
        finally:
            self._loop = None
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _end(self) -> None:
        self._ended = True
        if self._loop is not None:
            self._loop.quit()

    def _do_all(self) -> None:
        with suppress(queue.Empty):
            while not self._ended:
                self._jobs.get_nowait()()

    def _drain(self) -> None:
        """Do what is queued. A toolkit would print an exception and go on: here it ends the loop and is raised."""
        if self._failure is not None:
            return
        try:
            self._do_all()
        except BaseException as error:  # noqa: BLE001 - raised again by `lend`
            self._failure = error
            if self._loop is not None:
                self._loop.quit()

    @contextmanager
    def _listening(self) -> Iterator[socket.socket]:
        """The end at which the bell is heard, rung by posts and by signals."""
        heard, self._bell = socket.socketpair()
        with heard, self._bell as bell:
            heard.settimeout(0)
            bell.settimeout(0)
            before = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
            try:
                yield heard
            finally:
                self._bell = None
                signal.set_wakeup_fd(before)
