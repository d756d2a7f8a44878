"""What both programs have on disk, read from beside them without a change."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from policy.model import Finding


class Incident(NamedTuple):
    uid: str
    rule: str
    subject: str
    state: str
    ending: str | None
    revision: int
    follows: str | None


class Envelope(NamedTuple):
    id: str
    uid: str
    revision: int
    body: bytes


class Forwarded(NamedTuple):
    uid: str
    revision: int
    ticket: str | None


class Letter(NamedTuple):
    """uid and revision stand in its Message-ID: `<uid.revision@...>`."""

    id: str
    uid: str
    revision: int
    answers: str | None
    file: str


class Sent(NamedTuple):
    id: str
    uid: str
    revision: int
    outcome: str
    body: bytes


class FeedRecords(NamedTuple):
    incidents: dict[str, Incident]
    envelopes: list[Envelope]
    forwarded: dict[str, Forwarded]
    letters: list[Letter]


class LedgerRecords(NamedTuple):
    ledger: UUID
    generations: int
    findings: list[Finding]
    waiting: list[tuple[str, int]]
    sent: list[Sent]


def feed_records(state: Path) -> FeedRecords:
    """What the feed has; the letters last, so that none is missing that it says it sent."""
    with _reading(state / "feed.db") as db:
        db.execute("begin")
        incidents = _rows(db, "select uid, rule, subject_key, state, ending, revision, follows from incident")
        kept = "select id, uid, revision, body from {}"
        envelopes = _rows(db, f"{kept.format('envelope')} union all {kept.format('posture')}")
        forwarded = _rows(db, "select uid, revision, ticket from forwarded")
    return FeedRecords(
        {row[0]: Incident(*row) for row in incidents},
        [Envelope(*row) for row in envelopes],
        {row[0]: Forwarded(*row) for row in forwarded},
        letters(state / "helpdesk"),
    )


def letters(maildir: Path) -> list[Letter]:
    """Every mail in `new` and `cur`."""
    found = []
    for path in sorted(p for folder in ("new", "cur") for p in (maildir / folder).glob("*")):
        mail = message_from_bytes(path.read_bytes())
        name = str(mail["Message-ID"])
        uid, _, revision = name.strip("<>").partition("@")[0].partition(".")
        found.append(Letter(name, uid, int(revision), mail["In-Reply-To"], path.name))
    return found


def ledger_records(state: Path) -> LedgerRecords:
    """What the agent has."""
    with _reading(state / "ledger.db") as db:
        db.execute("begin")
        meta = dict(_rows(db, "select key, value from meta"))
        findings = [msgspec.json.decode(body, type=Finding) for (body,) in _rows(db, "select body from finding")]
        waiting = [(uid, revision) for uid, revision in _rows(db, "select uid, revision from outbox")]
        sent = [Sent(*row) for row in _rows(db, "select id, uid, revision, outcome, body from sent")]
    return LedgerRecords(UUID(meta["ledger"]), int(meta.get("generations", "0")), findings, waiting, sent)


def envelopes_kept(state: Path) -> set[str]:
    """Every envelope that the agent has still to send or says it sent."""
    with _reading(state / "ledger.db") as db:
        return {name for (name,) in _rows(db, "select id from outbox union select id from sent")}


def at_home(state: Path) -> bool:
    """The agent is enrolled, has an epoch, and its first look was taken."""
    with _reading(state / "ledger.db") as db:
        places = _rows(db, "select 1 from place")
        epoch = _rows(db, "select value from meta where key = 'epoch'")
    return bool(places and epoch) and (state / "device.json").exists()


def _rows(db: sqlite3.Connection, query: str) -> list[Any]:
    return db.execute(query).fetchall()


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)) as db:
        yield db
