"""Idle time as a server counts it: asked when the next span may be reached, and not before.

So nothing runs while somebody works but one question a span, and none comes with each key.
"""

import asyncio

from agent.bus.line import Call, Signal, of_daemon, owner_of
from agent.bus.source import Gone, Source
from agent.bus.thread import Thread
from agent.platforms.base import Blind
from policy.seen import Idled, Seen, Touched

ROUNDED = 0.002  # seconds; answers are in milliseconds


class Asked(Source):
    """An IdleSource. A kind of it gives whom it asks, and how it hears the touch that ends an absence."""

    server = ""
    question: Call
    touches: tuple[Signal, ...] = ()
    poll: float | None = None  # seconds between two questions while nobody is there, for one that can only ask

    def __init__(self, thread: Thread) -> None:
        super().__init__(thread, thread.session)
        self._spans: tuple[float, ...] = ()
        self._told, self._since = 0.0, 0.0  # the longest span that was said of this absence; its begin
        self._away, self._touched = False, False
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, seconds: tuple[float, ...]) -> None:
        """As base.IdleSource."""
        if self._task is None:
            self._spans = seconds
        else:
            self._thread.post(lambda: self._watch(seconds))

    def _watch(self, seconds: tuple[float, ...]) -> None:
        self._spans, self._told = seconds, 0.0
        self._away = self._away and bool(seconds)
        self._again.set()

    async def prepare(self) -> tuple[Signal, ...]:
        """It has to answer once."""
        self._told, self._away = 0.0, False
        if await self._ask() is None:
            raise Blind("no_server")
        return (owner_of(self.server), *self.touches)

    async def look(self) -> tuple[Seen, ...]:
        """Ask, say what is due, and set the timer for the next time."""
        self._wait(None)
        if not self._spans:
            return ()
        before = asyncio.get_running_loop().time()
        idle = await self._ask()
        if idle is None:
            await self._silent()
        else:
            self._wait(await self._judge(idle, before))
        return ()

    async def leave(self) -> None:
        """No timer is left."""
        self._wait(None)

    async def _ask(self) -> float | None:
        """Seconds without input."""
        said = await self._line.ask(self.question)
        return said / 1000 if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else None

    async def _silent(self) -> None:
        if await self._line.ask(of_daemon("NameHasOwner", self.server)) is False:
            raise Gone("no_server")
        self._wait(self._spans[0])

    def _wait(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._again.set)

    async def _judge(self, idle: float, before: float) -> float | None:
        """Say what is due. How long to wait before the next question. before: when this one was asked."""
        now = asyncio.get_running_loop().time()
        if self._away and self._came_back(moved=self.moved(idle, before)):
            self._told, self._away = 0.0, False
            self._hear(Touched())
        if not self._away:
            self._since = now - idle
        idle = now - self._since
        if passed := [span for span in self._spans if self._told < span <= idle]:
            self._told, self._away, self._touched = passed[-1], True, False
            self._hear(Idled(idle))
            await self.went_away()
        later = [span - idle for span in self._spans if span > max(idle, self._told)]
        return min([*later, *([self.poll] if self.poll and self._away else [])], default=None)

    def moved(self, idle: float, before: float) -> bool:
        """Whether the server counts from a later time than it did.

        An answer is of some time between its question and now. The last input was no later than by now; a new one came
        where even by the time of the question it was later than that.
        """
        return before - idle > self._since + ROUNDED

    def _came_back(self, *, moved: bool) -> bool:
        """Whether there was input. moved: the server counts from a later time."""
        return moved

    async def went_away(self) -> None:
        """Ask to be told of the touch, where that can be."""


class ScreenSaverIdle(Asked):
    """KDE's GetSessionIdleTime, in milliseconds. Others own the same name and count in seconds, or not at all.

    It tells nothing by itself: between an Idled and its touch it is asked once a second, and at no other time.
    """

    name = "screensaver"
    server = "org.kde.screensaver"  # kscreenlocker has both names on one connection; nobody else has this one
    question = Call(server, "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver", "GetSessionIdleTime")
    poll = 1.0
