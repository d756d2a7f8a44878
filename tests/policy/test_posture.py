"""What an agent says of itself, and when: the first at once, then only what stood over a day; never who was there."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.posture import Kept, Seen, above, step
from policy.wire import Posture, seal, unseal

UID = UUID(int=7)
SIGHTED = Seen("p 1", "1.0")
BLIND = Seen("p 1", "1.0", blind={"screen": ("xsync: no_display",)})
OTHER = Seen("p 1", "1.0", blind={"screen": ("xsync: no_server",)})


def day(number: int) -> str:
    return f"2026-11-{number:02}"


def lived(*days: tuple[int, Seen]) -> list[tuple[int, Posture]]:
    """What left, and on which day."""
    kept, out = Kept(), []
    for number, seen in days:
        kept, posture = step(kept, UID, seen, day(number))
        if posture:
            out.append((number, posture))
    return out


def revisions(*days: tuple[int, Seen]) -> list[tuple[int, int]]:
    return [(number, posture.revision) for number, posture in lived(*days)]


def test_the_first_leaves_at_once():
    """With all that is known, as codes."""
    seen = Seen("p 1", "1.0", ("r2", "r1"), {"screen": ("xsync: no_display",), "software": ("failed",)})
    (out,) = lived((1, seen))
    assert out == (
        1,
        Posture(
            uid=UID,
            revision=1,
            policy="p 1",
            agent="1.0",
            on=day(1),
            unsupported=("r1", "r2"),
            blind=("screen: xsync: no_display", "software: failed"),
        ),
    )


def test_the_first_waits_for_what_was_not_looked_at_yet_until_a_later_day():
    """A session that comes that day tells it; where none ever comes, that is told."""
    unsure = Seen("p 1", "1.0", blind={"screen": ("never_seen",)}, whole=False)
    assert revisions((1, unsure), (1, unsure)) == []
    assert [(n, p.blind) for n, p in lived((1, unsure), (1, SIGHTED))] == [(1, ())]
    assert [(n, p.blind) for n, p in lived((1, unsure), (2, unsure))] == [(2, ("screen: never_seen",))]


def test_what_does_not_change_is_said_once():
    """Not daily: that would be a diary of days."""
    assert revisions(*((n, BLIND) for n in range(1, 30))) == [(1, 1)]


def test_a_change_leaves_on_a_later_day_with_the_day_since_when():
    """So that no exchange tells the hour at which it came."""
    assert [(n, p.revision, p.on) for n, p in lived((1, SIGHTED), (5, BLIND), (5, BLIND), (6, BLIND), (6, BLIND))] == [
        (1, 1, day(1)),
        (6, 2, day(5)),
    ]


@pytest.mark.parametrize("again", [1, 2])
def test_what_comes_and_goes_within_a_day_says_nothing(again: int):
    """Each day the same, as a package manager that is at work."""
    days = [(n, seen) for n in range(2, 9) for seen in (BLIND, *([OTHER] * (again - 1)), SIGHTED)]
    assert revisions((1, SIGHTED), *days) == [(1, 1)]


def test_what_changes_again_waits_anew():
    """Only what stood over a day is told."""
    assert revisions((1, SIGHTED), (2, BLIND), (3, OTHER), (3, OTHER)) == [(1, 1)]
    assert [(n, p.blind) for n, p in lived((1, SIGHTED), (2, BLIND), (3, OTHER), (4, OTHER))][1:] == [
        (4, ("screen: xsync: no_server",))
    ]


def test_a_clock_that_was_ahead_holds_nothing_back():
    """What waits since a day that has still to come waits since today."""
    assert revisions((1, SIGHTED), (25, BLIND), (2, BLIND), (3, BLIND)) == [(1, 1), (3, 2)]


def test_the_order_and_what_stands_twice_change_nothing():
    one = Seen("p", "1", ("a", "b"), {"screen": ("x: y", "x: z")})
    other = Seen("p", "1", ("b", "a", "b"), {"screen": ("x: z", "x: y", "x: y")})
    assert revisions((1, one), (2, other), (3, other)) == [(1, 1)]


def test_what_is_no_code_is_not_passed_on():
    """A session is a person's own program."""
    seen = Seen("p", "1", blind={"screen": ("Jan is at the dentist", "/home/jan", "xsync: no_display")})
    ((_, posture),) = lived((1, seen))
    assert posture.blind == ("screen: other", "screen: xsync: no_display")


def test_of_many_50_are_named_and_the_rest_counted():
    seen = Seen("p", "1", tuple(f"r{n:03}" for n in range(60)), {"k": tuple(f"w{n:03}" for n in range(57))})
    ((_, posture),) = lived((1, seen))
    assert (len(posture.unsupported), posture.unsupported_more) == (50, 10)
    assert (len(posture.blind), posture.blind_more) == (50, 7)


def test_an_older_ledger_that_was_put_back_goes_on_above_what_the_feed_has():
    kept, _ = step(Kept(), UID, BLIND, day(1))
    kept, again = above(kept, 8)
    assert again
    assert (again.revision, again.blind) == (9, ("screen: xsync: no_display",))
    assert step(kept, UID, BLIND, day(2)) == (kept, None)


@pytest.mark.parametrize("revision", [-1, 0, 2**31 - 1, 2**62])
def test_a_revision_that_no_feed_can_have_is_passed_over(revision: int):
    kept, _ = step(Kept(), UID, BLIND, day(1))
    assert above(kept, revision) == (kept, None)
    assert above(Kept(), 3) == (Kept(), None)


TEXT = st.text(max_size=300)
SEEN = st.builds(
    Seen,
    TEXT,
    TEXT,
    st.lists(TEXT, max_size=60).map(tuple),
    st.dictionaries(st.sampled_from(["screen", "software"]), st.lists(TEXT, max_size=60).map(tuple)),
    st.booleans(),
)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([SIGHTED, BLIND]) | SEEN), max_size=12))
def test_whatever_happens_at_most_one_a_day_leaves_and_each_may(steps: list[tuple[int, Seen]]):
    """Each under the next revision, and each passes the register."""
    now, days = 1, []
    for later, seen in steps:
        now += later
        days.append((now, seen))
    out = lived(*days)
    assert len({number for number, _ in out}) == len(out)
    assert [posture.revision for _, posture in out] == list(range(1, len(out) + 1))
    assert all(unseal(seal(posture)) == posture for _, posture in out)
