"""Locking for real: logind, then the desktop's ScreenSaver interfaces."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from dbus_fast import Message, MessageType

from agent.bus import line, login, savers
from agent.bus.thread import Thread
from agent.platforms.base import Blind, Locker


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

    def _lock(self) -> Coroutine[Any, Any, None]:
        raise NotImplementedError


class LogindLocker(_Locker):
    """Session.Lock. It is answered well also where nobody listens, so a lock has to be seen."""

    name = "logind"

    async def _lock(self) -> None:
        system, session = self._thread.system, self._thread.session
        await system.open()
        path = await login.session(system)
        changed = asyncio.Event()

        def look_again(_: Message) -> None:
            changed.set()

        try:
            await system.watch(login.session_changes(path), look_again)
            await self._watch_savers(look_again)
            _done(await system.call(login.lock(path)))
            while not (await system.ask(login.locked_hint(path)) is True or await savers.active(session)):
                await changed.wait()
                changed.clear()
        finally:
            await system.unwatch(look_again)
            await session.unwatch(look_again)

    async def _watch_savers(self, told: line.Told) -> None:
        try:
            await self._thread.session.open()
        except Blind:  # then there is logind's word alone
            return
        for signal in savers.CHANGES:
            await self._thread.session.watch(signal, told)


class SaverLocker(_Locker):
    """Lock of the first ScreenSaver interface that does it."""

    name = "screensaver"

    async def _lock(self) -> None:
        session = self._thread.session
        await session.open()
        refused = Blind("no_server")
        for saver in await savers.there(session):
            try:
                return _done(await session.call(saver.lock_call()))
            except Blind as error:
                refused = error
        raise refused


def _done(answer: Message | None) -> None:
    if answer is None:
        raise Blind("silent")
    if answer.message_type is not MessageType.METHOD_RETURN:
        raise Blind("refused")


def lockers(thread: Thread) -> list[Locker]:
    """All of them, the best first."""
    return [LogindLocker(thread), SaverLocker(thread)]
