"""Quiet is an input of the judge: no notice names a finding while somebody presents, or nobody is there."""

import pytest
from msgspec.structs import replace

from policy.events import Active, Tell
from tests.support.judging import ME, ZONE, Laptop, begun, policy, told


def hush(laptop: Laptop, *words: str) -> list[object]:
    return list(laptop.do(Active((ME,), ZONE, {ME: frozenset(words)})))


@pytest.mark.parametrize("word", ["presenting", "call", "sharing", "full_screen", "do_not_disturb", "idle"])
def test_what_is_found_meanwhile_becomes_one_notice_afterwards(word):
    laptop = begun(policy())
    hush(laptop, word)
    laptop.look("bad")
    laptop.wait(minutes=31)
    laptop.look("bad", "worse")
    assert laptop.tells() == []
    hush(laptop)
    assert laptop.tells() == [["bad", "worse"]]


def test_who_tries_it_out_is_told_although_the_screen_is_not_touched():
    laptop = begun(replace(policy(), calm=None))
    hush(laptop, "idle")
    laptop.look("bad")
    assert laptop.tells() == [["bad"]]
    hush(laptop, "call")
    laptop.look("bad", "worse")
    assert laptop.tells() == [["bad"]]


def test_a_reminder_waits_as_well():
    laptop = told(policy('remind_every = "2h"\ngrace = { hours = 10 }'))
    hush(laptop, "sharing")
    assert [one for one in laptop.wait(hours=4) if isinstance(one, Tell)] == []
    assert any(isinstance(one, Tell) and one.reminder for one in hush(laptop))


def test_what_may_not_be_there_is_told_before_it_is_reported_and_waits_ten_minutes_for_that_at_most():
    laptop = begun(policy())
    hush(laptop, "call")
    laptop.look("evil")
    laptop.wait(minutes=9)
    assert laptop.emitted() == []
    hush(laptop, "call", "full_screen")
    laptop.wait(minutes=1, seconds=1)
    assert [one.revision for one in laptop.emitted()] == [1]
    assert laptop.tells() == []
    hush(laptop)
    assert laptop.tells() == [["evil"]]


def test_what_may_not_be_there_is_reported_as_soon_as_it_could_be_told():
    laptop = begun(policy())
    hush(laptop, "call")
    laptop.look("evil")
    laptop.wait(minutes=2)
    hush(laptop)
    assert laptop.tells() == [["evil"]]
    assert len(laptop.emitted()) == 1


def test_grace_runs_on_while_it_is_quiet():
    """A call is work: what was told before it has the same end."""
    laptop = told(policy("grace = { hours = 1 }"))
    hush(laptop, "call")
    laptop.wait(minutes=59)
    assert laptop.emitted() == []
    laptop.wait(minutes=2)
    assert len(laptop.emitted()) == 1


def test_back_within_settle_puts_no_notice_over_a_presentation():
    laptop = told(policy("grace = { hours = 5 }"))
    laptop.look()
    hush(laptop, "presenting")
    laptop.wait(seconds=10)
    assert [one for one in laptop.look("bad") if isinstance(one, Tell)] == []


def test_a_session_that_left_is_not_quiet_when_it_is_back():
    laptop = begun(policy())
    hush(laptop, "call")
    laptop.active()
    laptop.active(ME)
    laptop.look("bad")
    assert laptop.tells() == [["bad"]]
