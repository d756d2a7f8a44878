"""The main thread's jobs: everything that a session knows is touched here alone, so nothing needs a lock.

A desktop's toolkit wants the main thread for its own loop. While one runs there (`lend`), jobs run inside it; before
and after, this module waits on its queue. `post` and `stop` may be called from any thread and from a signal handler:
they only put to a SimpleQueue, which is reentrant, and wake the loop.
"""

import queue
from collections.abc import Callable
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
        self._ended = False
        self._failure: BaseException | None = None

    def post(self, job: Job) -> None:
        """Have the main thread do this, after all that was posted before."""
        self._jobs.put(job)
        loop = self._loop
        if loop is not None:
            loop.wake(self._drain)

    def stop(self) -> None:
        """End `run`, after the jobs posted so far."""
        self.post(self._end)

    def run(self) -> None:
        """Do jobs until `stop`.

        Raises:
            BaseException: What a job raised.

        """
        while not self._ended:
            self._jobs.get()()

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

    def _drain(self) -> None:
        """Do what is queued. A toolkit would print an exception and go on: here it ends the loop and is raised."""
        while not self._ended and self._failure is None:
            try:
                self._jobs.get_nowait()()
            except queue.Empty:
                return
            except BaseException as error:  # noqa: BLE001 - raised again by `lend`
                self._failure = error
                if self._loop is not None:
                    self._loop.quit()
