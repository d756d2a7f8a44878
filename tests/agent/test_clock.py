"""Two clocks: awake time goes on over boots, wall time follows the feed."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.clock import WORTH_CORRECTING, Clock
from tests.support.machines import Machine


@pytest.fixture
def machine() -> Machine:
    return Machine()


def awake(clock: Clock) -> float:
    return clock.now().awake


def test_it_begins_at_nothing_and_counts_what_the_machine_was_awake(machine: Machine):
    """A new ledger, on a machine that is up for a while."""
    clock = Clock(machine)
    assert awake(clock) == 0
    machine.seconds += 30
    assert awake(clock) == 30


def test_the_same_boot_goes_on(machine: Machine):
    """The agent was away for a minute; the laptop was not."""
    clock = Clock(machine)
    machine.seconds += 30
    kept = clock.kept()
    machine.seconds += 60
    assert awake(Clock(machine, kept)) == 90


def test_another_boot_adds_what_it_was_awake_so_far(machine: Machine):
    """Off for the night, up for forty seconds before the agent started."""
    clock = Clock(machine)
    machine.seconds += 30
    kept = clock.kept()
    later = Machine(boot="boot-2", seconds=40)
    clock = Clock(later, kept)
    assert awake(clock) == 30 + 40
    later.seconds += 5
    assert awake(clock) == 75
    again = Clock(Machine(boot="boot-3", seconds=1), clock.kept())
    assert awake(again) == 76


def test_it_never_goes_back(machine: Machine):
    """Over ten boots, each read at any time."""
    kept, before = "", 0.0
    for n in range(10):
        machine = Machine(boot=f"boot-{n}", seconds=n * 7.0)
        clock = Clock(machine, kept)
        machine.seconds += n
        assert awake(clock) >= before
        before, kept = awake(clock), clock.kept()


def test_suspended_time_is_not_counted(machine: Machine):
    """The awake clock of the machine stood still; the wall did not."""
    clock = Clock(machine)
    first = clock.now()
    second = clock.now()
    assert second.awake == first.awake
    assert second.wall >= first.wall


def test_wall_time_is_utc(machine: Machine):
    """Aware, so that it can be compared."""
    assert Clock(machine).now().wall.utcoffset() == timedelta(0)


@pytest.mark.parametrize("hours", [-30, -1, 1, 30])
def test_the_feeds_time_corrects_the_wall(machine: Machine, hours: int):
    """A laptop whose battery forgot the time."""
    clock = Clock(machine)
    feed = datetime.now(UTC) + timedelta(hours=hours)
    assert clock.correct(feed)
    assert abs(clock.now().wall - feed) < WORTH_CORRECTING
    again = Clock(machine, clock.kept(), clock.offset)
    assert abs(again.now().wall - feed) < WORTH_CORRECTING


def test_a_difference_that_is_only_the_way_there_is_none(machine: Machine):
    """Nothing is written for a second more or less."""
    clock = Clock(machine)
    assert not clock.correct(datetime.now(UTC) + timedelta(seconds=1))
    assert clock.offset == 0.0
    assert clock.correct(datetime.now(UTC) + timedelta(hours=1))
    assert not clock.correct(datetime.now(UTC) + timedelta(hours=1, seconds=1))


def test_a_laptop_that_was_put_right_needs_no_correction_any_more(machine: Machine):
    """Somebody set its clock."""
    clock = Clock(machine, offset=3600.0)
    assert clock.correct(datetime.now(UTC))
    assert clock.offset == 0.0


def test_a_correction_moves_no_awake_time(machine: Machine):
    """A grace in hours is nobody's to shorten by a clock."""
    clock = Clock(machine)
    machine.seconds += 10
    clock.correct(datetime.now(UTC) + timedelta(days=3))
    assert awake(clock) == 10


@pytest.mark.parametrize("year", [1, 1970, 2024, 2101, 9999])
def test_a_wild_time_of_a_feed_is_not_followed(machine: Machine, year: int):
    """What was followed before stays."""
    clock = Clock(machine, offset=3600.0)
    assert not clock.correct(datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert clock.offset == 3600.0
    assert clock.now().wall.utcoffset() == timedelta(0)
