"""What a document may ask: values that are of the right type and can't be followed are errors too, with their place."""

from collections.abc import Iterable, Iterator
from datetime import date

from policy.model import Grace, Hours, Respond
from policy.phrase import N_, Phrase

Place = tuple[str, ...]
Problem = tuple[Place, Phrase]
LONGEST_NAME = 64  # of an id or a version: they stand in every incident
MOST_DAYS = 30  # of grace; it is capped at ten calendar days anyhow


def of_head(name: str, version: str, language: str, holidays: Iterable[str], calm: Hours) -> Iterator[Problem]:
    """What can't be followed in the top of a document: (place, what was expected)."""
    yield from _names(name, ("id",))
    yield from _names(version, ("version",))
    if language not in {"nl", "en"}:
        yield (
            ("language",),
            Phrase(N_("expected one of {names}, found {found}"), {"names": "'nl', 'en'", "found": repr(language)}),
        )
    for day in holidays:
        if not _is_day(day):
            yield ("holidays",), Phrase(N_("expected days such as '2026-12-25', found {found}"), {"found": repr(day)})
    if not 0 <= calm.quiet_until < calm.quiet_from <= 24:
        yield ("calm",), Phrase(N_("expected quiet_until to be an hour before quiet_from, of 0 to 24"))
    if not set(calm.weekend) <= set(range(7)) or len(set(calm.weekend)) == 7:
        yield ("calm", "weekend"), Phrase(N_("expected some of the days 0 (Monday) to 6, not all"))
    if calm.a_day < 1:
        yield (
            ("calm", "a_day"),
            Phrase(N_("expected {least} or more, found {found}"), {"least": "1", "found": str(calm.a_day)}),
        )


def of_rule(name: str, respond: Respond) -> Iterator[Problem]:
    """What can't be followed in a rule: (place within it, what was expected)."""
    yield from _names(name, ("id",))
    if not 1 <= respond.severity <= 5:
        yield ("respond", "severity"), _between(1, 5, respond.severity)
    if not 1 <= respond.priority <= 4:
        yield ("respond", "priority"), _between(1, 4, respond.priority)
    if respond.lapses < 1:
        least = Phrase(N_("expected {least} or more, found {found}"), {"least": "1", "found": str(respond.lapses)})
        yield ("respond", "lapses"), least
    yield from _grace(respond.grace)


def _grace(given: Grace) -> Iterator[Problem]:
    place = ("respond", "grace")
    if (given.hours is None) == (given.working_days is None):
        yield (
            place,
            Phrase(N_("expected one of {hours} and {days}"), {"hours": "{hours = n}", "days": "{working_days = n}"}),
        )
    elif given.hours is not None and not 0 <= given.hours <= MOST_DAYS * 24:
        yield (*place, "hours"), _between(0, MOST_DAYS * 24, given.hours)
    elif given.working_days is not None and not 1 <= given.working_days <= MOST_DAYS:
        yield (*place, "working_days"), _between(1, MOST_DAYS, given.working_days)


def _names(name: str, place: Place) -> Iterator[Problem]:
    details = {"most": str(LONGEST_NAME), "found": str(len(name))}
    if not 0 < len(name) <= LONGEST_NAME:
        yield place, Phrase(N_("expected 1 to {most} characters, found {found}"), details)


def _between(least: int, most: int, found: float) -> Phrase:
    text = N_("expected {least} to {most}, found {found}")
    return Phrase(text, {"least": str(least), "most": str(most), "found": str(found)})


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
