"""The line between the two halves, and between a command and the running agent.

Every message is JSON behind its length (4 bytes, big-endian), the same bytes in a queue and in a socket. The session
says what it saw; the receiver says whose it is, from the peer's credentials: no message carries a scope upwards.
"""

import queue
import struct
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec
from msgspec import Struct

from policy.kinds import AnyFact
from policy.model import Contact, Gap, Text
from policy.presence import Settings
from policy.words import Language, Notice

Question = Literal["status", "findings", "view"]
MOST = 4 * 1024 * 1024  # bytes in one message; a longer one is a broken or hostile peer


# --- up: from the session's half to the service's half ---------------------------------------------------------------


class Hello(Struct, frozen=True, tag="hello"):
    """A session is here and can speak to its person. zone: IANA name of the zone that its clock shows.

    quiet: why no notice that names a finding may be shown now; a later Hello changes it.
    """

    zone: str
    language: Language
    quiet: tuple[str, ...] = ()


class Shown(Struct, frozen=True, tag="shown"):
    """The notice for these findings was put before the employee's eyes."""

    uids: tuple[UUID, ...]


class Answered(Struct, frozen=True, tag="answered"):
    """The person said "no" to what the notice of this finding asked."""

    uid: UUID


class Away(Struct, frozen=True, tag="away"):
    """The session is locked or left (back: another Hello)."""


class Lapsed(Struct, frozen=True, tag="lapsed"):
    """The screen stood open, with nobody there, for so many seconds."""

    seconds: float


class Looked(Struct, frozen=True, kw_only=True, tag="looked"):
    """All that a sensor of this half sees, or a gap: a Look without its scope. what: what it looks at, in words."""

    kind: str
    source: str
    what: Text
    facts: tuple[AnyFact, ...] = ()
    gap: Gap | None = None


class Eye(Struct, frozen=True):
    """What tells one thing here: the source's name, or why nothing does."""

    by: str = ""
    why_not: str = ""


class Sight(Struct, frozen=True, kw_only=True, tag="sight"):
    """What of the screen can be seen in this session. people: input by a person's own devices, where it is asked for.

    lockers: ways to lock. quiet, unseen: reasons to be quiet that can be told here, and that can't. film_counts: a film
    that keeps the screen awake counts as input here.
    """

    idle: Eye = Eye()
    people: Eye | None = None
    lock: Eye = Eye()
    lockers: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    film_counts: bool = False


class Ask(Struct, frozen=True, tag="ask"):
    """A command's question to the running agent, answered with one `Answer`."""

    what: Question


# --- down --------------------------------------------------------------------------------------------------------


class Watched(Struct, frozen=True):
    """One line of what is looked at: under which clause, and whether it works."""

    rule: str
    clause: str
    title: Text
    kind: str
    works: bool
    why_not: str = ""
    looks_at: tuple[Text, ...] = ()


class Screen(Struct, frozen=True):
    """The rule on the screen. counts: whether the company has an agreement by which lapses count."""

    settings: Settings
    clause: str
    counts: bool = False


class FeedState(Struct, frozen=True):
    """How the exchange with the feed stands. url empty: there is none, all stays on this laptop."""

    url: str = ""
    last_contact: datetime | None = None
    waiting: int = 0
    refused: int = 0
    error: str = ""
    known: bool = True  # False: it does not let this laptop in


class View(Struct, frozen=True, kw_only=True, tag="view"):
    """All that one person may see here: their own and the machine's. Sent after each change."""

    policy: str
    company: str
    language: Language
    contacts: tuple[Contact, ...]
    watched: tuple[Watched, ...]
    notices: tuple[Notice, ...]
    feed: FeedState
    screen: Screen | None = None
    sight: Sight | None = None
    asset_tag: str = ""
    trying_out: bool = False
    problems: tuple[str, ...] = ()


class Tell(Struct, frozen=True, tag="tell"):
    """Put these before the employee, as one notice where they are several. Answer with `Shown`."""

    notices: tuple[Notice, ...]
    reminder: bool = False


class Retract(Struct, frozen=True, tag="retract"):
    """Take these off the screen: they are put right or no longer asked."""

    uids: tuple[UUID, ...]


class Ran(Struct, frozen=True, tag="ran"):
    """These processes of this user run something that may be a client: the kernel told the other half at once."""

    pids: tuple[int, ...]


class Answer(Struct, frozen=True, tag="answer"):
    """What a command asked for, as JSON."""

    body: msgspec.Raw


Up = Hello | Shown | Answered | Away | Lapsed | Looked | Sight | Ask
Down = View | Tell | Retract | Ran | Answer
Message = Up | Down

_decode = msgspec.json.Decoder(Message).decode
_encode = msgspec.json.Encoder().encode


def pack(message: Message) -> bytes:
    """The message's bytes behind their length."""
    body = _encode(message)
    return struct.pack(">I", len(body)) + body


def unpack(frame: bytes) -> Message:
    """The message in one whole frame.

    Raises:
        ValueError: It is none.

    """
    (length,) = struct.unpack(">I", frame[:4])
    if length != len(frame) - 4 or length > MOST:
        msg = f"a frame of {len(frame)} bytes says it has {length}"
        raise ValueError(msg)
    message: Message = _decode(frame[4:])
    return message


class Line(Protocol):
    """One end of a line. `receive` blocks; None says that the other end is gone."""

    def send(self, message: Message) -> None:
        """Give a message to the other end; nothing happens where it is gone."""

    def receive(self, timeout: float | None = None) -> Message | None:
        """The next message, or None where the line is closed (or the timeout, in seconds, passed)."""

    def close(self) -> None:
        """End the line at both ends."""


class QueueLine:
    """An end of a line within one process: encoded frames in two queues, as they would go through a socket."""

    def __init__(self, out: "queue.SimpleQueue[bytes]", inbound: "queue.SimpleQueue[bytes]") -> None:
        self._out, self._in = out, inbound

    def send(self, message: Message) -> None:
        self._out.put(pack(message))

    def receive(self, timeout: float | None = None) -> Message | None:
        try:
            frame = self._in.get(timeout=timeout)
        except queue.Empty:
            return None
        return unpack(frame) if frame else None

    def close(self) -> None:
        self._out.put(b"")
        self._in.put(b"")


def pair() -> tuple[Line, Line]:
    """Both ends of a line within one process."""
    one: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    other: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    return QueueLine(one, other), QueueLine(other, one)
