"""A connection to an X server through libxcb alone.

libxcb, and not libX11: it shares nothing with the GTK of the tray, answers an error as data, and does not end the
process when the server is gone. Requests are bytes as the X protocol has them, in this machine's byte order.
"""

import ctypes
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from agent.platforms.base import Blind

CHANGE_ATTRIBUTES, INTERN_ATOM, GET_PROPERTY, QUERY_EXTENSION = 2, 16, 20, 98  # core requests
DESTROY_NOTIFY, PROPERTY_NOTIFY, GENERIC_EVENT = 17, 28, 35  # core events
EVENT_MASK, STRUCTURE_CHANGE, PROPERTY_CHANGE = 1 << 11, 1 << 17, 1 << 22
CHECKED = 1  # xcb: an error is the answer to the request, no event


class Gone(Exception):
    """The server closed the connection."""


class Extension(NamedTuple):
    """Where a server put an extension's numbers."""

    opcode: int
    event: int


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Request(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_size_t),
        ("extension", ctypes.c_void_p),
        ("opcode", ctypes.c_uint8),
        ("is_void", ctypes.c_uint8),
    )


class _Screens(ctypes.Structure):
    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))


@cache
def _libraries() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    """libxcb, and the C library whose free() takes back what it gave."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        raise Blind("no_library") from None
    pointer, number = ctypes.c_void_p, ctypes.c_uint
    for name, result, arguments in (
        ("xcb_connect", pointer, (ctypes.c_char_p, ctypes.POINTER(ctypes.c_int))),
        ("xcb_connection_has_error", ctypes.c_int, (pointer,)),
        ("xcb_get_file_descriptor", ctypes.c_int, (pointer,)),
        ("xcb_get_setup", pointer, (pointer,)),
        ("xcb_setup_roots_iterator", _Screens, (pointer,)),
        ("xcb_screen_next", None, (ctypes.POINTER(_Screens),)),
        ("xcb_generate_id", ctypes.c_uint32, (pointer,)),
        ("xcb_send_request", number, (pointer, ctypes.c_int, ctypes.POINTER(_Part), ctypes.POINTER(_Request))),
        ("xcb_wait_for_reply", pointer, (pointer, number, ctypes.POINTER(pointer))),
        ("xcb_poll_for_event", pointer, (pointer,)),
        ("xcb_flush", ctypes.c_int, (pointer,)),
        ("xcb_disconnect", None, (pointer,)),
    ):
        call = getattr(xcb, name)
        call.restype, call.argtypes = result, arguments
    c = ctypes.CDLL(None)
    c.free.argtypes = (pointer,)
    return xcb, c


class Connection:
    """To one server; for one thread at a time. `broken` once the server is gone.

    Raises:
        Blind: There is no server to speak to.

    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        display = environ.get("DISPLAY")
        if not display:
            raise Blind("no_display")
        self._xcb, self._c = _libraries()
        number = ctypes.c_int()
        self._at = self._xcb.xcb_connect(os.fsencode(display), ctypes.byref(number))
        if self.broken:
            self.close()
            raise Blind("no_server")
        self.fd: int = self._xcb.xcb_get_file_descriptor(self._at)
        screens = self._xcb.xcb_setup_roots_iterator(self._xcb.xcb_get_setup(self._at))
        for _ in range(number.value):
            self._xcb.xcb_screen_next(ctypes.byref(screens))
        self.root: int = screens.data[0]

    def close(self) -> None:
        self._xcb.xcb_disconnect(self._at)

    @property
    def broken(self) -> bool:
        return bool(self._xcb.xcb_connection_has_error(self._at))

    # --- any request -------------------------------------------------------------------------------------------------

    def send(self, opcode: int, second: int = 0, body: bytes = b"") -> None:
        """A request without an answer; its error is thrown away. second: the byte after the opcode."""
        self._send(opcode, second, body, is_void=True)

    def ask(self, opcode: int, second: int = 0, body: bytes = b"") -> bytes | None:
        """A request's answer; nothing where the server refuses it.

        Raises:
            Gone: The server is.

        """
        sequence = self._send(opcode, second, body, is_void=False)
        error = ctypes.c_void_p()
        reply = self._xcb.xcb_wait_for_reply(self._at, sequence, ctypes.byref(error))
        if reply:
            return self._taken(reply, extra=0)
        if error.value:
            self._c.free(error)
            return None
        raise Gone

    def event(self) -> bytes | None:
        """The next event that is already here."""
        while event := self._xcb.xcb_poll_for_event(self._at):
            data = self._taken(event, extra=4)  # xcb puts its own four bytes into the longer ones
            if data[0]:  # 0 is an error, of a request whose error is thrown away
                return data
        return None

    def flush(self) -> None:
        self._xcb.xcb_flush(self._at)

    def new_id(self) -> int:
        """A name for something new on the server."""
        return int(self._xcb.xcb_generate_id(self._at))

    def _send(self, opcode: int, second: int, body: bytes, *, is_void: bool) -> int:
        data = struct.pack("=BBH", opcode, second, 0) + body  # xcb writes the length
        kept = ctypes.create_string_buffer(data, len(data))
        parts = (_Part * 3)()  # xcb takes the first two for itself
        parts[2] = _Part(ctypes.cast(kept, ctypes.c_void_p), len(data))
        request = _Request(1, None, opcode, is_void)
        first = ctypes.cast(ctypes.byref(parts, 2 * ctypes.sizeof(_Part)), ctypes.POINTER(_Part))
        flags = 0 if is_void else CHECKED
        return int(self._xcb.xcb_send_request(self._at, flags, first, ctypes.byref(request)))

    def _taken(self, at: int, extra: int) -> bytes:
        """What xcb gave, copied and given back: 32 bytes, and more where an answer or a generic event has more."""
        head = ctypes.string_at(at, 32)
        more = 4 * struct.unpack_from("=I", head, 4)[0] if head[0] & 0x7F in {1, GENERIC_EVENT} else 0
        data = ctypes.string_at(at, 32 + more + (extra if more else 0))
        self._c.free(at)
        return data

    # --- the few core requests that several need ---------------------------------------------------------------------

    def extension(self, name: str) -> Extension | None:
        there, opcode, event = struct.unpack_from("=BBB", self._named(QUERY_EXTENSION, 0, name), 8)
        return Extension(opcode, event) if there else None

    def atom(self, name: str) -> int:
        return int(struct.unpack_from("=I", self._named(INTERN_ATOM, 0, name), 8)[0])

    def words(self, window: int, name: int) -> tuple[int, ...]:
        """A window's property that is a list of 32-bit numbers, the first 64 of them."""
        reply = self.ask(GET_PROPERTY, 0, struct.pack("=IIIII", window, name, 0, 0, 64))
        if not reply or reply[1] != 32:
            return ()
        return struct.unpack_from(f"={struct.unpack_from('=I', reply, 16)[0]}I", reply, 32)

    def hear_window(self, window: int, mask: int) -> None:
        """Have an event at each of these changes of a window: PROPERTY_CHANGE, STRUCTURE_CHANGE; 0 ends it."""
        self.send(CHANGE_ATTRIBUTES, 0, struct.pack("=III", window, EVENT_MASK, mask))

    def _named(self, opcode: int, second: int, name: str) -> bytes:
        text = name.encode()
        reply = self.ask(opcode, second, struct.pack("=HH", len(text), 0) + text + bytes(-len(text) % 4))
        if reply is None:
            raise Gone
        return reply


@contextmanager
def connected(environ: Mapping[str, str]) -> Iterator[Connection]:
    """A connection, closed again where what is begun on it can't be.

    Raises:
        Blind: There is no server, or it went meanwhile.

    """
    connection = Connection(environ)
    try:
        yield connection
    except Gone:
        connection.close()
        raise Blind("no_server") from None
    except BaseException:
        connection.close()
        raise
