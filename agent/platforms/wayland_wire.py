"""The wire of Wayland, as far as a client without windows needs it: a socket, numbered objects, requests and events.

libwayland through pywayland would do it too, and costs each laptop cffi and 5 MiB more (measured: 14.0 MiB PSS after
its import against 8.9 with `socket` alone), has no wheel but for x86-64, and lacks KDE's older idle protocol. What is
needed of the wire is on this page: no descriptors, no surfaces, no keyboard.
"""

import socket
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from agent.platforms.base import Blind

DISPLAY = 1  # the one object that is there from the start
PATIENCE = 2.0  # seconds for the compositor's first answer
HEAD = struct.Struct("=IHH")  # object, opcode, length with this head
WORD = struct.Struct("=I")

Listener = Callable[[int, bytes], None]  # an event's opcode and its arguments


class Ended(Exception):
    """The connection is over. `why`: server_ended, or protocol_error where the compositor says that we are wrong."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def pack(*values: int | str) -> bytes:
    """Arguments as the wire has them: words, and text with its length."""
    return b"".join(_text(value) if isinstance(value, str) else WORD.pack(value & 0xFFFFFFFF) for value in values)


def _text(value: str) -> bytes:
    data = value.encode() + b"\0"
    return WORD.pack(len(data)) + data + bytes(-len(data) % 4)


def word(data: bytes, offset: int = 0) -> int:
    return int(WORD.unpack_from(data, offset)[0])


def text(data: bytes, offset: int) -> tuple[str, int]:
    """The text that begins here, and where it ends."""
    length = word(data, offset)
    start = offset + WORD.size
    return data[start : start + max(length - 1, 0)].decode(errors="replace"), start + length + -length % 4


def _connected(path: Path) -> socket.socket:
    if sys.platform != "win32":  # for a type check for Windows alone
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(PATIENCE)
        try:
            made.connect(str(path))
        except OSError:
            made.close()
        else:
            return made
    raise Blind("no_server")


class Wire:
    """One connection to a compositor. Used by one thread at a time."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Connect to the session's compositor.

        Raises:
            Blind: no_display, or no_server.

        """
        if not environ.get("WAYLAND_DISPLAY"):
            raise Blind("no_display")
        self._socket = _connected(Path(environ.get("XDG_RUNTIME_DIR", ""), environ["WAYLAND_DISPLAY"]))
        self._rest = b""
        self._last = DISPLAY
        self._listeners: dict[int, Listener] = {DISPLAY: self._display}

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def new(self, listener: Listener | None = None) -> int:
        """A number for an object that a request is to make. None is used twice, so `delete_id` asks nothing."""
        self._last += 1
        if listener is not None:
            self._listeners[self._last] = listener
        return self._last

    def forget(self, thing: int) -> None:
        """Events of this object are of no interest any more."""
        self._listeners.pop(thing, None)

    def ask(self, thing: int, opcode: int, *values: int | str) -> None:
        """Send a request.

        Raises:
            Ended: The compositor is gone.

        """
        body = pack(*values)
        try:
            self._socket.sendall(HEAD.pack(thing, opcode, HEAD.size + len(body)) + body)
        except OSError:
            raise Ended("server_ended") from None

    def hear(self) -> None:
        """Wait until something came, and give it to the listeners.

        Raises:
            Ended: The compositor is gone, or answers nothing where it was waited for.

        """
        try:
            data = self._socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            raise Ended("server_ended")
        self._rest += data
        while len(self._rest) >= HEAD.size:
            thing, opcode, length = HEAD.unpack_from(self._rest)
            if length < HEAD.size:
                raise Ended("protocol_error")
            if len(self._rest) < length:
                return
            body, self._rest = self._rest[HEAD.size : length], self._rest[length:]
            self._give(thing, opcode, body)

    def _give(self, thing: int, opcode: int, body: bytes) -> None:
        if listener := self._listeners.get(thing):
            try:
                listener(opcode, body)
            except struct.error:  # shorter than what it should tell
                raise Ended("protocol_error") from None

    def roundtrip(self) -> None:
        """Hear all that answers what was asked so far.

        Raises:
            Ended: As `hear`.

        """
        done: list[int] = []
        callback = self.new(lambda _opcode, _body: done.append(1))
        self.ask(DISPLAY, 0, callback)
        while not done:
            self.hear()
        self.forget(callback)

    def registry(self, listener: Listener) -> int:
        """Have each global said to this listener: opcode 0 for one that is there, 1 for one that went."""
        registry = self.new(listener)
        self.ask(DISPLAY, 1, registry)
        return registry

    def bind(self, registry: int, name: int, interface: str, version: int, listener: Listener | None = None) -> int:
        """An object for this global."""
        thing = self.new(listener)
        self.ask(registry, 0, name, interface, version, thing)
        return thing

    @staticmethod
    def _display(opcode: int, _body: bytes) -> None:
        if opcode == 0:
            raise Ended("protocol_error")
