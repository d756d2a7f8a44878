"""Both clocks of the agent: wall time corrected by the feed's, and awake time carried over reboots."""

from datetime import UTC, datetime, timedelta

import msgspec

from agent.platforms.base import System
from policy.model import Instant

EARLIEST, LATEST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
WORTH_CORRECTING = timedelta(seconds=2)


class Reading(msgspec.Struct, frozen=True):
    """The awake clock as it is kept: `sum` seconds at the moment when `boot` read `reading`."""

    boot: str
    reading: float
    sum: float


class Clock:
    """Tells the time. Belongs to the loop's thread."""

    def __init__(self, system: System, kept: str = "", offset: float = 0.0) -> None:
        self._system, self._boot = system, system.boot_id()
        self.offset = offset
        self._base, self._at = self._carry_over(kept)

    def _carry_over(self, kept: str) -> tuple[float, float]:
        """The same boot goes on counting; another one adds all that it has been awake so far."""
        if not kept:
            return 0.0, self._system.awake()
        last = msgspec.json.decode(kept, type=Reading)
        return (last.sum, last.reading) if last.boot == self._boot else (last.sum, 0.0)

    def now(self) -> Instant:
        """This moment on both clocks."""
        wall = datetime.now(UTC) + timedelta(seconds=self.offset)
        return Instant(wall, self._base + self._system.awake() - self._at)

    def kept(self) -> str:
        """What is written beside each commit."""
        reading = self._system.awake()
        return msgspec.json.encode(Reading(self._boot, reading, self._base + reading - self._at)).decode()

    def correct(self, feed_time: datetime) -> bool:
        """Follow the feed's clock; whether that made a difference worth keeping."""
        if not EARLIEST <= feed_time <= LATEST:
            return False  # no clock that anybody should follow, and none that dates can be counted from
        offset = feed_time - datetime.now(UTC)
        if abs(offset - timedelta(seconds=self.offset)) < WORTH_CORRECTING:
            return False
        self.offset = offset.total_seconds() if abs(offset) >= WORTH_CORRECTING else 0.0
        return True
