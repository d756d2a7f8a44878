"""The thread named "bus": one loop, a line to the session bus and one to the system bus, for all who ask D-Bus."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from dbus_fast import BusType

from agent.bus.line import Line

T = TypeVar("T")


def _unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A line that broke while it was written to leaves an error that the library keeps from everybody."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class Thread:
    """Runs from the first `start` until there were as many `stop`s; each who uses it says both.

    Every method is for one and the same other thread; `stop` and `end` also for who is called by this one.
    session, system: connected when first asked for.
    """

    def __init__(self) -> None:
        self.session, self.system = Line(BusType.SESSION), Line(BusType.SYSTEM)
        self._users = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Be used."""
        self._users += 1
        if self._users == 1:
            if self._thread is not None:
                self._thread.join()  # it was ended from inside, and may not be gone yet
            self._ending = set[asyncio.Task[None]]()
            self._loop = asyncio.new_event_loop()
            self._loop.set_exception_handler(_unheard)
            self._thread = threading.Thread(target=self._run, name="bus", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Be used no longer by one of those who said `start`; with the last the thread ends."""
        self._users -= 1
        if not self._users:
            self._loop.call_soon_threadsafe(self._loop.stop)
            if self._thread is not None and not self._inside():
                self._thread.join()

    def _inside(self) -> bool:
        """Whether who calls is called by this thread: then it must not wait for it."""
        return threading.current_thread() is self._thread

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this on the thread; wait for it, and return what it returns or raise what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def post(self, callback: Callable[[], object]) -> None:
        """Call this on the thread, soon."""
        self._loop.call_soon_threadsafe(callback)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin this on the thread."""

        async def begin() -> asyncio.Task[None]:
            return asyncio.create_task(work)

        return self.do(begin())

    def end(self, task: asyncio.Task[None]) -> None:
        """Cancel what was begun, and wait until it is gone."""
        if self._inside():
            task.cancel()
            self._ending.add(task)
        else:
            self.do(_ended(task))

    def _run(self) -> None:
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._close())
        finally:
            self._loop.close()

    async def _close(self) -> None:
        for task in self._ending:
            await _ended(task)
        await self.session.close()
        await self.system.close()
