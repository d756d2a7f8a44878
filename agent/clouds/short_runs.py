"""What the kernel tells root of clients that are started: to their user's half at once, which sees them as they run.

One that ran for a moment is an occurrence of the user who ran it. Nothing of a user's is opened here: a process is
judged by its name and its words alone, which are not kept.
"""

import logging
import sys
from collections.abc import Callable
from uuid import uuid4

assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this file by

from agent.clouds.catalogue import catalogue
from agent.clouds.executions import Executions
from agent.clouds.processes import Running, ShortLived
from policy.kinds.cloud import KIND, of_client
from policy.model import Instant, Occurrence

log = logging.getLogger(__name__)


class ShortRuns:
    """Gives `put` an occurrence for each client that was gone before anybody could look.

    started: told the scope and the process of each that is there anew.
    """

    def __init__(
        self,
        put: Callable[[Occurrence], None],
        started: Callable[[str, tuple[int, ...]], None],
        now: Callable[[], Instant],
    ) -> None:
        self._put, self._started, self._now = put, started, now
        self._known = frozenset[tuple[int, int | str | None]]()
        self._running = Running(catalogue(), "linux", None, self._changed, on_short=self._ran)
        self._executions = Executions(self._running.executed, self._running.lost)

    def start(self) -> None:
        """Without root's rights, or in a container, the kernel tells nobody: then what is short is not seen."""
        try:
            self._executions.start()
        except OSError as error:
            log.info("short runs are not seen (%s)", error.strerror)
            return
        self._running.start()

    def stop(self) -> None:
        """End."""
        self._executions.stop()
        self._running.stop()

    def _changed(self) -> None:
        there = frozenset((one.pid, one.uid) for one in self._running.now())
        for pid, uid in there - self._known:
            self._started(f"user:{uid}", (pid,))
        self._known = there

    def _ran(self, run: ShortLived) -> None:
        client = catalogue().clients[run.client]
        if run.uid is None or client.starts == "itself":
            return
        fact = of_client(client, "running", f"user:{run.uid}", signals=("program",))
        self._put(Occurrence(uuid4().hex, KIND.name, fact, self._now()))
