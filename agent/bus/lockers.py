"""Locking for real: logind, then the desktop's ScreenSaver interfaces."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from dbus_fast import Message, MessageType

from agent.bus import line, login, savers
from agent.bus.line import Line, Signal
from agent.bus.thread import Thread
from agent.platforms.base import Blind, Locker


@asynccontextmanager
async def _watching(on: Line, signals: tuple[Signal, ...], changed: asyncio.Event) -> AsyncIterator[None]:
    def tell(_: Message) -> None:
        changed.set()

    try:
        for signal in signals:
            await on.watch(signal, tell)
        yield
    finally:
        await on.unwatch(tell)


class _Locker:
    """A Locker on the bus thread."""

    name = ""

    def __init__(self, thread: Thread) -> None:
        self._thread = thread

    def lock(self) -> None:
        """As base.Locker."""
        self._thread.start()
        try:
            self._thread.do(self._in_time())
        finally:
            self._thread.stop()

    async def _in_time(self) -> None:
        try:
            async with asyncio.timeout(line.HASTE):
                await self._lock()
        except TimeoutError as error:
            raise Blind("unseen") from error

    async def _lock(self) -> None:
        raise NotImplementedError


class LogindLocker(_Locker):
    """Session.Lock. It is answered well also where nobody listens, so a lock has to be seen."""

    name = "logind"

    async def _lock(self) -> None:
        system, session = self._thread.system, self._thread.session
        await system.open()
        path = await login.session(system)
        changed = asyncio.Event()
        async with AsyncExitStack() as watched:
            await watched.enter_async_context(_watching(system, (login.session_changes(path),), changed))
            try:
                await session.open()
            except Blind:  # then there is logind's word alone
                pass
            else:
                await watched.enter_async_context(_watching(session, savers.CHANGES, changed))
            before = await savers.active(session)  # a screen that was only blank proves nothing
            _accepted(await system.call(login.lock(path)))
            while await system.ask(login.locked_hint(path)) is not True and not _new(
                await savers.active(session), before
            ):
                await changed.wait()
                changed.clear()


def _new(now: dict[savers.Saver, bool], before: dict[savers.Saver, bool]) -> bool:
    return any(is_active and not before.get(saver) for saver, is_active in now.items())


class SaverLocker(_Locker):
    """Lock of the first ScreenSaver interface that does it."""

    name = "screensaver"

    async def _lock(self) -> None:
        session = self._thread.session
        await session.open()
        refused = Blind("no_server")
        for saver in await savers.there(session):
            try:
                return await self._by(session, saver)
            except Blind as error:
                refused = error
        raise refused

    async def _by(self, session: Line, saver: savers.Saver) -> None:
        """Ask it. mate-screensaver never answers: that it became active says as much."""
        changed = asyncio.Event()
        asked = asyncio.create_task(session.call(saver.lock_call()))
        asked.add_done_callback(lambda _: changed.set())
        try:
            async with _watching(session, savers.CHANGES, changed):
                while not asked.done():
                    if (await savers.active(session)).get(saver):
                        return
                    await changed.wait()
                    changed.clear()
                _accepted(asked.result())
        finally:
            asked.cancel()


def _accepted(answer: Message | None) -> None:
    if answer is None:
        raise Blind("silent")
    if answer.message_type is not MessageType.METHOD_RETURN:
        raise Blind("refused")


def lockers(thread: Thread) -> list[Locker]:
    """All of them, the best first."""
    return [LogindLocker(thread), SaverLocker(thread)]
