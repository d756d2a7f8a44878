"""X's input devices: which are a person's, and which only a program can move (XTEST)."""

import struct
from typing import NamedTuple

from agent.platforms.base import Blind
from agent.platforms.x11 import GENERIC_EVENT, Connection

SELECT, VERSION, QUERY_DEVICE, GET_PROPERTY = 46, 47, 48, 59
ALL_DEVICES = 0
HIERARCHY_CHANGED = 11
SLAVES = {3, 4}  # attached pointers and keyboards; 1 and 2 are the cursor and the focus that they move


class Device(NamedTuple):
    """number: as X has it until it is unplugged."""

    number: int
    use: int
    name: str


class Devices:
    """The XInput extension, version 2, on a connection. Which devices there are, and never what they do.

    Raises:
        Blind: The server has none.

    """

    def __init__(self, connection: Connection) -> None:
        self._to = connection
        found = connection.extension("XInputExtension")
        if not found or not connection.ask(found.opcode, VERSION, struct.pack("=HH", 2, 2)):
            raise Blind("no_extension")
        self._opcode = found.opcode
        self._xtest = connection.atom("XTEST Device")

    def attend(self) -> None:
        """Have an event when a device comes or goes."""
        mask = struct.pack("=HHI", ALL_DEVICES, 1, 1 << HIERARCHY_CHANGED)
        self._to.send(self._opcode, SELECT, struct.pack("=IHH", self._to.root, 1, 0) + mask)

    def changed(self, event: bytes) -> bool:
        """Whether an event says that devices came or went."""
        kind, opcode = event[0] & 0x7F, event[1]
        return (kind, opcode, event[8]) == (GENERIC_EVENT, self._opcode, HIERARCHY_CHANGED)

    def every(self) -> list[Device]:
        reply = self._to.ask(self._opcode, QUERY_DEVICE, struct.pack("=HH", ALL_DEVICES, 0)) or bytes(32)
        found, at = [], 32
        for _ in range(struct.unpack_from("=H", reply, 8)[0]):
            number, use, classes, length = struct.unpack_from("=HH2xHH", reply, at)
            name = reply[at + 12 : at + 12 + length].decode(errors="replace")
            found.append(Device(number, use, name))
            at += 12 + (length + 3 & ~3)
            for _ in range(classes):
                at += 4 * struct.unpack_from("=2xH", reply, at)[0]
        return found

    def of_people(self) -> set[int]:
        """Those that something outside of this machine can move."""
        return {device.number for device in self.every() if device.use in SLAVES and not self._by_program(device)}

    def _by_program(self, device: Device) -> bool:
        """Whether the server itself made it for XTEST, as it says in a property of its own."""
        about = struct.pack("=HBBIIII", device.number, 0, 0, self._xtest, 0, 0, 1)
        reply = self._to.ask(self._opcode, GET_PROPERTY, about)
        return bool(reply and struct.unpack_from("=I", reply, 16)[0] and reply[32])
