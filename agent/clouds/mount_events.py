"""The kernel's word that something was mounted or unmounted: no wake-up until then."""

import os
import select
import sys
import threading
from pathlib import Path

from agent.sensors.base import Again

assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this file by

TABLE = Path("/proc/self/mounts")
SETTLE = 2.0  # seconds: containers mount many at once


class MountEvents:
    """Calls `again` after each change of the table."""

    def __init__(self, table: Path = TABLE, settle: float = SETTLE) -> None:
        self._table, self._settle = table, settle
        self._thread: threading.Thread | None = None
        self._end = -1

    def start(self, again: Again) -> None:
        """Raises OSError where there is no such table."""
        table = os.open(self._table, os.O_RDONLY)
        ended, self._end = os.pipe()
        self._thread = threading.Thread(target=self._run, args=(again, table, ended), name="mount-events", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No event comes after this."""
        if self._thread is not None:
            os.close(self._end)
            self._thread.join(5)
            self._thread = None

    def _run(self, again: Again, table: int, ended: int) -> None:
        poll = select.poll()
        poll.register(table, select.POLLPRI)  # and POLLERR, which always is; the table itself can always be read
        poll.register(ended, select.POLLIN)
        while not any(number == ended for number, _ in poll.poll()):
            again(self._settle)
        os.close(table)
        os.close(ended)
