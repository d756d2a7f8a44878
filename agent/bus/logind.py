"""logind's word on this session: locked or not, on its seat's screen or not, slept and woke."""

import os

from dbus_fast import Message

from agent.bus import login
from agent.bus.line import Signal
from agent.bus.source import Source
from agent.bus.thread import Thread
from policy.seen import ActiveIs, LockIs, Seen, Woke

# Desktops whose own lock screen sets LockedHint: GNOME Shell, KDE's kscreenlocker, elementary's gala.
KEEP_THE_HINT = frozenset({"GNOME", "KDE", "Pantheon"})


class Logind(Source):
    """A LockSource.

    Nobody has to set LockedHint: i3lock, swaylock and hyprlock don't by themselves. False says "unlocked" only where
    the desktop is one that sets it, or once it was seen to be true; until then it says nothing.
    desktop: as XDG_CURRENT_DESKTOP, which is read where none is given.
    """

    name = "logind"

    def __init__(self, thread: Thread, desktop: str | None = None) -> None:
        super().__init__(thread, thread.system)
        self._ending = False
        self._desktop = os.environ.get("XDG_CURRENT_DESKTOP", "") if desktop is None else desktop

    async def prepare(self) -> tuple[Signal, ...]:
        """Find the session."""
        self._session = await login.session(self._line)
        self._kept = bool(KEEP_THE_HINT & set(self._desktop.split(":")))
        return (login.OWNER, login.SLEEP, login.SHUTDOWN, login.session_changes(self._session))

    async def look(self) -> tuple[Seen, ...]:
        """Both properties. No logind: no word on the lock, and the last one on the seat stands."""
        locked = await self._line.ask(login.locked_hint(self._session))
        active = await self._line.ask(login.active(self._session))
        self._kept = self._kept or locked is True
        lock = LockIs("unknown")
        if isinstance(locked, bool) and self._kept:
            lock = LockIs("locked" if locked else "unlocked")
        return (lock, ActiveIs(active and not self._ending)) if isinstance(active, bool) else (lock,)

    def hears(self, message: Message) -> None:
        """A sleep that is over; a shutdown that begins, which nobody at the screen stops any more, or is called off."""
        if login.SLEEP.fits(message) and message.body == [False]:
            self._hear(Woke())
        elif login.SHUTDOWN.fits(message):
            self._ending = message.body == [True]
