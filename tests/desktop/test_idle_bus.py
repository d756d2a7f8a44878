"""Idle as servers on the session bus count it: mutter's monitor, and KDE's by a server that answers as it does."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.bus.idle import ScreenSaverIdle
from agent.bus.mutter import MutterIdle
from agent.bus.thread import Thread
from agent.platforms.base import Blind, IdleSource
from policy.seen import Lost, Seen
from tests.contracts.idle import IdleContract, Rig
from tests.support.buses import enter
from tests.support.compositors import Desk
from tests.support.desktop import Room
from tests.support.until import until

SERVER = Path(__file__).resolve().parents[1] / "support" / "kde_saver.py"
KDE = "org.kde.screensaver"


class Mutter:
    """GNOME's compositor, and a hand on its pointer."""

    people = False

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def source(self) -> IdleSource:
        return MutterIdle(Thread())

    def touch(self) -> None:
        self._desk.move()


class Kde:
    """A ScreenSaver interface that counts from the last touch."""

    people = False

    def __init__(self, room: Room) -> None:
        self._room = room

    def source(self) -> IdleSource:
        return ScreenSaverIdle(Thread())

    def touch(self) -> None:
        self._room.call(KDE, "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver.SimulateUserActivity")


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as made:
        made.bus()
        yield made


@pytest.fixture
def here(quiet: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    return enter(quiet, monkeypatch)


class TestMutter(IdleContract):
    @pytest.fixture
    def rig(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Rig:
        enter(desk, monkeypatch)
        desk.mutter()
        return Mutter(desk)


class TestScreenSaver(IdleContract):
    @pytest.fixture
    def rig(self, here: Room) -> Rig:
        kde(here)
        return Kde(here)


def kde(room: Room, what: str = "count") -> None:
    room.start(sys.executable, "-I", str(SERVER), what)
    until(lambda: room.owned(KDE))


def test_mutter_s_end_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Where a question was due."""
    enter(desk, monkeypatch)
    process, heard = desk.mutter(), list[Seen]()
    source = MutterIdle(Thread())
    source.start(heard.append)
    try:
        source.watch((600.0,))
        desk.end(process)
        until(lambda: heard == [Lost("mutter", "no_server")])
    finally:
        source.stop()


@pytest.mark.parametrize("source", [MutterIdle, ScreenSaverIdle])
def test_without_a_server_it_is_blind(here: Room, source: type[IdleSource]):
    """And begins nothing."""
    with pytest.raises(Blind, match="no_server"):
        source(Thread()).start(lambda _: None)  # type: ignore[call-arg]


@pytest.mark.parametrize("what", ["words", "refuse"])
def test_a_server_of_no_use_is_blind(here: Room, what: str):
    """One that answers something else, or no."""
    kde(here, what)
    with pytest.raises(Blind, match="no_server"):
        ScreenSaverIdle(Thread()).start(lambda _: None)
