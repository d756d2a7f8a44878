"""One program that two kinds find is told and reported once, by the kind that ranks first."""

from msgspec.structs import replace

from policy.kinds import KINDS
from policy.model import Finding, Subject
from policy.ranks import held_back
from tests.support.judging import ME, OTHER, begun, policy

FIRST, *_, LAST = KINDS


def finding(kind: str, scope: str = "machine", *names: str, **changes: object) -> Finding:
    laptop = begun(policy())
    laptop.look("bad")
    found = replace(laptop.finding("bad"), kind=kind, subject=Subject("program", kind, scope), names=frozenset(names))
    return replace(found, **changes)


def test_the_kind_that_ranks_first_speaks():
    one, other = finding(FIRST, "machine", "dropbox"), finding(LAST, "machine", "dropbox", "dropboxd")
    assert held_back([one, other], other)
    assert not held_back([one, other], one)


def test_what_is_denied_speaks_for_itself_whoever_found_it():
    one, other = finding(FIRST, "machine", "dropbox"), finding(LAST, "machine", "dropbox", at_once=True)
    assert held_back([one, other], one)
    assert not held_back([one, other], other)


def test_another_program_is_another_finding():
    one, other = finding(FIRST, "machine", "dropbox"), finding(LAST, "machine", "rclone")
    assert not held_back([one, other], other)


def test_a_users_own_speaks_for_the_machines_and_not_for_another_users():
    mine, machine, theirs = (finding(FIRST, ME, "x"), finding(LAST, "machine", "x"), finding(LAST, OTHER, "x"))
    assert held_back([mine, machine], machine)
    assert not held_back([mine, theirs], theirs)


def test_once_it_is_put_right_the_other_speaks():
    one, other = finding(FIRST, "machine", "x", phase="ended"), finding(LAST, "machine", "x")
    assert not held_back([one, other], other)


def test_what_was_reported_has_a_life_of_its_own():
    one, other = finding(FIRST, "machine", "x"), finding(LAST, "machine", "x", revision=1)
    assert not held_back([one, other], other)
