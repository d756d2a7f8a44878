"""The notices that a desktop draws, over the session bus.

One job after another is done, so a look never meets a half-drawn notice. What it finds out is told to `hear`, called on
the bus thread. Nothing polls: the bus says when its servers come, go or stay silent.
"""

import asyncio
import html
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dbus_fast import Message
from dbus_fast.aio.message_bus import MessageBus
from desktop_notifier import Button, Capability, Icon, Notification, Urgency
from desktop_notifier.backends.dbus import DBusDesktopNotifier

from agent.bus import calls, line
from agent.bus.silence import silenced
from agent.bus.thread import Thread
from agent.desktop.notifier import Card, Drawn, Failed, Heard, Pressed, Room
from agent.platforms.base import Blind

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[None]]


class Server(DBusDesktopNotifier):
    """The library's notifier, with the id of what was pressed last.

    Some servers leave a notice on the screen that was answered, and the library forgets its id before it says so.
    """

    pressed = 0

    def _on_action(self, nid: int, action_key: str) -> None:
        self.pressed = nid
        super()._on_action(nid, action_key)


class Notices:
    """Draws from `start` to `stop`.

    Every method is for one and the same thread, and returns at once.
    hear: told what is there and what became of a card; it must not block.
    icon: the picture beside a notice.
    """

    def __init__(self, thread: Thread, hear: Callable[[Heard], None], icon: Path | None = None) -> None:
        self._thread, self._line = thread, thread.session
        self._hear, self._icon = hear, icon
        self._work: asyncio.Queue[Work] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._backend: Server | None = None
        self._owner: object = None
        self._room = Room()
        self._looking = False

    def start(self) -> None:
        """Begin; `hear` is told a Room as soon as it is known."""
        self._thread.start()
        self._task = self._thread.begin(self._serve())

    def stop(self) -> None:
        """End, and take away what is on the screen: nobody would answer its buttons."""
        if self._task is not None:
            self._thread.end(self._task)
            self._thread.stop()
            self._task = None

    def draw(self, card: Card) -> None:
        """Put a card on the screen: `Drawn` when a server gave it an id, else `Failed`."""
        self._do(lambda: self._draw(card))

    def replace(self, key: str, card: Card) -> None:
        """Put a card where another is; nothing where that one is no longer on the screen."""
        self._do(lambda: self._replace(key, card))

    def remove(self, key: str) -> None:
        """Take a card off the screen."""
        self._do(lambda: self._remove(key))

    def _do(self, work: Work) -> None:
        if self._task is not None:
            self._thread.post(lambda: self._work.put_nowait(work))

    async def _serve(self) -> None:
        """Connect, then do one work after another until cancelled."""
        try:
            await self._line.open()
        except Blind:
            self._hear(self._room)
            return
        try:
            self._line.watch_end(self._look_again)
            for signal in calls.CHANGES:
                await self._line.watch(signal, self._signal)
            self._hear(await self._see())
            while True:
                await self._safely(await self._work.get())
        finally:
            await self._leave()

    async def _safely(self, work: Work) -> None:
        """The library and the servers are others': what they raise must not end this."""
        try:
            await work()
        except Exception:
            log.exception("the session bus")

    async def _leave(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(line.HASTE):
                for key in await self._backend.get_current_notifications() if self._backend else ():
                    await self._safely(lambda key=key: self._remove(key))  # type: ignore[misc]
        self._forget()
        self._line.unwatch_end(self._look_again)
        await self._line.unwatch(self._signal)

    def _signal(self, _: Message) -> None:
        """Any signal that was asked for says only: look again."""
        if not self._looking:
            self._look_again()

    def _look_again(self) -> None:
        self._looking = True
        self._work.put_nowait(self._look)

    # --- what is there -----------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        self._looking = False
        before = self._room
        if await self._see() != before:
            self._hear(self._room)

    async def _see(self) -> Room:
        owner = await self._line.ask(calls.OWNER)
        if owner != self._owner:  # another server: it knows none of the ids, and may give them to others
            self._forget()
            self._owner = owner
        self._room = Room(
            bus=self._line.here,
            notices=bool(owner) or await self._startable(),
            inhibited=bool(owner) and await silenced(self._line) is True,
            tray=await self._tray(),
        )
        return self._room

    async def _startable(self) -> bool:
        names = await self._line.ask(calls.STARTABLE)
        return isinstance(names, list) and calls.NOTICES in names

    async def _tray(self) -> bool:
        if not await self._line.ask(calls.TRAY):
            return False
        return await self._line.ask(calls.TRAY_HOST) is not False  # one that doesn't say has a host

    # --- notices -----------------------------------------------------------------------------------------------------

    async def _draw(self, card: Card) -> None:
        if await silenced(self._line, wake=True):
            self._hear(Failed(card.key))
            self._room = replace(self._room, inhibited=True)
            self._hear(self._room)
            await self._look()  # it may have ended meanwhile
            return
        drawn = False
        try:
            drawn = await self._send(card)
        finally:
            self._hear(Drawn(card.key) if drawn else Failed(card.key))

    async def _send(self, card: Card) -> bool:
        """Whether a server returned an id: only then does the library say that it dispatched."""
        backend = self._notifier()
        async with asyncio.timeout(line.PATIENCE):
            able = await backend.get_capabilities()
            if Capability.URGENCY not in able:  # a Notify of another shape: the library would drop it
                return False
            dispatched: list[str] = []
            await backend.send(await self._notification(card, able, lambda: dispatched.append(card.key)))
        return bool(dispatched)

    async def _notification(
        self, card: Card, able: frozenset[Capability], dispatched: Callable[[], None]
    ) -> Notification:
        said = await self._line.ask(calls.CAPABILITIES)
        markup = isinstance(said, list) and "body-markup" in said
        buttons = tuple(
            Button(title=b.label, identifier=b.action, on_pressed=self._pressed(card.key, b.action))
            for b in card.buttons
        )
        return Notification(
            title=card.title,
            message=html.escape(card.body, quote=False) if markup else card.body,
            urgency=Urgency.Critical if card.urgent else Urgency.Normal,
            buttons=buttons if Capability.BUTTONS in able else (),
            on_dispatched=dispatched,
            on_clicked=self._pressed(card.key, card.click),
            timeout=0 if card.urgent else card.seconds,
            identifier=card.key,
        )

    def _pressed(self, key: str, action: str) -> Callable[[], None]:
        def pressed() -> None:
            self._hear(Pressed(key, action))
            if self._backend:
                answered = calls.close(self._backend.pressed)
                self._work.put_nowait(lambda: self._tell(answered))

        return pressed

    async def _tell(self, call: line.Call) -> None:
        await self._line.ask(call)

    async def _replace(self, key: str, card: Card) -> None:
        if self._backend and key in await self._backend.get_current_notifications():
            await self._remove(key)
            await self._draw(card)

    async def _remove(self, key: str) -> None:
        if self._backend and key in await self._backend.get_current_notifications():
            async with asyncio.timeout(line.HASTE):
                await self._backend.clear(key)

    def _notifier(self) -> Server:
        """The library's way to the server that is there now."""
        if self._backend is None:
            self._backend = Server("Deskwarden", Icon(path=self._icon) if self._icon else None)
        return self._backend

    def _forget(self) -> None:
        """Leave the server that was there."""
        bus: MessageBus | None = getattr(self._backend, "bus", None)
        if bus is not None:
            bus.disconnect()
        self._backend = None
