"""Idle by pynput on an X server; what its callbacks can reach is a time and a flag, no key, button or position."""

import dis
import threading
import weakref
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

import pytest

from agent.platforms.base import Blind
from agent.platforms.pynput_idle import Last, PynputIdle, callbacks
from policy.seen import Lost
from tests.contracts.idle import Heard, IdleContract
from tests.support.desktop import Room
from tests.support.until import until
from tests.support.x11_hand import Hand


class Rig:
    """XTEST on the screen of a room; pynput takes the process's own."""

    people = False

    def __init__(self, hand: Hand) -> None:
        self.touch = hand.by_program

    def source(self) -> PynputIdle:
        return PynputIdle()


@pytest.fixture(scope="module")
def bare() -> Iterator[Room]:
    with Room() as room:
        room.screen()
        yield room


def live_in(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process's screen is the room's."""
    monkeypatch.setenv("DISPLAY", room.env["DISPLAY"])
    for name in ("XAUTHORITY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


class TestPynput(IdleContract):
    """The contract."""

    @pytest.fixture
    def rig(self, bare: Room, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
        live_in(bare, monkeypatch)
        hand = Hand(bare.env)
        yield Rig(hand)
        hand.close()


# --- what is kept of input -------------------------------------------------------------------------------------------


class Secret:
    """A key, a button or a position."""


def every() -> Iterator[tuple[str, FunctionType, Last]]:
    last = Last(people=True)
    for on in callbacks(last):
        for name, function in on.items():
            assert isinstance(function, FunctionType)
            yield name, function, last


def test_a_callback_reads_nothing_of_what_it_is_given_but_the_flag() -> None:
    names = []
    for name, function, _ in every():
        code = function.__code__
        arguments = set(code.co_varnames[: code.co_argcount])
        used = {i.argval for i in dis.get_instructions(function) if isinstance(i.argval, str)}
        assert used & arguments == {"injected"}, name
        assert set(code.co_varnames) == arguments, "no other place to keep it in"
        names.append(name)
    assert names == ["on_move", "on_click", "on_scroll", "on_press", "on_release"]


def test_a_callback_reaches_one_object_that_holds_a_time_and_flags() -> None:
    for name, function, last in every():
        (cell,) = function.__closure__ or ()
        assert cell.cell_contents is last, name
        assert set(function.__code__.co_names) == {"touch"}, "the one thing that it asks for, of that object"
        assert function.__defaults__ is None
    assert not hasattr(last, "__dict__")
    kept = {name: type(getattr(last, name)) for name in Last.__slots__}
    assert kept == {"at": float, "away": bool, "people": bool, "stir": threading.Event}


def test_what_a_callback_was_given_is_gone_when_it_returns() -> None:
    for name, function, last in every():
        last.away = True
        before = last.at
        count = function.__code__.co_argcount - 1
        secrets = [Secret() for _ in range(count)]
        seen = [weakref.ref(secret) for secret in secrets]
        function(*secrets, False)
        secrets.clear()
        assert last.at > before, name
        assert [ref() for ref in seen] == [None] * count, name


def test_only_with_people_faked_input_does_not_count() -> None:
    for people, counts in ((True, False), (False, True)):
        last = Last(people=people)
        before = last.at
        last.touch(injected=True)
        assert (last.at > before) == counts
        before = last.at
        last.touch(injected=False)
        assert last.at > before


def test_a_touch_wakes_nobody_unless_somebody_is_away() -> None:
    last = Last(people=False)
    last.touch(injected=False)
    assert not last.stir.is_set()
    last.away = True
    last.touch(injected=False)
    assert last.stir.is_set()


# --- where it does not work ------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # python-xlib forgets sockets that failed
@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({}, "no_display"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "wayland"),
        ({"DISPLAY": ":65000"}, "no_server"),
    ],
    ids=["none", "wayland", "nobody"],
)
def test_without_a_server_it_says_so(monkeypatch: pytest.MonkeyPatch, environ: Mapping[str, str], why: str) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    before = set(threading.enumerate())
    assert blind(PynputIdle()) == why
    until(lambda: set(threading.enumerate()) <= before, what="threads are left")


def test_on_x_it_can_not_tell_people_from_programs(bare: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(bare, monkeypatch)
    assert blind(PynputIdle(people=True)) == "no_flag"


def blind(source: PynputIdle) -> Any:
    with pytest.raises(Blind) as why:
        source.start(print)
    source.stop()
    return why.value.why


def test_the_server_goes_and_the_process_lives(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.screen()
    live_in(room, monkeypatch)
    before = set(threading.enumerate())
    heard = Heard(PynputIdle())
    heard.source.watch((600.0,))
    room.end(room._running[0])
    until(lambda: heard.said)
    assert heard.said == [Lost("pynput", "no_server")]
    heard.source.stop()
    until(lambda: set(threading.enumerate()) <= before, what="threads are left")
