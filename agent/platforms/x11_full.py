"""Whether the window in front fills the screen, on X. Its state is read, and never its title, class or owner."""

import os
import struct
from collections.abc import Mapping

from agent.platforms.base import Blind, Hear
from agent.platforms.x11 import (
    DESTROY_NOTIFY,
    PROPERTY_CHANGE,
    PROPERTY_NOTIFY,
    STRUCTURE_CHANGE,
    Connection,
    connected,
)
from agent.platforms.x11_native import native
from agent.platforms.x11_reader import Reader
from policy.seen import Lost, Quiet, QuietIs

FULL = frozenset[Quiet]({"full_screen"})


class XFullScreen:
    """A `QuietSource`, by what the window manager writes on the root and on the window in front."""

    name = "x11"
    sees = FULL

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._reader: Reader | None = None

    def start(self, hear: Hear) -> None:
        self._hear, self._front, self._words = hear, 0, frozenset[Quiet]()
        with connected(self._environ) as connection:
            native(connection, self._environ)
            self._open(connection)
        self._reader = Reader("x11-full-screen", connection, self._said, self._lost)
        self._reader.do(self._begin)
        self._reader.start()

    def stop(self) -> None:
        if self._reader:
            self._reader.stop()

    def _open(self, connection: Connection) -> None:
        self._to = connection
        self._active = connection.atom("_NET_ACTIVE_WINDOW")
        self._state = connection.atom("_NET_WM_STATE")
        self._full = connection.atom("_NET_WM_STATE_FULLSCREEN")
        if self._active not in connection.words(connection.root, connection.atom("_NET_SUPPORTED")):
            raise Blind("no_window_manager")

    # --- on the reader's thread --------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._to.hear_window(self._to.root, PROPERTY_CHANGE)
        self._follow()
        self._words = self._seen()
        self._hear(QuietIs(self.name, self._words))

    def _said(self, event: bytes) -> None:
        kind, (window, what) = event[0] & 0x7F, struct.unpack_from("=II", event, 4)
        if (kind, window) == (DESTROY_NOTIFY, self._front):
            self._front = 0  # not every window manager says so when the last window is gone
        elif (kind, window, what) == (PROPERTY_NOTIFY, self._to.root, self._active):
            self._follow()
        elif (kind, window, what) != (PROPERTY_NOTIFY, self._front, self._state):
            return
        if (seen := self._seen()) != self._words:
            self._words = seen
            self._hear(QuietIs(self.name, seen))

    def _follow(self) -> None:
        """Listen to the window that is in front now, and no longer to the one that was."""
        front = next(iter(self._to.words(self._to.root, self._active)), 0)
        if front == self._front:
            return
        if self._front:
            self._to.hear_window(self._front, 0)
        if front:
            self._to.hear_window(front, PROPERTY_CHANGE | STRUCTURE_CHANGE)
        self._front = front

    def _seen(self) -> frozenset[Quiet]:
        return FULL if self._front and self._full in self._to.words(self._front, self._state) else frozenset()

    def _lost(self) -> None:
        self._hear(Lost(self.name, "no_server"))
