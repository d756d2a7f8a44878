"""Notices with buttons on Windows, by its runtime (WinRT): the Action Center keeps them.

The library wants asyncio, so that it stands here; nothing else in it is D-Bus's.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from desktop_notifier import Button, Icon, Notification, Urgency
from desktop_notifier.backends.base import DesktopNotifierBackend

from agent.desktop.notifier import Card, Drawn, Failed, Heard, Pressed, Room
from agent.platforms.base import Blind

NAME = "Deskwarden"
QUICK = 5.0  # seconds for what Windows does at once
log = logging.getLogger(__name__)
Make = Callable[[Icon | None], DesktopNotifierBackend]


def winrt(icon: Icon | None) -> DesktopNotifierBackend:
    """The library's way to Windows' runtime.

    Raises:
        OSError, RuntimeError, ImportError: It is not there.

    """
    from desktop_notifier.backends.winrt import WinRTDesktopNotifier  # noqa: PLC0415 - Windows' own

    return WinRTDesktopNotifier(NAME, icon)


class Toasts:
    """Draws from `start` to `stop`, on a thread of its own. As agent.desktop.desk.Desk, but for what `start` raises."""

    def __init__(self, hear: Callable[[Heard], None], icon: Path | None = None, make: Make = winrt) -> None:
        self._hear, self._icon, self._make = hear, icon, make
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="toasts", daemon=True)

    def start(self) -> None:
        """Begin.

        Raises:
            Blind: Windows' runtime is not there.

        """
        self._thread.start()
        self._ready.wait()
        try:
            self._backend = self._ask(self._begin())
            room = self._ask(self._see())
        except (OSError, RuntimeError, ImportError) as error:
            self._end()
            raise Blind("no_winrt") from error
        self._hear(room)

    def stop(self) -> None:
        """End, and take away what is on the screen: nobody would answer its buttons."""
        if self._thread.is_alive():
            with suppress(OSError):
                self._ask(self._backend.clear_all())
            self._end()

    def draw(self, card: Card) -> None:
        """Put a card on the screen: `Drawn` when Windows took it, and does not keep quiet just now."""
        self._do(self._draw(card))

    def replace(self, key: str, card: Card) -> None:
        """Put a card where another is; nothing where that one was answered or wiped away."""
        self._do(self._replace(key, card))

    def remove(self, key: str) -> None:
        """Take a card off the screen, and out of the Action Center."""
        self._do(self._backend.clear(key))

    # --- its thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._loop = asyncio.new_event_loop()  # here: on the main thread it would take the signals' bell
        self._loop.call_soon(self._ready.set)
        self._loop.run_forever()
        self._loop.close()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _ask(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(QUICK)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._safely(work), self._loop)
        else:
            work.close()

    async def _safely(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:  # the library is others': what it raises must not end this
            log.exception("toasts")

    async def _begin(self) -> DesktopNotifierBackend:
        return self._make(Icon(path=self._icon) if self._icon else None)

    async def _see(self) -> Room:
        """What may be shown: a person can switch a program's notices off, or all of them for a time."""
        allowed = await self._backend.has_authorisation()
        return Room(bus=True, notices=True, inhibited=not allowed or quiet(self._backend), tray=True)

    async def _draw(self, card: Card) -> None:
        room = await self._see()
        dispatched: list[str] = []
        try:
            if not room.inhibited:
                await self._backend.send(self._notification(card, lambda: dispatched.append(card.key)))
        finally:
            self._hear(Drawn(card.key) if dispatched else Failed(card.key))
        if room.inhibited:
            self._hear(room)

    async def _replace(self, key: str, card: Card) -> None:
        if key in await self._backend.get_current_notifications():
            await self._backend.clear(key)
            await self._draw(card)

    def _notification(self, card: Card, dispatched: Callable[[], None]) -> Notification:
        return Notification(
            title=card.title,
            message=card.body,
            urgency=Urgency.Critical if card.urgent else Urgency.Normal,
            buttons=tuple(
                Button(title=b.label, identifier=b.action, on_pressed=self._pressed(card.key, b.action))
                for b in card.buttons
            ),
            on_dispatched=dispatched,
            on_clicked=self._pressed(card.key, card.click),
            identifier=card.key,
        )

    def _pressed(self, key: str, action: str) -> Callable[[], None]:
        return lambda: self._hear(Pressed(key, action))


def quiet(backend: DesktopNotifierBackend) -> bool:
    """Whether Windows keeps notices back for now: "do not disturb", which Windows 11 tells and 10 does not."""
    try:
        return int(backend.manager.notification_mode) != 0  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return False
