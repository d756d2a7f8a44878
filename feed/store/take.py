"""Taking in one envelope: the highest revision wins, so that repeats, gaps and reordering do no harm."""

import sqlite3
from datetime import datetime
from uuid import UUID

import msgspec

from feed.store import Device, posture
from policy import privacy
from policy.kinds import KINDS
from policy.reference import reference
from policy.wire import Envelope, Incident, Posture, Result, unseal


def take(db: sqlite3.Connection, device: Device, envelope: Envelope, now: datetime) -> Result:
    """Store one envelope and answer for it."""
    try:
        message = unseal(envelope)
    except ValueError as error:
        return Result(envelope.id, "refused", reason=str(error)[:200])
    if isinstance(message, Posture):
        return posture.take(db, device, envelope, message)
    return _incident(db, device, envelope, message, now)


def _incident(db: sqlite3.Connection, device: Device, envelope: Envelope, incident: Incident, now: datetime) -> Result:
    known = db.execute("select device, revision from incident where uid = ?", (str(incident.uid),)).fetchone()
    if known and known[0] != str(device.uid):
        return Result(envelope.id, "refused", reason="this uid is another laptop's")
    if db.execute("select 1 from envelope where id = ?", (envelope.id,)).fetchone():
        return Result(envelope.id, "stored")
    if known and known[1] >= incident.revision:  # what was sent under it was another body
        return Result(envelope.id, "older", uid=incident.uid, revision=known[1])
    if incident.state == "open" and (other := _open_twin(db, device, incident)):
        return Result(envelope.id, "adopted", uid=UUID(other[0]), revision=other[1])
    _keep(db, device, envelope, incident, now)
    return Result(envelope.id, "stored")


def next_seq(db: sqlite3.Connection) -> int:
    """The number of a new change."""
    db.execute("delete from change")
    (seq,) = db.execute("insert into change default values returning seq").fetchone()
    return int(seq)


def _open_twin(db: sqlite3.Connection, device: Device, incident: Incident) -> tuple[str, int] | None:
    """The one open incident of this device, rule and subject under another uid: its ledger was lost."""
    subject = incident.subject
    row: tuple[str, int] | None = db.execute(
        "select uid, revision from incident where state = 'open' and device = ? and rule = ? "
        "and subject_type = ? and subject_key = ? and subject_scope = ? and uid != ?",
        (str(device.uid), incident.rule, subject.type, subject.key, subject.scope, str(incident.uid)),
    ).fetchone()
    return row


def _keep(db: sqlite3.Connection, device: Device, envelope: Envelope, incident: Incident, now: datetime) -> None:
    exact = incident.kind in KINDS and KINDS[incident.kind].tier_a(incident.attrs)
    subject, uid = incident.subject, str(incident.uid)
    seq = next_seq(db)
    row = (
        uid,
        seq,
        reference(incident.uid),
        str(device.uid),
        incident.kind,
        incident.rule,
        incident.clause,
        incident.policy,
        subject.type,
        subject.key,
        subject.scope,
        incident.severity,
        incident.state,
        incident.ending,
        incident.first_seen,
        incident.last_seen,
        incident.revision,
        str(incident.follows) if incident.follows else None,
        msgspec.json.encode(incident.attrs, order="sorted").decode(),
    )
    places = ", ".join("?" * len(row))
    db.execute(f"insert or replace into incident values ({places})", row)  # noqa: S608 - question marks alone
    received = privacy.when(now, exact=exact)
    values = (envelope.id, uid, incident.revision, received, incident.state, incident.severity, bytes(envelope.body))
    db.execute("insert or ignore into envelope values (?, ?, ?, ?, ?, ?, ?)", values)
