"""What judging takes beside a Look, and what follows from it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from policy.model import Leave, Look, Occurrence
from policy.wire import Incident


class Started(Struct, frozen=True):
    """The agent starts: no session is known, no clock runs."""


class Active(Struct, frozen=True):
    """The sessions with a person before them, the first active one first; zone: IANA name of their clock.

    quiet: why no notice that names a finding may be put before a session's person now; without an entry one may.
    """

    sessions: tuple[str, ...]
    zone: str = "UTC"
    quiet: Mapping[str, frozenset[str]] = {}


class Shown(Struct, frozen=True):
    """A session put the notice for these findings before its person."""

    uids: tuple[UUID, ...]
    session: str


class Answered(Struct, frozen=True):
    """A person said "no" to what a notice asked: there is nothing of the company in it."""

    uid: UUID
    session: str


class PolicyChanged(Struct, frozen=True):
    """Another policy holds from now on; looks follow."""


class Ticketed(Struct, frozen=True):
    """The helpdesk has it, under this number."""

    uid: UUID
    ticket: str


class Adopted(Struct, frozen=True):
    """The feed has the same rule and subject under `as_uid` at `revision`: the finding goes on there, above it."""

    uid: UUID
    as_uid: UUID
    revision: int


class LeaveGiven(Struct, frozen=True):
    """The security team gave an exception."""

    leave: Leave


class LeaveTakenBack(Struct, frozen=True):
    """An exception was taken back."""

    id: str


class Tick(Struct, frozen=True):
    """Only time passed."""


Event = (
    Look
    | Occurrence
    | Started
    | Active
    | Shown
    | Answered
    | PolicyChanged
    | Ticketed
    | Adopted
    | LeaveGiven
    | LeaveTakenBack
    | Tick
)


class Tell(Struct, frozen=True):
    """Let a session tell its person of these findings, as one notice. Derived again after a restart."""

    session: str
    uids: tuple[UUID, ...]
    reminder: bool = False


class Retract(Struct, frozen=True):
    """Take a notice off the screen."""

    uid: UUID


class Emit(Struct, frozen=True):
    """An incident leaves. It commits with the state; every other effect follows the commit."""

    incident: Incident


class WakeAt(Struct, frozen=True):
    """Ask again at the first of these: awake seconds, wall time (UTC)."""

    awake: float | None = None
    wall: datetime | None = None


Effect = Tell | Retract | Emit | WakeAt
