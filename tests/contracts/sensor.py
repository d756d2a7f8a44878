"""The suite that every sensor of agent/sensors runs: agent/sensors/base.py.

A test module of one has a class that inherits `SensorContract`, with a fixture `place`: what it looks at, and a hand
that installs there as the real program does. A sensor that is only made where its place is there inherits `Promises`.
"""

import threading
from collections.abc import Iterator
from typing import Protocol

import pytest

from agent.sensors.base import Sensor
from policy.kinds.software import InstalledProgram
from policy.model import Look, Subject
from tests.support.packages import NOW
from tests.support.until import until

OLD, NEW = "1.4.2", "2.0.7"  # found nowhere in a key


class Place(Protocol):
    """One place that programs are installed in; empty at first.

    names: of two programs. versioned: whether it tells a version.
    """

    names: tuple[str, str]
    versioned: bool

    def sensor(self) -> Sensor:
        """A new one, not started."""

    def install(self, name: str, version: str) -> None:
        """It is there when this returns, in this version and no other."""

    def remove(self, name: str) -> None:
        """It is gone when this returns."""

    def key(self, name: str) -> str:
        """Of its subject."""

    def spoil(self) -> None:
        """What is there can't be read any more."""

    def mend(self) -> None:
        """Undo `spoil`."""


class MissingPlace(Place, Protocol):
    """One that a machine may be without."""

    def vanish(self) -> None:
        """The place itself is not there, as on a machine that never had one."""


def programs(look: Look) -> dict[str, InstalledProgram]:
    """The facts by the key of their subject."""
    return {fact.subject.key: fact for fact in look.facts if isinstance(fact, InstalledProgram)}


class Promises:
    """Each test names the promise."""

    @pytest.fixture
    def sensor(self, place: Place) -> Iterator[Sensor]:
        before = {thread.ident for thread in threading.enumerate()}
        made = place.sensor()
        yield made
        made.stop()
        until(lambda: {thread.ident for thread in threading.enumerate()} <= before, what="a thread is left")

    def test_all_that_is_there_is_seen(self, place: Place, sensor: Sensor) -> None:
        one, two = place.names
        place.install(one, OLD)
        place.install(two, NEW)
        look = sensor.look(NOW)
        assert look.gap is None
        assert (look.kind, look.source, look.scope) == (sensor.kind, sensor.source, sensor.scope)
        found = programs(look)
        assert set(found) == {place.key(one), place.key(two)}
        assert len(look.facts) == len(found)
        assert {fact.subject.scope for fact in look.facts} == {sensor.scope}
        if place.versioned:
            assert OLD in found[place.key(one)].version
            assert NEW in found[place.key(two)].version

    def test_the_same_place_is_the_same_look(self, place: Place, sensor: Sensor) -> None:
        """By the same sensor, and by one of an agent that was started again."""
        for name in place.names:
            place.install(name, OLD)
        first = sensor.look(NOW)
        assert len(first.facts) == len(place.names), "else this tests nothing"
        assert sensor.look(NOW) == first
        assert place.sensor().look(NOW) == first

    def test_what_is_removed_is_gone_and_the_rest_stays(self, place: Place, sensor: Sensor) -> None:
        one, two = place.names
        place.install(one, OLD)
        place.install(two, OLD)
        sensor.look(NOW)
        place.remove(one)
        look = sensor.look(NOW)
        assert look.gap is None
        assert set(programs(look)) == {place.key(two)}

    def test_what_cannot_be_read_is_a_gap_about_all_that_was_seen(self, place: Place, sensor: Sensor) -> None:
        """An empty complete look would end every finding as put right."""
        for name in place.names:
            place.install(name, OLD)
        seen = sensor.look(NOW)
        place.spoil()
        for look in (sensor.look(NOW), place.sensor().look(NOW)):
            assert look.gap is not None
            unseen = {fact.subject for fact in seen.facts} - {fact.subject for fact in look.facts}
            assert unseen, "else nothing was spoilt"
            assert all(look.gap.covers(subject) for subject in unseen)
        place.mend()
        assert sensor.look(NOW) == seen

    def test_an_upgrade_is_the_same_subject(self, place: Place, sensor: Sensor) -> None:
        name, _ = place.names
        place.install(name, OLD)
        (old,) = programs(sensor.look(NOW)).values()
        place.install(name, NEW)
        (new,) = programs(sensor.look(NOW)).values()
        assert old.subject == new.subject
        if place.versioned:
            assert NEW in new.version
            assert OLD not in new.version

    def test_the_key_has_no_version_and_no_path(self, place: Place, sensor: Sensor) -> None:
        name, _ = place.names
        place.install(name, OLD)
        (fact,) = sensor.look(NOW).facts
        assert fact.subject == Subject(fact.subject.type, fact.subject.key.lower(), sensor.scope)
        assert fact.subject.key
        assert not any(part in fact.subject.key for part in ("/", "\\", OLD))

    def test_each_change_is_told(self, place: Place, sensor: Sensor) -> None:
        """Installed, upgraded, removed: each leads to a look that sees it."""
        name, other = place.names
        place.install(other, OLD)
        heard: list[float] = []
        sensor.start(heard.append)
        for change in (
            lambda: place.install(name, OLD),
            lambda: place.install(name, NEW),
            lambda: place.remove(name),
        ):
            heard.clear()
            change()
            until(lambda: heard, what="no event")
        assert all(seconds >= 0 for seconds in heard)

    def test_after_stop_nothing_is_heard(self, place: Place) -> None:
        """And its threads are gone, also of one that was never started."""
        before = {thread.ident for thread in threading.enumerate()}
        place.install(place.names[1], OLD)
        started, never = place.sensor(), place.sensor()
        heard: list[float] = []
        started.start(heard.append)
        started.stop()
        never.stop()
        until(lambda: {thread.ident for thread in threading.enumerate()} <= before, what="a thread is left")
        heard.clear()
        place.install(place.names[0], OLD)
        assert not heard

    def test_what_it_looks_at_is_said_in_both_languages(self, place: Place, sensor: Sensor) -> None:
        text = sensor.watched()
        assert text.nl
        assert text.en
        assert text.nl != text.en


class SensorContract(Promises):
    """The whole suite: a machine may be without the place."""

    def test_a_place_that_is_not_there_is_empty(self, place: MissingPlace, sensor: Sensor) -> None:
        place.vanish()
        look = sensor.look(NOW)
        assert (look.facts, look.gap) == ((), None)

    def test_a_place_that_comes_later_is_told(self, place: MissingPlace, sensor: Sensor) -> None:
        """It listens before there is anything to listen to."""
        place.vanish()
        heard: list[float] = []
        sensor.start(heard.append)
        place.install(place.names[0], OLD)
        until(lambda: heard and programs(sensor.look(NOW)), what="no event")
