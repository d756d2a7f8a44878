"""Idle on an X server: told by its counters, of any input or of people's own, until the server is gone."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.platforms.base import Blind, IdleSource
from agent.platforms.x11 import Connection
from agent.platforms.x11_idle import XSyncIdle
from agent.platforms.x11_people import XPeopleIdle
from policy.seen import Lost
from tests.contracts.idle import LONG, SHORT, Heard, IdleContract
from tests.support.compositors import Desk
from tests.support.desktop import Room
from tests.support.until import until
from tests.support.x11_hand import Hand

Kind = type[XSyncIdle]
FDS = Path("/proc/self/fd")


class Rig:
    """On the screen of a room."""

    def __init__(self, room: Room, kind: Kind, touch: Callable[[], None]) -> None:
        self._room, self._kind, self.touch, self.people = room, kind, touch, kind.people

    def source(self) -> IdleSource:
        return self._kind(self._room.env)


@pytest.fixture(scope="module")
def bare() -> Iterator[Room]:
    """A screen for all of these; each test touches it before it listens."""
    with Room() as room:
        room.screen()
        yield room


@pytest.fixture
def hand(bare: Room) -> Iterator[Hand]:
    hand = Hand(bare.env)
    yield hand
    hand.close()


class TestAnyInput(IdleContract):
    """The contract, by IDLETIME and XTEST."""

    @pytest.fixture
    def rig(self, bare: Room, hand: Hand) -> Rig:
        return Rig(bare, XSyncIdle, hand.by_program)


class TestPeople(IdleContract):
    """The contract, by the devices' own counters."""

    @pytest.fixture
    def rig(self, bare: Room, hand: Hand) -> Rig:
        return Rig(bare, XPeopleIdle, hand.by_person)


@pytest.fixture(params=[XSyncIdle, XPeopleIdle])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param  # type: ignore[no-any-return]


def test_what_a_program_makes_up_is_no_person(bare: Room, hand: Hand) -> None:
    """Each told absence is answered by a jiggler: the person's goes on and on."""
    every, people = Heard(XSyncIdle(bare.env)), Heard(XPeopleIdle(bare.env))
    hand.by_person()
    people.source.watch((SHORT, 2 * SHORT, 4 * SHORT))
    every.source.watch((SHORT / 2,))
    times = 0
    while max(people.idled(), default=0) < 4 * SHORT:
        times += 1
        assert times < 50, "the jiggler put it off"
        every.idles(times)
        hand.by_program()
        every.is_touched(times)
    assert people.touched() == 0
    hand.by_person()
    people.is_touched()
    for one in (every, people):
        one.source.stop()


@pytest.fixture
def people(bare: Room, hand: Hand) -> Iterator[Heard]:
    heard = Heard(XPeopleIdle(bare.env))
    yield heard
    heard.source.stop()
    hand.plugs()


def test_a_device_that_is_unplugged_makes_nobody_idle(people: Heard, hand: Hand) -> None:
    """When it was touched can't be asked any more: the time from then on counts, though the others rested longer."""
    hand.by_person()
    people.source.watch((SHORT,))
    people.idles()
    hand.by_person()
    people.source.watch((LONG,))
    people.is_touched()
    unplugged = time.monotonic()
    hand.unplugs()
    assert LONG <= people.idles(2) <= time.monotonic() - unplugged


def test_a_device_that_comes_or_goes_ends_no_absence(people: Heard, hand: Hand) -> None:
    hand.by_person()
    people.source.watch((SHORT, LONG, 600.0))
    people.idles()
    hand.unplugs()
    people.idles(2)
    hand.plugs()
    hand.unplugs()
    hand.plugs()
    people.source.watch((SHORT, 600.0))
    people.idles(3)
    assert people.touched() == 0
    hand.by_person()
    people.is_touched()


def test_who_was_idle_before_the_start_is_told_at_once(bare: Room, kind: Kind, hand: Hand) -> None:
    first = Heard(kind(bare.env))
    hand.by_person()
    first.source.watch((LONG,))
    first.idles()
    second = Heard(kind(bare.env))
    second.source.watch((SHORT, LONG))
    assert second.idles() >= LONG
    hand.by_person()
    second.is_touched()
    assert len(second.idled()) == 1
    for one in (first, second):
        one.source.stop()


def test_the_server_goes_and_the_process_lives(room: Room, kind: Kind) -> None:
    room.screen()
    before = set(threading.enumerate())
    heard = Heard(kind(room.env))
    heard.source.watch((600.0,))
    room.end(room._running[0])
    until(lambda: heard.said)
    assert heard.said == [Lost(heard.source.name, "no_server")]
    until(lambda: set(threading.enumerate()) <= before, what="threads are left")
    heard.source.watch((1.0,))
    heard.source.stop()


@pytest.mark.parametrize(
    ("environ", "why"),
    [({}, "no_display"), ({"DISPLAY": ""}, "no_display"), ({"DISPLAY": ":65000"}, "no_server")],
    ids=["none", "empty", "nobody"],
)
def test_without_a_server_it_says_so(kind: Kind, environ: dict[str, str], why: str) -> None:
    with pytest.raises(Blind) as blind:
        kind(environ).start(print)
    assert blind.value.why == why


def test_on_wayland_an_x_server_does_not_hear_everything(bare: Room, kind: Kind) -> None:
    with pytest.raises(Blind) as blind:
        kind(bare.env | {"WAYLAND_DISPLAY": "wayland-0"}).start(print)
    assert blind.value.why == "wayland"


def test_a_server_inside_of_wayland_is_known_by_itself(kind: Kind) -> None:
    """Though nobody named the compositor to us, and no device came to the server yet."""
    with Desk() as desk:
        desk.sway()
        number = desk.folder / "xwayland"
        with number.open("wb") as out:
            desk.start("Xwayland", "-displayfd", str(out.fileno()), "-noreset", "-ac", keep=out.fileno())
            display = until(lambda: number.read_text().strip(), what="no Xwayland")
        with pytest.raises(Blind) as blind:
            kind({"DISPLAY": f":{display}"}).start(print)
    assert blind.value.why == "wayland"


@pytest.mark.parametrize("gone", ["SYNC", "XInputExtension"])
def test_without_the_extension_it_says_so(kind: Kind, gone: str, monkeypatch: pytest.MonkeyPatch, bare: Room) -> None:
    """A server of today can't be had without them: the question for it is turned away."""
    there = Connection.extension
    monkeypatch.setattr(Connection, "extension", lambda self, name: None if name == gone else there(self, name))
    source = kind(bare.env)
    if gone == "XInputExtension" and kind is XSyncIdle:
        source.start(print)  # it needs none
    else:
        with pytest.raises(Blind) as blind:
            source.start(print)
        assert blind.value.why == "no_extension"
    source.stop()


def test_a_blind_source_leaves_no_connection(bare: Room, kind: Kind) -> None:
    before = len(list(FDS.iterdir()))
    for _ in range(3):
        with pytest.raises(Blind):
            kind(bare.env | {"WAYLAND_DISPLAY": "wayland-0"}).start(print)
        ended = kind(bare.env)
        ended.start(print)
        ended.stop()
    assert len(list(FDS.iterdir())) <= before
