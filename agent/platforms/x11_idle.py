"""Idle on X, told by the server: it counts by itself, and rings when a count passes a span. Nothing runs in between."""

import math
import os
import time
from collections.abc import Mapping

from agent.platforms.base import Blind, Hear
from agent.platforms.x11 import Connection, connected
from agent.platforms.x11_native import native
from agent.platforms.x11_reader import Reader
from agent.platforms.x11_sync import Sync
from policy.seen import Idled, Lost, Touched


class XSyncIdle:
    """An `IdleSource`: any input of the session counts, made by a hand or by a program."""

    name = "xsync"
    people = False

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._reader: Reader | None = None

    def start(self, hear: Hear) -> None:
        self._hear = hear
        self._spans: tuple[float, ...] = ()
        self._told = 0.0  # the longest span that was told of this absence
        self._away = 0.0  # the span that `Touched` is owed for
        self._since = -math.inf  # nobody is said to have been idle from before this moment
        self._rising = 0  # one alarm: of the counter that was touched last, for the next span
        self._falling = set[int]()  # one for each counter while somebody is away: otherwise they rang at each touch
        with connected(self._environ) as connection:
            native(connection, self._environ)
            self._open(connection)
            self._counters = self._theirs()
        if not self._counters:
            connection.close()
            raise Blind("no_counter")
        self._reader = Reader(f"x11-{self.name}", connection, self._said, self._lost, self._look)
        self._reader.start()

    def watch(self, seconds: tuple[float, ...]) -> None:
        if self._reader:
            self._reader.do(lambda: self._watch(seconds))

    def stop(self) -> None:
        if self._reader:
            self._reader.stop()

    # --- on the reader's thread --------------------------------------------------------------------------------------

    def _open(self, connection: Connection) -> None:
        self._sync = Sync(connection)

    def _theirs(self) -> set[int]:
        """The counters that must all have passed a span."""
        return {counter for name, counter in self._sync.counters().items() if name == "IDLETIME"}

    def _said(self, event: bytes) -> None:
        alarm = self._sync.rung(event)
        if alarm in self._falling:
            self._touched()
        elif alarm and alarm == self._rising:
            self._look()

    def _lost(self) -> None:
        self._hear(Lost(self.name, "no_server"))

    def _watch(self, spans: tuple[float, ...]) -> None:
        self._spans, self._told = spans, 0.0
        self._look()

    def _look(self) -> None:
        """Tell a span that was passed meanwhile; none if another device was touched since."""
        counter, idle = self._idle()
        passed = [span for span in self._spans if self._told < span <= idle]
        if passed:
            self._told = passed[-1]
            self._hear(Idled(idle, self.people))
        if self._told and not self._away:
            self._away = self._told
            self._arm_falling()
            counter, idle = self._idle()
        if self._away and idle < self._away:  # it was touched before there was an alarm to ring
            self._touched()
        else:
            self._arm_rising(counter, min((span for span in self._spans if span > idle), default=0.0))

    def _touched(self) -> None:
        self._told = self._away = 0.0
        self._drop_falling()
        self._hear(Touched(self.people))
        self._look()

    def _idle(self) -> tuple[int, float]:
        """The counter that was touched last, and since how many seconds nothing was; 0 where there is no counter."""
        value, counter = min(
            ((self._sync.value(counter), counter) for counter in self._counters), default=(math.inf, 0)
        )
        return counter, min(value / 1000, time.monotonic() - self._since)

    def _arm_rising(self, counter: int, span: float) -> None:
        """Have this look again at a span.

        One alarm, and for what is ahead: a counter that stands exactly on an alarm's mark has the server forget the
        next one.
        """
        if self._rising:
            self._sync.drop(self._rising)
        self._rising = self._sync.alarm(counter, "rises", _milliseconds(span)) if span else 0
        if self._reader and math.isfinite(self._since):  # which no counter knows of
            self._reader.due = self._since + span if span else None

    def _arm_falling(self) -> None:
        self._drop_falling()
        mark = _milliseconds(self._away) - 1
        self._falling = {self._sync.alarm(counter, "falls", mark) for counter in self._counters}

    def _drop_falling(self) -> None:
        for alarm in self._falling:
            self._sync.drop(alarm)
        self._falling = set()


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(1000 * seconds))
