"""The store on SQLite (WAL, synchronous=FULL, group commit): for one machine and up to some 20,000 laptops."""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec

from feed import secrets
from feed.store import Device, Filter, Forwarded, Moment, Pending, Row, Unseen
from feed.store.posture import COUNTED
from feed.store.take import next_seq, take
from feed.store.writer import Writer
from policy.model import Subject
from policy.wire import Directive, Enrolled, Envelope, Result, Ticket

VERSION = 2
LONGEST_CHAIN = 20  # generations that are looked back for a thread
_INCIDENT = """
    select i.*, d.asset_tag, d.language,
        (select ticket from forwarded f where f.uid = i.uid and ticket is not null and revision > 0 limit 1)
    from incident i join device d on d.uid = i.device
"""


class SqliteStore:
    """The Protocol `Store`. One connection writes, one reads; the reader sees what is committed."""

    def __init__(self, path: Path) -> None:
        write, self._read = _connect(path), _connect(path)
        self._writer = Writer(write)
        self._connections = (write, self._read)
        self._reading = asyncio.Lock()
        self._changed = asyncio.Condition()
        self._contacts: dict[UUID, datetime] = {}  # to the minute in memory alone; on disk it is a date
        self._written: dict[UUID, tuple[str, str]] = {}

    @classmethod
    async def open(cls, path: Path) -> "SqliteStore":
        """The store in a file, made where there is none."""
        await asyncio.to_thread(_make, path)
        return cls(path)

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.close)
        for connection in self._connections:
            connection.close()

    # --- devices

    async def open_enrolment(self, token_hash: str, asset_tag: str, expires: datetime) -> None:
        values = (token_hash, asset_tag, expires.isoformat())
        await self._write("insert or replace into enrolment (token_hash, asset_tag, expires) values (?, ?, ?)", values)

    async def enrol(self, token_hash: str, asset_tag: str, now: datetime) -> Enrolled | None:
        token = secrets.token()

        def work(db: sqlite3.Connection) -> Enrolled | None:
            query = "select asset_tag, expires, device from enrolment where token_hash = ?"
            row = db.execute(query, (token_hash,)).fetchone()
            if row is None or row[1] < now.isoformat():
                return None
            device = row[2] or str(uuid4())
            if row[2]:  # the same laptop again: our first answer did not reach it
                db.execute("update device set token_hash = ? where uid = ?", (secrets.hashed(token), device))
            else:
                today = now.date().isoformat()
                values = (device, row[0] or asset_tag, secrets.hashed(token), None, today, 0, "nl", None)
                db.execute("insert into device values (?, ?, ?, ?, ?, ?, ?, ?)", values)
                db.execute("update enrolment set device = ? where token_hash = ?", (device, token_hash))
            return Enrolled(UUID(device), token, 0)

        return await self._writer.do(work)

    async def device(self, token_hash: str) -> Device | None:
        columns = "uid, asset_tag, epoch, language, rotated, token_hash"
        query = f"select {columns} from device where token_hash = ? or next_hash = ?"  # noqa: S608 - a constant
        rows = await self._rows(query, (token_hash, token_hash))
        if not rows:
            return None
        uid, asset_tag, epoch, language, rotated, current = rows[0]
        if current != token_hash:  # the next token's first use: the old one ends here
            statement = "update device set token_hash = next_hash, next_hash = null where uid = ? and next_hash = ?"
            await self._write(statement, (uid, token_hash))
        return Device(UUID(uid), asset_tag, epoch, language, rotated)

    async def rotate(self, device: UUID, next_hash: str, today: str) -> None:
        statement = "update device set next_hash = ?, rotated = ? where uid = ?"
        await self._write(statement, (next_hash, today, str(device)))

    async def begin_epoch(self, device: UUID) -> int:
        def work(db: sqlite3.Connection) -> int:
            db.execute("delete from enrolment where device = ?", (str(device),))  # it is in: the token is spent
            statement = "update device set epoch = epoch + 1 where uid = ? returning epoch"
            (epoch,) = db.execute(statement, (str(device),)).fetchone()
            return int(epoch)

        return await self._writer.do(work)

    async def heard(self, device: UUID, language: str, now: datetime) -> None:
        """Overwrite the one last contact: on disk its date, written once a day, so that no log there holds an hour."""
        self._contacts[device] = now
        fresh = now.date().isoformat(), language
        if self._written.get(device) != fresh:
            await self._write("update device set last_contact = ?, language = ? where uid = ?", (*fresh, str(device)))
            self._written[device] = fresh

    async def last_contacts(self) -> list[tuple[UUID, str, datetime | None]]:
        rows = await self._rows("select uid, asset_tag, last_contact from device order by uid")
        return [(UUID(uid), tag, self._contacts.get(UUID(uid)) or _midnight(day)) for uid, tag, day in rows]

    async def unseen(self) -> list[Unseen]:
        return [Unseen(*row) for row in await self._rows(COUNTED)]

    # --- incidents

    async def take(self, device: Device, envelopes: Sequence[Envelope], now: datetime) -> list[Result]:
        results = await self._writer.do(lambda db: [take(db, device, envelope, now) for envelope in envelopes])
        if any(result.outcome == "stored" for result in results):
            await self._notify()
        return results

    async def incidents(self, where: Filter, limit: int = 200) -> list[Row]:
        clause, values = _where(where)
        query = f"{_INCIDENT} where {clause} order by i.seq desc limit ?"
        return [_row(row) for row in await self._rows(query, (*values, limit))]

    async def count(self, where: Filter) -> int:
        clause, values = _where(where)
        query = f"select count(*) from incident i where {clause}"  # noqa: S608 - the clause is made of constants
        return int((await self._rows(query, values))[0][0])

    async def incident(self, uid: UUID) -> Row | None:
        rows = await self._rows(f"{_INCIDENT} where i.uid = ?", (str(uid),))
        return _row(rows[0]) if rows else None

    async def timeline(self, uid: UUID) -> list[Moment]:
        query = "select revision, received, state, severity, id, body from envelope where uid = ? order by revision"
        return [Moment(*row) for row in await self._rows(query, (str(uid),))]

    async def rules(self) -> list[str]:
        return [rule for (rule,) in await self._rows("select distinct rule from incident order by rule")]

    # --- forwarders

    async def pending(self, forwarder: str, limit: int = 50, after: int = 0) -> list[Pending]:
        query = f"""{_INCIDENT} left join forwarded done on done.forwarder = ? and done.uid = i.uid
            where i.seq > ? and (done.revision is null or done.revision < i.revision) order by i.seq limit ?"""
        rows = [_row(row) for row in await self._rows(query, (forwarder, after, limit))]
        return [Pending(row, await self._done(forwarder, row.uid), await self._before(forwarder, row)) for row in rows]

    async def _before(self, forwarder: str, row: Row) -> Forwarded | None:
        """The thread that it goes on in: of the nearest one before it that has one."""
        follows = row.follows
        for _ in range(LONGEST_CHAIN):
            done = await self._done(forwarder, follows) if follows else None
            before = await self.incident(follows) if follows else None
            if before is None or (done and done.ticket):
                return done
            follows = before.follows
        return None

    async def _done(self, forwarder: str, uid: UUID) -> Forwarded | None:
        query = "select revision, ticket from forwarded where forwarder = ? and uid = ?"
        rows = await self._rows(query, (forwarder, str(uid)))
        return Forwarded(uid, *rows[0]) if rows else None

    async def forwarded(self, forwarder: str, done: Forwarded) -> None:
        def work(db: sqlite3.Connection) -> None:
            values = (forwarder, str(done.uid), done.revision, done.ticket)
            query = "select revision > 0, ticket from forwarded where forwarder = ? and uid = ?"
            before = db.execute(query, values[:2]).fetchone()
            db.execute("insert or replace into forwarded values (?, ?, ?, ?)", values)
            if done.ticket and done.revision and (before is None or before != (done.revision > 0, done.ticket)):
                body = msgspec.json.encode(Ticket(done.uid, done.ticket)).decode()
                statement = "insert into directive (device, body) select device, ? from incident where uid = ?"
                db.execute(statement, (body, str(done.uid)))
                db.execute("update incident set seq = ? where uid = ?", (next_seq(db), str(done.uid)))

        await self._writer.do(work)
        await self._notify()

    async def directives(self, device: UUID, after: int) -> list[tuple[int, Directive]]:
        query = "select n, body from directive where device = ? and n > ? order by n limit 500"
        rows = await self._rows(query, (str(device), after))
        return [(n, msgspec.json.decode(body, type=Directive)) for n, body in rows]

    # --- the page

    async def new_signin(self, token_hash: str, expires: datetime) -> None:
        await self._write("insert or replace into signin values (?, ?)", (token_hash, expires.isoformat()))

    async def spend_signin(self, token_hash: str, session_hash: str, now: datetime, until: datetime) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            statement = "delete from signin where token_hash = ? returning expires"
            row = db.execute(statement, (token_hash,)).fetchone()
            if row is None or row[0] < now.isoformat():
                return False
            db.execute("delete from session where until < ?", (now.isoformat(),))
            db.execute("insert into session values (?, ?)", (session_hash, until.isoformat()))
            return True

        return await self._writer.do(work)

    async def signed_in(self, session_hash: str, now: datetime) -> bool:
        rows = await self._rows("select until from session where hash = ?", (session_hash,))
        return bool(rows) and rows[0][0] >= now.isoformat()

    async def sign_out(self, session_hash: str) -> None:
        await self._write("delete from session where hash = ?", (session_hash,))

    async def changed(self, after: int) -> int:
        async with self._changed:
            while (newest := await self._newest()) <= after:
                await self._changed.wait()
        return newest

    async def _newest(self) -> int:
        return int((await self._rows("select coalesce(max(seq), 0) from change"))[0][0])

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    # --- small tools

    async def _write(self, statement: str, values: tuple[Any, ...]) -> None:
        await self._writer.do(lambda db: _done(db.execute(statement, values)))

    async def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        async with self._reading:
            return await asyncio.to_thread(lambda: self._read.execute(query, values).fetchall())


def _midnight(day: str | None) -> datetime | None:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None


def _done(_cursor: sqlite3.Cursor) -> None:
    """A cursor belongs to the writer's thread and does not leave it."""


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("pragma synchronous = full")
    db.execute("pragma secure_delete = on")
    db.execute("pragma busy_timeout = 10000")
    return db


def _make(path: Path) -> None:
    """Create a store, written beside and renamed, so that it is whole or not there; bring on an earlier version."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        _bring_on(path)
        return
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    db = sqlite3.connect(fresh)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.executescript(_script("schema.sql"))
    db.executescript(_script("schema-2.sql"))
    db.execute(f"pragma user_version = {VERSION}")
    db.commit()
    db.close()
    fresh.rename(path)


def _bring_on(path: Path) -> None:
    """Add what later versions added, all of it or nothing; two programs that open the same file at once do no harm."""
    db = _connect(path)
    try:
        if db.execute("pragma user_version").fetchone() < (VERSION,):
            db.executescript(f"begin immediate; {_script('schema-2.sql')} pragma user_version = {VERSION}; commit;")
    finally:
        db.close()


def _script(name: str) -> str:
    return resources.files("feed.store").joinpath(name).read_text(encoding="utf-8")


def _where(where: Filter) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = ["true"]
    values: list[Any] = []
    for name in ("rule", "state", "reference"):
        value = getattr(where, name)
        if value:
            parts.append(f"i.{name} = ?")
            values.append(value)
    if where.severity:
        parts.append("i.severity >= ?")
        values.append(where.severity)
    return " and ".join(parts), tuple(values)


def _row(row: tuple[Any, ...]) -> Row:
    (uid, seq, reference, device, kind, rule, clause, policy, *subject, severity, state, ending) = row[:14]
    (first_seen, last_seen, revision, follows, attrs, asset_tag, language, ticket) = row[14:]
    return Row(
        seq=seq,
        uid=UUID(uid),
        reference=reference,
        device=UUID(device),
        asset_tag=asset_tag,
        language=language,
        kind=kind,
        rule=rule,
        clause=clause,
        policy=policy,
        subject=Subject(*subject),
        severity=severity,
        state=state,
        ending=ending,
        first_seen=first_seen,
        last_seen=last_seen,
        revision=revision,
        follows=UUID(follows) if follows else None,
        attrs=msgspec.json.decode(attrs, type=dict[str, str | int | float | bool | tuple[str, ...]]),
        ticket=ticket,
    )
