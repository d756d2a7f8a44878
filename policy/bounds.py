"""What a document may ask: values that are of the right type and can't be followed are errors too, with their place."""

from collections.abc import Iterable, Iterator
from datetime import date

from policy.model import Grace, Hours, Respond

Place = tuple[str, ...]
LONGEST_NAME = 64  # of an id or a version: they stand in every incident
MOST_DAYS = 30  # of grace; it is capped at ten calendar days anyhow


def of_head(
    name: str, version: str, language: str, holidays: Iterable[str], calm: Hours
) -> Iterator[tuple[Place, str]]:
    """What can't be followed in the top of a document: (place, what was expected)."""
    yield from _names(name, ("id",))
    yield from _names(version, ("version",))
    if language not in {"nl", "en"}:
        yield ("language",), f"expected 'nl' or 'en', found {language!r}"
    for day in holidays:
        if not _is_day(day):
            yield ("holidays",), f"expected days such as '2026-12-25', found {day!r}"
    if not 0 <= calm.quiet_until < calm.quiet_from <= 24:
        yield ("calm",), "expected quiet_until to be an hour before quiet_from, of 0 to 24"
    if not set(calm.weekend) <= set(range(7)) or len(set(calm.weekend)) == 7:
        yield ("calm", "weekend"), "expected some of the days 0 (Monday) to 6, not all"
    if calm.a_day < 1:
        yield ("calm", "a_day"), f"expected 1 or more, found {calm.a_day}"


def of_rule(name: str, respond: Respond) -> Iterator[tuple[Place, str]]:
    """What can't be followed in a rule: (place within it, what was expected)."""
    yield from _names(name, ("id",))
    if not 1 <= respond.severity <= 5:
        yield ("respond", "severity"), f"expected 1 to 5, found {respond.severity}"
    if not 1 <= respond.priority <= 4:
        yield ("respond", "priority"), f"expected 1 to 4, found {respond.priority}"
    yield from _grace(respond.grace)


def _grace(given: Grace) -> Iterator[tuple[Place, str]]:
    place = ("respond", "grace")
    if (given.hours is None) == (given.working_days is None):
        yield place, "expected one of {hours = n} and {working_days = n}"
    elif given.hours is not None and not 0 <= given.hours <= MOST_DAYS * 24:
        yield place, f"expected 0 to {MOST_DAYS * 24} hours, found {given.hours}"
    elif given.working_days is not None and not 1 <= given.working_days <= MOST_DAYS:
        yield place, f"expected 1 to {MOST_DAYS} working days, found {given.working_days}"


def _names(name: str, place: Place) -> Iterator[tuple[Place, str]]:
    if not 0 < len(name) <= LONGEST_NAME:
        yield place, f"expected 1 to {LONGEST_NAME} characters, found {len(name)}"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
