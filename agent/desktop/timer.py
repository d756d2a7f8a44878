"""One alarm: a thread that sleeps until it is due, and not before."""

import threading
import time
from collections.abc import Callable


class Timer:
    """Calls `ring` once at the time that was set last. The thread begins with the first `set`."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._changed = threading.Condition()
        self._due: float | None = None
        self._ending = False
        self._thread: threading.Thread | None = None

    def set(self, seconds: float | None) -> None:
        """Ring in so many seconds; None: not at all."""
        with self._changed:
            self._due = None if seconds is None else time.monotonic() + seconds
            if self._thread is None and self._due is not None:
                self._thread = threading.Thread(target=self._run, name="timer", daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """End the thread; nothing rings any more."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._wait():
            self._ring()

    def _wait(self) -> bool:
        """Until it is due; False at the end."""
        with self._changed:
            while not self._ending:
                left = None if self._due is None else self._due - time.monotonic()
                if left is not None and left <= 0:
                    self._due = None
                    return True
                self._changed.wait(left)
        return False
