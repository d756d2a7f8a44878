"""The store on SQLite: the contract, and what is its own (group commit, the file, a kill)."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Self

import pytest

from feed.store import Filter
from feed.store.sqlite import SqliteStore
from policy.wire import Incident, seal
from tests.contracts.store import NOW, StoreContract, enrolled, outcomes, posture, take, told

Made = Callable[..., Incident]
Place = Callable[[], Awaitable[SqliteStore]]
CHILD = Path(__file__).with_name("killed_child.py")


@pytest.fixture
def place(runner: asyncio.Runner, tmp_path: Path) -> Iterator[Place]:
    opened: list[SqliteStore] = []

    async def open_() -> SqliteStore:
        opened.append(await SqliteStore.open(tmp_path / "feed.db"))
        return opened[-1]

    yield open_
    for store in opened:
        if store._writer._thread.is_alive():
            runner.run(store.close())


class TestSqlite(StoreContract):
    """The contract."""


@pytest.fixture
def store(runner: asyncio.Runner, place: Place) -> SqliteStore:
    async def open_() -> SqliteStore:
        return await place()

    return runner.run(open_())


class Commits:
    """Holds the writer, so that what comes meanwhile waits, and counts its commits."""

    def __init__(self, store: SqliteStore) -> None:
        self.store, self.count = store, 0
        self._go, self._held = threading.Event(), threading.Event()

    async def __aenter__(self) -> Self:
        self._first = asyncio.create_task(self.store._writer.do(self._hold))
        await asyncio.to_thread(self._held.wait)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._go.set()
        await self._first
        # On the writer's own thread: from another it waits, with Python's lock, for what the writer is about to do.
        await self.store._writer.do(lambda db: db.set_trace_callback(None))

    async def waits(self, jobs: int) -> None:
        """Let the tasks that were made give the writer so many jobs."""
        await asyncio.sleep(0)
        assert self.store._writer._jobs.qsize() == jobs

    def go(self) -> None:
        """Let the writer go on."""
        self._go.set()

    def _hold(self, db: sqlite3.Connection) -> None:
        db.set_trace_callback(self._seen)
        self._held.set()
        self._go.wait()

    def _seen(self, statement: str) -> None:
        self.count += statement.strip().lower() == "commit"


async def test_200_that_wait_are_one_commit(store: SqliteStore, made: Made) -> None:
    """The one that was held, and all others together: two commits, where each alone would make 201."""
    device = await enrolled(store)
    async with Commits(store) as commits:
        tasks = [asyncio.create_task(outcomes(store, device, made(f"p{n}"))) for n in range(200)]
        await commits.waits(200)
        commits.go()
        assert await asyncio.gather(*tasks) == [["stored"]] * 200
    assert commits.count == 2


async def test_a_job_that_raises_takes_no_other_with_it(store: SqliteStore, made: Made) -> None:
    """And what it wrote before it raised is taken back."""
    device = await enrolled(store)

    def broken(db: sqlite3.Connection) -> None:
        db.execute("update device set asset_tag = 'broken'")
        raise ZeroDivisionError

    async with Commits(store) as commits:
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(outcomes(store, device, made("a"))),
            asyncio.create_task(store._writer.do(broken)),
            asyncio.create_task(outcomes(store, device, made("b"))),
        ]
        await commits.waits(3)
        commits.go()
        a, error, b = await asyncio.gather(*tasks, return_exceptions=True)
    assert (a, b) == (["stored"], ["stored"])
    assert isinstance(error, ZeroDivisionError)
    assert commits.count == 2
    assert await store.count(Filter()) == 2
    assert [tag for _, tag, _ in await store.last_contacts()] == ["LT-20431"]


async def test_a_full_disk_is_told_to_those_it_hit(store: SqliteStore, made: Made) -> None:
    """Nobody is told that it was stored where it was not."""
    device = await enrolled(store)
    (pages,) = store._read.execute("pragma page_count").fetchone()
    store._connections[0].execute(f"pragma max_page_count = {pages}")
    names = [f"p{n}" for n in range(60)]
    async with Commits(store) as commits:
        tasks = [asyncio.create_task(take(store, device, made(name))) for name in names]
        await commits.waits(60)
        commits.go()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [name for name, answer in zip(names, answers, strict=True) if isinstance(answer, BaseException)]
    assert failed
    assert all(isinstance(answer, sqlite3.Error) for answer in answers if isinstance(answer, BaseException))
    there = {r.subject.key for r in await store.incidents(Filter(), limit=100)}
    assert there == set(names) - set(failed)
    store._connections[0].execute("pragma max_page_count = 1000000")
    assert await outcomes(store, device, made(failed[0])) == ["stored"]


async def test_a_commit_that_fails_is_told_to_all_of_its_group(store: SqliteStore, made: Made) -> None:
    """And nothing of it is there; the next group works."""
    device = await enrolled(store)

    def no_commit(action: int, word: str | None, *_: object) -> int:
        return sqlite3.SQLITE_DENY if (action, word) == (sqlite3.SQLITE_TRANSACTION, "COMMIT") else sqlite3.SQLITE_OK

    async with Commits(store) as commits:
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(take(store, device, made("a"))),
            asyncio.create_task(store._writer.do(lambda db: db.set_authorizer(no_commit))),
            asyncio.create_task(take(store, device, made("b"))),
        ]
        await commits.waits(3)
        commits.go()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        store._connections[0].set_authorizer(None)
    assert [isinstance(answer, sqlite3.Error) for answer in answers] == [True] * 3
    assert await store.count(Filter()) == 0
    assert await outcomes(store, device, made("a")) == ["stored"]


async def test_a_request_that_went_away_harms_nobody(store: SqliteStore, made: Made) -> None:
    """Its envelope may be stored or not; the writer goes on, and nothing is raised where nobody listens."""
    device = await enrolled(store)
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: raised.append(context))
    async with Commits(store) as commits:
        gone = asyncio.create_task(take(store, device, made("a")))
        await commits.waits(1)
        gone.cancel()
        commits.go()
    assert await outcomes(store, device, made("b")) == ["stored"]
    assert raised == []


async def test_a_contact_is_written_once_a_day(store: SqliteStore) -> None:
    """A fleet that comes every two minutes costs the disk nothing."""
    devices = [await enrolled(store, f"LT-{n}") for n in range(20)]
    for device in devices:
        await store.heard(device.uid, "nl", NOW)
    before = store._connections[0].total_changes
    for n in range(100):
        for device in devices:
            await store.heard(device.uid, "nl", NOW + n * timedelta(minutes=2))
    assert store._connections[0].total_changes == before, "it is in memory"
    assert {at for _, _, at in await store.last_contacts()} == {NOW + timedelta(minutes=198)}, "and told from there"
    await store.heard(devices[0].uid, "nl", NOW + timedelta(days=1))
    await store.heard(devices[1].uid, "en", NOW + timedelta(minutes=200))
    assert store._connections[0].total_changes == before + 2, "another day, another language"


def test_the_file_is_for_its_owner_alone(runner: asyncio.Runner, store: SqliteStore, tmp_path: Path) -> None:
    runner.run(enrolled(store))
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["feed.db", "feed.db-shm", "feed.db-wal"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


async def test_it_is_wal_and_full(store: SqliteStore) -> None:
    """What is acknowledged survives the loss of power: WAL alone, with synchronous=NORMAL, would not promise that."""
    assert store._connections[0].execute("pragma journal_mode").fetchone() == ("wal",)
    assert store._connections[0].execute("pragma synchronous").fetchone() == (2,)


async def test_a_store_that_was_being_made_when_it_was_killed_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "feed.new").write_bytes(b"half of one")
    store = await SqliteStore.open(tmp_path / "feed.db")
    try:
        assert await store.count(Filter()) == 0
    finally:
        await store.close()
    assert not (tmp_path / "feed.new").exists()


async def test_a_store_of_version_1_is_brought_on_with_all_it_holds(place: Place, tmp_path: Path, made: Made) -> None:
    """And opened again as any other; two programs may do it at once."""
    path, first = tmp_path / "feed.db", files("feed.store").joinpath("schema.sql").read_text(encoding="utf-8")
    store = await place()
    device = await enrolled(store)
    await take(store, device, made())
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        db.executescript("drop table posture; drop table unseen; pragma user_version = 1;")
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(first)
        old = schema(db)
    with closing(sqlite3.connect(path)) as db:
        assert schema(db) == old
    opened = await asyncio.gather(*(place() for _ in range(4)))
    for one in opened:
        assert [row.uid for row in await one.incidents(Filter())] == [made().uid]
    assert (await told(opened[0], device, posture())).outcome == "stored"
    assert len(await opened[1].unseen()) == 2
    for one in opened:
        await one.close()
    fresh = await SqliteStore.open(tmp_path / "fresh.db")
    await fresh.close()
    with closing(sqlite3.connect(path)) as db, closing(sqlite3.connect(tmp_path / "fresh.db")) as new:
        assert schema(db) == schema(new)
        assert db.execute("pragma user_version").fetchone() == new.execute("pragma user_version").fetchone() == (2,)


def schema(db: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(db.execute("select name, sql from sqlite_schema where name not like 'sqlite_%'"))


async def test_the_bytes_of_the_newest_posture_alone_are_kept(store: SqliteStore, tmp_path: Path) -> None:
    """No history: of the one before not a byte is left in the file."""
    device = await enrolled(store)
    await told(store, device, posture(blind=("screen: before: gone_since",)))
    await told(store, device, posture(revision=2))
    await store.close()
    data = (tmp_path / "feed.db").read_bytes()
    assert bytes(seal(posture(revision=2)).body) in data
    assert b"gone_since" not in data


async def test_no_token_is_stored(store: SqliteStore, tmp_path: Path) -> None:
    await store.open_enrolment("h", "LT-1", NOW + timedelta(minutes=1))
    answer = await store.enrol("h", "LT-1", NOW)
    assert answer
    await store.close()
    assert answer.token.encode() not in (tmp_path / "feed.db").read_bytes()


def test_what_was_acknowledged_survives_sigkill(
    runner: asyncio.Runner, place: Place, tmp_path: Path, made: Made
) -> None:
    """A child acknowledges line by line, from eight tasks at once, and is killed in the midst of it."""
    with subprocess.Popen(
        (sys.executable, "-I", str(CHILD), str(tmp_path / "feed.db"), made().uid.hex), stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        acknowledged = [child.stdout.readline().split() for _ in range(60)]
        os.kill(child.pid, signal.SIGKILL)
        acknowledged += [line.split() for line in child.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")]
    assert child.returncode == -signal.SIGKILL

    async def there() -> dict[str, int]:
        store = await place()
        return {str(row.uid): row.revision for row in await store.incidents(Filter(), limit=100_000)}

    kept = runner.run(there())
    last = {uid.decode(): int(revision) for uid, revision in acknowledged}
    assert len(last) >= 8
    assert {uid: kept.get(uid, 0) >= revision for uid, revision in last.items()} == dict.fromkeys(last, True)
    with sqlite3.connect(tmp_path / "feed.db") as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    db.close()


def test_a_sealed_envelope_is_what_a_laptop_makes(made: Made) -> None:
    """The suite's incidents pass the register: what is refused in it is refused for the reason it names."""
    assert seal(made()).id
