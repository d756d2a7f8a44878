"""The life of findings, as histories that a person can follow."""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from policy import looking
from policy.events import Adopted, LeaveGiven, LeaveTakenBack, PolicyChanged, Tell, Ticketed
from policy.model import Leave, Policy, Unsupported
from policy.wire import finding_uid
from tests.support.judging import ME, Laptop, begun, policy, program, subject, told

HOURS = "grace = { hours = 1 }"
POLICY = policy(HOURS)


def reported(policy: Policy = POLICY, name: str = "bad") -> Laptop:
    """A program that was told, stood through its grace, and was reported."""
    laptop = told(policy, name)
    laptop.wait(hours=1)
    assert [i.state for i in laptop.emitted()] == ["open"]
    return laptop


def leaving(laptop: Laptop) -> list[tuple[str, int, str, str | None]]:
    """What left so far: subject, revision, state, ending."""
    return [(i.subject.key, i.revision, i.state, i.ending) for i in laptop.emitted()]


# --- the whole way


def test_found_told_reported_ended():
    """One program, its four steps, in their order."""
    laptop = begun(POLICY)
    laptop.look("bad")
    finding = laptop.finding("bad")
    assert finding.phase == "noticed"
    assert laptop.said == [Tell(ME, (finding.uid,))]
    laptop.shown()
    laptop.wait(hours=1)
    assert laptop.finding("bad").phase == "reported"
    laptop.look()
    assert laptop.finding("bad").phase == "ended"
    laptop.wait(seconds=60)
    assert leaving(laptop) == [("bad", 1, "open", None), ("bad", 2, "resolved", "put_right")]


def test_removed_before_grace_ends_nothing_leaves():
    """Not a word to anybody, however long one waits."""
    laptop = told(POLICY)
    laptop.wait(minutes=59)
    laptop.look()
    laptop.wait(days=3)
    assert leaving(laptop) == []
    assert laptop.finding("bad").ending == "put_right"


def test_three_at_once_are_one_notice_and_three_incidents():
    """Told together, reported each by itself."""
    laptop = begun(POLICY)
    laptop.look("a", "b", "c")
    assert [len(one.uids) for one in laptop.said if isinstance(one, Tell)] == [3]
    laptop.shown()
    laptop.wait(hours=1)
    assert sorted(i.subject.key for i in laptop.emitted()) == ["a", "b", "c"]


def test_a_denied_program_is_told_and_reported_in_the_same_step():
    """No grace, no settling in: one look, both effects."""
    laptop = begun(POLICY)
    effects = laptop.look("evil")
    assert sorted(type(effect).__name__ for effect in effects) == ["Emit", "Tell"]
    assert laptop.finding("evil").phase == "reported"


def test_the_uid_follows_from_ledger_rule_subject_and_generation():
    """So that a ledger that is judged again names the same."""
    laptop = told(POLICY)
    assert laptop.finding("bad").uid == finding_uid(UUID(int=7), "r", subject("bad"), 1)


# --- gone and back


def test_gone_and_back_within_settle_emits_nothing():
    """An upgrade that removes and installs: the same finding, the same clock, not told as new."""
    laptop = reported()
    before = laptop.finding("bad")
    laptop.look()
    laptop.wait(seconds=59)
    laptop.look("bad")
    laptop.wait(days=1)
    assert len(leaving(laptop)) == 1
    after = laptop.finding("bad")
    assert (after.uid, after.phase, after.ending, after.told) == (before.uid, "reported", None, before.told)


def test_gone_and_back_within_settle_goes_on_with_its_grace():
    """Half an hour was used; half an hour is left."""
    laptop = told(POLICY)
    laptop.wait(minutes=30)
    laptop.look()
    laptop.look("bad")
    laptop.shown()
    laptop.wait(minutes=29)
    assert leaving(laptop) == []
    laptop.wait(minutes=1)
    assert leaving(laptop) == [("bad", 1, "open", None)]


def test_later_it_is_the_next_generation_which_follows_the_first():
    """Another uid, told again, its own grace."""
    laptop = reported()
    first = laptop.finding("bad").uid
    laptop.look()
    laptop.wait(minutes=31)
    laptop.look("bad")
    second = laptop.finding("bad")
    assert second.uid != first
    assert second.follows == first
    assert second.told is None
    laptop.shown()
    laptop.wait(hours=1)
    assert [(i.uid, i.state, i.follows) for i in laptop.emitted()] == [
        (first, "open", None),
        (first, "resolved", None),
        (second.uid, "open", first),
    ]


def test_what_was_never_reported_is_not_followed():
    """Nobody knows of the first one."""
    laptop = told(POLICY)
    laptop.look()
    laptop.wait(minutes=31)
    laptop.look("bad")
    assert laptop.finding("bad").follows is None


def test_a_generation_is_never_used_twice_even_when_the_first_was_forgotten():
    """Thirty days later the finding is gone from the laptop, its uid is not given again."""
    laptop = told(POLICY)
    first = laptop.finding("bad").uid
    laptop.look()
    laptop.wait(days=31)
    assert laptop.state.findings == {}
    laptop.look("bad")
    assert laptop.finding("bad").uid != first


# --- a policy that changes


def test_a_rule_that_is_gone_ends_its_findings_as_that():
    """At once and finally, never as put right."""
    laptop = reported()
    laptop.policy = replace(POLICY, rules={}, digest="other")
    laptop.do(PolicyChanged())
    assert leaving(laptop)[1:] == [("bad", 2, "resolved", "rule_gone")]
    assert laptop.finding("bad").closing is None


def test_a_loosened_rule_ends_them_as_that_at_the_next_look():
    """It is approved now: the company moved, not the employee."""
    laptop = reported()
    laptop.policy = policy(HOURS, approve='{ name = "bad" }', version="2")
    laptop.do(PolicyChanged())
    assert len(leaving(laptop)) == 1
    laptop.look("bad")
    assert leaving(laptop)[1:] == [("bad", 2, "resolved", "rule_gone")]


def test_the_same_rule_and_a_program_that_became_right_is_put_right():
    """Upgraded into the approved versions."""
    own = policy(HOURS, approve='{ name = "bad", versions = ">=2" }')
    laptop = reported(own)
    laptop.look(program("bad", version="2"))
    laptop.wait(minutes=1)
    assert leaving(laptop)[1:] == [("bad", 2, "resolved", "put_right")]


def test_another_document_that_says_the_same_of_it_changes_nothing():
    """A comment more."""
    laptop = reported()
    laptop.policy = policy(HOURS, version="2")
    laptop.do(PolicyChanged())
    laptop.look("bad")
    laptop.look()
    laptop.wait(minutes=1)
    assert leaving(laptop)[1:] == [("bad", 2, "resolved", "put_right")]


def test_severity_only_rises_one_update_a_rise():
    """2, then 4: one more revision; then 1: none."""
    laptop = reported(policy(f"{HOURS}\nseverity = 2"))
    laptop.policy = policy(f"{HOURS}\nseverity = 4", version="2")
    laptop.do(PolicyChanged())
    laptop.look("bad")
    laptop.look("bad")
    laptop.policy = policy(f"{HOURS}\nseverity = 1", version="3")
    laptop.do(PolicyChanged())
    laptop.look("bad")
    assert [(i.revision, i.severity) for i in laptop.emitted()] == [(1, 2), (2, 4)]
    assert laptop.finding("bad").severity == 4


def test_a_rise_before_the_report_is_no_update_of_its_own():
    """What never left needs no update."""
    laptop = told(policy(f"{HOURS}\nseverity = 2"))
    laptop.policy = policy(f"{HOURS}\nseverity = 4", version="2")
    laptop.look("bad")
    assert leaving(laptop) == []
    laptop.wait(hours=1)
    assert [(i.revision, i.severity) for i in laptop.emitted()] == [(1, 4)]


# --- leaves


def leave(laptop: Laptop, name: str = "bad", days: float = 10) -> Leave:
    return Leave("l1", "r", subject(name), laptop.now.wall + timedelta(days=days))


def test_a_leave_excepts_at_once_and_its_end_opens_a_new_generation():
    """Excepted while it holds; afterwards a finding of its own, told and with its own grace."""
    laptop = reported()
    first = laptop.finding("bad").uid
    laptop.do(LeaveGiven(leave(laptop)))
    assert leaving(laptop)[1:] == [("bad", 2, "resolved", "excepted")]
    laptop.wait(days=9)
    laptop.look("bad")
    assert laptop.finding("bad").ending == "excepted"
    laptop.wait(days=2)
    laptop.look("bad")
    again = laptop.finding("bad")
    assert (again.phase, again.generation, again.follows) == ("noticed", 2, first)
    assert again.deadline is None


def test_a_leave_that_is_taken_back_holds_no_more():
    """At the next look it is a finding again."""
    laptop = told(POLICY)
    laptop.do(LeaveGiven(leave(laptop)))
    laptop.look("bad")
    assert laptop.finding("bad").phase == "ended"
    laptop.do(LeaveTakenBack("l1"))
    laptop.look("bad")
    assert laptop.finding("bad").phase == "noticed"


def test_a_leave_in_advance_hides_what_comes():
    """Given before the install; for that subject alone."""
    laptop = begun(POLICY)
    laptop.do(LeaveGiven(leave(laptop)))
    laptop.look("bad", "worse")
    assert [f.subject.key for f in laptop.state.findings.values()] == ["worse"]


def test_a_leave_that_is_over_when_it_comes_does_nothing():
    """It came late."""
    laptop = told(POLICY)
    laptop.do(LeaveGiven(leave(laptop, days=-1)))
    assert laptop.finding("bad").phase == "noticed"
    assert laptop.state.leaves == {}


# --- what the feed says


def test_an_adopted_uid_goes_on():
    """The feed had the same rule and subject open: one more revision under its uid, and so on to the end."""
    laptop = reported()
    theirs = UUID(int=99)
    laptop.do(Adopted(laptop.finding("bad").uid, theirs, 7))
    laptop.look()
    laptop.wait(minutes=1)
    assert [(i.uid, i.revision, i.state) for i in laptop.emitted()[1:]] == [
        (theirs, 8, "open"),
        (theirs, 9, "resolved"),
    ]


def test_a_ticket_is_kept_and_nothing_leaves_for_it():
    """Its number goes to the employee's page."""
    laptop = reported()
    laptop.do(Ticketed(laptop.finding("bad").uid, "RT-17"))
    assert laptop.finding("bad").ticket == "RT-17"
    assert len(leaving(laptop)) == 1


@pytest.mark.parametrize("event", [Ticketed(UUID(int=3), "x"), Adopted(UUID(int=3), UUID(int=4), 2)])
def test_word_of_a_finding_that_is_forgotten_does_nothing(event):
    """It came after the thirty days."""
    laptop = begun(POLICY)
    assert laptop.do(event) == []


# --- gaps, baseline, sources


def test_a_gap_ends_nothing():
    """A locked database has no programs in it; that says nothing."""
    laptop = reported()
    laptop.look(gap=())
    laptop.wait(days=1)
    assert laptop.finding("bad").phase == "reported"


def test_a_gap_about_one_subject_ends_the_others():
    """A package half configured: the others were seen to be gone."""
    laptop = begun(POLICY)
    laptop.look("bad", "worse")
    laptop.look(gap=("bad",))
    assert laptop.finding("bad").phase == "noticed"
    assert laptop.finding("worse").phase == "ended"


def test_a_look_with_a_gap_opens_what_it_saw():
    """What is there is there."""
    laptop = begun(POLICY)
    laptop.look("bad", gap=())
    assert laptop.finding("bad").phase == "noticed"


def test_a_first_look_with_a_gap_takes_no_baseline_and_accuses_nobody():
    """It may all have been there; the first whole look decides."""
    laptop = Laptop(POLICY)
    laptop.look("bad", gap=())
    assert laptop.state.baseline == {}
    laptop.look("bad", "worse")
    assert laptop.state.findings == {}


def test_what_a_first_look_could_not_see_of_one_subject_counts_as_there():
    """Half configured at the first look, whole at the second: it was there all along."""
    laptop = Laptop(POLICY)
    laptop.look(gap=("bad",))
    laptop.look("bad")
    assert laptop.state.findings == {}


def test_the_baseline_hides_lack_of_approval_and_never_a_deny():
    """What was there before the first look: left alone, but for what may not be there at all."""
    laptop = begun(POLICY, "bad", "evil")
    assert [f.subject.key for f in laptop.state.findings.values()] == ["evil"]


def test_an_upgrade_of_what_was_there_is_no_news():
    """The same subject in another version."""
    laptop = begun(POLICY, "bad")
    laptop.look(program("bad", version="2"))
    assert laptop.state.findings == {}


def test_removed_and_installed_again_is_news():
    """Between two looks, or over one that saw it gone."""
    laptop = begun(POLICY, "bad")
    laptop.look()
    laptop.look("bad")
    assert laptop.finding("bad").phase == "noticed"


def test_what_came_later_is_never_taken_into_the_baseline():
    """Not even when something else leaves it: the end of a leave opens it again."""
    laptop = begun(POLICY, "old")
    laptop.look("bad")
    laptop.do(LeaveGiven(leave(laptop)))
    laptop.do(LeaveTakenBack("l1"))
    laptop.look("bad")
    assert laptop.finding("bad").phase == "noticed"


def test_a_gap_takes_nothing_from_the_baseline():
    """Not seen is not removed."""
    laptop = begun(POLICY, "bad")
    laptop.look(gap=())
    laptop.look(gap=("bad",))
    laptop.look("bad")
    assert laptop.state.findings == {}


def test_a_second_source_brings_its_own_baseline_and_flags_nothing_overnight():
    """A new adapter finds a hundred programs: they were there."""
    laptop = begun(POLICY)
    laptop.look("a", "b", source="rpm")
    assert laptop.state.findings == {}


def test_a_second_source_holds_a_finding_open():
    """It ends when the last one that had seen it sees it no more."""
    laptop = begun(POLICY)
    laptop.look(source="rpm")
    laptop.look("bad")
    laptop.look("bad", source="rpm")
    laptop.look()
    assert laptop.finding("bad").phase == "noticed"
    laptop.look(source="other")
    assert laptop.finding("bad").phase == "noticed", "a source that never saw it"
    laptop.look(source="rpm")
    assert laptop.finding("bad").phase == "ended"


def test_what_is_not_known_any_more_ends_nothing():
    """The lists went away: the program is still there."""
    own = policy(HOURS, approve='{ origin = "Company" }')
    laptop = reported(own)
    laptop.look(program("bad", origin=None))
    assert laptop.finding("bad").phase == "reported"
    laptop.look(program("bad", origin="Company"))
    assert laptop.finding("bad").ending == "put_right"


def test_a_look_that_says_the_same_changes_nothing():
    """The very state: nothing to commit."""
    laptop = reported()
    before = laptop.state
    laptop.look("bad")
    assert laptop.state is before


def test_a_broken_sensor_opens_no_more_than_so_many(monkeypatch):
    """Ten thousand programs from nowhere."""
    monkeypatch.setattr(looking, "MOST_AT_ONCE", 10)
    laptop = begun(POLICY)
    laptop.look(*(f"p{i}" for i in range(40)))
    assert len(laptop.state.findings) == 10


def test_an_end_is_not_lost_when_it_comes_back_the_moment_settle_is_over():
    """The look is judged before time alone was: the first one's end leaves, then the next generation begins."""
    laptop = reported()
    first = laptop.finding("bad").uid
    laptop.look()
    later = laptop.now.wall + timedelta(seconds=61)
    laptop.now = replace(laptop.now, awake=laptop.now.awake + 61, wall=later)
    laptop.look("bad")
    assert [(i.uid, i.state) for i in laptop.emitted()] == [(first, "open"), (first, "resolved")]
    assert laptop.finding("bad").follows == first


def test_a_rule_that_went_while_nothing_ran_ends_its_findings_at_the_start():
    """Another document was put there and the agent started anew."""
    laptop = reported()
    laptop.policy = replace(POLICY, rules={}, digest="other")
    laptop.restart()
    assert leaving(laptop)[1:] == [("bad", 2, "resolved", "rule_gone")]


def test_a_rule_that_this_agent_does_not_know_any_more_ends_nothing():
    """Set aside as unsupported is not gone."""
    laptop = reported()
    laptop.policy = replace(POLICY, rules={}, digest="other", unsupported=(Unsupported("r", "a newer field"),))
    laptop.do(PolicyChanged())
    laptop.restart()
    assert laptop.finding("bad").phase == "reported"


def test_a_policy_that_begins_to_deny_does_not_shorten_grace_that_was_given():
    """Told until the day after tomorrow: that stands."""
    laptop = told(policy("grace = { working_days = 2 }"))
    laptop.policy = policy("grace = { working_days = 2 }", deny='{ name = "bad" }', version="2")
    laptop.do(PolicyChanged())
    laptop.look("bad")
    assert leaving(laptop) == []
    laptop.until(2026, 11, 25, 17)
    assert leaving(laptop) == [("bad", 1, "open", None)]


def test_nothing_denied_is_reported_before_it_is_told():
    """The second within ten minutes waits for its notice; with nobody there nobody is waited for."""
    own = policy(HOURS, deny='{ name = "evil*" }')
    laptop = begun(own)
    laptop.look("evil1")
    laptop.shown()
    laptop.wait(minutes=1)
    laptop.look("evil1", "evil2")
    assert [i.subject.key for i in laptop.emitted()] == ["evil1"]
    assert sorted(type(effect).__name__ for effect in laptop.wait(minutes=9)) == ["Emit", "Tell"]
    alone = begun(own)
    alone.active()
    assert [type(effect).__name__ for effect in alone.look("evil1")] == ["Emit"]
