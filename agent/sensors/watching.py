"""One thread a sensor: looks at the start, when something changed, and once an hour in case an event was missed."""

import logging
import threading
import time
from collections.abc import Callable

from agent.sensors.base import Sensor
from policy.model import Gap, Instant, Look

HOURLY = 3600.0
RECHECK = 30.0  # after a look that saw nothing; an event tells when one will, this is for the event that is missed

log = logging.getLogger(__name__)


class Watching:
    """Runs a sensor and gives its looks to `report`."""

    def __init__(self, sensor: Sensor, now: Callable[[], Instant], report: Callable[[Look], None]) -> None:
        self.sensor, self._now, self._report = sensor, now, report
        self._changed = threading.Condition()
        self._due = time.monotonic()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name=f"look-{sensor.source}", daemon=True)

    def start(self) -> None:
        """Listen first, look then: what changes in between is seen by one of the two."""
        try:
            self.sensor.start(self.again)
        except OSError as error:
            log.warning("%s: no events (%s), looking once an hour", self.sensor.source, error)
        self._thread.start()

    def again(self, seconds: float = 0.0) -> None:
        """Look again in so many seconds, or earlier if that was already due."""
        with self._changed:
            self._due = min(self._due, time.monotonic() + seconds)
            self._changed.notify()

    def stop(self) -> None:
        """End both the sensor and its thread."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self.sensor.stop()
        self._thread.join(10)

    def _run(self) -> None:
        first = True
        while self._wait():
            seen = (first or not self.sensor.busy()) and self._look()
            first = False
            with self._changed:
                self._due = min(self._due, time.monotonic() + (HOURLY if seen else RECHECK))

    def _wait(self) -> bool:
        """Until a look is due; False when it is to end."""
        with self._changed:
            while not self._ending:
                left = self._due - time.monotonic()
                if left <= 0:
                    self._due = float("inf")
                    return True
                self._changed.wait(min(HOURLY, left))
        return False

    def _look(self) -> bool:
        """Look and report; whether anything could be seen."""
        try:
            look = self.sensor.look(self._now())
        except Exception:  # a sensor's bug must not stop the others, nor end a finding
            log.exception("%s: the look failed", self.sensor.source)
            look = Look(self.sensor.kind, self.sensor.source, self.sensor.scope, self._now(), (), Gap("failed"))
        self._report(look)
        return look.gap is None or bool(look.gap.about)
