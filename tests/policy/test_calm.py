"""When somebody is spoken to: not at night, seldom, many as one, nobody twice."""

from datetime import timedelta

from msgspec.structs import replace

from policy.document import trying_out
from policy.events import Tell
from tests.support.judging import ME, MONDAY, OTHER, Laptop, begun, policy, program, told

POLICY = policy('grace = { hours = 100 }\nremind_every = "0s"')
REMINDS = policy('grace = { hours = 100 }\nremind_every = "24h"')


def install(laptop: Laptop, name: str) -> None:
    """One more is there."""
    there = [f.subject.key for f in laptop.state.findings.values() if f.phase != "ended"]
    laptop.look(*there, name)


def test_told_in_the_same_step_and_asked_once():
    """Nothing waits by day; asked again and again, nobody is told twice."""
    laptop = begun(POLICY)
    assert laptop.look("bad") == [Tell(ME, (laptop.finding("bad").uid,))]
    laptop.wait(hours=3)
    laptop.look("bad")
    laptop.shown()
    laptop.wait(hours=3)
    laptop.look("bad")
    assert laptop.tells() == [["bad"]]


def test_three_at_once_are_one_notice():
    """One run of apt."""
    laptop = begun(POLICY)
    laptop.look("a", "b", "c")
    assert laptop.tells() == [["a", "b", "c"]]


def test_at_night_nothing_is_said_and_the_morning_says_it_as_one():
    """Two in the evening, one at night: 08:00, one notice."""
    laptop = begun(POLICY, start=MONDAY.replace(hour=18, minute=0))
    install(laptop, "a")
    laptop.wait(hours=2)
    install(laptop, "b")
    laptop.wait(hours=5)
    install(laptop, "c")
    laptop.until(2026, 11, 24, 7, 59)
    assert laptop.tells() == []
    laptop.until(2026, 11, 24, 8)
    assert laptop.tells() == [["a", "b", "c"]]


def test_the_weekend_is_quiet():
    """Friday 18:00 to Monday 08:00."""
    laptop = begun(POLICY, start=MONDAY + timedelta(days=4, hours=8))
    install(laptop, "a")
    laptop.until(2026, 11, 30, 7, 59)
    assert laptop.tells() == []
    laptop.until(2026, 11, 30, 8)
    assert laptop.tells() == [["a"]]


def test_thirty_minutes_lie_between_two_and_those_held_are_one():
    """Told at 10:00; what comes at 10:05 and 10:20 comes at 10:30."""
    laptop = told(POLICY)
    laptop.wait(minutes=5)
    install(laptop, "a")
    laptop.wait(minutes=15)
    install(laptop, "b")
    laptop.wait(minutes=9)
    assert laptop.tells() == [["bad"]]
    laptop.wait(minutes=1)
    assert laptop.tells() == [["bad"], ["a", "b"]]


def test_three_a_day_and_the_rest_tomorrow():
    """The fourth waits for 08:00, however many hours are left."""
    laptop = begun(POLICY)
    for name in "abcd":
        install(laptop, name)
        laptop.shown()
        laptop.wait(minutes=45)
    laptop.until(2026, 11, 24, 7, 59)
    assert laptop.tells() == [["a"], ["b"], ["c"]]
    laptop.until(2026, 11, 24, 8)
    assert laptop.tells()[3:] == [["d"]]


def test_urgent_is_said_at_night_and_in_the_weekend():
    """Denied: no hour is too late for it."""
    laptop = begun(POLICY, start=MONDAY + timedelta(days=5, hours=16))
    laptop.look("evil", "bad")
    assert laptop.tells() == [["evil"]]


def test_urgent_is_said_after_three_on_a_day():
    """The quota is for what can wait."""
    laptop = begun(POLICY)
    for name in "abc":
        install(laptop, name)
        laptop.shown()
        laptop.wait(minutes=45)
    install(laptop, "evil")
    assert laptop.tells()[3:] == [["evil"]]


def test_two_urgent_ones_are_ten_minutes_apart():
    """The second waits; it is told by itself."""
    laptop = begun(policy(deny='{ name = "evil*" }'))
    install(laptop, "evil1")
    laptop.shown()
    laptop.wait(minutes=1)
    install(laptop, "evil2")
    laptop.wait(minutes=8)
    assert laptop.tells() == [["evil1"]]
    laptop.wait(minutes=1)
    assert laptop.tells() == [["evil1"], ["evil2"]]


def test_reminded_once_a_day_and_only_while_it_stands():
    """24 hours awake after it was said; those due together are one; none after its end."""
    laptop = told(REMINDS)
    laptop.wait(hours=23, minutes=59)
    assert laptop.tells() == [["bad"]]
    laptop.wait(minutes=1)
    assert laptop.tells() == [["bad"], ["bad"]]
    assert [one.reminder for one in laptop.said if isinstance(one, Tell)] == [False, True]
    laptop.shown()
    laptop.wait(hours=23)
    assert len(laptop.tells()) == 2
    laptop.look()
    laptop.wait(days=3)
    assert len(laptop.tells()) == 2


def test_a_reminder_keeps_the_quiet_hours():
    """Due on Saturday, said on Monday."""
    laptop = told(REMINDS, start=MONDAY + timedelta(days=4))
    laptop.until(2026, 11, 30, 7, 59)
    assert laptop.tells() == [["bad"]]
    laptop.until(2026, 11, 30, 8)
    assert laptop.tells() == [["bad"], ["bad"]]


def test_what_was_reported_is_reminded_of_no_more():
    """The helpdesk has it; the employee hears of its end."""
    laptop = told(policy('grace = { hours = 1 }\nremind_every = "24h"'))
    laptop.wait(days=5)
    assert laptop.tells() == [["bad"]]


def test_after_a_restart_what_was_asked_and_not_shown_is_asked_again():
    """Told at least once; what was shown is not."""
    laptop = begun(POLICY)
    install(laptop, "a")
    laptop.restart()
    laptop.active(ME)
    laptop.shown()
    laptop.restart()
    laptop.active(ME)
    assert laptop.tells() == [["a"], ["a"]]


def test_the_one_who_brought_it_is_told_and_nobody_else():
    """By the scope that the machine names; while they are away, the first active session is told."""
    laptop = begun(POLICY)
    laptop.active(OTHER, ME)
    laptop.look(program("mine", by=ME, brought_by="user"))
    laptop.shown(ME)
    laptop.wait(minutes=31)
    laptop.look(program("mine", by=ME), program("theirs", by="user:1002", brought_by="user"))
    assert [one.session for one in laptop.said if isinstance(one, Tell)] == [ME, OTHER]


def test_with_nobody_here_nobody_is_told_until_somebody_comes():
    """No session, no notice; the first one gets it, and those held are one."""
    laptop = begun(POLICY)
    laptop.active()
    install(laptop, "a")
    laptop.wait(hours=1)
    install(laptop, "b")
    assert laptop.tells() == []
    laptop.active(ME)
    assert laptop.tells() == [["a", "b"]]


def test_a_notice_is_taken_off_the_screen_when_its_cause_is_gone():
    """Whether it was shown yet or not."""
    laptop = begun(POLICY)
    install(laptop, "a")
    uid = laptop.finding("a").uid
    assert [type(e).__name__ for e in laptop.look()] == ["Retract"]
    assert laptop.pending == []
    assert uid not in laptop.state.asked


def test_trying_out_speaks_at_any_hour_and_without_pause():
    """`--now`: calm is None."""
    laptop = begun(trying_out(POLICY, grace=None, immediate=True), start=MONDAY.replace(hour=3))
    for name in "abcdef":
        install(laptop, name)
        laptop.shown()
        laptop.wait(seconds=1)
    assert laptop.tells() == [[name] for name in "abcdef"]


def test_urgent_is_said_in_the_same_step_after_an_ordinary_one():
    """A minute after another notice: that one was not urgent."""
    laptop = told(POLICY)
    laptop.wait(minutes=1)
    assert sorted(type(effect).__name__ for effect in laptop.look("bad", "evil")) == ["Emit", "Tell"]


def test_what_is_new_and_what_is_reminded_of_are_one():
    """Both due in the same step."""
    laptop = told(REMINDS)
    laptop.wait(hours=23, minutes=59, seconds=59)
    laptop.now = replace(laptop.now, awake=laptop.now.awake + 1, wall=laptop.now.wall + timedelta(seconds=1))
    laptop.look("bad", "new")
    assert laptop.tells() == [["bad"], ["bad", "new"]]
