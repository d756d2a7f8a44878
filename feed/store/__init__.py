"""What the feed remembers, behind one Protocol; tests/contracts/store.py is the suite that each implementation runs.

What is written is durable when the call returns. Times at rest are dates where policy/privacy.py asks for dates.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from policy.model import Attrs, Subject
from policy.wire import Directive, Enrolled, Envelope, Result


class Device(Struct, frozen=True):
    """An enrolled laptop: a random uid and the asset tag that stands in tickets. No names, no history."""

    uid: UUID
    asset_tag: str
    epoch: int
    language: str = "nl"
    rotated: str = ""


class Row(Struct, frozen=True, kw_only=True):
    """An incident as it stands: its highest revision. seq: rises with every change of any incident."""

    seq: int
    uid: UUID
    reference: str
    device: UUID
    asset_tag: str
    language: str
    kind: str
    rule: str
    clause: str
    policy: str
    subject: Subject
    severity: int
    state: Literal["open", "resolved"]
    ending: str | None
    first_seen: str
    last_seen: str
    revision: int
    follows: UUID | None
    attrs: Attrs
    ticket: str | None = None


class Moment(Struct, frozen=True):
    """One revision in an incident's timeline, with the very bytes as received."""

    revision: int
    received: str
    state: str
    severity: int
    envelope: str
    body: bytes


class Unseen(Struct, frozen=True):
    """What so many laptops can't look at. what: a rule that they do not know (why is empty), or a kind, and why."""

    what: str
    why: str
    laptops: int = 1


class Filter(Struct, frozen=True):
    """Which incidents. severity: at least this."""

    rule: str = ""
    state: Literal["", "open", "resolved"] = ""
    severity: int = 0
    reference: str = ""


class Forwarded(Struct, frozen=True):
    """What a forwarder made of an incident so far: up to which revision, and the ticket's name there."""

    uid: UUID
    revision: int
    ticket: str | None


class Pending(Struct, frozen=True):
    """An incident that a forwarder has not yet taken at its present revision."""

    row: Row
    done: Forwarded | None
    before: Forwarded | None  # what it made of the incident that this one follows


class Store(Protocol):
    """The contract. Every method may be called from the event loop; none blocks it."""

    async def open_enrolment(self, token_hash: str, asset_tag: str, expires: datetime) -> None:
        """Let one laptop in with the token of this hash, until `expires`."""

    async def enrol(self, token_hash: str, asset_tag: str, now: datetime) -> Enrolled | None:
        """Let a laptop in; None where there is no such token, it is spent or too old.

        The token is spent by the laptop's first exchange (`begin_epoch`). Until then it lets the same laptop in again,
        under the same uid with a new token: an answer can be lost.
        """

    async def device(self, token_hash: str) -> Device | None:
        """The device whose token (or next token, which then replaces it) has this hash."""

    async def rotate(self, device: UUID, next_hash: str, today: str) -> None:
        """Offer a device its next token; the old one holds until the new one's first use."""

    async def begin_epoch(self, device: UUID) -> int:
        """A ledger was lost: the last epoch + 1."""

    async def heard(self, device: UUID, language: str, now: datetime) -> None:
        """Overwrite the one last contact. At rest it is a date, so that nothing there tells at which hours."""

    async def take(self, device: Device, envelopes: Sequence[Envelope], now: datetime) -> list[Result]:
        """Store a batch durably and answer for each envelope."""

    async def directives(self, device: UUID, after: int) -> list[tuple[int, Directive]]:
        """What waits for a device since its cursor."""

    async def incidents(self, where: Filter, limit: int = 200) -> list[Row]:
        """The newest first."""

    async def count(self, where: Filter) -> int:
        """How many there are."""

    async def incident(self, uid: UUID) -> Row | None:
        """One incident."""

    async def timeline(self, uid: UUID) -> list[Moment]:
        """Its revisions, oldest first."""

    async def rules(self) -> list[str]:
        """The rules that any incident has."""

    async def unseen(self) -> list[Unseen]:
        """What can't be looked at somewhere, by laptops' newest postures; that of most laptops first."""

    async def last_contacts(self) -> list[tuple[UUID, str, datetime | None]]:
        """Each device with its asset tag and one last contact."""

    async def pending(self, forwarder: str, limit: int = 50, after: int = 0) -> list[Pending]:
        """What a forwarder has still to do, oldest change first, of those after this seq."""

    async def forwarded(self, forwarder: str, done: Forwarded) -> None:
        """Remember what was done, and let the device know its ticket."""

    async def new_signin(self, token_hash: str, expires: datetime) -> None:
        """Let one person in with the one-time link of this hash."""

    async def spend_signin(self, token_hash: str, session_hash: str, now: datetime, until: datetime) -> bool:
        """Spend a one-time link for a page session; False where there is none, it is spent or too old."""

    async def signed_in(self, session_hash: str, now: datetime) -> bool:
        """Whether a page session of this hash holds."""

    async def sign_out(self, session_hash: str) -> None:
        """End a page session."""

    async def changed(self, after: int) -> int:
        """Wait until an incident changed after this seq; the newest seq."""

    async def close(self) -> None:
        """Write what is left and let go of the database."""
