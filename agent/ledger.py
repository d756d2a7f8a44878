"""The durable store of the agent: state, outbox and the log of what was sent change in one transaction.

One thread owns it. Commands may read it from another process, read-only. It is fsynced at each commit, so that what an
effect follows from is on disk before the effect runs.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from msgspec import Raw, Struct

from agent.errors import Trouble
from agent.ledger_work import state_work
from policy.model import Finding, Kept, Leave, State, Subject
from policy.wire import Envelope, Result

VERSION = 1
SENT_KEPT = timedelta(days=30)
Place = tuple[str, str]


class Waiting(Struct, frozen=True):
    """An envelope in the outbox. refused: the feed's reason, where it would not take it."""

    envelope: Envelope
    uid: UUID
    revision: int
    refused: str | None = None


class Sent(Struct, frozen=True):
    """One envelope that left: its very bytes, the day, and the feed's answer."""

    id: str
    uid: UUID
    revision: int
    on_date: str
    outcome: str
    body: bytes


class Ledger:
    """An open ledger. Every write is one transaction and durable when the call returns.

    Raises (every method): sqlite3.Error, for the caller to keep the event and try again.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        if not read_only:
            _make(path)
        mode = "ro" if read_only else "rw"
        # Opened by the composition root, owned by the loop's thread from its start on.
        address = f"{path.absolute().as_uri()}?mode={mode}"
        self._db = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        _check(self._db)
        self._db.execute("pragma synchronous = full")
        self._db.execute("pragma secure_delete = on")
        self._db.execute("pragma cache_size = -512")  # KiB: it is small, and so is the agent

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # --- state

    def state(self) -> State:
        """What was last committed."""
        meta = self.meta()
        findings = [_from(Finding, row[0]) for row in self._db.execute("select body from finding")]
        leaves = [_from(Leave, row[0]) for row in self._db.execute("select body from leave")]
        return State(
            ledger=UUID(meta["ledger"]),
            generations=int(meta.get("generations", "0")),
            findings={(f.rule, f.subject): f for f in findings},
            baseline=self._baseline(),
            leaves={leave.id: leave for leave in leaves},
            rules=_from(dict[str, datetime], meta.get("rules", "{}")),
            notices=_from(tuple[tuple[datetime, bool], ...], meta.get("notices", "[]")),
            active_on=_from(dict[str, str], meta.get("active_on", "{}")),
            occurrences=_from(tuple[Kept, ...], meta.get("occurrences", "[]")),
        )

    def _baseline(self) -> dict[Place, frozenset[Subject]]:
        places: dict[Place, set[Subject]] = {
            (source, place): set() for source, place in self._db.execute("select source, place from place")
        }
        for source, place, *subject in self._db.execute("select source, place, type, subject, scope from baseline"):
            places[source, place].add(Subject(*subject))
        return {place: frozenset(subjects) for place, subjects in places.items()}

    def meta(self) -> dict[str, str]:
        """The small facts: ledger id, epoch, cursor, clocks."""
        return dict(self._db.execute("select key, value from meta"))

    def commit(
        self,
        old: State,
        new: State,
        out: Iterable[Waiting] = (),
        *,
        attempted: Collection[str] = (),
        results: Iterable[Result] = (),
        meta: Mapping[str, str] | None = None,
        clock: str = "",
        today: date | None = None,
    ) -> bool:
        """Make one event durable: the change from old to new, what leaves, and what the feed answered.

        attempted: envelopes that may have reached the feed. clock: the awake clock, written where anything is.
        Returns whether anything had to be written.
        """
        out, results = list(out), list(results)
        work = state_work(old, new)
        work += [("insert or replace into meta values (?, ?)", pair) for pair in (meta or {}).items()]
        if not (work or out or results):
            return False
        if clock:
            work.append(("insert or replace into meta values ('awake', ?)", (clock,)))
        today = today or datetime.now(UTC).date()
        with _Transaction(self._db):
            for statement, values in work:
                self._db.execute(statement, values)
            for waiting in out:
                self._put_out(waiting, attempted, today)
            for result in results:
                self._take_result(result, today)
            self._db.execute("delete from sent where on_date < ?", ((today - SENT_KEPT).isoformat(),))
        return True

    def _put_out(self, waiting: Waiting, attempted: Collection[str], today: date) -> None:
        """A newer revision takes the place of one that waits. One that may have left already stays in the log."""
        uid = str(waiting.uid)
        for (name,) in self._db.execute("select id from outbox where uid = ?", (uid,)).fetchall():
            if name in attempted:
                self._log(name, "unanswered", today)
        self._db.execute("delete from outbox where uid = ?", (uid,))
        row = (waiting.envelope.id, uid, waiting.revision, bytes(waiting.envelope.body))
        self._db.execute("insert into outbox (id, uid, revision, body) values (?, ?, ?, ?)", row)

    def _take_result(self, result: Result, today: date) -> None:
        if result.outcome == "refused":
            self._db.execute("update outbox set refused = ? where id = ?", (result.reason, result.id))
            return
        self._log(result.id, result.outcome, today)
        self._db.execute("update sent set outcome = ? where id = ?", (result.outcome, result.id))
        self._db.execute("delete from outbox where id = ?", (result.id,))

    def _log(self, name: str, outcome: str, today: date) -> None:
        self._db.execute(
            "insert into sent (id, uid, revision, on_date, outcome, body) "
            "select id, uid, revision, ?, ?, body from outbox where id = ?",
            (today.isoformat(), outcome, name),
        )

    # --- what leaves

    def outbox(self) -> list[Waiting]:
        """What has still to leave, in the order of the commits: a finding's end before its next generation."""
        rows = self._db.execute("select id, body, uid, revision, refused from outbox order by n")
        return [Waiting(Envelope(i, Raw(body)), UUID(uid), revision, no) for i, body, uid, revision, no in rows]

    def sent(self) -> list[Sent]:
        """What left in the last 30 days, oldest first."""
        first = (datetime.now(UTC).date() - SENT_KEPT).isoformat()
        columns = "id, uid, revision, on_date, outcome, body"
        rows = self._db.execute(f"select {columns} from sent where on_date >= ? order by n", (first,))  # noqa: S608
        return [Sent(i, UUID(uid), *rest) for i, uid, *rest in rows]


class _Transaction:
    """Commits at the end; takes everything back at an exception, that of the commit itself among them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("begin immediate")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._db.execute("rollback" if kind else "commit")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("rollback")
            if kind is None:
                raise


def _make(path: Path) -> None:
    """Create a ledger that is whole or not there: written beside and renamed. 0600, since it is about a person."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        db = sqlite3.connect(fresh)
        db.execute("pragma synchronous = full")
        db.executescript(resources.files("agent").joinpath("ledger.sql").read_text(encoding="utf-8"))
        db.execute("insert into meta values ('ledger', ?)", (str(uuid4()),))
        db.execute(f"pragma user_version = {VERSION}")
        db.commit()
        db.close()
        fresh.replace(path)
    db = sqlite3.connect(path)
    try:
        _check(db)
        db.execute("pragma journal_mode = wal")
    finally:
        db.close()


def _check(db: sqlite3.Connection) -> None:
    """Whether it is a ledger that this version can read."""
    (version,) = db.execute("pragma user_version").fetchone()
    if version > VERSION:
        raise Trouble("ledger_newer", version=str(version))
    if version < VERSION:
        msg = "this is no ledger"
        raise sqlite3.DatabaseError(msg)


def _from(form: Any, text: str) -> Any:
    return msgspec.json.decode(text, type=form)
