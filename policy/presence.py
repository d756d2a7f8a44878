"""Idle, lock and quiet as they are seen -> reminder, countdown, lapse. Pure; in the user half's memory alone.

Nothing here is written to disk, and nothing leaves it but a Lapse.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from policy.seen import (
    ActiveIs,
    Asked,
    Back,
    CantLock,
    CarriersAre,
    CountDown,
    Effect,
    Event,
    Idled,
    Lapsed,
    Lock,
    LockIs,
    LockScreen,
    NotLocked,
    NotSeen,
    Pressed,
    Quiet,
    QuietIs,
    Remind,
    TakeBack,
    TakeCarrier,
    Touched,
    Woke,
)

CALM_AFTER_UNLOCKING = 60.0  # seconds in which no notice names a finding: somebody may be looking over a shoulder
IDLE = 120.0  # seconds without input after which no notice names a finding: nobody may be there, or somebody else
MORE = 10  # times that a countdown may be put off (WCAG 2.2, 2.2.1 Timing Adjustable)
LINGERS = 20.0  # seconds that a reminder stays after it was answered: a hand is on its way to the button
PATIENCE = 2.0  # seconds in which a screen that was asked to lock is seen to be locked
SOMEBODY: frozenset[Quiet] = frozenset({"presenting", "call", "sharing"})


class Settings(Struct, frozen=True):
    """What a policy sets; spans in seconds. lock_after 0: it is never locked for the employee."""

    remind_after: float = 300
    unattended_after: float = 600
    lock_after: float = 0
    countdown: float = 30
    people_only: bool = False
    answered_within: float = 60  # a reminder that is answered by then was somebody reading


class Moment(Struct, frozen=True):
    """awake: seconds that the machine was awake, from any beginning. today: the date on the laptop's own clock."""

    awake: float
    today: str


class State(Struct, frozen=True, kw_only=True):
    """All that is remembered of a session; a time is in awake seconds.

    idle, people: since when there is no input, of any kind or by a person's own devices; None: there is, or it can't be
    told. opened: since when the screen is open with nobody known to be there by other signs. reminded, extended,
    put_off, gave_up: of this absence. spoken, lingers: when the card on the screen was put there, until when it stays.
    put_up: when the last one was.
    counting: when the countdown ends. locking: the way that was asked, and when. owed: how long it stood open, to be
    told when it is not quiet any more.
    """

    lock: Lock = "unknown"
    active: bool = True
    quiet: Mapping[str, frozenset[Quiet]] = {}
    carriers: int = 0
    idle: float | None = None
    people: float | None = None
    opened: float = 0.0
    unlocked: float | None = None
    reminded: bool = False
    spoken: float | None = None
    lingers: float | None = None
    put_up: float | None = None
    answered: float | None = None
    counting: float | None = None
    extended: int = 0
    put_off: float = 0.0
    gave_up: bool = False
    locking: tuple[int, float] | None = None
    owed: float | None = None
    day: str = ""
    readings: int = 0
    told_back: str = ""

    @property
    def shut(self) -> bool:
        """Whether nobody can use the screen as it is."""
        return self.lock == "locked" or not self.active

    @property
    def words(self) -> frozenset[Quiet]:
        """Every reason to be quiet."""
        return frozenset().union(*self.quiet.values())


def spans(settings: Settings | None, *, people: bool = False) -> tuple[float, ...]:
    """From which time without input on an idle source is to speak; all later times follow from that one."""
    if settings is None or (people and not settings.people_only):
        return ()
    own = (settings.remind_after, settings.lock_after or settings.remind_after)
    return (float(min(own)),) if people else (float(min(*own, settings.unattended_after, IDLE)),)


def hush(state: State, now: Moment) -> frozenset[str]:
    """Why no notice that names a finding may be shown now; empty: it may."""
    words: set[str] = set(state.words)
    if state.idle is not None and now.awake >= state.idle + IDLE:
        words.add("idle")
    if state.unlocked is not None and now.awake < state.unlocked + CALM_AFTER_UNLOCKING:
        words.add("just_unlocked")
    return frozenset(words)


def step(
    settings: Settings | None, state: State, event: Event, now: Moment
) -> tuple[State, tuple[Effect, ...], float | None]:
    """The state after one event, what follows, and the awake time at which to ask again; settings None: no rule."""
    watch = _Watch(settings, state, now)
    watch.take(event)
    watch.due()
    return watch.state, tuple(watch.effects), watch.wake()


class _Watch:
    """Lives for one call of step()."""

    def __init__(self, settings: Settings | None, state: State, now: Moment) -> None:
        self.settings, self.state, self.now = settings, state, now
        self.effects: list[Effect] = []
        if state.day != now.today:
            self.set(day=now.today, readings=0)

    def set(self, **fields: object) -> None:
        self.state = replace(self.state, **fields)

    def say(self, effect: Effect) -> None:
        self.effects.append(effect)

    # --- events

    def take(self, event: Event) -> None:  # noqa: C901 - a line an event
        match event:
            case Idled(seconds, people):
                self._idled("people" if people else "idle", self.now.awake - seconds)
            case Touched(people):
                self._touched(people=people)
            case NotSeen(people):
                self.set(**{"people" if people else "idle": None})
                self._take_back()
            case LockIs(lock):
                self._locked(lock)
            case ActiveIs(active):
                self._active(active=active)
            case QuietIs(source, words):
                self._quiet(source, words)
            case Woke():
                self._take_back()
                self.set(opened=self.now.awake, locking=None)
            case Pressed(button):
                self._pressed(button)
            case Asked(way):
                self.set(locking=(way, self.now.awake))
            case NotLocked(why) if self.state.locking:  # else it was seen to be locked meanwhile
                self.set(locking=None, gave_up=True)
                self.say(CantLock(why))
            case CarriersAre(count):
                self.set(carriers=count)
            case _:  # only time passed
                pass

    def _idled(self, which: str, since: float) -> None:
        before = getattr(self.state, which)
        self.set(**{which: since if before is None else max(before, since)})

    def _touched(self, *, people: bool) -> None:
        if people == self._people_count:
            self._answered()
            self.set(reminded=False, extended=0, put_off=0.0, gave_up=False)
        if people:
            self.set(people=None)
        else:
            self._returned()
            self.set(idle=None)

    def _answered(self) -> None:
        """A hand is back. The card stays for a moment, so that its button can be reached; no countdown runs on."""
        if self.state.spoken is None or self.state.lingers is not None:
            return
        if self._soon(self.state.spoken):
            self.set(readings=self.state.readings + 1, answered=self.now.awake)
        if self.state.counting is not None:
            self.say(Remind())
        self.set(counting=None, lingers=self.now.awake + LINGERS)

    def _returned(self) -> None:
        """Somebody is back, or never was away."""
        if self.settings is None or self.state.idle is None or self.state.shut or self._somebody:
            return
        stood = self.now.awake - max(self.state.idle, self.state.opened)
        if stood < self.settings.unattended_after or self._reading:
            return
        self.say(Lapsed(stood))
        if self.now.today > self.state.told_back:
            self.set(owed=stood)

    def _locked(self, lock: Lock) -> None:
        before, was_shut = self.state.lock, self.state.shut
        if lock == before:
            return
        self.set(lock=lock)
        if before == "locked":
            self.set(unlocked=self.now.awake)
        self._shut_or_opened(was_shut=was_shut)

    def _active(self, *, active: bool) -> None:
        was_shut = self.state.shut
        self.set(active=active)
        self._shut_or_opened(was_shut=was_shut)

    def _shut_or_opened(self, *, was_shut: bool) -> None:
        if self.state.shut and not was_shut:
            self._take_back()
            self.set(locking=None, owed=None)
            if self.state.carriers:
                self.say(TakeCarrier(self.state.carriers))
        elif was_shut and not self.state.shut:
            self.set(opened=self.now.awake)

    def _quiet(self, source: str, words: frozenset[Quiet]) -> None:
        somebody = self._somebody
        self.set(quiet={**self.state.quiet, source: words})
        if self._somebody:
            self._take_back()
        elif somebody:
            self.set(opened=self.now.awake)

    def _pressed(self, button: str) -> None:
        if button == "lock" and self._reading:  # who locks was not only reading
            self.set(readings=max(0, self.state.readings - 1))
        self._take_back()
        if button == "lock":
            self._lock(0)
        else:
            self.set(extended=self.state.extended + 1, put_off=self.now.awake)

    # --- what time brings

    def due(self) -> None:
        self._due_locking()
        if self.settings is None:
            self._take_back()
            return
        if self.state.lingers is not None and self.now.awake >= self.state.lingers:
            self._take_back()
        if self._reminds and not self.state.shut and not self._somebody:
            self._due_reminder(self.settings)
            self._due_lock(self.settings)
        if self.state.owed is not None and not self.state.words and self.state.idle is None:
            self._take_back()
            self.say(Back(self.state.owed))
            self.set(owed=None, told_back=self.now.today)

    def _due_reminder(self, settings: Settings) -> None:
        if not self.state.reminded and not self.state.words and self.now.awake >= self._remind_at(settings):
            self.say(Remind())
            self.set(reminded=True, spoken=self.now.awake, put_up=self.now.awake, lingers=None)

    def _due_lock(self, settings: Settings) -> None:
        if self.state.counting is not None and self.now.awake >= self.state.counting:
            self._take_back()
            self._lock(0)
        elif self._counts_at(settings) <= self.now.awake:
            self.say(CountDown(float(settings.countdown), MORE - self.state.extended))
            until = self.now.awake + settings.countdown
            self.set(reminded=True, spoken=self.now.awake, put_up=self.now.awake, counting=until, lingers=None)

    def _due_locking(self) -> None:
        if self.state.locking is None or self.now.awake < self.state.locking[1] + PATIENCE:
            return
        if self.state.lock == "unlocked":
            self._lock(self.state.locking[0] + 1)
        else:  # nobody can tell
            self.set(locking=None, gave_up=True)

    def wake(self) -> float | None:
        """The next awake time at which anything is due by itself."""
        state, settings = self.state, self.settings
        times = [state.lingers] if state.lingers is not None else []
        if state.locking is not None:
            times.append(state.locking[1] + PATIENCE)
        if state.idle is not None:
            times.append(state.idle + IDLE)
        if state.unlocked is not None:
            times.append(state.unlocked + CALM_AFTER_UNLOCKING)
        if settings is not None and self._reminds and not state.shut and not self._somebody:
            times += [self._remind_at(settings)] if not state.reminded and not state.words else []
            times += [state.counting] if state.counting is not None else [self._counts_at(settings)]
        return min((t for t in times if self.now.awake < t < float("inf")), default=None)

    def _remind_at(self, settings: Settings) -> float:
        twice = self.state.readings >= 2
        return self._nobody_since + settings.remind_after * (2 if twice else 1)

    def _counts_at(self, settings: Settings) -> float:
        """When a countdown begins; never while one runs, or after the screen could not be locked."""
        if not settings.lock_after or self.state.counting is not None or self.state.locking or self.state.gave_up:
            return float("inf")
        return max(self._nobody_since, self.state.put_off) + settings.lock_after

    # --- small words

    @property
    def _people_count(self) -> bool:
        """Whether only a person's own devices put a reminder off."""
        return self.settings is not None and self.settings.people_only

    @property
    def _basis(self) -> float | None:
        return self.state.people if self._people_count else self.state.idle

    @property
    def _reminds(self) -> bool:
        return self._basis is not None

    @property
    def _nobody_since(self) -> float:
        return max(self._basis or 0.0, self.state.opened)

    @property
    def _somebody(self) -> bool:
        return bool(self.state.words & SOMEBODY)

    @property
    def _reading(self) -> bool:
        """Whether what was put on the screen was answered soon."""
        return self._soon(self.state.put_up) or self._soon(self.state.answered)

    def _soon(self, at: float | None) -> bool:
        """Whether this was just now, as far as reading goes."""
        within = self.settings.answered_within if self.settings else 0.0
        return at is not None and self.now.awake - at <= within

    def _take_back(self) -> None:
        if self.state.spoken is not None:
            self.say(TakeBack())
        self.set(spoken=None, counting=None, lingers=None)

    def _lock(self, way: int) -> None:
        self.set(locking=(way, self.now.awake))
        self.say(LockScreen(way))
