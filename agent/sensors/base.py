"""What a sensor is: something that can look, and knows when looking again is worth it."""

from collections.abc import Callable
from typing import Protocol

from policy.model import Instant, Look, Text

Again = Callable[[float], None]


class Sensor(Protocol):
    """Level-triggered: an event only says "look again"; what counts is the full set of facts of a look."""

    kind: str
    source: str
    scope: str

    def watched(self) -> Text:
        """What it looks at, in a person's words."""

    def start(self, again: Again) -> None:
        """Begin to listen for changes; each calls `again(seconds until it is worth a look)` from any thread."""

    def busy(self) -> bool:
        """Whether somebody is changing what it looks at just now, and an event will tell when they are done."""

    def look(self, now: Instant) -> Look:
        """All the facts there, or a gap. Never raises for what a broken machine shows."""

    def stop(self) -> None:
        """Stop listening; its threads end."""
