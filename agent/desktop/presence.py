"""Presence in one session: what the sources see goes to policy/presence.py, and what follows is done.

Main thread only, but for what the sources call. Nothing is written; a Lapse alone goes to the other half.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from agent import ipc
from agent.desktop.mainthread import MainThread
from agent.desktop.senses import Senses
from agent.desktop.timer import Timer
from agent.platforms.base import Blind, IdleSource, QuietSource, Sense, System
from policy import presence
from policy.presence import Moment, Settings
from policy.seen import (
    Asked,
    Effect,
    Event,
    Lapsed,
    Lock,
    LockIs,
    LockScreen,
    Lost,
    NotLocked,
    NotSeen,
    Pressed,
    Quiet,
    QuietIs,
    Seen,
    Tick,
    Woke,
)

TRY_AGAIN = (10.0, 120.0, 1200.0)  # seconds after which what is not here is looked for, again and again
EVERY_WORD: tuple[Quiet, ...] = ("presenting", "call", "sharing", "full_screen", "do_not_disturb", "kept_awake")


@dataclass
class Audience:
    """Who hears of it. do: what is to be put on the screen. lapsed: how long it stood open.

    open: whether the session has a person before it, and why no finding may be named now. sees: what can be seen here.
    """

    do: Callable[[Effect], None]
    lapsed: Callable[[float], None]
    open: Callable[[bool, tuple[str, ...]], None]
    sees: Callable[[ipc.Sight], None]


@dataclass
class Watched:
    """One kind of input: which source tells it, or why none does."""

    people: bool
    source: IdleSource | None = None
    why: dict[str, str] = field(default_factory=dict)

    def eye(self) -> ipc.Eye:
        if self.source is not None:
            return ipc.Eye(by=self.source.name)
        return ipc.Eye(why_not=", ".join(f"{name}: {why}" for name, why in self.why.items()) or "no_source")


class Presence:
    """From `start` to `stop`. now: the time on the clock of this session."""

    def __init__(
        self, main: MainThread, system: System, senses: Senses, now: Callable[[], datetime], audience: Audience
    ) -> None:
        self._main, self._system, self._senses, self._now, self._audience = main, system, senses, now, audience
        self._timer, self._again = Timer(self._ring), Timer(self._ring_again)
        self._settings: Settings | None = None
        self._state = presence.State(opened=system.awake())
        self._slept = system.slept()
        self._watched = Watched(people=False), Watched(people=True)
        self._locks: dict[str, Lock] = {}
        self._running: dict[str, Sense] = {}  # of locks and quiet, by name
        self._quiet: dict[str, QuietSource] = {}
        self._blind: dict[str, str] = {}
        self._told: tuple[bool, tuple[str, ...]] = (True, ())
        self._sight: ipc.Sight | None = None
        self._tries = 0

    def start(self) -> None:
        """Begin to see what does not hang on a rule: the lock, and whether it is a time to be quiet."""
        self._begin_missing()
        self._tell_sight()
        self._try_later()

    def follow(self, settings: Settings | None) -> None:
        """The rule as it is now. Idle time is looked at only where there is one."""
        if settings == self._settings:
            return
        self._settings = settings
        for watched in self._watched:
            wanted = bool(presence.spans(settings, people=watched.people))
            if wanted and watched.source is None:
                self._find(watched)
            elif watched.source is not None and not wanted:
                watched.source.stop()
                watched.source = None
                self._step(NotSeen(people=watched.people))
        self._watch()
        self._step(Tick())
        self._tell_sight()
        self._try_later()

    def press(self, button: str) -> None:
        """A button of a card, or of the menu."""
        if button in {"lock", "extend"}:
            self._step(Pressed("lock" if button == "lock" else "extend"))

    def stop(self) -> None:
        """End every source and both timers."""
        self._timer.stop()
        self._again.stop()
        for source in (*self._running.values(), *(w.source for w in self._watched if w.source)):
            source.stop()

    # --- sources

    def _begin_missing(self) -> None:
        """Start those of lock and quiet that do not run."""
        for lock in (make() for make in self._senses.lock):
            self._begin(lock)
        for quiet in (make() for make in self._senses.quiet):
            if self._begin(quiet):
                self._quiet[quiet.name] = quiet

    def _begin(self, source: Sense) -> bool:
        if source.name in self._running:
            return False
        try:
            source.start(partial(self._hear, source))
        except Blind as blind:
            self._blind[source.name] = blind.why
            return False
        self._blind.pop(source.name, None)
        self._running[source.name] = source
        return True

    def _find(self, watched: Watched) -> None:
        """The first source that works."""
        watched.why.clear()
        for make in self._senses.people if watched.people else self._senses.idle:
            source = make()
            try:
                source.start(partial(self._hear, source))
            except Blind as blind:
                watched.why[source.name] = blind.why
                continue
            watched.source = source
            return

    def _watch(self) -> None:
        """Have the sources speak from the first time on that matters."""
        settings = self._effective()
        for watched in self._watched:
            if watched.source is not None:
                watched.source.watch(presence.spans(settings, people=watched.people))

    def _effective(self) -> Settings | None:
        """A rule that counts people alone is followed where a person's own devices can be told."""
        if self._settings is None:
            return None
        sees_people = self._watched[True].source is not None
        return replace(self._settings, people_only=self._settings.people_only and sees_people)

    def _hear(self, source: Sense, seen: Seen) -> None:
        """What a source says, on its own thread."""
        self._main.post(lambda: self._heard(source, seen))

    def _heard(self, source: Sense, seen: Seen) -> None:
        match seen:
            case Lost():
                self._lost(source, seen.why)
            case LockIs(lock):
                self._locks[source.name] = lock
                self._step(LockIs(self._lock()))
            case _:
                self._step(seen)
        self._tell_sight()  # who tells may have come or gone

    def _lock(self) -> Lock:
        """One source that says locked is enough; unknown where none can say."""
        said = set(self._locks.values())
        return "locked" if "locked" in said else "unlocked" if "unlocked" in said else "unknown"

    def _lost(self, source: Sense, why: str) -> None:
        """It ended by itself: what it said is not known any more, and it may come back."""
        source.stop()
        self._tries = 0
        for watched in self._watched:
            if watched.source is source:
                watched.source = None
                self._step(NotSeen(people=watched.people))
                self._find(watched)
                watched.why.setdefault(source.name, why)
                self._watch()
        if self._running.pop(source.name, None):
            self._blind[source.name] = why
        if self._locks.pop(source.name, None):
            self._step(LockIs(self._lock()))
        if self._quiet.pop(source.name, None):
            self._step(QuietIs(source.name, frozenset()))
        self._try_later()

    def _try_later(self) -> None:
        """What is not here may come: a window manager begins after us, a server starts anew."""
        missing = self._blind or any(watched.why and watched.source is None for watched in self._watched)
        if missing and self._tries < len(TRY_AGAIN):
            self._again.set(TRY_AGAIN[self._tries])

    def _ring_again(self) -> None:
        self._main.post(self._try_again)

    def _try_again(self) -> None:
        """Look for what was lost."""
        self._tries += 1
        self._begin_missing()
        for watched in self._watched:
            if watched.source is None and presence.spans(self._settings, people=watched.people):
                self._find(watched)
        self._watch()
        self._tell_sight()
        self._try_later()

    # --- what follows

    def _ring(self) -> None:
        self._main.post(lambda: self._step(Tick()))

    def _step(self, event: Event) -> None:
        slept = self._system.slept()
        if slept > self._slept + 1:
            self._slept = slept
            self._do(Woke())
        self._do(event)

    def _do(self, event: Event) -> None:
        moment = Moment(self._system.awake(), self._now().date().isoformat())
        self._state, effects, wake = presence.step(self._effective(), self._state, event, moment)
        self._timer.set(None if wake is None else max(0.0, wake - moment.awake))
        self._tell_open(moment)
        for effect in effects:
            match effect:
                case Lapsed(seconds):
                    self._audience.lapsed(seconds)
                case LockScreen(way):
                    self._lock_by(way)
                case _:
                    self._audience.do(effect)

    def _tell_open(self, moment: Moment) -> None:
        told = (not self._state.shut, tuple(sorted(presence.hush(self._state, moment))))
        if told != self._told:
            self._told = told
            self._audience.open(*told)

    def _lock_by(self, way: int) -> None:
        """Ask the first way from this one on that takes it."""
        why = "no_way"
        for number, make in enumerate(self._senses.lockers[way:], way):
            try:
                make().lock()
            except Blind as blind:
                why = blind.why
            else:
                self._main.post(partial(self._step, Asked(number)))
                return
        self._main.post(partial(self._step, NotLocked(why)))

    def _tell_sight(self) -> None:
        sees = frozenset[Quiet]().union(*(source.sees for source in self._quiet.values()))
        idle = self._watched[False]
        sight = ipc.Sight(
            idle=idle.eye() if self._settings is not None else ipc.Eye(),
            people=self._watched[True].eye() if self._settings and self._settings.people_only else None,
            lock=self._lock_eye(),
            lockers=tuple(make().name for make in self._senses.lockers),
            quiet=tuple(word for word in EVERY_WORD if word in sees),
            unseen=tuple(word for word in EVERY_WORD if word not in sees),
            film_counts=bool(getattr(idle.source, "honours_inhibitors", False)),
        )
        if sight != self._sight:
            self._sight = sight
            self._audience.sees(sight)

    def _lock_eye(self) -> ipc.Eye:
        if telling := [name for name, lock in self._locks.items() if lock != "unknown"]:
            return ipc.Eye(by=", ".join(sorted(telling)))
        silent = [f"{name}: nobody_tells" for name in self._locks]
        blind = [f"{n}: {self._blind[n]}" for n in (make().name for make in self._senses.lock) if n in self._blind]
        return ipc.Eye(why_not=", ".join((*blind, *silent)) or "no_source")
