"""Presence over random input, locks, sleeps, calls, clocks and policies: nobody is nagged, and nobody is accused."""

from datetime import timedelta
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from policy.presence import Settings
from policy.seen import (
    ActiveIs,
    Back,
    CountDown,
    Effect,
    Lapsed,
    Lock,
    LockIs,
    NotSeen,
    Pressed,
    Quiet,
    QuietIs,
    Remind,
    TakeBack,
    Tick,
    Touched,
    Woke,
)
from tests.support.attending import Attending

RULES = (
    Settings(),
    Settings(lock_after=900),
    Settings(people_only=True),
    Settings(people_only=True, lock_after=400, remind_after=60, unattended_after=60),
    None,
)
WORDS: tuple[Quiet, ...] = ("presenting", "call", "sharing", "full_screen", "do_not_disturb", "kept_awake")
SOMEBODY = {"presenting", "call", "sharing"}

happening = st.one_of(
    st.tuples(st.just("touch"), st.booleans()),
    st.tuples(st.just("touch"), st.just(True)),
    st.tuples(st.just("lock"), st.sampled_from(["locked", "unlocked", "unknown"])),
    st.tuples(st.just("active"), st.booleans()),
    st.tuples(st.just("quiet"), st.sets(st.sampled_from(WORDS), max_size=2)),
    st.tuples(st.just("sleep"), st.none()),
    st.tuples(st.just("press"), st.sampled_from(["lock", "extend"])),
    st.tuples(st.just("clock"), st.sampled_from([-400, -1, 1, 1, 400])),
    st.tuples(st.just("rule"), st.sampled_from(RULES)),
    st.tuples(st.just("blind"), st.booleans()),
)
pause = st.sampled_from([1.0, 10.0, 40.0, 70.0, 130.0, 310.0, 700.0, 2000.0])


class Onlooker:
    """Keeps, beside presence, what anybody would know who looked on."""

    def __init__(self, rule: Settings | None) -> None:
        self.here = Attending(rule)
        self.now_quiet: set[str] = set()
        self.shut = False
        self.open_since = self.here.awake  # open, and nobody known to be there, without a break
        self.in_this_absence = {"Remind": 0, "Back": 0}
        self.told_back_on: list[str] = []
        self.last_reminder: float | None = None
        self.on_screen = False
        self.here.onlooker = self._watch

    def do(self, what: str, value: Any, seconds: float) -> None:
        getattr(self, what)(value)
        self.here.wait(seconds)

    # --- what happens

    def touch(self, people: bool) -> None:
        counts = people or not (self.here.settings and self.here.settings.people_only)
        self.here.touch(people=people)
        self.in_this_absence["Back"] = 0
        if counts:
            self.in_this_absence["Remind"] = 0

    def lock(self, lock: Lock) -> None:
        self._opens(shut=lock == "locked" or not self.here.state.active)
        self.here.do(LockIs(lock))

    def active(self, active: bool) -> None:
        self._opens(shut=not active or self.here.state.lock == "locked")
        self.here.do(ActiveIs(active))

    def quiet(self, words: set[Quiet]) -> None:
        if self.now_quiet & SOMEBODY and not words & SOMEBODY:
            self.open_since = self.here.awake
        self.now_quiet = set(words)
        self.here.do(QuietIs("test", frozenset(words)))

    def sleep(self, _: None) -> None:
        self.open_since = self.here.awake
        self.here.do(Woke())

    def press(self, button: Literal["lock", "extend"]) -> None:
        self.here.do(Pressed(button))

    def clock(self, days: int) -> None:
        self.here.day += timedelta(days=days)
        self.here.do(Tick())

    def rule(self, rule: Settings | None) -> None:
        self.here.settings = rule
        self.here.do(Tick())

    def blind(self, people: bool) -> None:
        self.here.idling[people] = False
        self.here.last[people] = self.here.awake
        self.here.do(NotSeen(people=people))

    # --- what an onlooker sees

    def _opens(self, *, shut: bool) -> None:
        if self.shut and not shut:
            self.open_since = self.here.awake
        self.shut = shut

    def _watch(self, effect: Effect) -> None:
        match effect:
            case Remind():
                # What takes a countdown's place when it is answered is no second reminder.
                if not self.on_screen:
                    self.in_this_absence["Remind"] += 1
                    self.last_reminder = self.here.awake
                assert self.in_this_absence["Remind"] <= 1, "two reminders in one absence"
                self.on_screen = True
                assert not self.here.state.shut, "reminded at a screen that is shut"
                assert not self.now_quiet & SOMEBODY, "reminded while somebody was known to be there"
            case CountDown(more=more):
                assert 0 <= more <= 10
                self.on_screen = True
                self.last_reminder = self.here.awake
                assert not self.here.state.shut, "counted down at a screen that is shut"
                assert not self.now_quiet & SOMEBODY, "counted down while somebody was known to be there"
            case TakeBack():
                self.on_screen = False
            case Back():
                self.in_this_absence["Back"] += 1
                assert self.in_this_absence["Back"] <= 1, "told twice of one absence"
                today = self.here.now.today
                assert all(day < today for day in self.told_back_on), "told twice on a day"
                self.told_back_on.append(today)
                assert not self.now_quiet, "told while it was quiet"
                assert not self.here.state.shut, "told at a screen that is shut"
            case Lapsed(seconds):
                self._lapsed(seconds)
            case _:
                pass

    def _lapsed(self, seconds: float) -> None:
        here = self.here
        assert here.settings is not None
        assert seconds >= here.settings.unattended_after
        assert not self.shut, "a lapse while locked, or while another user had the screen"
        assert not self.now_quiet & SOMEBODY, "a lapse while somebody was known to be there"
        assert seconds <= here.awake - self.open_since + 1e-6, "a lapse over a lock, a sleep or a call"
        if self.last_reminder is not None:
            assert here.awake - self.last_reminder > here.settings.answered_within, (
                "a lapse of somebody who was reading"
            )


@settings(max_examples=1500, derandomize=True, deadline=None)
@given(rule=st.sampled_from(RULES), history=st.lists(st.tuples(happening, pause), max_size=40))
def test_one_notice_an_absence_and_never_a_lapse_of_somebody_who_was_there(rule, history):
    onlooker = Onlooker(rule)
    for (what, value), seconds in history:
        onlooker.do(what, value, seconds)


def test_the_onlooker_sees_what_it_is_there_to_see():
    """A long absence that brings a reminder, a lapse and one notice passes all of it."""
    onlooker = Onlooker(Settings())
    onlooker.do("touch", True, 2000.0)
    onlooker.do("touch", True, 1.0)
    assert len(onlooker.here.lapses()) == 1
    assert onlooker.here.notices() == ["Remind", "Back"]
    assert onlooker.here.do(Touched()) == []
