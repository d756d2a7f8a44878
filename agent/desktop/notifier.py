"""What is put on the screen as a notice: which findings, as one card, and when it was really drawn.

A carrier draws (agent/bus/notices.py with buttons, plain.py without). What can't be drawn now is held, and what was
held becomes one card as soon as it can.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Protocol
from uuid import UUID

from policy.words import Notice


@dataclass(frozen=True)
class Choice:
    """A button of a card."""

    action: str
    label: str


@dataclass(frozen=True)
class Card:
    """One notice on the screen.

    click: the action of a click on its body. seconds: how long it stays, where it isn't urgent.
    """

    key: str
    title: str
    body: str
    buttons: tuple[Choice, ...] = ()
    click: str = ""
    urgent: bool = False
    seconds: int = 60


@dataclass(frozen=True)
class Room:
    """What a desktop has: a session bus, somebody who draws notices (or not, for now), and a place for an icon."""

    bus: bool = False
    notices: bool = False
    inhibited: bool = False
    tray: bool = False


@dataclass(frozen=True)
class Drawn:
    """A card is before the employee's eyes."""

    key: str


@dataclass(frozen=True)
class Failed:
    """A card could not be drawn."""

    key: str


@dataclass(frozen=True)
class Pressed:
    """A button of a card, or the card itself, was pressed."""

    key: str
    action: str


Heard = Room | Drawn | Failed | Pressed


class Carrier(Protocol):
    """Who draws. Says what became of a card by `Drawn` or `Failed`."""

    def draw(self, card: Card) -> None:
        """Put a card on the screen."""

    def replace(self, key: str, card: Card) -> None:
        """Put a card where another is; nothing where that one is no longer on the screen."""

    def remove(self, key: str) -> None:
        """Take a card off the screen."""


class Notifier:
    """Keeps what is held and what was given to the carrier. One thread.

    write: the card of these findings under a key. shown: told the findings of a card that was drawn.
    """

    def __init__(
        self,
        carrier: Carrier,
        write: Callable[[str, tuple[Notice, ...]], Card],
        shown: Callable[[tuple[UUID, ...]], None],
    ) -> None:
        self._carrier, self._write, self._shown = carrier, write, shown
        self._keys = count(1)
        self._able = False
        self._held: dict[UUID, Notice] = {}
        self._given: dict[str, tuple[Notice, ...]] = {}  # on the screen, or on its way there
        self._drawn: set[str] = set()

    def tell(self, notices: Iterable[Notice]) -> None:
        """Put these before the employee, as one; a card that names one of them gives way."""
        new = {notice.uid: notice for notice in notices}
        self._take_back(new)
        self._held |= new
        self._draw()

    def retract(self, uids: Iterable[UUID]) -> None:
        """Take these off the screen. What else stood on the same card stays there, on a smaller one."""
        gone = set(uids)
        for uid in gone:
            self._held.pop(uid, None)
        for key, rest in self._take_back(gone, keep=True):
            self._carrier.replace(key, self._card(rest))
        self._draw()

    def room(self, room: Room) -> None:
        """What can be done here from now on."""
        self._able = room.notices and not room.inhibited
        self._draw()

    def became(self, what: Drawn | Failed) -> None:
        """What became of a card. One that failed is held."""
        match what:
            case Drawn(key=key) if key in self._given:
                self._drawn.add(key)
                self._shown(tuple(notice.uid for notice in self._given[key]))
            case Failed(key=key):
                self._held = {notice.uid: notice for notice in self._given.pop(key, ())} | self._held

    def on(self, key: str) -> tuple[Notice, ...]:
        """What a card is about."""
        return self._given.get(key, ())

    def _take_back(self, uids: Iterable[UUID], *, keep: bool = False) -> list[tuple[str, tuple[Notice, ...]]]:
        """Give up each card that names one of these; the rest of one that nobody saw yet is held again.

        keep: leave a drawn card with a rest on the screen, and return it with its rest.
        """
        wanted, kept = set(uids), []
        for key in [key for key, notices in self._given.items() if any(n.uid in wanted for n in notices)]:
            rest = tuple(notice for notice in self._given.pop(key) if notice.uid not in wanted)
            if key not in self._drawn:
                self._held |= {notice.uid: notice for notice in rest}
            elif keep and rest:
                kept.append((key, rest))
                continue
            self._drawn.discard(key)
            self._carrier.remove(key)
        return kept

    def _draw(self) -> None:
        if self._able and self._held:
            notices, self._held = tuple(self._held.values()), {}
            self._carrier.draw(self._card(notices))

    def _card(self, notices: tuple[Notice, ...]) -> Card:
        key = f"deskwarden-{next(self._keys)}"
        self._given[key] = notices
        return self._write(key, notices)
