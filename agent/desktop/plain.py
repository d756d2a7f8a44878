"""Notices without buttons, by plyer: where nothing else can be had."""

import threading
from collections.abc import Callable

from agent.desktop.notifier import Card, Drawn, Failed, Heard, Room


class Plain:
    """A carrier whose cards can only be read, and go by themselves."""

    def __init__(self, hear: Callable[[Heard], None]) -> None:
        self._hear = hear

    def start(self) -> None:
        """Say what is here: nobody can be asked, so that each card tells for itself."""
        self._hear(Room(bus=True, notices=True, tray=True))

    def stop(self) -> None:
        """Nothing runs."""

    def draw(self, card: Card) -> None:
        """Show it. It may wait for a server, so it does that aside."""
        threading.Thread(target=self._draw, args=(card,), name="notice", daemon=True).start()

    def replace(self, key: str, card: Card) -> None:
        """What was shown can't be changed; it goes by itself."""

    def remove(self, key: str) -> None:
        """As `replace`."""

    def _draw(self, card: Card) -> None:
        from plyer import notification  # noqa: PLC0415 - picks its way at import

        try:
            notification.notify(title=card.title, message=card.body, app_name="Deskwarden", timeout=card.seconds)
        except Exception:  # noqa: BLE001 - each of its ways fails with errors of its own
            self._hear(Failed(card.key))
        else:
            self._hear(Drawn(card.key))
