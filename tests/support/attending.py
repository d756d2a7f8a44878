"""A session whose input, lock and clocks are moved by a test; what presence says of it is kept."""

from collections.abc import Callable
from datetime import date, timedelta

from policy import presence
from policy.presence import Moment, Settings, State
from policy.seen import (
    Back,
    CountDown,
    Effect,
    Event,
    Idled,
    Lapsed,
    Lock,
    LockIs,
    Remind,
    Tick,
    Touched,
)

PLAIN = Settings()  # reminded after 5 minutes, unattended after 10


class Attending:
    """`said`: every effect so far, in order. An idle source of its own speaks as a real one does."""

    def __init__(self, settings: Settings | None = PLAIN, *, lock: Lock = "unlocked") -> None:
        self.settings = settings
        self.state = State()
        self.awake = 1000.0
        self.day = date(2026, 11, 24)
        self.said: list[Effect] = []
        self.wake: float | None = None
        self.onlooker: Callable[[Effect], object] = lambda _: None  # told each effect at its time
        self.last = {False: self.awake, True: self.awake}  # the last input: of any kind, and a person's
        self.idling = {False: False, True: False}
        self.do(LockIs(lock))

    @property
    def now(self) -> Moment:
        return Moment(self.awake, self.day.isoformat())

    def do(self, event: Event) -> list[Effect]:
        """One event; what it brought."""
        self.state, effects, self.wake = presence.step(self.settings, self.state, event, self.now)
        self.said += effects
        for effect in effects:
            self.onlooker(effect)
        return list(effects)

    def touch(self, *, people: bool = True) -> list[Effect]:
        """Input; people: by a person's own devices. What it brought."""
        before = len(self.said)
        for kind in (False, True) if people else (False,):
            self.last[kind] = self.awake
            if self.idling[kind]:
                self.idling[kind] = False
                self.do(Touched(people=kind))
        return self.said[before:]

    def wait(self, seconds: float) -> list[Effect]:
        """Nobody touches anything; what is said meanwhile."""
        before, end = len(self.said), self.awake + seconds
        while self.awake < end:
            self.awake = min([end, *self._coming()])
            for kind in (False, True):
                span = presence.spans(self.settings, people=kind)
                if span and not self.idling[kind] and self.awake >= self.last[kind] + span[0]:
                    self.idling[kind] = True
                    self.do(Idled(self.awake - self.last[kind], people=kind))
            if self.wake is not None and self.awake >= self.wake:
                self.do(Tick())
        return self.said[before:]

    def minutes(self, count: float) -> list[Effect]:
        return self.wait(count * 60)

    def tomorrow(self) -> None:
        self.day += timedelta(1)

    def _coming(self) -> list[float]:
        times = [self.wake] if self.wake is not None and self.wake > self.awake else []
        for kind in (False, True):
            span = presence.spans(self.settings, people=kind)
            if span and not self.idling[kind]:
                times.append(max(self.last[kind] + span[0], self.awake))
        return times

    def of(self, *kinds: type[Effect]) -> list[Effect]:
        """What was said so far, of these kinds."""
        return [effect for effect in self.said if isinstance(effect, kinds)]

    def notices(self) -> list[str]:
        """What was put before the employee so far."""
        return [type(effect).__name__ for effect in self.of(Remind, CountDown, Back)]

    def lapses(self) -> list[float]:
        return [effect.seconds for effect in self.of(Lapsed) if isinstance(effect, Lapsed)]
