"""A hand on an X server of a test: a program's (XTEST), and one that passes for a person's.

.venv/bin/python -I tests/support/x11_hand.py SECONDS moves the pointer 500 times a second by XTEST.
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

FAKE_INPUT = 2
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
        self._xtest, self._xinput = xtest.opcode, xinput.event

    def close(self) -> None:
        self._to.close()

    def by_program(self, x: int = 0) -> None:
        """A move of the pointer, made up as a mouse jiggler makes it."""
        self._fake(MOTION, detail=0, x=x, device=0)

    def by_person(self) -> None:
        """A touch of Shift on a keyboard that is none of XTEST's.

        XTEST can name any device: to the rest of the server it is then as if somebody had pressed that one's key.
        """
        keyboard = max(device.number for device in Devices(self._to).every() if device.name == "Xvfb keyboard")
        for kind in (KEY_DOWN, KEY_UP):
            self._fake(self._xinput + kind, detail=SHIFT, x=0, device=keyboard)

    def _fake(self, kind: int, detail: int, x: int, device: int) -> None:
        event = struct.pack("=BBHIIIIHHIHBB", kind, detail, 0, 0, 0, 0, 0, x % 1000, x % 700, 0, 0, 0, device)
        self._to.send(self._xtest, FAKE_INPUT, event)
        self._to.atom("WM_NAME")  # its answer says that the server has done the one before


def main() -> None:
    hand, end, x = Hand(os.environ), time.monotonic() + float(sys.argv[1]), 0
    while time.monotonic() < end:
        hand.by_program(x := x + 1)
        time.sleep(1 / A_SECOND)


if __name__ == "__main__":
    main()
