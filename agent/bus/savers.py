"""The desktops' ScreenSaver interfaces: each has GetActive, ActiveChanged and Lock. None is ever started by asking."""

import asyncio
from dataclasses import dataclass

from agent.bus.line import Call, Line, Signal, of_daemon, owner_of
from agent.bus.source import Source
from agent.bus.thread import Thread
from policy.presence import LockIs, Seen


@dataclass(frozen=True)
class Saver:
    """One of them. lock: the signature of what Lock is given, and that."""

    name: str
    path: str
    lock: tuple[str, tuple[object, ...]] = ("", ())

    def call(self, member: str) -> Call:
        """A method without arguments."""
        return Call(self.name, self.path, self.name, member)

    def lock_call(self) -> Call:
        """Lock."""
        return Call(self.name, self.path, self.name, "Lock", *self.lock)


SAVERS = (
    Saver("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    Saver("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    Saver("org.freedesktop.ScreenSaver", "/ScreenSaver"),  # where KDE had it first
    Saver("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
    Saver("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver", ("s", ("",))),
    Saver("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"),
)
NAMES = tuple(dict.fromkeys(saver.name for saver in SAVERS))
CHANGES = (*map(owner_of, NAMES), *(Signal(name, "ActiveChanged") for name in NAMES))


async def there(line: Line) -> list[Saver]:
    """Those that somebody answers for now."""
    owned = await asyncio.gather(*(line.ask(of_daemon("NameHasOwner", name)) for name in NAMES))
    names = {name for name, is_owned in zip(NAMES, owned, strict=True) if is_owned is True}
    return [saver for saver in SAVERS if saver.name in names]


async def active(line: Line) -> bool | None:
    """Whether one of them is active; None where none says."""
    said = await asyncio.gather(*(line.ask(saver.call("GetActive")) for saver in await there(line)))
    told = [answer for answer in said if isinstance(answer, bool)]
    return any(told) if told else None


class ScreenSaver(Source):
    """A LockSource: what the savers that are there say, and "unknown" while there is none.

    KDE is active when it is locked. The others are also active while the screen is blank and, by the user's own
    settings, asks for no password yet: that counts as locked here, since they tell no difference.
    """

    name = "screensaver"

    def __init__(self, thread: Thread) -> None:
        super().__init__(thread, thread.session)

    async def prepare(self) -> tuple[Signal, ...]:
        """They may come later: none is no lack."""
        return CHANGES

    async def look(self) -> tuple[Seen, ...]:
        """What they say."""
        match await active(self._line):
            case None:
                return (LockIs("unknown"),)
            case said:
                return (LockIs("locked" if said else "unlocked"),)
