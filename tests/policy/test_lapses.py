"""A screen that stood open is coached, not policed: nothing leaves without an agreement, and never an hour."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from policy import report, wire
from policy.document import BadPolicy, kept_here, read, trying_out
from policy.events import Emit, Tell
from policy.kinds import KINDS, screen
from policy.model import Occurrence, Policy, Subject
from tests.support.judging import DOCUMENT, ME, ZONE, Laptop

RULE = """
[[rules]]
id = "screen.locked"
kind = "screen"
clause = "3"
title = { nl = "t", en = "t" }
[rules.respond]
%s
[rules.match]
%s
"""
AGREED = 'agreement = "OR-2026-07"'
COUNTED = 'route = "helpdesk"\nlapses = 3\nwithin = "14d"\nobserve = "0s"\ngrace = { working_days = 1 }'
MINE = Subject("screen", "open", ME)
KEY = ("screen.locked", MINE)


def document(respond: str = "", match: str = "") -> Policy:
    head = DOCUMENT.format(respond='observe = "0s"', approve="", deny="", head="", version="1")
    return read((head + RULE % (respond, match)).encode(), strict=True)


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZoneInfo(ZONE))


def here(policy: Policy) -> Laptop:
    laptop = Laptop(policy, at(23, 10))  # a Monday
    laptop.active(ME)
    return laptop


def lapse(laptop: Laptop, minutes: float) -> None:
    fact = screen.Lapse(subject=MINE, seconds=minutes * 60)
    laptop.do(Occurrence("x", "screen", fact, laptop.now))


def counted() -> Laptop:
    """Three lapses on two days, and told."""
    laptop = here(document(COUNTED, AGREED))
    lapse(laptop, 12)
    lapse(laptop, 47.4)
    laptop.until(2026, 11, 24, 11)
    lapse(laptop, 15)
    laptop.shown()
    return laptop


def test_by_default_nothing_is_kept_and_nothing_leaves():
    laptop = here(document())
    assert laptop.policy.rules["screen.locked"].respond.route == "none"
    for _ in range(20):
        lapse(laptop, 30)
    assert laptop.state.occurrences == ()
    assert laptop.said == []


def test_a_route_needs_an_agreement():
    with pytest.raises(BadPolicy, match="the number of the agreement"):
        document(COUNTED)
    assert document(COUNTED, AGREED).rules["screen.locked"].respond.lapses == 3


@pytest.mark.parametrize(
    "match",
    [
        'remind_after = "59s"',
        'unattended_after = "4m"',
        'lock_after = "1m"',
        'countdown = "19s"',
        'answered_within = "5s"',
    ],
)
def test_spans_that_nag_are_refused(match):
    with pytest.raises(BadPolicy, match="or more"):
        document(match=match)


def test_where_there_is_no_feed_nothing_is_kept():
    laptop = here(kept_here(document(COUNTED, AGREED)))
    lapse(laptop, 30)
    assert laptop.state.occurrences == ()


def test_too_many_in_the_span_are_one_finding_that_is_told():
    laptop = here(document(COUNTED, AGREED))
    lapse(laptop, 12)
    lapse(laptop, 12)
    assert laptop.state.findings == {}
    lapse(laptop, 12)
    assert [type(one) for one in laptop.said] == [Tell]
    lapse(laptop, 12)
    assert len(laptop.state.findings) == 1
    assert laptop.state.findings[KEY].attrs["count"] == 4


def test_it_is_reported_on_a_later_working_day_with_a_count_minutes_and_dates_and_no_hour():
    laptop = counted()
    laptop.until(2026, 11, 24, 23, 59)
    assert laptop.emitted() == []
    laptop.until(2026, 11, 25, 16, 59)
    assert laptop.emitted() == []
    laptop.until(2026, 11, 25, 17, 1)
    (incident,) = laptop.emitted()
    assert incident.attrs["count"] == 3
    assert incident.attrs["longest_minutes"] == 47
    assert incident.attrs["dates"] == ("2026-11-23", "2026-11-24")
    assert incident.subject == Subject("screen", "open", "user")
    assert ":" not in msgspec.json.encode([incident.first_seen, incident.last_seen, incident.attrs]).decode().replace(
        '":', ""
    )


def test_with_hours_of_grace_it_still_waits_for_the_next_working_day():
    laptop = here(document(COUNTED.replace("working_days = 1", "hours = 1"), AGREED))
    laptop.until(2026, 11, 27, 16)  # a Friday
    for _ in range(3):
        lapse(laptop, 12)
    laptop.shown()
    laptop.until(2026, 11, 29, 23, 59)
    assert laptop.emitted() == []
    laptop.until(2026, 11, 30, 0, 1)
    assert len(laptop.emitted()) == 1


def test_it_ends_as_expired_when_they_are_few_again():
    laptop = counted()
    laptop.until(2026, 12, 6, 12)
    assert laptop.state.findings[KEY].phase == "reported"
    laptop.until(2026, 12, 7, 12)  # fourteen days after the first two
    assert laptop.state.findings[KEY].ending == "expired"
    assert [one.state for one in laptop.emitted()] == ["open", "resolved"]
    laptop.until(2026, 12, 9, 12)
    assert laptop.state.occurrences == ()


def test_a_loosened_rule_forgets_what_it_counted():
    laptop = counted()
    laptop.policy = document()
    laptop.wait(seconds=1)
    laptop.do(Occurrence("x", "screen", screen.Lapse(subject=MINE, seconds=900), laptop.now))
    assert laptop.state.occurrences == ()


def test_an_incident_of_it_is_sealed_and_opened_again():
    laptop = counted()
    laptop.until(2026, 11, 25, 18)
    (incident,) = [one.incident for one in laptop.said if isinstance(one, Emit)]
    assert wire.unseal(wire.seal(incident)) == incident


def test_trying_out_reminds_sooner_in_proportion():
    policy = trying_out(document(match='lock_after = "15m"'), grace=None, immediate=True, remind_after=10.0)
    match = policy.rules["screen.locked"].match
    assert isinstance(match, screen.Match)
    spans = [match.remind_after, match.unattended_after, match.lock_after, match.answered_within]
    assert list(map(float, spans)) == [10, 20, 30, 2]


def test_the_notice_says_what_the_company_sees():
    laptop = counted()
    notice = report.notice(laptop.policy, laptop.state.findings[KEY], laptop.now, laptop.state)
    words = KINDS["screen"].words(notice, "en", str, datetime.now(UTC))
    assert words.title == "Your screen stood open 3 times"
    assert "47 minutes" in words.body
    assert "never an hour" in words.body
