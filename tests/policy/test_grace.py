"""How long somebody has: it starts when they were told, and runs only where they could use it."""

from datetime import timedelta

import pytest

from policy import report
from policy.grace import CAP
from tests.support.judging import ME, MONDAY, OTHER, begun, policy, program, told

DAYS, HOURS = "grace = { working_days = 2 }", "grace = { hours = 2 }"


def deadline(laptop, name="bad"):
    found = laptop.finding(name).deadline
    return found.wall.astimezone(MONDAY.tzinfo).strftime("%a %d %H:%M")


def reported(laptop):
    return [i.subject.key for i in laptop.emitted() if i.state == "open"]


# --- working days


def test_grace_starts_when_it_was_shown_and_not_when_it_was_found():
    """Found on Monday, shown on Tuesday: until Thursday."""
    laptop = begun(policy(DAYS))
    laptop.look("bad")
    laptop.until(2026, 11, 24, 9)
    laptop.shown()
    assert deadline(laptop) == "Thu 26 17:00"


def test_reported_at_17_00_and_not_a_minute_before():
    """The judge asks to be woken then, by itself."""
    laptop = told(policy(DAYS))
    assert deadline(laptop) == "Wed 25 17:00"
    laptop.until(2026, 11, 25, 16, 59)
    assert reported(laptop) == []
    laptop.until(2026, 11, 25, 17)
    assert reported(laptop) == ["bad"]


def test_holidays_and_the_weekend_are_left_out():
    """Told on Thursday, the policy's holiday on Friday: until Tuesday."""
    laptop = told(policy(DAYS, head='holidays = ["2026-11-27"]'), start=MONDAY + timedelta(days=3))
    assert deadline(laptop) == "Tue 01 17:00"


def test_it_is_computed_once_and_stays():
    """Another look, another policy, a restart and a second showing move it nowhere."""
    laptop = told(policy(DAYS))
    before = laptop.finding("bad").deadline
    laptop.policy = policy("grace = { working_days = 1 }", version="2")
    laptop.wait(hours=1)
    laptop.look("bad")
    laptop.restart()
    laptop.active(ME)
    laptop.shown()
    assert laptop.finding("bad").deadline == before


def test_each_whole_working_day_without_a_session_gives_a_day():
    """Told on Monday, away from Monday's end to Thursday's start: two days given, and none for Monday and Thursday."""
    laptop = told(policy(DAYS))
    laptop.active()
    laptop.until(2026, 11, 26, 9)
    assert reported(laptop) == [], "nobody could use the deadline's day"
    laptop.active(ME)
    assert deadline(laptop) == "Fri 27 17:00"
    laptop.until(2026, 11, 27, 17)
    assert reported(laptop) == ["bad"]


def test_a_weekend_away_gives_nothing():
    """Away from Friday to Monday is no working day missed."""
    laptop = told(policy(DAYS), start=MONDAY + timedelta(days=4))
    laptop.active()
    laptop.until(2026, 11, 30, 9)
    laptop.active(ME)
    assert deadline(laptop) == "Tue 01 17:00"


def test_another_persons_session_gives_and_takes_nothing():
    """What I was told waits for my session, not for anybody's."""
    laptop = told(policy(DAYS))
    laptop.active(OTHER)
    laptop.until(2026, 11, 25, 18)
    assert reported(laptop) == []
    laptop.until(2026, 11, 26, 9)
    laptop.active(OTHER, ME)
    assert deadline(laptop) == "Fri 27 17:00"


def test_the_report_waits_for_a_session_on_the_deadlines_own_day():
    """Here on Wednesday morning: the evening reports. The laptop shut since Tuesday: it doesn't."""
    here = told(policy(DAYS))
    here.until(2026, 11, 25, 9)
    here.active()
    here.until(2026, 11, 25, 17)
    assert reported(here) == ["bad"]
    away = told(policy(DAYS))
    away.until(2026, 11, 24, 17)
    away.active()
    away.until(2026, 11, 25, 17, 30)
    assert reported(away) == []


def test_ten_days_from_opening_cap_all():
    """Never back: on the tenth day it is reported all the same."""
    laptop = told(policy(DAYS))
    laptop.active()
    laptop.wait(days=10, minutes=-1)
    assert reported(laptop) == []
    laptop.wait(minutes=11)
    assert reported(laptop) == ["bad"]


def test_a_deadline_never_lies_past_the_cap():
    """A policy that gives thirty working days gives ten days."""
    laptop = told(policy("grace = { working_days = 30 }"))
    found = laptop.finding("bad")
    assert found.deadline
    assert found.deadline.wall == found.deadline.cap == found.opened.wall + CAP


# --- hours


def test_hours_run_only_with_an_active_session():
    """An hour here, a day away, an hour here."""
    laptop = told(policy(HOURS))
    laptop.wait(hours=1)
    laptop.active()
    laptop.wait(hours=24)
    assert reported(laptop) == []
    laptop.active(ME)
    laptop.wait(minutes=59)
    assert reported(laptop) == []
    laptop.wait(minutes=1)
    assert reported(laptop) == ["bad"]


def test_hours_stand_still_while_the_laptop_sleeps():
    """The wall's clock goes on, the awake one does not."""
    laptop = told(policy(HOURS))
    laptop.wait(hours=1)
    laptop.wait(hours=24, asleep=True)
    laptop.wait(minutes=59)
    assert reported(laptop) == []
    laptop.wait(minutes=1)
    assert reported(laptop) == ["bad"]


def test_a_restart_gives_time_back_and_takes_none():
    """What was used is put down each ten minutes; a crash gives back what was not."""
    laptop = told(policy(HOURS))
    laptop.wait(minutes=65)
    used = laptop.finding("bad").grace_used
    assert 3000 <= used <= 65 * 60
    laptop.restart()
    laptop.wait(hours=5)
    assert laptop.finding("bad").grace_used == used, "no session, no clock"
    laptop.active(ME)
    laptop.wait(seconds=7200 - used - 1)
    assert reported(laptop) == []
    laptop.wait(seconds=1)
    assert reported(laptop) == ["bad"]


def test_somebody_elses_session_uses_no_hour_of_mine():
    """Two people at one laptop."""
    laptop = told(policy(HOURS))
    laptop.active(OTHER)
    laptop.wait(hours=5)
    assert laptop.finding("bad").grace_used == 0
    assert reported(laptop) == []


# --- not shown, observed


def test_what_nobody_was_shown_is_reported_after_report_unseen_after_and_not_before():
    """No session ever: two days by this policy."""
    laptop = begun(policy(f'{HOURS}\nreport_unseen_after = "2d"'))
    laptop.active()
    laptop.look("bad")
    laptop.wait(days=2, minutes=-1)
    assert reported(laptop) == []
    laptop.wait(minutes=1)
    assert reported(laptop) == ["bad"]
    assert laptop.tells() == []


def test_an_observed_rule_tells_and_reports_nothing():
    """A new rule's fourteen days; the grace would be long over."""
    laptop = begun(policy(HOURS, observe="14d"))
    laptop.look("bad")
    assert laptop.tells() == [["bad"]]
    laptop.shown()
    laptop.wait(days=13, hours=23)
    assert laptop.emitted() == []
    assert laptop.finding("bad").deadline is None


def test_findings_that_are_open_when_observing_ends_start_their_grace_then():
    """Told in the first hour; the fifteenth day begins their two hours."""
    laptop = begun(policy(f'{HOURS}\nremind_every = "0s"', observe="14d"))
    laptop.look("bad")
    laptop.shown()
    laptop.wait(days=14, minutes=119)
    assert reported(laptop) == []
    assert laptop.finding("bad").deadline is not None
    laptop.wait(minutes=1)
    assert reported(laptop) == ["bad"]


def test_what_ended_while_observed_never_leaves():
    """Not even as ended."""
    laptop = begun(policy(HOURS, observe="14d"))
    laptop.look("bad")
    laptop.shown()
    laptop.look()
    laptop.wait(days=20)
    assert laptop.emitted() == []


@pytest.mark.parametrize("route", ["helpdesk", "security", "both"])
def test_a_route_reports(route):
    """Each that is one."""
    laptop = told(policy(f'{HOURS}\nroute = "{route}"'))
    laptop.wait(hours=2)
    assert reported(laptop) == ["bad"]


def test_route_none_tells_and_never_reports_and_never_asks_to_be_woken_for_it():
    """Also where a grace ran before the route was taken away: the clock is nobody's business then."""
    laptop = told(policy(HOURS))
    laptop.wait(hours=1)
    laptop.policy = policy(f'{HOURS}\nroute = "none"\nremind_every = "0s"', version="2")
    laptop.wait(hours=3)
    laptop.look("bad")
    assert reported(laptop) == []
    assert laptop.wake.awake is None, "it would be woken a hundred times a second"


def test_denied_has_no_grace():
    """At once, whatever the policy gives to the rest."""
    laptop = begun(policy(DAYS))
    laptop.look(program("evil"))
    assert reported(laptop) == ["evil"]
    assert laptop.finding("evil").deadline is None


def test_ten_days_cap_hours_too():
    """Told, and never back: not for ever."""
    laptop = told(policy("grace = { hours = 8 }"))
    laptop.active()
    laptop.wait(days=10, minutes=-1)
    assert reported(laptop) == []
    laptop.wait(minutes=11)
    assert reported(laptop) == ["bad"]


def test_what_nobody_was_shown_while_observed_is_not_reported_the_moment_observing_ends():
    """Its time counts from then."""
    laptop = begun(policy(f'{HOURS}\nreport_unseen_after = "2d"', observe="14d"))
    laptop.active()
    laptop.look("bad")
    laptop.wait(days=15, hours=23)
    assert reported(laptop) == []
    laptop.wait(hours=1, minutes=10)
    assert reported(laptop) == ["bad"]


def test_while_observed_no_deadline_is_named():
    """None that would not hold; afterwards the one that telling now would give."""
    laptop = begun(policy(DAYS, observe="14d"))
    laptop.look("bad")
    assert report.notice(laptop.policy, laptop.finding("bad"), laptop.now, laptop.state).deadline is None
    other = begun(policy(DAYS))
    other.look("bad")
    named = report.notice(other.policy, other.finding("bad"), other.now, other.state).deadline
    other.shown()
    given = other.finding("bad").deadline
    assert given
    assert given.wall == named
