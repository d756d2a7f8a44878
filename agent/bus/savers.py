"""The desktops' ScreenSaver interfaces: each has GetActive, ActiveChanged and Lock. None is ever started by asking."""

import asyncio
from dataclasses import dataclass

from agent.bus import settings
from agent.bus.calls import XFCONF
from agent.bus.line import Call, Line, Signal, of_daemon, owner_of
from agent.bus.source import Source
from agent.bus.thread import Thread
from policy.seen import LockIs, Seen


@dataclass(frozen=True)
class Saver:
    """One of them. lock: the signature of what Lock is given, and that. schema: of its settings."""

    name: str
    path: str
    schema: str = ""
    lock: tuple[str, tuple[object, ...]] = ("", ())

    def call(self, member: str) -> Call:
        """A method without arguments."""
        return Call(self.name, self.path, self.name, member)

    def lock_call(self) -> Call:
        """Lock."""
        return Call(self.name, self.path, self.name, "Lock", *self.lock)


XFCE = "org.xfce.ScreenSaver"
XFCE_LOCKS = Call(
    XFCONF, "/org/xfce/Xfconf", XFCONF, "GetProperty", "ss", ("xfce4-screensaver", "/lock/enabled"), wake=True
)
SAVERS = (
    Saver("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver", "org.gnome.desktop.screensaver"),
    Saver("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    Saver("org.freedesktop.ScreenSaver", "/ScreenSaver"),  # where KDE had it first
    Saver("org.mate.ScreenSaver", "/org/mate/ScreenSaver", "org.mate.screensaver"),
    Saver("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver", "org.cinnamon.desktop.screensaver", ("s", ("",))),
    Saver(XFCE, "/org/xfce/ScreenSaver"),
)
NAMES = tuple(dict.fromkeys(saver.name for saver in SAVERS))
CHANGES = (*map(owner_of, NAMES), *(Signal(name, "ActiveChanged") for name in NAMES))


async def there(line: Line) -> list[Saver]:
    """Those that somebody answers for now."""
    owned = await asyncio.gather(*(line.ask(of_daemon("NameHasOwner", name)) for name in NAMES))
    names = {name for name, is_owned in zip(NAMES, owned, strict=True) if is_owned is True}
    return [saver for saver in SAVERS if saver.name in names]


async def active(line: Line) -> dict[Saver, bool]:
    """Those that say whether they are active, and what they say."""
    present = await there(line)
    said = await asyncio.gather(*(line.ask(saver.call("GetActive")) for saver in present))
    return {saver: answer for saver, answer in zip(present, said, strict=True) if isinstance(answer, bool)}


async def _asks_a_password(line: Line, saver: Saver) -> bool:
    """Whether this one, when active, has locked: KDE's is active only then, the others have a setting for it."""
    if saver.schema:
        return await settings.flag(saver.schema, "lock-enabled") is True
    return saver.name != XFCE or await line.ask(XFCE_LOCKS) is not False  # not written means yes


class ScreenSaver(Source):
    """A LockSource: what the savers that are there say, and "unknown" while there is none.

    KDE is active when it is locked. The others are active too while the screen is blank and asks for no password:
    "unknown" where the user's settings have it so.
    """

    name = "screensaver"

    def __init__(self, thread: Thread) -> None:
        super().__init__(thread, thread.session)

    async def prepare(self) -> tuple[Signal, ...]:
        """They may come later: none is no lack."""
        return CHANGES

    async def look(self) -> tuple[Seen, ...]:
        """What they say."""
        said = await active(self._line)
        for saver in (saver for saver, is_active in said.items() if is_active):
            if await _asks_a_password(self._line, saver):
                return (LockIs("locked"),)
        return (LockIs("unlocked" if said and not any(said.values()) else "unknown"),)
