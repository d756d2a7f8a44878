"""When it is looked again: after a run of apt or of dpkg, once each; and in time where no event came."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from agent.sensors import watching
from agent.sensors.dpkg import Dpkg
from agent.sensors.watching import Watching
from policy.model import Gap, Instant, Look, Text
from tests.support.packages import Packages
from tests.support.until import until

SOON = 5.0  # seconds; a look that is due within them is one more look


def now() -> Instant:
    return Instant(datetime(2026, 11, 24, tzinfo=UTC), 0.0)


@pytest.fixture(autouse=True)
def _by_events_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look comes by the clock here, but where a test says so."""
    monkeypatch.setattr(watching, "RECHECK", 3600.0)


class Seen:
    """The looks so far."""

    def __init__(self) -> None:
        self.looks: list[Look] = []

    def names(self) -> list[str]:
        return sorted(f.subject.key for f in self.looks[-1].facts) if self.looks else []

    def at_rest(self, watching: Watching) -> bool:
        """No look is due, and none is under way."""
        with watching._changed:
            return time.monotonic() + SOON < watching._due < float("inf")


@contextmanager
def watched(machine: Packages) -> Iterator[tuple[Seen, Watching]]:
    """The sensor with its watchdog, after its first look."""
    seen = Seen()
    runs = Watching(Dpkg(machine.root), now, seen.looks.append)
    runs.start()
    try:
        until(lambda: seen.looks and seen.at_rest(runs), what="no first look")
        yield seen, runs
    finally:
        runs.stop()
    assert not any(thread.name == "look-dpkg" for thread in threading.enumerate()), "its thread is left"


def test_one_run_of_apt_is_one_look(machine: Packages):
    """It closes dpkg's lock thrice and the frontend's once, at its end: looked at then, with who did it in the log."""
    with watched(machine) as (seen, runs):
        for n, name in enumerate(("one", "two", "three"), 2):
            machine.apt(name, by="me (1000)")
            until(lambda: name in seen.names() and seen.at_rest(runs), what=f"no look after {name}")  # noqa: B023
            assert len(seen.looks) == n
            assert seen.looks[-1].gap is None
            assert all(getattr(fact, "by", "") == "user:1000" for fact in seen.looks[-1].facts)
        assert seen.names() == ["one", "three", "two"]


def test_dpkg_alone_is_looked_at_too(machine: Packages):
    """Both its locks close together: at most a look for each."""
    with watched(machine) as (seen, runs):
        machine.install("one")
        until(lambda: seen.names() == ["one"] and seen.at_rest(runs))
        assert len(seen.looks) in {2, 3}
        before = len(seen.looks)
        machine.remove("one", purge=True)
        until(lambda: not seen.names() and seen.at_rest(runs))
        assert len(seen.looks) - before in {1, 2}


def test_while_apt_is_at_work_it_is_not_looked_and_afterwards_it_is(machine: Packages):
    """Dpkg's own lock closes in the middle of a run: the frontend's is still held."""
    with watched(machine) as (seen, runs):
        with machine.held("lock-frontend"):
            assert machine.dpkg("--unpack", str(machine.deb("toy")), frontend=True).returncode == 0
            until(lambda: seen.at_rest(runs))
            assert machine.dpkg("--configure", "--pending", frontend=True).returncode == 0
            until(lambda: seen.at_rest(runs))
            assert len(seen.looks) == 1
        until(lambda: seen.names() == ["toy"])
        assert seen.looks[-1].gap is None


def test_a_killed_run_lets_go_and_is_looked_at(machine: Packages):
    """The kernel closes the lock of a process that dies."""
    with watched(machine) as (seen, _):
        with machine.held("lock-frontend") as other:
            machine.dpkg("--unpack", str(machine.deb("toy")), frontend=True)
            other._process.kill()
        until(lambda: seen.names() == ["toy"])
        assert seen.looks[-1].gap
        assert seen.looks[-1].gap.reason == "half_configured"


# --- a sensor whose events are ours


class Handmade:
    """A sensor that is told what to see."""

    kind, source, scope = "software", "handmade", "machine"

    def __init__(self) -> None:
        self.is_busy = False
        self.gap: Gap | None = None
        self.looking: Callable[[], None] = lambda: None
        self.fails = False

    def watched(self) -> Text:
        return Text("", "")

    def start(self, again: Callable[[float], None]) -> None:
        raise OSError(28, "inotify watch limit reached")

    def busy(self) -> bool:
        return self.is_busy

    def look(self, now: Instant) -> Look:
        self.looking()
        if self.fails:
            raise RuntimeError("a bug")
        return Look(self.kind, self.source, self.scope, now, (), self.gap)

    def stop(self) -> None:
        pass


@pytest.fixture
def handmade() -> Iterator[tuple[Handmade, Seen, Watching]]:
    sensor, seen = Handmade(), Seen()
    runs = Watching(sensor, now, seen.looks.append)
    yield sensor, seen, runs
    runs.stop()


def test_a_missed_event_costs_time_and_not_truth(handmade, monkeypatch: pytest.MonkeyPatch):
    """No events at all: it is looked again by the clock, for ever."""
    _, seen, runs = handmade
    monkeypatch.setattr(watching, "HOURLY", 0.01)
    runs.start()
    until(lambda: len(seen.looks) > 5)


def test_after_a_look_that_saw_nothing_it_is_looked_again_sooner(handmade, monkeypatch: pytest.MonkeyPatch):
    """The lock's event was missed: the short wait, not the hour."""
    sensor, seen, runs = handmade
    monkeypatch.setattr(watching, "RECHECK", 0.01)
    sensor.gap = Gap("locked")
    runs.start()
    until(lambda: len(seen.looks) > 5)
    sensor.gap = None
    until(lambda: seen.looks[-1].gap is None and seen.at_rest(runs))


def test_an_event_that_comes_during_a_look_is_not_lost(handmade):
    """What changed meanwhile may not be in it: one more look."""
    sensor, seen, runs = handmade

    def meanwhile() -> None:
        sensor.looking = lambda: None
        runs.again()

    sensor.looking = meanwhile
    runs.start()
    until(lambda: len(seen.looks) == 2 and seen.at_rest(runs))


def test_events_that_come_together_are_one_look(handmade):
    """The earliest counts."""
    _, seen, runs = handmade
    for seconds in (0.3, 0.0, 0.2):
        runs.again(seconds)
    runs.start()
    until(lambda: seen.looks and seen.at_rest(runs))
    assert len(seen.looks) == 1


def test_a_bug_in_a_look_is_a_gap_and_the_next_one_comes(handmade, caplog: pytest.LogCaptureFixture):
    """A sensor that raises ends nothing and stops nobody."""
    sensor, seen, runs = handmade
    sensor.fails = True
    runs.start()
    until(lambda: seen.looks)
    assert seen.looks[0].gap == Gap("failed")
    sensor.fails = False
    runs.again()
    until(lambda: seen.looks[-1].gap is None)
    assert "no events" in caplog.text, "an observer that can't be had is said once"
