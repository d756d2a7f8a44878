"""What the agent asks of the operating system; one small file an OS answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from policy.seen import (
    Quiet,
    Seen,
)


class System(Protocol):
    """The machine under the agent."""

    def boot_id(self) -> str:
        """A name for this boot, another after the next."""

    def awake(self) -> float:
        """Seconds since boot that the machine was not suspended."""

    def slept(self) -> float:
        """Seconds since boot that the machine was suspended."""

    def user_scope(self) -> str:
        """The scope of the user whom this process runs as: `user:<uid or SID>`."""

    def zone(self) -> str:
        """IANA name of the zone of the machine's clock; `UTC` where it can't be told."""

    def hold(self, state: Path) -> int:
        """Hold a state directory for this process; the lock ends with the process, however that ends.

        Raises:
            BlockingIOError: Another process holds it; its pid is the error's text.

        """

    def default_state(self) -> Path:
        """Where the agent keeps its state if nobody says otherwise."""


# --- what a session is seen to do. A sense says a time and a word, and never a key, a position, a title or a name. ---

Hear = Callable[[Seen], None]  # may be called from any thread; must not block


class Blind(Exception):
    """This source does not work here. `why`: a short word, such as no_display, no_server or no_extension."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Sense(Protocol):
    """One source. name: as `status` says it, a short word."""

    name: str

    def start(self, hear: Hear) -> None:
        """Begin to say what is seen, what is so at the start too. A source that ends by itself later says `Lost`.

        Raises:
            Blind: It does not work here; nothing was begun.

        """

    def stop(self) -> None:
        """End, with its threads. Also where `start` was never called or raised; twice does no harm."""


class IdleSource(Sense, Protocol):
    """Tells when input stopped for so long, by event: nothing runs in between, however much is typed or moved.

    After `watch`: `Idled` once at each of these spans of an absence, at its time or up to a second later, its seconds
    measured and never fewer than the span; where one was already passed, at once, for the longest of those alone. Then
    `Touched` once, at the first input after an Idled. Idle inhibitors (a film) are no input.
    """

    def watch(self, seconds: tuple[float, ...]) -> None:
        """The spans from now on, rising; empty: none."""


class LockSource(Sense, Protocol):
    """Says `LockIs` at the start and at each change, and `ActiveIs` and `Woke` where it can tell."""


class QuietSource(Sense, Protocol):
    """Says `QuietIs` at the start and at each change. sees: the words that it can tell here, once started."""

    sees: frozenset[Quiet]


class Locker(Protocol):
    """Locks this session's screen."""

    name: str

    def lock(self) -> None:
        """Ask for it; that it is locked is seen by a LockSource. May block for two seconds.

        Raises:
            Blind: It can't be, or was refused.

        """
