"""The tray menu as data: what it offers, before any toolkit draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from agent.desktop.face import headline, opened
from agent.ipc import View
from policy.kinds import KINDS
from policy.model import Contact
from policy.words import Language, Notice, Translate, moment

MOST = 8  # findings in the menu; the page has the rest


@dataclass(frozen=True)
class Act:
    """What an entry does: open the page (with a finding first), answer one's question, lock, set something, or quit."""

    name: Literal["page", "answer", "lock", "language", "assistive", "quit"]
    about: UUID | None = None
    language: Language | None = None


@dataclass(frozen=True)
class Entry:
    """One line of the menu. Without act and children it is only read. checked: None means no mark."""

    label: str
    act: Act | None = None
    checked: bool | None = None
    children: tuple["Entry", ...] = ()


# A line between groups.
LINE = Entry("")
LANGUAGES: tuple[tuple[Language, str], ...] = (("nl", "Nederlands"), ("en", "English"))  # each in its own words


@dataclass(frozen=True)
class Choices:
    """What hangs on this session. may_lock: it can lock the screen. assistive: the person uses an assistive tool."""

    may_quit: bool = False
    may_lock: bool = False
    assistive: bool = False


def menu(view: View | None, language: Language, _: Translate, now: datetime, choices: Choices) -> tuple[Entry, ...]:
    """The whole menu. `now` is in the reader's zone."""
    found = _findings(view, _, now) if view else ()
    contacts = tuple(_contact(contact, language) for contact in view.contacts) if view else ()
    return (
        Entry(headline(view, _)),
        *found,
        LINE,
        Entry(_("My Deskwarden"), Act("page")),
        *((Entry(_("Lock the screen now"), Act("lock")),) if choices.may_lock else ()),
        *((Entry(_("Who can help"), children=contacts),) if contacts else ()),
        Entry(_("Language"), children=tuple(_language(code, name, language) for code, name in LANGUAGES)),
        *_assistive(view, _, choices),
        *((LINE, Entry(_("Quit Deskwarden"), Act("quit"))) if choices.may_quit else ()),
    )


def _assistive(view: View | None, _: Translate, choices: Choices) -> tuple[Entry, ...]:
    """Asked only where the policy counts a person's own devices alone."""
    if view is None or view.screen is None or not view.screen.settings.people_only:
        return ()
    return (Entry(_("I use an assistive tool"), Act("assistive"), checked=choices.assistive),)


def _findings(view: View, _: Translate, now: datetime) -> tuple[Entry, ...]:
    notices = opened(view)
    lines = tuple(_line(notice, _, now) for notice in notices[:MOST])
    more = len(notices) - MOST
    return (*lines, Entry(_("and {count} more").format(count=more), Act("page"))) if more > 0 else lines


def _line(notice: Notice, _: Translate, now: datetime) -> Entry:
    """A finding, and where it asks something the answer below it: the notice that has the button may be gone."""
    kind, label, page = KINDS[notice.kind], _finding(notice, _, now), Act("page", about=notice.uid)
    answer = kind.answer(_) if notice.private.get("asks") else ""
    if not answer:
        return Entry(label, page)
    return Entry(label, children=(Entry(kind.way_out(1, _), page), Entry(answer, Act("answer", about=notice.uid))))


def _finding(notice: Notice, _: Translate, now: datetime) -> str:
    title = KINDS[notice.kind].title(notice.attrs, _)
    if notice.phase == "reported":
        return _("{title}: reported, {reference}").format(title=title, reference=notice.reference)
    if notice.deadline is None:
        return title
    until = moment(notice.deadline.astimezone(now.tzinfo), now, _)
    return _("{title}: until {deadline}").format(title=title, deadline=until)


def _contact(contact: Contact, language: Language) -> Entry:
    reach = contact.phone or contact.mail
    name = contact.name.of(language)
    return Entry(f"{name}: {reach}" if reach else name, Act("page"))


def _language(code: Language, name: str, spoken: Language) -> Entry:
    return Entry(name, Act("language", language=code), checked=code == spoken)


Pick = Callable[[Act], None]
