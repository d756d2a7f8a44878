"""The cards of the screen: what presence says is put before the person, and taken away again. Main thread only."""

import os
import sys
from collections.abc import Callable, Mapping
from itertools import count

from agent.desktop.notifier import Card, Carrier, Choice
from agent.ipc import Screen
from policy.kinds import screen
from policy.seen import (
    Back,
    CantLock,
    CountDown,
    Effect,
    Remind,
    TakeBack,
    TakeCarrier,
)
from policy.words import Translate, Words

PREFIX = "deskwarden-screen-"
SHORT = 15  # seconds that a notice on coming back stays
# What locks the screen, as each desktop names its own key.
KEYS = {
    "GNOME": "Super+L",
    "KDE": "Meta+L",
    "XFCE": "Ctrl+Alt+L",
    "MATE": "Ctrl+Alt+L",
    "X-Cinnamon": "Ctrl+Alt+L",
    "LXQt": "Ctrl+Alt+L",
    "Budgie": "Super+L",
    "Unity": "Super+L",
}


def lock_key(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str:
    """The key that locks the screen here; empty where it is not known."""
    if platform == "win32":
        return "Win+L"
    names = environ.get("XDG_CURRENT_DESKTOP", "").split(":")
    return next((KEYS[name] for name in names if name in KEYS), "")


class Coach:
    """At most one card on the screen. translate: the language that is spoken now. say: prints on a terminal."""

    def __init__(
        self, carrier: Carrier, translate: Callable[[], Translate], say: Callable[[tuple[str, ...]], object]
    ) -> None:
        self._carrier, self._translate, self._say = carrier, translate, say
        self._numbers = count(1)
        self._on = ""
        self._key = lock_key()
        self.rule: Screen | None = None

    def owns(self, key: str) -> bool:
        """Whether a card is one of these."""
        return key.startswith(PREFIX)

    def do(self, effect: Effect) -> None:
        """Put on the screen what this says, in the place of what is there."""
        _, clause, counts = (
            self._translate(),
            self.rule.clause if self.rule else "",
            bool(self.rule and self.rule.counts),
        )
        lock = Choice("lock", _("Lock now"))
        match effect:
            case Remind():
                self._put(screen.reminder(clause, self._key, _), (lock,), stays=True)
            case CountDown(seconds, more):
                later = (Choice("extend", _("Keep it open")),) if more else ()
                self._put(screen.countdown(clause, self._key, seconds, _), (lock, *later), stays=True)
            case Back(seconds):
                self._put(screen.back(clause, self._key, seconds, _, counts=counts))
            case CantLock(why):
                self._put(screen.cant_lock(self._key, why, _))
            case TakeCarrier():
                self._put(screen.take_carrier(_))
            case TakeBack():
                self._take_away()
            case _:
                pass

    def _put(self, words: Words, buttons: tuple[Choice, ...] = (), *, stays: bool = False) -> None:
        self._take_away()
        self._on = f"{PREFIX}{next(self._numbers)}"
        self._carrier.draw(Card(self._on, words.title, words.body, buttons, urgent=stays, seconds=SHORT))
        self._say((words.title, words.body))

    def _take_away(self) -> None:
        if self._on:
            self._carrier.remove(self._on)
            self._on = ""
