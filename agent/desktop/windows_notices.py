"""Notices on Windows: with buttons where its runtime is there, else as balloons of the task bar, at last by plyer."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.bus.toasts import Toasts  # noqa: E402
from agent.desktop.notifier import Card, Carrier, Drawn, Failed, Heard, Pressed, Room  # noqa: E402
from agent.desktop.plain import Plain  # noqa: E402
from agent.platforms.base import Blind  # noqa: E402
from agent.platforms.windows_balloon import Balloon  # noqa: E402


class Startable(Carrier, Protocol):
    """A carrier that may not work here."""

    def start(self) -> None:
        """Begin.

        Raises:
            Blind: It does not work here.

        """

    def stop(self) -> None:
        """End."""


class WindowsNotices:
    """The first of these that works. plyer's balloons come last: they can't be taken away once they are shown."""

    def __init__(self, hear: Callable[[Heard], None], picture: Path | None) -> None:
        self._ways: tuple[Startable, ...] = (Toasts(hear, picture), Balloons(hear, picture), Plain(hear))
        self._way: Startable | None = None

    def start(self) -> None:
        """Begin; a Room is told."""
        for way in self._ways:
            try:
                way.start()
            except Blind:
                continue
            self._way = way
            return

    def stop(self) -> None:
        """End, with its threads."""
        if self._way:
            self._way.stop()

    def draw(self, card: Card) -> None:
        """Put it on the screen."""
        if self._way:
            self._way.draw(card)

    def replace(self, key: str, card: Card) -> None:
        """Put it where another is."""
        if self._way:
            self._way.replace(key, card)

    def remove(self, key: str) -> None:
        """Take it off the screen."""
        if self._way:
            self._way.remove(key)


class Balloons:
    """Cards without buttons, one at a time: a new one takes the place of the old. A click is the card's own click."""

    def __init__(self, hear: Callable[[Heard], None], picture: Path | None) -> None:
        self._hear = hear
        self._balloon = Balloon(self._clicked, as_ico(picture))
        self._card: Card | None = None

    def start(self) -> None:
        """Begin; a Room is told.

        Raises:
            Blind: There are no windows here.

        """
        self._balloon.start()
        self._hear(Room(bus=True, notices=True, tray=True))

    def stop(self) -> None:
        """End; what is shown goes."""
        self._balloon.stop()

    def draw(self, card: Card) -> None:
        """`Drawn` when the task bar took it."""
        self._card = card
        self._balloon.show(
            card.title,
            card.body,
            None if card.urgent else card.seconds,
            lambda shown: self._hear(Drawn(card.key) if shown else Failed(card.key)),
        )

    def replace(self, key: str, card: Card) -> None:
        """Nothing where another card took its place."""
        if self._card and self._card.key == key:
            self.draw(card)

    def remove(self, key: str) -> None:
        """As `replace`."""
        if self._card and self._card.key == key:
            self._card = None
            self._balloon.hide()

    def _clicked(self) -> None:
        card = self._card
        if card:
            self._hear(Pressed(card.key, card.click))


def as_ico(picture: Path | None) -> Path | None:
    """The picture beside itself as Windows wants it; None where there is none."""
    if picture is None:
        return None
    from PIL import Image  # noqa: PLC0415 - the library is large

    ico = picture.with_suffix(".ico")
    try:
        with Image.open(picture) as image:
            image.save(ico)
    except OSError:
        return None
    return ico
