"""A hand on an X server of a test: a program's (XTEST), and one that passes for a person's.

.venv/bin/python -I tests/support/x11_hand.py program|person SECONDS touches it 500 times a second.
"""

import os
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from agent.platforms.x11 import Connection
from agent.platforms.x11_devices import Devices

FAKE_INPUT, CHANGE_HIERARCHY = 2, 43
ATTACH, DETACH = 3, 4
CORE_KEYBOARD = 3
MOTION, KEY_DOWN, KEY_UP = 6, 1, 2  # of the core; of XInput, above its first
SHIFT = 50
A_SECOND = 500


class Hand:
    """On one server, with a connection of its own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._to = Connection(environ)
        xtest, xinput = self._to.extension("XTEST"), self._to.extension("XInputExtension")
        assert xtest
        assert xinput
        self._xtest, self._xinput, self._devices = xtest.opcode, xinput.event, xinput.opcode
        every = Devices(self._to).every()
        self._keyboard = max((device.number for device in every if device.name == "Xvfb keyboard"), default=0)
        self._moves = 0

    def close(self) -> None:
        self._to.close()

    def by_program(self) -> None:
        """A move of the pointer, made up as a mouse jiggler makes it."""
        self._moves += 1
        self._fake(MOTION, detail=0, x=self._moves, device=0)

    def by_person(self) -> None:
        """A touch of Shift on a keyboard that is none of XTEST's.

        XTEST can name any device: to the rest of the server it is then as if somebody had pressed that one's key.
        """
        for kind in (KEY_DOWN, KEY_UP):
            self._fake(self._xinput + kind, detail=SHIFT, x=0, device=self._keyboard)

    def unplugs(self) -> None:
        """That keyboard moves nothing any more: to X the same as if it were gone."""
        self._change(struct.pack("=HHHH", DETACH, 2, self._keyboard, 0))

    def plugs(self) -> None:
        """It is back."""
        self._change(struct.pack("=HHHH", ATTACH, 2, self._keyboard, CORE_KEYBOARD))

    def _change(self, change: bytes) -> None:
        self._to.send(self._devices, CHANGE_HIERARCHY, struct.pack("=BBH", 1, 0, 0) + change)
        self._done()

    def _fake(self, kind: int, detail: int, x: int, device: int) -> None:
        event = struct.pack("=BBHIIIIHHIHBB", kind, detail, 0, 0, 0, 0, 0, x % 1000, x % 700, 0, 0, 0, device)
        self._to.send(self._xtest, FAKE_INPUT, event)
        self._done()

    def _done(self) -> None:
        self._to.atom("WM_NAME")  # its answer says that the server has done what was asked before


def main() -> None:
    hand = Hand(os.environ)
    touch = {"program": hand.by_program, "person": hand.by_person}[sys.argv[1]]
    end = time.monotonic() + float(sys.argv[2])
    while time.monotonic() < end:
        touch()
        time.sleep(1 / A_SECOND)


if __name__ == "__main__":
    main()
