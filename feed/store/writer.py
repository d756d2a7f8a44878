"""Group commit: one thread writes; whatever waits is done in one transaction with one fsync, and then all are told."""

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

MOST_AT_ONCE = 200
T = TypeVar("T")

log = logging.getLogger(__name__)


class _Job(NamedTuple):
    work: Callable[[sqlite3.Connection], Any]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


class Writer:
    """The one writer of a database. A job that raises is taken back alone; the others of its group commit."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a transaction; durable when it returns."""
        if not self._thread.is_alive():
            raise sqlite3.ProgrammingError("the store is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, future, loop))
        return await future

    def close(self) -> None:
        """Write what waits, then end."""
        self._jobs.put(None)
        self._thread.join(30)

    def _run(self) -> None:
        while True:
            group = self._group()
            if not group:
                return
            self._commit([job for job in group if job])
            if group[-1] is None:
                return

    def _group(self) -> list[_Job | None]:
        group = [self._jobs.get()]
        while group[-1] is not None and len(group) < MOST_AT_ONCE:
            try:
                group.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return group

    def _commit(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        results: list[tuple[_Job, Any]] = []
        try:
            self._db.execute("begin immediate")
            results = [(job, self._one(job)) for job in jobs]
            self._db.execute("commit")
        except sqlite3.Error as error:
            log.exception("a group could not be written")
            if self._db.in_transaction:
                self._db.execute("rollback")
            results = [(job, error) for job in jobs]
        for job, result in results:
            with contextlib.suppress(RuntimeError):  # its loop ended; nobody asks any more
                job.loop.call_soon_threadsafe(_tell, job.future, result)

    def _one(self, job: _Job) -> Any:
        self._db.execute("savepoint job")
        try:
            result = job.work(self._db)
        except Exception as error:  # noqa: BLE001 - it is the caller's to handle
            self._db.execute("rollback to job")
            result = error
        self._db.execute("release job")
        return result


def _tell(future: "asyncio.Future[Any]", result: Any) -> None:
    if future.done():  # its request went away
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)
