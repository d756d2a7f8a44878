"""Working days, and the hours at which an employee is left alone. Times go in and out in UTC."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policy.model import Hours

END_OF_DAY = time(17)


def local(moment: datetime, zone: str) -> datetime:
    """The moment on the laptop's clock; a zone that is not known here counts as UTC."""
    try:
        return moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return moment.astimezone(UTC)


def works(day: date, holidays: Collection[str]) -> bool:
    """Whether it is a working day."""
    return day.weekday() < 5 and day.isoformat() not in holidays


def end_of_working_day(start: datetime, days: int, zone: str, holidays: Collection[str]) -> datetime:
    """17:00 laptop time on the n-th working day after the start's own day."""
    here = local(start, zone)
    day = here.date()
    for _ in range(max(days, 0)):
        day = _next(day, holidays)
    return datetime.combine(day, END_OF_DAY, here.tzinfo).astimezone(UTC)


def next_working_day(after: datetime, zone: str, holidays: Collection[str]) -> datetime:
    """The beginning of the first working day after a moment's own day."""
    here = local(after, zone)
    return datetime.combine(_next(here.date(), holidays), time(0), here.tzinfo).astimezone(UTC)


def working_days_between(first: date, last: date, holidays: Collection[str]) -> int:
    """How many whole working days lie strictly between two days."""
    return sum(works(day, holidays) for day in _days(first + timedelta(1), last))


def _next(day: date, holidays: Collection[str]) -> date:
    day += timedelta(1)
    while not works(day, holidays):
        day += timedelta(1)
    return day


def _days(first: date, before: date) -> Iterator[date]:
    """Each day from `first` to the day before `before`; a year at most, however far a clock jumped."""
    for offset in range(min((before - first).days, 366)):
        yield first + timedelta(offset)


def speakable_from(now: datetime, zone: str, hours: Hours) -> datetime:
    """The first moment from now on that is not in the quiet hours or the weekend."""
    here = local(now, zone)
    for _ in range(9):  # a week of quiet days and both ends
        if here.weekday() in hours.weekend or here.hour >= hours.quiet_from:
            here = datetime.combine(here.date() + timedelta(1), time(hours.quiet_until), here.tzinfo)
        elif here.hour < hours.quiet_until:
            here = datetime.combine(here.date(), time(hours.quiet_until), here.tzinfo)
        else:
            break
    return max(here.astimezone(UTC), now)
