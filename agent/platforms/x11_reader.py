"""The thread of a sense on X: it sleeps until the server says something, or it is asked to do something."""

import os
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable

from agent.platforms.x11 import Connection, Gone


class Reader:
    """Owns a connection: all that is sent and read on it, from `start` to `stop`, is sent and read on this thread.

    said: takes each event; looked: what to do at `due`; lost: called at the end if the server is gone.
    """

    def __init__(
        self,
        name: str,
        connection: Connection,
        said: Callable[[bytes], None],
        lost: Callable[[], None],
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        self._connection, self._said, self._lost, self._looked = connection, said, lost, looked
        self._work = deque[Callable[[], None]]()
        self._ending, self._open, self._lock = False, True, threading.Lock()
        self._woken, self._wake = os.pipe()
        self._selector = selectors.DefaultSelector()
        for fd in (connection.fd, self._woken):
            self._selector.register(fd, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.due: float | None = None  # on the monotonic clock; for this thread alone

    def start(self) -> None:
        self._thread.start()

    def do(self, work: Callable[[], None]) -> None:
        """Have this done on the thread; not at all once the server is gone."""
        self._work.append(work)
        self._rouse()

    def stop(self) -> None:
        """End the thread and the connection. May be called on the thread itself, which ends then soon after."""
        self._ending = True
        self._rouse()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _rouse(self) -> None:
        with self._lock:
            if self._open:
                os.write(self._wake, b"w")

    def _run(self) -> None:
        try:
            while not self._ending:
                self._turn()
        except Gone:
            self._lost()
        finally:
            with self._lock:
                self._open = False
                os.close(self._wake)
                os.close(self._woken)
            self._selector.close()
            self._connection.close()

    def _turn(self) -> None:
        """Whatever is there to do now, or a sleep."""
        self._connection.flush()
        if event := self._connection.event():
            self._said(event)
        elif self._work:
            self._work.popleft()()
        elif self._connection.broken:
            raise Gone
        else:
            self._sleep()

    def _sleep(self) -> None:
        left = None if self.due is None else max(0.0, self.due - time.monotonic())
        ready = [key.fd for key, _ in self._selector.select(left)]
        if self._woken in ready:
            os.read(self._woken, 512)
        elif not ready:
            self.due = None
            self._looked()
