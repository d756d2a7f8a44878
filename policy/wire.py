"""What agent and feed exchange, version 1. A feed takes this version and the two before; golden files hold the bytes.

An envelope's body is canonical JSON (sorted keys, no spaces) and its id the SHA-256 of those bytes, so that what the
employee reads, what was sent and what the page shows are the same bytes.
"""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID, uuid5

import msgspec
from msgspec import Meta, Raw, Struct

from policy import privacy
from policy.model import Attrs, Leave, Subject

VERSION = 1


class Incident(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="incident", tag_field="type"):
    """A finding as it leaves the laptop: a full snapshot. Times are rounded as policy/privacy.py says (UTC)."""

    uid: UUID
    revision: int
    kind: str
    rule: str
    subject: Subject
    clause: str
    policy: str
    severity: int
    state: Literal["open", "resolved"]
    first_seen: str
    last_seen: str
    ending: str | None = None
    follows: UUID | None = None
    attrs: Attrs = {}


class Posture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="posture", tag_field="type"):
    """Which rules an agent can't look for where it runs; the feed keeps the newest. on: since which date it is so.

    unsupported: ids of rules that this agent does not know how to look for. blind: "kind: why", as codes. What is past
    the 50 of a list is counted. A feed of before refuses it; it is one of many that it may refuse, and harms nothing.
    """

    uid: UUID
    revision: int
    policy: str
    agent: str
    on: str
    unsupported: tuple[str, ...] = ()
    unsupported_more: int = 0
    blind: tuple[str, ...] = ()
    blind_more: int = 0


Message = Incident | Posture


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """What is hashed: the version beside the message."""

    v: int
    message: Message


class Envelope(Struct, frozen=True):
    """One message and its name: `id` is the SHA-256 of `body` in hex."""

    id: str
    body: Raw


class Enrol(Struct, frozen=True):
    """A laptop's first word: the one-time token is in the Authorization header."""

    asset_tag: str


class Enrolled(Struct, frozen=True):
    """The feed's answer: the device's random uid, its token (256 random bits) and its first epoch."""

    device: UUID
    token: str
    epoch: int


class Sync(Struct, frozen=True):
    """One exchange, up. epoch 0: this ledger is new. cursor: the last directive that was taken."""

    epoch: int
    cursor: int
    language: str
    envelopes: tuple[Envelope, ...] = ()
    v: int = VERSION


class Result(Struct, frozen=True):
    """What became of one envelope.

    older: a higher revision is here (`revision`); a ledger that says otherwise was put back, and goes on above it.
    adopted: the same rule and subject is open here under `uid`, at `revision`: go on under that one, above it.
    refused: not taken, for `reason`; it stays in the ledger and is shown, never lost.
    """

    id: str
    outcome: Literal["stored", "older", "adopted", "refused"]
    reason: str = ""
    uid: UUID | None = None
    revision: int = 0


class Ticket(Struct, frozen=True, tag="ticket", tag_field="directive"):
    """The helpdesk has it, under this number."""

    uid: UUID
    ticket: str


class Leaves(Struct, frozen=True, tag="leave", tag_field="directive"):
    """The security team gave an exception."""

    leave: Leave


class LeaveEnded(Struct, frozen=True, tag="leave_ended", tag_field="directive"):
    """An exception was taken back."""

    id: str


Directive = Ticket | Leaves | LeaveEnded


class Synced(Struct, frozen=True):
    """One exchange, down. `next_in`: seconds until an exchange without envelopes is expected; `token`: the next one."""

    epoch: int
    time: Annotated[datetime, Meta(tz=True)]
    next_in: float
    results: tuple[Result, ...] = ()
    directives: tuple[tuple[int, Directive], ...] = ()
    token: str | None = None


class Refusal(Struct, frozen=True):
    """An answer that is no: a word for the program and a sentence for a person."""

    error: str
    detail: str = ""


def seal(message: Message) -> Envelope:
    """The message as it leaves.

    Raises:
        policy.privacy.NotListed: A field has no row in the register, or is not of the form that its row allows.

    """
    _admit(message)
    body = _canonical(Body(v=VERSION, message=message))
    return Envelope(id=sha256(body).hexdigest(), body=Raw(body))


def unseal(envelope: Envelope) -> Message:
    """The message in an envelope as it came.

    Raises:
        ValueError: The bytes are not those that the id names, or not a message of a version that is known here.

    """
    if sha256(bytes(envelope.body)).hexdigest() != envelope.id:
        msg = "the body is not the one that the id names"
        raise ValueError(msg)
    body = msgspec.json.decode(envelope.body, type=Body)  # a ValidationError is a ValueError
    if body.v != VERSION:
        msg = f"version {body.v} is not known here"
        raise ValueError(msg)
    _admit(body.message)
    if _canonical(body) != bytes(envelope.body):  # else the bytes could hold what the register never saw
        msg = "the body is not canonical"
        raise ValueError(msg)
    return body.message


def _admit(message: Message) -> None:
    match message:
        case Incident():
            privacy.admit(message)
        case Posture():
            privacy.admit_posture(message)


def _canonical(body: Body) -> bytes:
    return msgspec.json.encode(body, order="sorted")


def finding_uid(ledger: UUID, rule: str, subject: Subject, generation: int) -> UUID:
    """The finding's name for ever: uuid5 over the canonical JSON of what identifies it."""
    name = msgspec.json.encode([rule, subject.type, subject.key, subject.scope, generation])
    return uuid5(ledger, name.decode())


def posture_uid(ledger: UUID) -> UUID:
    """The name of a ledger's posture for ever."""
    return uuid5(ledger, "posture")
