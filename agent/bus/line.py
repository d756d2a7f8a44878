"""A connection to one bus, as its users see it: calls with an answer or None, signals, and that it is gone."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass

from dbus_fast import BusType, Message, MessageFlag, MessageType
from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.errors import AuthError, DBusError, InvalidAddressError

from agent.platforms.base import Blind

PATIENCE = 20.0  # seconds for what may have to be started first
HASTE = 2.0  # seconds for an answer that is not worth waiting for
NO_BUS = (OSError, EOFError, KeyError, ValueError, AuthError, DBusError, InvalidAddressError)
NO_ANSWER = (OSError, EOFError, DBusError)  # TimeoutError is an OSError
DAEMON = "org.freedesktop.DBus"
PROPERTIES = "org.freedesktop.DBus.Properties"


@dataclass(frozen=True)
class Call:
    """A method of somebody on a bus. wake: let the bus start who is asked, where nobody is there."""

    to: str
    path: str
    interface: str
    member: str
    signature: str = ""
    body: tuple[object, ...] = ()
    wake: bool = False


@dataclass(frozen=True)
class Signal:
    """What to be told of; what is empty may be anything.

    sender: a name; only the bus itself checks it. under: a path of its first argument, or one below or above that.
    """

    interface: str
    member: str = ""
    path: str = ""
    sender: str = ""
    arg0: str = ""
    under: str = ""

    def rule(self) -> str:
        """How a bus is told."""
        given = asdict(self)
        given["arg0path"] = given.pop("under")
        return ",".join(["type='signal'", *(f"{name}='{value}'" for name, value in given.items() if value)])

    def fits(self, message: Message) -> bool:
        """Whether a message is such a signal."""
        return (
            message.message_type is MessageType.SIGNAL
            and message.interface == self.interface
            and (not self.member or message.member == self.member)
            and (not self.path or message.path == self.path)
            and (not self.arg0 or message.body[:1] == [self.arg0])
            and (not self.under or _nested(self.under, message.body[:1]))
        )


def _nested(path: str, first: list[object]) -> bool:
    """As arg0path is told: a path that ends in a slash holds what is below it."""
    other = first[0] if first else None
    if not isinstance(other, str):
        return False
    return other == path or any(
        outer.endswith("/") and inner.startswith(outer) for outer, inner in ((path, other), (other, path))
    )


def get(to: str, path: str, interface: str, name: str) -> Call:
    """Read a property."""
    return Call(to, path, PROPERTIES, "Get", "ss", (interface, name))


def of_daemon(member: str, *body: str) -> Call:
    """Ask the bus itself."""
    return Call(DAEMON, "/org/freedesktop/DBus", DAEMON, member, "s" * len(body), body)


def owner_of(name: str) -> Signal:
    """Somebody took a name, or left it."""
    return Signal(DAEMON, "NameOwnerChanged", sender=DAEMON, arg0=name)


def plain(value: object) -> object:
    """Out of its variant."""
    return getattr(value, "value", value)


Told = Callable[[Message], None]


class Line:
    """Connects once, when first opened. Every method is for the bus thread."""

    def __init__(self, kind: BusType) -> None:
        self._kind = kind
        self._forget()

    def _forget(self) -> None:
        self._bus: MessageBus | None = None
        self._opening: asyncio.Task[None] | None = None
        self._watched: list[tuple[Signal, Told]] = []
        self._ended: list[Callable[[], None]] = []

    @property
    def here(self) -> bool:
        """Whether there is a connection."""
        return self._bus is not None and self._bus.connected

    async def open(self) -> None:
        """Connect, unless it was done.

        Raises:
            Blind: There is no such bus.

        """
        if self._opening is None:
            self._opening = asyncio.create_task(self._connect())
        try:
            await asyncio.shield(self._opening)
        except NO_BUS as error:
            raise Blind("no_bus") from error

    async def _connect(self) -> None:
        async with asyncio.timeout(PATIENCE):
            bus = await MessageBus(bus_type=self._kind).connect()
        bus.add_message_handler(self._hear)
        self._bus = bus
        self._lost = asyncio.create_task(bus.wait_for_disconnect())  # type: ignore[no-untyped-call]
        self._lost.add_done_callback(self._is_lost)

    async def close(self) -> None:
        """Disconnect; it can be opened again."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        if self._bus is not None:
            self._bus.disconnect()
            await asyncio.wait({self._lost}, timeout=HASTE)
        self._forget()

    def _is_lost(self, task: asyncio.Task[None]) -> None:
        with suppress(asyncio.CancelledError):
            task.exception()
        self._bus = None
        for ended in self._ended:
            ended()

    def _hear(self, message: Message) -> None:
        for signal, told in tuple(self._watched):
            if signal.fits(message):
                told(message)

    # --- for its users -----------------------------------------------------------------------------------------------

    async def call(self, call: Call, seconds: float | None = None) -> Message | None:
        """The answer, which may be an error; None where none came."""
        if self._bus is None or not self._bus.connected:
            return None
        flags = MessageFlag.NONE if call.wake else MessageFlag.NO_AUTOSTART
        message = Message(
            call.to, call.path, call.interface, call.member, flags=flags, signature=call.signature, body=list(call.body)
        )
        try:
            async with asyncio.timeout(HASTE if seconds is None else seconds):
                return await self._bus.call(message)
        except NO_ANSWER:
            return None

    async def ask(self, call: Call) -> object:
        """The first value of an answer, out of its variant; None where nobody answers."""
        reply = await self.call(call)
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN or not reply.body:
            return None
        return plain(reply.body[0])

    async def watch(self, signal: Signal, told: Told) -> None:
        """Be told of a signal. told: must not block."""
        self._watched.append((signal, told))
        await self.call(of_daemon("AddMatch", signal.rule()))

    async def unwatch(self, told: Told) -> None:
        """Tell this one nothing any more."""
        signals = [signal for signal, other in self._watched if other == told]
        for signal in signals:
            self._watched.remove((signal, told))
        await asyncio.gather(*(self.call(of_daemon("RemoveMatch", signal.rule())) for signal in signals))

    def watch_end(self, ended: Callable[[], None]) -> None:
        """Be told when the connection is gone."""
        self._ended.append(ended)

    def unwatch_end(self, ended: Callable[[], None]) -> None:
        """Don't be told that any more."""
        with suppress(ValueError):
            self._ended.remove(ended)
