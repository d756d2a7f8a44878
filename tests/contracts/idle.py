"""The suite that every implementation of agent.platforms.base.IdleSource runs.

A test module of an implementation has a class that inherits `IdleContract`, with a fixture `rig`: where sources come
from, and a hand that touches what they watch. Nothing else may touch it meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Protocol

import pytest

from agent.platforms.base import IdleSource
from policy.seen import Idled, Seen, Touched
from tests.support.until import until

SHORT, LONG, NEVER = 0.3, 0.9, 600.0
CLOCKS = 0.1  # seconds that the source's clock and ours may differ by over a test


class Rig(Protocol):
    """people: whether its sources count people's own devices alone."""

    people: bool

    def source(self) -> IdleSource:
        """A new one, not started."""

    def touch(self) -> None:
        """Somebody moves or types; it is done when this returns."""


class Heard:
    """A source that was started, and what it said."""

    def __init__(self, source: IdleSource) -> None:
        self.source, self.said = source, list[Seen]()
        source.start(self.said.append)

    def idled(self) -> list[float]:
        return [event.seconds for event in self.said if isinstance(event, Idled)]

    def touched(self) -> int:
        return sum(isinstance(event, Touched) for event in self.said)

    def idles(self, times: int = 1) -> float:
        """Wait until that was told so often; the seconds that it then said."""
        until(lambda: len(self.idled()) >= times, what=f"idle was not told {times} times: {self.said}")
        return self.idled()[times - 1]

    def is_touched(self, times: int = 1) -> None:
        """Wait until that was told so often."""
        until(lambda: self.touched() >= times, what=f"a touch was not told {times} times: {self.said}")


Listen = Callable[[], Heard]


class IdleContract:
    """See IdleSource; each test names the promise."""

    @pytest.fixture
    def listen(self, rig: Rig) -> Iterator[Listen]:
        """Each source that is asked for is started, and ended after the test without a thread left."""
        before, every = set(threading.enumerate()), list[Heard]()

        def started() -> Heard:
            every.append(Heard(rig.source()))
            return every[-1]

        yield started
        for one in every:
            one.source.stop()
        assert all(event.people == rig.people for one in every for event in one.said if isinstance(event, Idled))
        assert all(event.people == rig.people for one in every for event in one.said if isinstance(event, Touched))
        until(lambda: set(threading.enumerate()) <= before, what="threads are left")

    def test_a_span_is_told_with_the_seconds_that_were_measured(self, rig: Rig, listen: Listen) -> None:
        heard = listen()
        touched = time.monotonic()
        rig.touch()
        heard.source.watch((SHORT,))
        seconds = heard.idles()
        assert SHORT <= seconds <= time.monotonic() - touched + CLOCKS

    def test_each_span_is_told_once(self, rig: Rig, listen: Listen) -> None:
        """Where the machine is too busy one word may speak for two spans; never two words for one."""
        heard, spans = listen(), (SHORT, 2 * SHORT, 3 * SHORT)
        rig.touch()
        heard.source.watch((*spans, NEVER))
        until(lambda: max(heard.idled(), default=0) >= spans[-1], what=f"the last was not told: {heard.said}")
        passed = [sum(span <= seconds for span in spans) for seconds in heard.idled()]
        assert passed == sorted(set(passed))
        assert heard.touched() == 0

    def test_a_touch_after_it_is_told_once(self, rig: Rig, listen: Listen) -> None:
        heard, other = listen(), listen()
        rig.touch()
        heard.source.watch((SHORT, NEVER))
        heard.idles()
        for _ in range(5):
            rig.touch()
        heard.is_touched()
        other.source.watch((SHORT,))
        other.idles()
        assert heard.touched() == 1

    def test_every_absence_is_told(self, rig: Rig, listen: Listen) -> None:
        heard = listen()
        rig.touch()
        heard.source.watch((SHORT, NEVER))
        for times in range(1, 5):
            assert SHORT <= heard.idles(times) < NEVER
            rig.touch()
            heard.is_touched(times)
        assert [type(event) for event in heard.said[:8]] == [Idled, Touched] * 4

    def test_who_is_idle_already_is_told_at_once_for_the_longest_span(self, rig: Rig, listen: Listen) -> None:
        heard = listen()
        rig.touch()
        heard.source.watch((LONG,))
        heard.idles()
        heard.source.watch((SHORT, 2 * SHORT, NEVER))
        assert heard.idles(2) >= LONG
        rig.touch()
        heard.is_touched()
        assert [type(event) for event in heard.said[:3]] == [Idled, Idled, Touched]

    def test_new_spans_replace_the_old(self, rig: Rig, listen: Listen) -> None:
        heard = listen()
        rig.touch()
        heard.source.watch((SHORT,))
        heard.source.watch((LONG,))
        assert heard.idles() >= LONG

    def test_without_spans_nothing_is_told(self, rig: Rig, listen: Listen) -> None:
        heard, other = listen(), listen()
        rig.touch()
        heard.source.watch((SHORT,))
        heard.source.watch(())
        other.source.watch((LONG,))
        other.idles()
        assert heard.said == []

    def test_a_touch_is_owed_where_the_spans_change_meanwhile(self, rig: Rig, listen: Listen) -> None:
        heard = listen()
        rig.touch()
        heard.source.watch((SHORT,))
        heard.idles()
        heard.source.watch((NEVER,))
        rig.touch()
        heard.is_touched()

    def test_nothing_is_told_of_who_goes_on(self, rig: Rig, listen: Listen) -> None:
        """Touched again and again for longer than the span, never so long apart."""
        heard, other, touches = listen(), listen(), [time.monotonic()]
        rig.touch()
        heard.source.watch((4 * SHORT,))
        other.source.watch((SHORT,))
        for times in range(1, 8):
            other.idles(times)
            rig.touch()
            touches.append(time.monotonic())
            other.is_touched(times)
        longest = max(after - before for before, after in pairwise(touches))
        assert heard.said == [] or longest >= 4 * SHORT, "only where this machine was too busy to touch it in time"

    def test_after_stop_nothing_is_told(self, rig: Rig, listen: Listen) -> None:
        heard, other = listen(), listen()
        rig.touch()
        heard.source.watch((SHORT,))
        heard.source.stop()
        heard.source.watch((SHORT,))
        said = list(heard.said)
        other.source.watch((LONG,))
        other.idles()
        assert heard.said == said

    def test_stop_may_come_twice_and_without_a_start(self, rig: Rig, listen: Listen) -> None:
        heard = listen()
        heard.source.stop()
        heard.source.stop()
        rig.source().stop()

    def test_it_may_be_stopped_by_who_hears_it(self, rig: Rig) -> None:
        """What a source says may be the end of it."""
        source, before, said = rig.source(), set(threading.enumerate()), threading.Event()

        def hear(_: Seen) -> None:
            source.stop()
            said.set()

        source.start(hear)
        source.watch((SHORT,))
        assert said.wait(30)
        source.stop()
        until(lambda: set(threading.enumerate()) <= before, what="threads are left")
