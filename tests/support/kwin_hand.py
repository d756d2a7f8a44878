"""A hand on KWin's pointer, by org_kde_kwin_fake_input: each line that it is given moves it a little.

A program of its own, and alone: KWin wants to know which program asks, and can't tell that of another user's. It speaks
the wire by itself, so that it proves what the product makes of it.
"""

import os
import socket
import struct
import sys

FAKE = b"org_kde_kwin_fake_input\0"
DISPLAY, REGISTRY, CALLBACK, HAND = 1, 2, 3, 4
TEXT = struct.pack("=I4s", 2, b"x\0")


class Hand:
    """One connection; its objects' numbers are fixed, but for the callbacks."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(path)
        self._stream = self._socket.makefile("rb")
        self._last = HAND
        self._ask(DISPLAY, 1, struct.pack("=I", REGISTRY))
        name = self._until_done(CALLBACK)
        text = struct.pack("=I", len(FAKE)) + FAKE + bytes(-len(FAKE) % 4)
        self._ask(REGISTRY, 0, struct.pack("=I", name) + text + struct.pack("=II", 1, HAND))
        self._ask(HAND, 0, TEXT + TEXT)

    def move(self) -> None:
        """A little: these numbers have 8 bits behind the point."""
        self._ask(HAND, 1, struct.pack("=ii", 3 << 8, 3 << 8))
        self._last += 1
        self._until_done(self._last)

    def _ask(self, thing: int, opcode: int, body: bytes) -> None:
        self._socket.sendall(struct.pack("=IHH", thing, opcode, 8 + len(body)) + body)

    def _until_done(self, callback: int) -> int:
        """The number of the global that is looked for, where it was said meanwhile."""
        self._ask(DISPLAY, 0, struct.pack("=I", callback))
        name = 0
        while True:
            thing, _, length = struct.unpack("=IHH", self._stream.read(8))
            body = self._stream.read(length - 8)
            if FAKE in body:
                name = struct.unpack_from("=I", body)[0]
            if thing == DISPLAY and FAKE not in body and len(body) > 4:
                sys.exit(f"KWin says {body!r}")
            if thing == callback:
                return name


def main() -> None:
    hand = Hand(os.path.join(os.environ["XDG_RUNTIME_DIR"], os.environ["WAYLAND_DISPLAY"]))  # noqa: PTH118 - stdlib's least
    for _ in sys.stdin:
        hand.move()
        print("moved", flush=True)


if __name__ == "__main__":
    main()
