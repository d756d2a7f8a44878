"""Presence in a session, over sources of a test's own: which is used, what is said of it, what follows from its end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent import ipc
from agent.desktop.presence import Audience, Presence
from agent.desktop.senses import Senses
from agent.platforms.base import Blind, Hear
from policy.presence import Settings
from policy.seen import (
    ActiveIs,
    CantLock,
    Idled,
    Lock,
    LockIs,
    Lost,
    Quiet,
    QuietIs,
    Remind,
    Seen,
    TakeBack,
    Touched,
)
from tests.support.machines import Machine

HERE = ZoneInfo("Europe/Amsterdam")
RULE = Settings()


class Main:
    """A main thread whose jobs are done when a test says so."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def post(self, job: Callable[[], None]) -> None:
        self.jobs.append(job)

    def run(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


@dataclass
class Source:
    """A source of any kind. blind: why it does not work."""

    name: str
    blind: str = ""
    sees: frozenset[Quiet] = frozenset()
    spans: list[tuple[float, ...]] = field(default_factory=list)
    running: bool = False
    honours_inhibitors: bool = False

    def start(self, hear: Hear) -> None:
        if self.blind:
            raise Blind(self.blind)
        self._hear, self.running = hear, True

    def stop(self) -> None:
        self.running = False

    def watch(self, seconds: tuple[float, ...]) -> None:
        self.spans.append(seconds)

    def lock(self) -> None:
        if self.blind:
            raise Blind(self.blind)
        self.running = True

    def say(self, seen: Seen) -> None:
        self._hear(seen)


@dataclass
class Slept(Machine):
    """A machine that can have slept."""

    asleep: float = 0.0

    def slept(self) -> float:
        return self.asleep


class Bench:
    """A session with sources of every kind, and what its audience heard."""

    def __init__(self, **senses: list[Source]) -> None:
        self.main, self.machine = Main(), Slept()
        self.done: list[Any] = []
        self.lapses: list[float] = []
        self.open: list[tuple[bool, tuple[str, ...]]] = []
        self.sights: list[ipc.Sight] = []
        made = {name: tuple((lambda one=one: one) for one in sources) for name, sources in senses.items()}
        audience = Audience(
            self.done.append,
            self.lapses.append,
            lambda here, quiet: self.open.append((here, quiet)),
            self.sights.append,
        )
        now = lambda: datetime(2026, 11, 24, 10, tzinfo=HERE)  # noqa: E731
        self.presence = Presence(self.main, self.machine, Senses(**made), now, audience)  # type: ignore[arg-type]
        self.presence.start()

    def hears(self, source: Source, seen: Seen) -> None:
        source.say(seen)
        self.main.run()

    def passes(self, seconds: float) -> None:
        """Time goes by; the alarm rings if it was due."""
        self.machine.seconds += seconds
        self.presence._ring()
        self.main.run()


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(**senses: list[Source]) -> Bench:
        made.append(Bench(**senses))
        return made[-1]

    yield make
    for one in made:
        one.presence.stop()


def test_the_first_source_that_works_is_used_and_the_others_say_why_not(bench):
    blind, good, spare = Source("a", "no_display"), Source("b"), Source("c")
    here = bench(idle=[blind, good, spare])
    here.presence.follow(RULE)
    assert (good.running, spare.running) == (True, False)
    assert here.sights[-1].idle == ipc.Eye(by="b")


def test_where_none_works_it_says_why(bench):
    here = bench(idle=[Source("a", "no_display"), Source("b", "no_server")])
    here.presence.follow(RULE)
    assert here.sights[-1].idle == ipc.Eye(why_not="a: no_display, b: no_server")


def test_idle_time_is_looked_at_only_while_there_is_a_rule(bench):
    source = Source("a")
    here = bench(idle=[source])
    assert not source.running
    here.presence.follow(RULE)
    assert source.running
    here.presence.follow(None)
    assert not source.running
    assert here.sights[-1].idle == ipc.Eye()


def test_a_source_that_ends_is_replaced_and_looked_for_again(bench):
    first, second = Source("a"), Source("b")
    here = bench(idle=[first, second])
    here.presence.follow(RULE)
    first.blind = "gone"
    here.hears(first, Lost("a", "gone"))
    assert (first.running, second.running) == (False, True)
    assert second.spans[-1] == (120.0,)
    assert here.sights[-1].idle.by == "b"
    first.blind = ""
    second.blind = "gone"
    first.blind = "gone"
    here.hears(second, Lost("b", "gone"))
    assert here.sights[-1].idle == ipc.Eye(why_not="a: gone, b: gone")
    second.blind = ""
    here.presence._ring_again()
    here.main.run()
    assert here.sights[-1].idle.by == "b"


def test_what_was_not_there_at_the_start_is_looked_for_again(bench):
    late = Source("late", "no_window_manager", sees=frozenset({"full_screen"}))
    here = bench(quiet=[late])
    assert "full_screen" in here.sights[-1].unseen
    late.blind = ""
    here.presence._ring_again()
    here.main.run()
    assert here.sights[-1].quiet == ("full_screen",)


def test_an_absence_that_cant_be_seen_any_more_takes_the_reminder_away(bench):
    source = Source("a")
    here = bench(idle=[source])
    here.presence.follow(RULE)
    here.passes(130)
    here.hears(source, Idled(130))
    here.passes(180)
    assert here.done == [Remind()]
    source.blind = "gone"
    here.hears(source, Lost("a", "gone"))
    assert here.done == [Remind(), TakeBack()]


def test_reminded_lapsed_and_quiet_go_to_their_audience(bench):
    source, calls = Source("a"), Source("calls", sees=frozenset({"call"}))
    here = bench(idle=[source], quiet=[calls])
    here.presence.follow(RULE)
    here.hears(calls, QuietIs("calls", frozenset({"call"})))
    assert here.open == [(True, ("call",))]
    here.hears(calls, QuietIs("calls", frozenset()))
    here.passes(121)
    here.hears(source, Idled(121))
    assert here.open[-1] == (True, ("idle",))
    here.passes(200)
    here.passes(400)
    here.hears(source, Touched())
    assert here.lapses == [pytest.approx(721)]
    assert here.open[-1] == (True, ())


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("locked", "unlocked", "locked"),
        ("unknown", "unlocked", "unlocked"),
        ("unknown", "locked", "locked"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_one_source_that_says_locked_is_enough_and_unknown_hides_nothing(bench, one: Lock, other: Lock, together: Lock):
    a, b = Source("a"), Source("b")
    here = bench(lock=[a, b])
    here.hears(a, LockIs(one))
    here.hears(b, LockIs(other))
    assert here.presence._state.lock == together


def test_a_lock_source_that_ends_leaves_what_the_other_says(bench):
    a, b = Source("a"), Source("b")
    here = bench(lock=[a, b])
    here.hears(a, LockIs("locked"))
    here.hears(b, LockIs("unlocked"))
    assert here.open[-1][0] is False
    here.hears(a, Lost("a", "bus_gone"))
    assert here.open[-1][0] is True
    here.hears(b, Lost("b", "bus_gone"))
    assert here.presence._state.lock == "unknown"
    assert here.sights[-1].lock == ipc.Eye(why_not="a: bus_gone, b: bus_gone")


def test_a_lock_that_nobody_tells_is_said_to_be_unknown(bench):
    a, b = Source("a"), Source("b", "no_logind")
    here = bench(lock=[a, b])
    here.hears(a, LockIs("unknown"))
    assert here.sights[-1].lock == ipc.Eye(why_not="b: no_logind, a: nobody_tells")


def test_a_source_of_quiet_that_ends_keeps_nobody_quiet(bench):
    source = Source("calls", sees=frozenset({"call"}))
    here = bench(quiet=[source])
    assert here.sights[-1].quiet == ("call",)
    here.hears(source, QuietIs("calls", frozenset({"call"})))
    here.hears(source, Lost("calls", "ended"))
    assert here.open[-1] == (True, ())
    assert "call" in here.sights[-1].unseen


def test_people_only_is_followed_where_a_persons_devices_can_be_told(bench):
    here = bench(idle=[Source("a")], people=[Source("p", "wayland")])
    here.presence.follow(Settings(people_only=True))
    assert here.presence._effective() == RULE
    assert here.sights[-1].people == ipc.Eye(why_not="p: wayland")
    person = Source("p")
    there = bench(idle=[Source("a")], people=[person])
    there.presence.follow(Settings(people_only=True))
    assert there.sights[-1].people == ipc.Eye(by="p")
    assert person.spans[-1] == (300.0,)
    there.presence.follow(RULE)
    assert not person.running
    assert there.sights[-1].people is None


def test_a_sleep_is_seen_without_being_told(bench):
    source = Source("a")
    here = bench(idle=[source])
    here.presence.follow(RULE)
    here.passes(130)
    here.hears(source, Idled(130))
    here.passes(400)
    here.machine.asleep += 30_000
    here.passes(400)
    here.hears(source, Touched())
    assert here.lapses == []


def test_another_user_at_the_screen_is_no_person_before_this_session(bench):
    source = Source("a")
    here = bench(lock=[source])
    here.hears(source, ActiveIs(active=False))
    assert here.open[-1][0] is False


def test_lock_now_asks_the_ways_in_their_order(bench):
    first, second, lock = Source("a", "refused"), Source("b"), Source("l")
    here = bench(lockers=[first, second], lock=[lock])
    here.hears(lock, LockIs("unlocked"))
    here.presence.press("lock")
    here.main.run()
    assert second.running
    assert here.done == []
    second.blind = "refused"
    here.passes(2.1)
    assert here.done == [CantLock("no_way")]


def test_with_no_way_to_lock_it_says_so(bench):
    here = bench(lockers=[Source("a", "no_logind"), Source("b", "no_server")])
    here.presence.press("lock")
    here.main.run()
    assert here.done == [CantLock("no_server")]
    here.presence.press("steps")
    assert here.done == [CantLock("no_server")]


def test_a_film_that_counts_as_input_is_said(bench):
    here = bench(idle=[Source("a", honours_inhibitors=True)])
    here.presence.follow(RULE)
    assert here.sights[-1].film_counts
