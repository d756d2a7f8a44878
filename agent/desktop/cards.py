"""The words of a card: those of one finding, or of several as one."""

from collections.abc import Callable
from datetime import datetime

from agent.desktop.notifier import Card, Choice
from policy.kinds import KINDS
from policy.words import Language, Notice, Translate, moment

# What a button or a click does: the page, with the finding's steps first, or as it is.
STEPS = "steps"
PAGE = "page"
NAMED = 5  # names on one card; the page has the rest

# How several of one kind are headed; kinds that are not here share the general words.
MANY: dict[str, Callable[[Translate], str]] = {
    "software": lambda _: _("{count} programs are not on the list yet"),
}


def card(key: str, notices: tuple[Notice, ...], language: Language, _: Translate, now: datetime) -> Card:
    """The card of these findings, at least one. `now` is in the reader's zone."""
    return _one(key, notices[0], language, _, now) if len(notices) == 1 else _many(key, notices, _, now)


def _one(key: str, notice: Notice, language: Language, _: Translate, now: datetime) -> Card:
    words = KINDS[notice.kind].words(notice, language, _, now)
    steps = (Choice(STEPS, _("How to remove it")),) if words.steps else ()
    return Card(
        key, words.title, words.body, (*steps, Choice(PAGE, _("My Deskwarden"))), click=STEPS, urgent=notice.at_once
    )


def _many(key: str, notices: tuple[Notice, ...], _: Translate, now: datetime) -> Card:
    urgent = any(notice.at_once for notice in notices)
    kinds = {notice.kind for notice in notices}
    heading = MANY.get(next(iter(kinds))) if len(kinds) == 1 and not urgent else None
    title = heading(_) if heading else _("{count} things on this laptop need you")
    return Card(
        key,
        title.format(count=len(notices)),
        " ".join(_sentences(notices, _, now)),
        (Choice(STEPS, _("How to remove them")), Choice(PAGE, _("My Deskwarden"))),
        click=PAGE,
        urgent=urgent,
    )


def _sentences(notices: tuple[Notice, ...], _: Translate, now: datetime) -> list[str]:
    """What they are; what is asked; until when; who knows."""
    clauses = ", ".join(sorted({notice.clause for notice in notices}))
    said = [_("{names} (code {clauses}).").format(names=names(notices, _), clauses=clauses)]
    if any(notice.at_once for notice in notices):
        return [*said, _("Some of it must go now: My Deskwarden says which, and how.")]
    said.append(_("Need them? Ask the helpdesk."))
    if all(notice.route == "none" for notice in notices):
        return [*said, _("Otherwise remove them. Nobody is told of this.")]
    ends = [notice.deadline for notice in notices if notice.deadline and notice.phase == "noticed"]
    if ends and all(notice.route != "none" for notice in notices):
        until = _("Otherwise remove them before {deadline}; only then does the helpdesk see program and laptop number.")
        said.append(until.format(deadline=moment(min(ends).astimezone(now.tzinfo), now, _)))
    else:
        said.append(_("Otherwise remove them."))
    if all(notice.phase == "noticed" for notice in notices):
        said.append(_("Nobody has been told yet."))
    return said


def names(notices: tuple[Notice, ...], _: Translate) -> str:
    """The subjects by name, the last behind "and"; of many the first few and a count."""
    titles = [KINDS[notice.kind].title(notice.attrs, _) for notice in notices]
    if len(titles) > NAMED:
        return _("{names} and {count} more").format(names=", ".join(titles[:NAMED]), count=len(titles) - NAMED)
    return _("{names} and {last}").format(names=", ".join(titles[:-1]), last=titles[-1])
