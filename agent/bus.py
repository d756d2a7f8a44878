"""The one module of the agent with asyncio: the session bus, and the notices that a desktop draws.

One named thread runs one loop and does one job after another, so a look never meets a half-drawn notice. What it finds
out is told to `hear`, called on that thread. Nothing polls: the bus says when its servers come, go or stay silent.
"""

import asyncio
import html
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dbus_fast import Message, MessageType
from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.errors import AuthError, DBusError, InvalidAddressError
from desktop_notifier import Button, Capability, Icon, Notification, Urgency
from desktop_notifier.backends.dbus import DBusDesktopNotifier

from agent.desktop import calls
from agent.desktop.calls import Call
from agent.desktop.notifier import Card, Drawn, Failed, Heard, Pressed, Room

PATIENCE = 20.0  # seconds for a server to draw: it may have to be started first
HASTE = 2.0  # seconds for an answer that is not worth waiting for
log = logging.getLogger(__name__)
NO_BUS = (OSError, EOFError, KeyError, ValueError, AuthError, DBusError, InvalidAddressError)
NO_ANSWER = (OSError, EOFError, DBusError)  # TimeoutError is an OSError

Work = Callable[[], Awaitable[None]]


def _message(call: Call) -> Message:
    return Message(call.to, call.path, call.interface, call.member, signature=call.signature, body=list(call.body))


class Server(DBusDesktopNotifier):
    """The library's notifier, with the id of what was pressed last.

    Some servers leave a notice on the screen that was answered, and the library forgets its id before it says so.
    """

    pressed = 0

    def _on_action(self, nid: int, action_key: str) -> None:
        self.pressed = nid
        super()._on_action(nid, action_key)


class Bus:
    """The session bus on a thread of its own, from `start` to `stop`.

    Every method is for one and the same thread, and returns at once.
    hear: told what is there and what became of a card; it must not block.
    icon: the picture beside a notice.
    """

    def __init__(self, hear: Callable[[Heard], None], icon: Path | None = None) -> None:
        self._hear, self._icon = hear, icon
        self._loop = asyncio.new_event_loop()
        self._work: asyncio.Queue[Work] = asyncio.Queue()
        self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
        self._bus: MessageBus | None = None
        self._backend: Server | None = None
        self._owner: object = None
        self._room = Room()
        self._looking = False

    def start(self) -> None:
        """Begin; `hear` is told a Room as soon as it is known."""
        self._task = self._loop.create_task(self._serve())
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and take away what is on the screen: nobody would answer its buttons."""
        if self._thread.is_alive():
            self._post(self._task.cancel)
            self._thread.join()

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
        self._post(lambda: self._work.put_nowait(work))

    def _post(self, callback: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop is closed: there was no bus
            self._loop.call_soon_threadsafe(callback)

    def _run(self) -> None:
        try:
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        """Connect, then do one work after another until cancelled."""
        try:
            async with asyncio.timeout(PATIENCE):
                self._bus = await self._connect()
        except NO_BUS:
            self._hear(self._room)
            return
        lost = self._loop.create_task(self._bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        lost.add_done_callback(self._lost)
        try:
            self._hear(await self._see())
            while True:
                await self._safely(await self._work.get())
        finally:
            await self._leave(lost)

    async def _safely(self, work: Work) -> None:
        """The library and the servers are others': what they raise must not end the thread."""
        try:
            await work()
        except Exception:
            log.exception("the session bus")

    async def _leave(self, lost: asyncio.Task[None]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(HASTE):
                for key in await self._backend.get_current_notifications() if self._backend else ():
                    await self._safely(lambda key=key: self._remove(key))  # type: ignore[misc]
        self._forget()
        if self._bus is not None:
            self._bus.disconnect()
        await asyncio.wait({lost}, timeout=HASTE)

    async def _connect(self) -> MessageBus:
        bus = await MessageBus().connect()
        bus.add_message_handler(self._signal)
        for rule in calls.MATCHES:
            await bus.call(_message(calls.watch(rule)))
        return bus

    def _signal(self, message: Message) -> None:
        """Any signal that was asked for says only: look again."""
        if message.message_type is MessageType.SIGNAL and message.member != "NameAcquired" and not self._looking:
            self._looking = True
            self._work.put_nowait(self._look)

    def _lost(self, task: asyncio.Task[None]) -> None:
        """The bus is gone: with it all that could be seen."""
        with suppress(asyncio.CancelledError):
            task.exception()
        self._bus = None
        self._work.put_nowait(self._look)

    # --- what is there -----------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        self._looking = False
        before = self._room
        if await self._see() != before:
            self._hear(self._room)

    async def _see(self) -> Room:
        owner = await self._ask(calls.OWNER)
        if owner != self._owner:  # another server: it knows none of the ids, and may give them to others
            self._forget()
            self._owner = owner
        self._room = Room(
            bus=self._bus is not None,
            notices=bool(owner) or await self._startable(),
            inhibited=bool(owner) and await self._inhibited(),
            tray=await self._tray(),
        )
        return self._room

    async def _startable(self) -> bool:
        names = await self._ask(calls.STARTABLE)
        return isinstance(names, list) and calls.NOTICES in names

    async def _inhibited(self) -> bool:
        server = await self._ask(calls.SERVER)
        if not isinstance(server, str):  # it answers nothing
            return False
        own = calls.DO_NOT_DISTURB.get(server)
        return await self._ask(calls.INHIBITED) is True or (own is not None and await self._ask(own) is True)

    async def _tray(self) -> bool:
        if not await self._ask(calls.TRAY):
            return False
        return await self._ask(calls.TRAY_HOST) is not False  # one that doesn't say has a host

    async def _ask(self, call: Call) -> object:
        """The first value of an answer, out of its variant; None where nobody answers."""
        if self._bus is None:
            return None
        try:
            async with asyncio.timeout(HASTE):
                reply = await self._bus.call(_message(call))
        except NO_ANSWER:
            return None
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN or not reply.body:
            return None
        value: object = reply.body[0]
        return getattr(value, "value", value)

    # --- notices -----------------------------------------------------------------------------------------------------

    async def _draw(self, card: Card) -> None:
        if await self._inhibited():
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
        async with asyncio.timeout(PATIENCE):
            able = await backend.get_capabilities()
            if Capability.URGENCY not in able:  # a Notify of another shape: the library would drop it
                return False
            dispatched: list[str] = []
            await backend.send(await self._notification(card, able, lambda: dispatched.append(card.key)))
        return bool(dispatched)

    async def _notification(
        self, card: Card, able: frozenset[Capability], dispatched: Callable[[], None]
    ) -> Notification:
        said = await self._ask(calls.CAPABILITIES)
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

    async def _tell(self, call: Call) -> None:
        await self._ask(call)

    async def _replace(self, key: str, card: Card) -> None:
        if self._backend and key in await self._backend.get_current_notifications():
            await self._remove(key)
            await self._draw(card)

    async def _remove(self, key: str) -> None:
        if self._backend and key in await self._backend.get_current_notifications():
            async with asyncio.timeout(HASTE):
                await self._backend.clear(key)

    def _notifier(self) -> "Server":
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
