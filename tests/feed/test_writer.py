"""The one writer of a database: a group that could not be written is acknowledged to nobody of it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from feed.store.writer import Writer

# A child without its parent is no error until the commit: SQLite's own word against it.
TABLES = """
create table parent (id integer primary key);
create table child (parent integer references parent (id) deferrable initially deferred);
"""
WAIT = 10.0  # seconds; a writer that is broken ends the test, not the run
Job = Callable[[sqlite3.Connection], object]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.db"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)) as db:
        db.executescript(TABLES)
        db.execute("pragma foreign_keys = on")
        made = Writer(db)
        yield made
        made.close()
        assert not made._thread.is_alive(), "its thread is left"


async def together(writer: Writer, *jobs: Job) -> list[object]:
    """What became of jobs that the writer takes as one group: it is held until all of them wait."""
    held, go = threading.Event(), threading.Event()

    def hold(_: sqlite3.Connection) -> None:
        held.set()
        go.wait(WAIT)

    first = asyncio.create_task(writer.do(hold))
    await asyncio.to_thread(held.wait, WAIT)
    tasks = [asyncio.create_task(writer.do(job)) for job in jobs]
    await asyncio.sleep(0)
    assert writer._jobs.qsize() == len(jobs)
    go.set()
    await first
    return list(await asyncio.gather(*tasks, return_exceptions=True))


def parent(n: int) -> Job:
    return lambda db: db.execute("insert into parent values (?) returning id", (n,)).fetchone()


def orphan(db: sqlite3.Connection) -> str:
    db.execute("insert into child values (77)")
    return "written, as it seems"


def there(path: Path) -> list[tuple[int]]:
    """What another reader of the file sees."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute("select id from parent union all select parent from child").fetchall()


async def test_a_group_that_commits_gives_each_its_own_result(writer: Writer, path: Path) -> None:
    assert await together(writer, parent(1), parent(2)) == [(1,), (2,)]
    assert there(path) == [(1,), (2,)]


async def test_a_group_whose_commit_fails_is_acknowledged_to_nobody(writer: Writer, path: Path) -> None:
    """Each that waits is told the error, nothing of it is there, and the next group is written."""
    answers = await together(writer, parent(1), orphan, parent(2))
    assert [type(answer) for answer in answers] == [sqlite3.IntegrityError] * 3
    assert there(path) == []
    assert await together(writer, parent(1), parent(2)) == [(1,), (2,)]
    assert there(path) == [(1,), (2,)]


async def test_a_group_that_can_not_begin_runs_none_of_its_jobs(writer: Writer, path: Path) -> None:
    """Somebody else holds the file: all are told, and when it is let go it is written again."""
    ran: list[int] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        answers = await asyncio.gather(*(writer.do(lambda _: ran.append(1)) for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [sqlite3.OperationalError] * 3
    assert ran == []
    assert await writer.do(parent(1)) == (1,)


async def test_a_closed_writer_takes_nothing(writer: Writer) -> None:
    """What waited is written first; who comes later is told, and does not wait for ever."""
    assert await writer.do(parent(1)) == (1,)
    writer.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        await writer.do(parent(2))
