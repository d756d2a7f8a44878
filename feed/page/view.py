"""What a person reads of an incident: made from a Row and the policy, all of it plain text."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from feed.store import Filter, Moment, Row, Unseen
from feed.words import translate
from policy.kinds import KINDS
from policy.model import Attrs, Policy, Scalar
from policy.words import Language, Translate

WORST = 5


class Item(Struct, frozen=True, kw_only=True):
    """An incident in a list. severity: 1 to 5. state: `open`, or how it ended in the reader's words."""

    uid: UUID
    reference: str
    title: str
    subject: str
    severity: int
    severity_word: str
    is_open: bool
    state: str
    first_seen: str
    laptop: str
    ticket: str


class Revision(Struct, frozen=True, kw_only=True):
    """One revision in a timeline. text: the bytes as received."""

    revision: int
    received: str
    is_open: bool
    state: str
    severity: int
    severity_word: str
    digest: str
    text: str


def item(row: Row, policy: Policy, language: Language, _: Translate) -> Item:
    """A row as it stands in a list."""
    return Item(
        uid=row.uid,
        reference=row.reference,
        title=title(row, policy, language),
        subject=subject(row, _),
        severity=bounded(row.severity),
        severity_word=severity(row.severity, _),
        is_open=row.state == "open",
        state=state(row.state, row.ending, _),
        first_seen=row.first_seen,
        laptop=short(row.device),
        ticket=ticket(row.ticket, _),
    )


def revision(moment: Moment, _: Translate) -> Revision:
    """A moment of the timeline. Bytes that are no UTF-8 are never taken in; they would show as escapes."""
    return Revision(
        revision=moment.revision,
        received=moment.received,
        is_open=moment.state == "open",
        state=state(moment.state, None, _),
        severity=bounded(moment.severity),
        severity_word=severity(moment.severity, _),
        digest=moment.envelope,
        text=moment.body.decode("utf-8", "backslashreplace"),
    )


def title(row: Row, policy: Policy, language: Language) -> str:
    """The rule in the policy's words; a rule that the policy no longer has still has its id."""
    rule = policy.rules.get(row.rule)
    kind = KINDS.get(row.kind)
    label = kind.label(row.attrs, translate(language)) if kind else ""
    return label or (rule.title.of(language) if rule else row.rule)


def subject(row: Row, _: Translate) -> str:
    """What it is about, as its kind says it; a kind that this feed does not know is said by name or key."""
    kind = KINDS.get(row.kind)
    said = kind.title(row.attrs, _) if kind and "name" in row.attrs else ""
    named = " ".join(str(row.attrs[name]) for name in ("name", "version") if row.attrs.get(name))
    return said.strip() or named.strip() or row.subject.key or row.subject.type


def severity(level: int, _: Translate) -> str:
    """OCSF's word for it."""
    return (_("Informational"), _("Low"), _("Medium"), _("High"), _("Critical"))[bounded(level) - 1]


def bounded(level: int) -> int:
    """A severity within 1 to 5."""
    return min(max(level, 1), WORST)


def state(word: str, ending: str | None, _: Translate) -> str:
    """Open, or how it ended."""
    if word == "open":
        return _("Open")
    endings = {
        "put_right": _("Put right"),
        "rule_gone": _("Rule withdrawn"),
        "excepted": _("Excepted"),
        "expired": _("Expired"),
    }
    return endings.get(ending or "", _("Resolved"))


def ticket(name: str | None, _: Translate) -> str:
    """A ticket's number; a mail has a Message-ID, which says nothing to a reader of a list."""
    if name and name.startswith("<") and "@" in name:
        return _("by mail")
    return name or ""


def short(device: UUID) -> str:
    """A laptop's random uid, short enough to say."""
    return device.hex[:8]


def when(text: str) -> str:
    """A date as it stands; a time to the minute."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{parsed:%Y-%m-%d %H:%M} UTC" if "T" in text else text


def unseen(one: Unseen, policy: Policy, language: Language, _: Translate) -> tuple[int, str, str]:
    """On how many laptops, what, and why it can't be looked at there. A kind goes by the rules of it that there are."""
    rules = [rule for rule in policy.rules.values() if one.what in {rule.id, rule.kind}]
    what = ", ".join(rule.title.of(language) for rule in rules) or one.what
    return one.laptops, what, one.why or _("the Deskwarden there does not know this rule")


def attributes(attrs: Attrs) -> list[tuple[str, Sequence[Scalar]]]:
    """Each field that came with an incident, and its values."""
    return [(name, value if isinstance(value, (tuple, list)) else (value,)) for name, value in attrs.items()]


def contacts(_: Translate) -> tuple[str, ...]:
    """The buckets of a last contact, the nearest first. Nobody reads an hour off this page."""
    return _("under an hour"), _("today"), _("this week"), _("longer ago"), _("not yet")


def contact(last: datetime | None, now: datetime, _: Translate) -> str:
    """The bucket of a last contact."""
    hour, today, week, older, never = contacts(_)
    if last is None:
        return never
    if now - last < timedelta(hours=1):
        return hour
    if last.date() == now.date():
        return today
    return week if now - last < timedelta(days=7) else older


def asked(query: dict[str, str]) -> Filter:
    """The filter that a query string asks for; what it can't mean is left out."""
    state = query.get("state", "")
    level = query.get("severity", "")
    return Filter(
        rule=query.get("rule", ""),
        state="open" if state == "open" else "resolved" if state == "resolved" else "",
        severity=int(level) if level in {"1", "2", "3", "4", "5"} else 0,
    )
