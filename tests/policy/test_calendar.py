"""Working days and quiet hours, on the laptop's own clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from policy.calendar import end_of_working_day, local, speakable_from, working_days_between
from policy.model import Hours

ZONE = "Europe/Amsterdam"
HOLIDAYS = frozenset({"2026-12-25", "2027-03-29"})


def at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A local time, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ((2026, 11, 23, 10), 2, (2026, 11, 25, 17)),  # Monday -> Wednesday
        ((2026, 11, 23, 23, 30), 2, (2026, 11, 25, 17)),  # already Monday here, still so in UTC
        ((2026, 11, 24, 0, 30), 2, (2026, 11, 26, 17)),  # Tuesday here, Monday in UTC
        ((2026, 11, 26, 10), 2, (2026, 11, 30, 17)),  # Thursday -> Monday
        ((2026, 11, 28, 10), 1, (2026, 11, 30, 17)),  # Saturday -> Monday
        ((2026, 12, 23, 10), 2, (2026, 12, 28, 17)),  # Wednesday, Friday is Christmas -> Monday
        ((2027, 3, 26, 10), 1, (2027, 3, 30, 17)),  # Friday -> over the change to summer time and Easter Monday
        ((2026, 10, 23, 10), 1, (2026, 10, 26, 17)),  # Friday -> over the change to winter time
    ],
)
def test_17_00_on_the_nth_working_day_after(start, days, end):
    """Weekends and the policy's holidays are left out; 17:00 is the wall's, whatever the season."""
    assert end_of_working_day(at(*start), days, ZONE, HOLIDAYS) == at(*end)


def test_the_change_of_season_moves_utc_and_not_17_00():
    """Winter's 17:00 is 16:00 UTC, summer's 15:00."""
    winter = end_of_working_day(at(2027, 3, 25, 10), 1, ZONE, ())
    summer = end_of_working_day(at(2027, 3, 25, 10), 2, ZONE, ())
    assert (winter.hour, summer.hour) == (16, 15)


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (date(2026, 11, 23), date(2026, 11, 24), 0),
        (date(2026, 11, 23), date(2026, 11, 26), 2),
        (date(2026, 11, 27), date(2026, 11, 30), 0),  # only the weekend between
        (date(2026, 12, 24), date(2026, 12, 28), 0),  # Christmas and the weekend
        (date(2026, 11, 26), date(2026, 11, 23), 0),  # a clock that was put back
    ],
)
def test_whole_working_days_between_two_days(first, last, days):
    """Neither of both counts."""
    assert working_days_between(first, last, HOLIDAYS) == days


def test_a_clock_that_jumps_by_a_century_costs_no_century():
    """A year at most is counted."""
    assert working_days_between(date(2026, 1, 1), date(9000, 1, 1), ()) <= 366


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ((2026, 11, 23, 10), (2026, 11, 23, 10)),
        ((2026, 11, 23, 8), (2026, 11, 23, 8)),
        ((2026, 11, 23, 7, 59), (2026, 11, 23, 8)),
        ((2026, 11, 23, 18), (2026, 11, 24, 8)),
        ((2026, 11, 27, 17, 59), (2026, 11, 27, 17, 59)),
        ((2026, 11, 27, 18), (2026, 11, 30, 8)),  # Friday evening -> Monday
        ((2026, 11, 28, 12), (2026, 11, 30, 8)),  # Saturday
        ((2026, 11, 30, 3), (2026, 11, 30, 8)),  # Monday before dawn
        ((2027, 3, 27, 20), (2027, 3, 29, 8)),  # over the change of season
    ],
)
def test_nobody_is_spoken_to_at_night_or_in_the_weekend(now, first):
    """The first moment that is neither."""
    assert speakable_from(at(*now), ZONE, Hours()) == at(*first)


def test_a_zone_that_is_not_known_counts_as_utc():
    """An unheard-of zone stops nothing."""
    assert local(at(2026, 11, 23, 10), "Mars/Olympus").hour == 9
    assert local(at(2026, 11, 23, 10), "").hour == 9
