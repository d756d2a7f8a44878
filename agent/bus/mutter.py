"""GNOME's idle time, from mutter."""

import asyncio

from dbus_fast import Message

from agent.bus.idle import Asked
from agent.bus.line import Call, Signal

NAME = "org.gnome.Mutter.IdleMonitor"
PATH = "/org/gnome/Mutter/IdleMonitor/Core"


def _call(member: str, signature: str = "", *body: object) -> Call:
    return Call(NAME, PATH, NAME, member, signature, body)


class MutterIdle(Asked):
    """An IdleSource.

    Its idle watches (AddIdleWatch) rest while a film inhibits; GetIdletime counts on, so that is asked. The touch is
    told by a user-active watch. When an inhibitor ends mutter counts from zero without input: an absence that was told
    goes on all the same, one that was not begins there.
    """

    name = "mutter"
    server = NAME
    question = _call("GetIdletime")
    touches = (Signal(NAME, "WatchFired", PATH),)

    async def leave(self) -> None:
        """Give the watch back."""
        await super().leave()
        if self._watch_id is not None:
            await self._line.ask(_call("RemoveWatch", "u", self._watch_id))

    async def prepare(self) -> tuple[Signal, ...]:
        """No watch yet."""
        self._watch_id: int | None = None
        self._fired: object = None
        return await super().prepare()

    async def went_away(self) -> None:
        """Be told of the touch, once; and look whether it came before that was asked."""
        if self._watch_id is not None:
            return
        said = await self._line.ask(_call("AddUserActiveWatch"))
        if isinstance(said, int) and said != self._fired:  # a signal may overtake the answer that names it
            self._watch_id = said
        before = asyncio.get_running_loop().time()
        idle = await self._ask()
        if said == self._fired or (idle is not None and self.moved(idle, before)):
            self._touched = True
            self._again.set()

    def hears(self, message: Message) -> None:
        """The touch. Only this connection is told of its own watches."""
        if message.member == "WatchFired" and message.body:
            self._fired = message.body[0]
            if self._fired == self._watch_id:
                self._watch_id, self._touched = None, True

    def _came_back(self, *, moved: bool) -> bool:
        return self._touched or (moved and self._watch_id is None)
