"""The words of a card: those of one finding, or of several as one."""

from datetime import datetime

from agent.desktop.notifier import Card, Choice
from policy.kinds import KINDS
from policy.words import Language, Notice, Translate, several

# What a button or a click does: the page, with the finding's steps first, or as it is; or an answer.
STEPS = "steps"
PAGE = "page"
ANSWER = "no"  # to what the notice asks


def card(key: str, notices: tuple[Notice, ...], language: Language, _: Translate, now: datetime) -> Card:
    """The card of these findings, at least one. `now` is in the reader's zone."""
    return _one(key, notices[0], language, _, now) if len(notices) == 1 else _many(key, notices, _, now)


def _one(key: str, notice: Notice, language: Language, _: Translate, now: datetime) -> Card:
    kind = KINDS[notice.kind]
    words = kind.words(notice, language, _, now)
    steps = (Choice(STEPS, kind.way_out(1, _)),) if words.steps else ()
    label = kind.answer(_) if notice.private.get("asks") else ""
    answer = (Choice(ANSWER, label),) if label else ()
    buttons = (*answer, *steps, Choice(PAGE, _("My Deskwarden")))
    return Card(key, words.title, words.body, buttons, click=STEPS, urgent=notice.at_once)


def _many(key: str, notices: tuple[Notice, ...], _: Translate, now: datetime) -> Card:
    kinds = {notice.kind for notice in notices}
    kind = KINDS[next(iter(kinds))] if len(kinds) == 1 else None
    words = kind.many(notices, _, now) if kind else several(notices, _, now)
    steps = (Choice(STEPS, kind.way_out(len(notices), _)),) if kind else ()
    return Card(
        key,
        words.title,
        words.body,
        (*steps, Choice(PAGE, _("My Deskwarden"))),
        click=PAGE,
        urgent=any(notice.at_once for notice in notices),
    )
