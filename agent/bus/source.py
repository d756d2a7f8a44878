"""What every source on a bus does: watch, look, say what is new, and say `Lost` when its bus is gone.

A signal says only: look again. What counts is what a look then finds, so a missed or forged signal changes nothing.
"""

import asyncio
import logging

from dbus_fast import Message

from agent.bus.line import Line, Signal
from agent.bus.thread import Thread
from agent.platforms.base import Hear
from policy.seen import Lost, Seen

log = logging.getLogger(__name__)


class Gone(Exception):
    """Whom a source asks is not there any more; it ends. why: as Lost says it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Source:
    """A Sense. A kind of source gives `name`, what it watches and how it looks."""

    name = ""

    def __init__(self, thread: Thread, line: Line) -> None:
        self._thread, self._line = thread, line
        self._task: asyncio.Task[None] | None = None
        self._said: dict[type[Seen], Seen] = {}

    # --- what a kind gives -------------------------------------------------------------------------------------------

    async def prepare(self) -> tuple[Signal, ...]:
        """Find what is watched. May raise Blind."""
        raise NotImplementedError

    async def look(self) -> tuple[Seen, ...]:
        """All that is so now. May raise Gone."""
        raise NotImplementedError

    def hears(self, message: Message) -> None:
        """Say what a signal itself says; a look follows by itself."""

    async def leave(self) -> None:
        """Give back what was asked for."""

    # --- a Sense -----------------------------------------------------------------------------------------------------

    def start(self, hear: Hear) -> None:
        """As base.Sense."""
        self._thread.start()
        try:
            self._task = self._thread.do(self._begin(hear))
        except BaseException:
            self._thread.stop()
            raise

    def stop(self) -> None:
        """As base.Sense."""
        if self._task is not None:
            self._thread.end(self._task)
            self._thread.stop()
            self._task = None

    async def _begin(self, hear: Hear) -> asyncio.Task[None]:
        self._hear, self._said, self._again = hear, {}, asyncio.Event()
        await self._line.open()
        signals = await self.prepare()
        self._line.watch_end(self._again.set)
        for signal in signals:
            await self._line.watch(signal, self._signal)
        self._again.set()
        return asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        """Look now, and again at each signal."""
        try:
            while self._line.here:
                await self._again.wait()
                self._again.clear()
                await self._look()
            self._hear(Lost(self.name, "bus_gone"))
        except Gone as gone:
            self._hear(Lost(self.name, gone.why))
        finally:
            self._line.unwatch_end(self._again.set)
            await self._line.unwatch(self._signal)
            await self.leave()

    def _signal(self, message: Message) -> None:
        self.hears(message)
        self._again.set()

    async def _look(self) -> None:
        """What servers answer is others': what is wrong with it must not end this."""
        try:
            seen = await self.look()
        except Gone:
            raise
        except Exception:
            log.exception("%s", self.name)
            return
        if self._line.here:  # else nobody answered because nobody is there, and Lost says it
            self.say(*seen)

    def say(self, *seen: Seen) -> None:
        """Say what is not as it was said."""
        for one in seen:
            if self._said.get(type(one)) != one:
                self._said[type(one)] = one
                self._hear(one)
