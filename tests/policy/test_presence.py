"""Nobody walks away from an open screen unnoticed, and nobody is nagged."""

import pytest

from policy.presence import Settings, hush
from policy.seen import (
    ActiveIs,
    Asked,
    Back,
    CantLock,
    CarriersAre,
    CountDown,
    Lapsed,
    LockIs,
    LockScreen,
    NotLocked,
    NotSeen,
    Pressed,
    Quiet,
    QuietIs,
    Remind,
    TakeBack,
    TakeCarrier,
    Tick,
    Touched,
    Woke,
)
from tests.support.attending import Attending

LOCKS = Settings(lock_after=900, countdown=30)
PEOPLE = Settings(people_only=True)


def quiet(*words: Quiet) -> QuietIs:
    return QuietIs("test", frozenset(words))


# --- the reminder


def test_reminds_once_when_input_stopped_for_five_minutes():
    here = Attending()
    assert here.minutes(4.9) == []
    assert here.minutes(0.2) == [Remind()]
    assert here.minutes(600) == []


def test_input_puts_the_reminder_off():
    here = Attending()
    for _ in range(20):
        here.minutes(4)
        here.touch()
    assert here.said == []


def test_locking_by_any_means_takes_the_reminder_away():
    here = Attending()
    here.minutes(6)
    assert here.do(LockIs("locked")) == [TakeBack()]
    assert here.minutes(600) == []


def test_no_reminder_where_the_screen_is_locked():
    here = Attending(lock="locked")
    assert here.minutes(600) == []


def test_an_unknown_lock_counts_as_open():
    here = Attending(lock="unknown")
    assert Remind() in here.minutes(6)


def test_without_a_rule_nothing_is_said():
    here = Attending(None)
    here.minutes(600)
    here.touch()
    assert here.said == []


def test_a_reminder_stays_for_a_moment_after_it_was_answered_so_that_its_button_can_be_reached():
    here = Attending()
    here.minutes(5.5)
    assert here.touch() == []
    assert here.wait(19) == []
    assert here.wait(2) == [TakeBack()]


def test_two_reminders_answered_within_a_minute_were_somebody_reading_and_double_the_time_for_that_day():
    here = Attending()
    for _ in range(2):
        here.minutes(5.5)
        here.touch()
    here.said.clear()
    assert Remind() not in here.minutes(9.9)
    assert Remind() in here.minutes(0.2)
    here.minutes(3)
    here.touch()
    here.tomorrow()
    here.do(Tick())
    assert Remind() in here.minutes(5.1)


def test_who_presses_lock_now_was_not_only_reading():
    here = Attending()
    for _ in range(4):
        here.minutes(5.5)
        here.touch()
        here.do(Pressed("lock"))
        here.do(LockIs("locked"))
        here.minutes(30)
        here.touch()
        here.do(LockIs("unlocked"))
    assert len(here.of(Remind)) == 4
    assert here.state.readings == 0


# --- back again


def test_back_at_a_screen_that_stood_open_is_told_how_long():
    here = Attending()
    here.minutes(12)
    assert here.touch() == [Lapsed(720.0), TakeBack(), Back(720.0)]


def test_back_before_unattended_after_is_no_lapse():
    here = Attending()
    here.minutes(9.9)
    here.touch()
    assert here.lapses() == []
    assert here.of(Back) == []


def test_told_at_most_once_a_day_and_counted_each_time():
    here = Attending()
    for _ in range(3):
        here.minutes(15)
        here.touch()
    assert len(here.of(Back)) == 1
    assert len(here.lapses()) == 3
    here.tomorrow()
    here.minutes(15)
    here.touch()
    assert len(here.of(Back)) == 2


def test_a_clock_put_back_a_day_brings_no_second_notice():
    here = Attending()
    here.minutes(15)
    here.touch()
    here.day = here.day.replace(day=20)
    here.minutes(15)
    here.touch()
    assert len(here.of(Back)) == 1


def test_a_reminder_answered_within_a_minute_is_no_lapse_however_late_it_came():
    here = Attending(Settings(remind_after=900))
    here.minutes(15.5)
    here.touch()
    assert here.lapses() == []


def test_who_locks_before_coming_back_has_no_lapse():
    here = Attending()
    here.minutes(15)
    here.do(LockIs("locked"))
    here.minutes(60)
    here.touch()
    here.do(LockIs("unlocked"))
    assert here.lapses() == []


def test_unlocked_from_afar_the_screen_stands_open_from_then_on():
    here = Attending()
    here.minutes(6)
    here.do(LockIs("locked"))
    here.minutes(60)
    here.do(LockIs("unlocked"))
    here.minutes(11)
    here.touch()
    assert here.lapses() == [660.0]


# --- quiet


@pytest.mark.parametrize("word", ["presenting", "call", "sharing"])
def test_somebody_who_presents_calls_or_shares_is_there(word):
    here = Attending()
    here.do(quiet(word))
    here.minutes(60)
    here.touch()
    assert here.said == []


@pytest.mark.parametrize("word", ["full_screen", "do_not_disturb", "kept_awake"])
def test_a_film_holds_the_reminder_and_is_no_presence(word):
    here = Attending()
    here.do(quiet(word))
    assert here.minutes(12) == []
    here.touch()
    assert here.lapses() == [720.0]
    assert here.of(Back) == []
    assert here.do(quiet()) == [Back(720.0)]


def test_after_a_call_the_time_counts_from_its_end():
    here = Attending()
    here.do(quiet("call"))
    here.minutes(60)
    here.do(quiet())
    assert here.minutes(4.9) == []
    assert here.minutes(0.2) == [Remind()]
    here.minutes(6)
    here.touch()
    assert here.lapses() == [pytest.approx(666)]


def test_a_call_that_begins_takes_the_reminder_away():
    here = Attending()
    here.minutes(6)
    assert here.do(quiet("call")) == [TakeBack()]


def test_no_notice_names_a_finding_while_nobody_is_there_and_just_after_unlocking():
    here = Attending()
    assert hush(here.state, here.now) == frozenset()
    here.minutes(2.1)
    assert hush(here.state, here.now) == {"idle"}
    here.touch()
    assert hush(here.state, here.now) == frozenset()
    here.do(LockIs("locked"))
    here.do(LockIs("unlocked"))
    assert hush(here.state, here.now) == {"just_unlocked"}
    here.wait(61)
    assert hush(here.state, here.now) == frozenset()
    here.do(quiet("sharing"))
    assert hush(here.state, here.now) == {"sharing"}


# --- locking


def test_lock_now_asks_each_way_in_turn_until_the_screen_is_seen_to_be_locked():
    here = Attending()
    here.minutes(6)
    assert here.do(Pressed("lock")) == [TakeBack(), LockScreen(0)]
    here.do(Asked(0))
    assert here.wait(2.1) == [LockScreen(1)]
    here.do(Asked(1))
    here.do(LockIs("locked"))
    assert here.minutes(60) == []


def test_lock_now_says_so_when_it_cant():
    here = Attending()
    here.do(Pressed("lock"))
    assert here.do(NotLocked("refused")) == [CantLock("refused")]


def test_a_screen_that_was_locked_and_is_open_again_was_locked():
    here = Attending()
    here.do(Pressed("lock"))
    here.do(LockIs("locked"))
    here.do(LockIs("unlocked"))
    assert here.do(NotLocked("unseen")) == []


def test_where_a_lock_cant_be_seen_the_first_way_that_took_it_is_believed():
    here = Attending(lock="unknown")
    here.do(Pressed("lock"))
    here.do(Asked(0))
    assert here.wait(60) == []


def test_counts_down_to_locking_where_the_policy_says_so():
    here = Attending(LOCKS)
    assert here.minutes(15) == [Remind(), CountDown(30.0, 10)]
    assert here.wait(30) == [TakeBack(), LockScreen(0)]


def test_any_touch_ends_the_countdown():
    here = Attending(LOCKS)
    here.minutes(15.2)
    assert here.touch() == [Remind()]
    assert here.wait(60) == [TakeBack()]
    assert here.lapses() == []


def test_the_countdown_can_be_put_off_ten_times():
    here = Attending(LOCKS)
    here.minutes(15.2)
    for more in range(9, -1, -1):
        assert here.do(Pressed("extend")) == [TakeBack()]
        assert here.minutes(15) == [CountDown(30.0, more)]
    assert here.wait(30) == [TakeBack(), LockScreen(0)]


def test_a_screen_that_could_not_be_locked_is_not_tried_again_in_the_same_absence():
    here = Attending(LOCKS)
    here.minutes(15.5)
    here.do(NotLocked("no_way"))
    assert here.minutes(600) == []


def test_leaving_with_a_carrier_in_is_told():
    here = Attending()
    here.do(CarriersAre(1))
    assert here.do(LockIs("locked")) == [TakeCarrier(1)]
    assert here.do(LockIs("locked")) == []


# --- people only


def test_with_people_only_faked_input_does_not_put_the_reminder_off_and_the_person_does():
    here = Attending(PEOPLE)
    for _ in range(8):
        here.wait(30)
        here.touch(people=False)
    here.touch()
    assert here.said == []
    for _ in range(12):
        here.wait(30)
        here.touch(people=False)
    assert here.notices() == ["Remind"]


def test_with_people_only_faked_input_never_makes_a_lapse():
    here = Attending(PEOPLE)
    for _ in range(60):
        here.wait(30)
        here.touch(people=False)
    here.touch()
    assert here.lapses() == []


def test_without_it_both_put_it_off():
    here = Attending()
    for _ in range(60):
        here.wait(30)
        here.touch(people=False)
    assert here.said == []


# --- the machine


def test_a_laptop_that_slept_was_not_unattended():
    here = Attending()
    here.minutes(9)
    here.do(Woke())
    here.minutes(4)
    here.touch()
    assert here.lapses() == []


def test_a_user_who_was_switched_away_was_not_unattended():
    here = Attending()
    here.minutes(6)
    assert here.do(ActiveIs(active=False)) == [TakeBack()]
    here.minutes(60)
    here.do(ActiveIs(active=True))
    here.touch()
    assert here.lapses() == []


def test_a_second_seat_changes_nothing_here():
    """Another seat's session has a half of its own; what is said of ours is that it is active, again."""
    here = Attending()
    here.minutes(3)
    here.do(ActiveIs(active=True))
    here.do(LockIs("unlocked"))
    assert here.minutes(2.1) == [Remind()]


def test_idle_that_cant_be_seen_any_more_says_nothing():
    here = Attending()
    here.minutes(6)
    assert here.do(NotSeen()) == [TakeBack()]
    here.idling[False] = False
    assert here.do(Touched()) == []
    assert here.lapses() == []
