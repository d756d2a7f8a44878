"""The words around a finding: what is told, and how times and places are said. Every one goes through gettext.

A `Translate` is given by the caller, since loading a catalogue is input and this package does none.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from policy.model import Attrs, Phase, Route, Text, Texts

Language = Literal["nl", "en"]
Translate = Callable[[str], str]


class Notice(Struct, frozen=True, kw_only=True):
    """What the employee is told of one finding: which clause, why, the way out, and who sees it when otherwise.

    deadline: the end of grace where it is known (UTC, aware). private: for the employee's eyes alone.
    superuser: they are told in a session that may do everything, and need no sudo.
    """

    uid: UUID
    reference: str
    kind: str
    rule: str
    title: Text
    clause: str
    clause_title: Text
    clause_quote: Text
    attrs: Attrs
    phase: Phase
    opened: datetime
    route: Route
    private: dict[str, str] = {}
    why: Text | None = None
    fix: Texts | None = None
    ending: str | None = None
    told: datetime | None = None
    deadline: datetime | None = None
    at_once: bool = False
    superuser: bool = False
    ticket: str | None = None
    ended: datetime | None = None


class Words(Struct, frozen=True):
    """A notice in one language. steps: the way out for this OS, a line a step. about: what a page says more."""

    title: str
    body: str
    steps: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


def seen_by(route: Route, _: Translate) -> str:
    """Who hears of a finding once its time is over."""
    if route == "both":
        return _("the helpdesk and the security team")
    return _("the security team") if route == "security" else _("the helpdesk")


NAMED = 5  # names in one sentence; pages have the rest


def several(notices: "tuple[Notice, ...]", _: Translate, now: datetime) -> Words:  # noqa: ARG001 - as a kind's own
    """Several findings, of kinds that have no words in common, as one notice."""
    title = _("{count} things on this laptop need you").format(count=len(notices))
    return Words(title=title, body=_("My Deskwarden says which, and how to put them right."))


def listed(names: list[str], _: Translate) -> str:
    """Names in a sentence, the last behind "and"; of many the first few and a count."""
    if len(names) > NAMED:
        return _("{names} and {count} more").format(names=", ".join(names[:NAMED]), count=len(names) - NAMED)
    if len(names) == 1:
        return names[0]
    return _("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])


def weekday(when: datetime, _: Translate) -> str:
    """The day's short name as it stands in a notice ("do")."""
    days = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return days[when.weekday()]


def moment(when: datetime, today: datetime, _: Translate) -> str:
    """A time as a person says it: the hour alone today, with its day within a week, else with its date.

    Args:
        when: an aware time in the reader's zone.
        today: now, in the same zone.
        _: the reader's language.

    """
    hour = f"{when:%H:%M}"
    days = (when.date() - today.date()).days
    if days == 0:
        return hour
    if 0 < days < 7:
        return f"{weekday(when, _)} {hour}"
    return f"{when:%d-%m} {hour}"
