"""What a terminal says: the notice itself, and one calm line for each thing that changes."""

import os
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

from agent.desktop.notifier import Card, Room
from agent.ipc import FeedState, View
from policy.kinds import KINDS
from policy.words import Notice, Translate, seen_by

INDENT = " " * 7
WIDTH = 100


class Terminal:
    """Prints lines, each with its time. A stream that is gone or can't write a character does no harm."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = False

    def say(self, lines: Iterable[str], now: datetime) -> bool:
        """Print these, the first with the time before it; whether they were written."""
        if self._gone:
            return False
        text = "".join(f"{line}\n" for line in _stamped(lines, now))
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError):
            self._gone = True
            self._let_go()
            return False
        return True

    def _let_go(self) -> None:
        """Have what is still buffered go nowhere: at exit Python would complain that it can't be written."""
        with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), self._stream.fileno())


def _stamped(lines: Iterable[str], now: datetime) -> Iterator[str]:
    first = f"{now:%H:%M}  "
    for line in lines:
        yield from textwrap.wrap(line, WIDTH, initial_indent=first, subsequent_indent=INDENT, break_on_hyphens=False)
        first = INDENT


def no_screen(_: Translate) -> str:
    """There is no display, or it shall not be used."""
    return _("No screen here: no icon and no notices. This terminal tells you everything.")


def no_language(_: Translate) -> str:
    """The locale names no language that is spoken here."""
    return _("No language is set here (LANG): the company's own is spoken.")


def no_toolkit(_: Translate) -> str:
    """There is a tray, but nothing to draw an icon with."""
    return _("No icon can be drawn here (python3-gi is missing): My Deskwarden is in the menu of programs.")


def missing(room: Room, *, tray: bool, _: Translate) -> tuple[str, ...]:
    """What a desktop lacks, a line each: what is not there, what that means, what works instead.

    tray: whether there is a place for an icon, of the new kind or the old.
    """
    if not room.bus:
        return (_("No session bus on this screen: no icon and no notices. This terminal tells you everything."),)
    lines = []
    if not room.notices:
        lines.append(_("Nothing here draws notices (no notification server): this terminal tells you instead."))
    if not tray:
        lines.append(_("No place for an icon here (no tray in a panel): My Deskwarden is in the menu of programs."))
    return tuple(lines)


def notice_lines(card: Card, steps: Iterable[str]) -> tuple[str, ...]:
    """One notice, however many findings it names: its title, what it says, and each way out once."""
    return (card.title, card.body, *(f"- {step}" for step in dict.fromkeys(steps)))


def change_lines(before: View, after: View, _: Translate) -> tuple[str, ...]:
    """What changed between two views, a line each."""
    known = {notice.uid: notice for notice in before.notices}
    lines = [
        line
        for notice in after.notices
        if notice.uid in known
        for line in _changes(known[notice.uid], notice, _)
    ]  # fmt: skip
    return (*lines, *_feed(before.feed, after.feed, _), *(p for p in after.problems if p not in before.problems))


def _changes(old: Notice, new: Notice, _: Translate) -> Iterator[str]:
    said = {"title": KINDS[new.kind].title(new.attrs, _), "reference": new.reference}
    if old.phase == "noticed" and new.phase == "reported":
        yield _reported(new, _).format(**said)
    if new.ticket and not old.ticket and new.phase != "ended":
        yield _("{title}: the helpdesk has a ticket for it, {reference}.").format(**said)
    if old.phase != "ended" and new.phase == "ended":
        yield _ended(old, new, _).format(**said)


def _reported(notice: Notice, _: Translate) -> str:
    if notice.route == "none":
        return _("{title}: your time for it is over. Nobody is told of this.")
    told = _("{title}: reported to {who} as {reference}. Putting it right ends the report.")
    return told.replace("{who}", seen_by(notice.route, _))


def _ended(old: Notice, new: Notice, _: Translate) -> str:
    match new.ending:
        case "put_right":
            if old.phase == "reported":
                return _("{title}: put right, thank you. Report {reference} is closed.")
            return _("{title}: put right, thank you. Nobody was told.")
        case "excepted":
            return _("{title}: allowed for you. {reference} is closed.")
        case "rule_gone":
            return _("{title}: no longer asked. {reference} is closed.")
        case _:
            return _("{title}: {reference} is closed.")


def _feed(old: FeedState, new: FeedState, _: Translate) -> Iterator[str]:
    if new.error and not old.error:
        yield _("The company's server does not answer. Nothing is lost: what is to be sent waits here.")
    if old.error and not new.error:
        yield _("The company's server answers again.")
