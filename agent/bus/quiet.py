"""Reasons to be quiet that servers on a bus tell: do-not-disturb, and what keeps the screen awake.

Only whether: who inhibits, and why they say they do, is never read.
"""

from agent.bus import calls, login, settings
from agent.bus.line import Call, Line, Signal, owner_of
from agent.bus.silence import silenced
from agent.bus.source import Source
from agent.bus.thread import Thread
from policy.seen import Quiet, QuietIs, Seen

# mate-session and cinnamon-session have this name too.
MANAGER = "org.gnome.SessionManager"
MANAGER_PATH = "/org/gnome/SessionManager"
IDLE = 8  # the flag of what keeps a session from being idle
POWER = "org.freedesktop.PowerManagement"
POWER_PATH = "/org/freedesktop/PowerManagement/Inhibit"
POWER_INHIBIT = "org.freedesktop.PowerManagement.Inhibit"
KEPT_AWAKE = (
    Call(MANAGER, MANAGER_PATH, MANAGER, "IsInhibited", "u", (IDLE,)),
    Call(POWER, POWER_PATH, POWER_INHIBIT, "HasInhibit"),
)
KEPT_AWAKE_CHANGES = (
    owner_of(MANAGER),
    owner_of(POWER),
    Signal(MANAGER, "InhibitorAdded", MANAGER_PATH),
    Signal(MANAGER, "InhibitorRemoved", MANAGER_PATH),
    Signal(POWER_INHIBIT, "HasInhibitChanged", POWER_PATH),
)


class _Quiet(Source):
    """A QuietSource of one word. sees: that word while somebody is there who tells; they may come and go."""

    word: Quiet

    def __init__(self, thread: Thread, line: Line) -> None:
        super().__init__(thread, line)
        self.sees: frozenset[Quiet] = frozenset()

    async def look(self) -> tuple[Seen, ...]:
        """Whether the word holds."""
        told = await self.holds()
        self.sees = frozenset() if told is None else frozenset({self.word})
        return (QuietIs(self.name, frozenset({self.word}) if told else frozenset()),)

    async def holds(self) -> bool | None:
        """None where nobody tells."""
        raise NotImplementedError


class DoNotDisturb(_Quiet):
    """What the notification server says, or GNOME's setting for its own."""

    name = "notices"
    word = "do_not_disturb"

    def __init__(self, thread: Thread) -> None:
        super().__init__(thread, thread.session)

    async def prepare(self) -> tuple[Signal, ...]:
        """A server may come later."""
        return (*calls.SILENCE_CHANGES, settings.written("/org/gnome/desktop/notifications/"))

    async def holds(self) -> bool | None:
        """GNOME's server has no property for it."""
        if await self._line.ask(calls.SERVER) == "gnome-shell":
            shown = await settings.flag("org.gnome.desktop.notifications", "show-banners")
            return None if shown is None else not shown
        return await silenced(self._line)


class SessionInhibitors(_Quiet):
    """What keeps the session from being idle: a film, a presentation."""

    name = "session_inhibitors"
    word = "kept_awake"

    def __init__(self, thread: Thread) -> None:
        super().__init__(thread, thread.session)

    async def prepare(self) -> tuple[Signal, ...]:
        """Both may come later."""
        return KEPT_AWAKE_CHANGES

    async def holds(self) -> bool | None:
        """Whether one of the two says so."""
        said = [await self._line.ask(call) for call in KEPT_AWAKE]
        told = [answer for answer in said if isinstance(answer, bool)]
        return any(told) if told else None


class LogindInhibitors(_Quiet):
    """The same, of logind."""

    name = "logind_inhibitors"
    word = "kept_awake"

    def __init__(self, thread: Thread) -> None:
        super().__init__(thread, thread.system)

    async def prepare(self) -> tuple[Signal, ...]:
        """There has to be a logind."""
        await login.here(self._line)
        return (login.OWNER, login.MANAGER_CHANGES)

    async def holds(self) -> bool | None:
        """Whether idle is among what is blocked."""
        said = await self._line.ask(login.BLOCKED)
        return "idle" in said.split(":") if isinstance(said, str) else None
