"""X's SYNC extension: counters of idle time, and alarms that the server rings when one passes a mark."""

import struct
from typing import Literal

from agent.platforms.base import Blind
from agent.platforms.x11 import Connection

INITIALIZE, LIST, QUERY, CREATE, DESTROY = 0, 1, 5, 8, 11
ALARM_NOTIFY = 1
# What an alarm is made of: counter, kind of value, mark, test, step, events. A step of 0 leaves the mark where it is:
# the alarm rings at each passing, with nothing sent in between.
EVERYTHING = 0b111111
ABSOLUTE = 0
TESTS = {"rises": 0, "falls": 1}  # PositiveTransition, NegativeTransition


class Sync:
    """The extension on a connection.

    Raises:
        Blind: The server has none.

    """

    def __init__(self, connection: Connection) -> None:
        self._to = connection
        found = connection.extension("SYNC")
        if not found or not connection.ask(found.opcode, INITIALIZE, struct.pack("=BBH", 3, 1, 0)):
            raise Blind("no_extension")
        self._opcode, self._notify = found.opcode, found.event + ALARM_NOTIFY

    def counters(self) -> dict[str, int]:
        """What the server counts by itself, by name."""
        reply = self._to.ask(self._opcode, LIST) or bytes(32)
        found, at = {}, 32
        for _ in range(struct.unpack_from("=I", reply, 8)[0]):
            counter, length = struct.unpack_from("=I8xH", reply, at)
            found[reply[at + 14 : at + 14 + length].decode(errors="replace")] = counter
            at += (14 + length + 3) & ~3
        return found

    def value(self, counter: int) -> int:
        """Milliseconds now; 0 for a counter that is gone: nothing is known of how long."""
        reply = self._to.ask(self._opcode, QUERY, struct.pack("=I", counter))
        return _whole(*struct.unpack_from("=iI", reply, 8)) if reply else 0

    def alarm(self, counter: int, when: Literal["rises", "falls"], mark: int) -> int:
        """Have an event each time that a counter rises to a mark, or falls to it from above."""
        alarm = self._to.new_id()
        values = (counter, ABSOLUTE, mark >> 32, mark & 0xFFFFFFFF, TESTS[when], 0, 0, 1)
        self._to.send(self._opcode, CREATE, struct.pack("=IIIIiIIiII", alarm, EVERYTHING, *values))
        return alarm

    def drop(self, alarm: int) -> None:
        self._to.send(self._opcode, DESTROY, struct.pack("=I", alarm))

    def rung(self, event: bytes) -> int:
        """The alarm that an event is of; 0 for any other event."""
        return int(struct.unpack_from("=I", event, 4)[0]) if event[0] & 0x7F == self._notify else 0


def _whole(high: int, low: int) -> int:
    return (high << 32) + low
