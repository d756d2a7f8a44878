"""Idle as servers on the session bus count it: mutter's monitor, and KDE's by a server that answers as it does."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.bus.idle import ScreenSaverIdle
from agent.bus.mutter import MutterIdle
from agent.bus.thread import Thread
from agent.platforms.base import Blind, IdleSource
from policy.seen import Idled, Lost, Seen, Touched
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


# A session manager that says: a film keeps this session from being idle.
FILM = """
import asyncio
from dbus_fast import PropertyAccess
from dbus_fast.aio.message_bus import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property
class Manager(ServiceInterface):
    actions = 8
    @dbus_property(access=PropertyAccess.READWRITE)
    def InhibitedActions(self) -> "u":
        return self.actions
    @InhibitedActions.setter
    def set_actions(self, value: "u"):
        self.actions = value
        self.emit_properties_changed({"InhibitedActions": value})
async def main():
    bus = await MessageBus().connect()
    bus.export("/org/gnome/SessionManager", Manager("org.gnome.SessionManager"))
    await bus.request_name("org.gnome.SessionManager")
    await bus.wait_for_disconnect()
asyncio.run(main())
"""


def test_a_film_is_no_input(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Mutter's own watches rest while it runs, and it counts from zero when it ends; an absence goes on."""
    enter(desk, monkeypatch)
    manager, path = "org.gnome.SessionManager", "/org/gnome/SessionManager"
    desk.start(sys.executable, "-I", "-c", FILM)
    until(lambda: desk.owned(manager))
    desk.mutter()
    heard = list[Seen]()
    source = MutterIdle(Thread())
    source.start(heard.append)
    try:
        desk.move()
        source.watch((0.3, 3.0))
        until(lambda: len(heard) == 1)
        set_ = "org.freedesktop.DBus.Properties.Set"
        desk.call(manager, path, set_, manager, "InhibitedActions", "<uint32 0>")
        until(lambda: len(heard) == 2)
        desk.move()
        until(lambda: len(heard) == 3)
    finally:
        source.stop()
    assert [type(seen) for seen in heard] == [Idled, Idled, Touched]


# A monitor whose user is back before the first watch for that was answered: the signal overtakes the answer.
HASTY = """
import asyncio, time
from dbus_fast import Message
from dbus_fast.aio.message_bus import MessageBus
NAME, PATH = "org.gnome.Mutter.IdleMonitor", "/org/gnome/Mutter/IdleMonitor/Core"
touched, watches, users = time.monotonic(), 0, []
async def main():
    bus = await MessageBus().connect()
    def fire():
        global touched
        touched = time.monotonic()
        for number, user in users:
            fired = Message.new_signal(PATH, NAME, "WatchFired", "u", [number])
            fired.destination = user
            bus.send(fired)
        users.clear()
    def answer(message):
        global watches
        if message.member == "GetIdletime":
            return Message.new_method_return(message, "t", [int((time.monotonic() - touched) * 1000)])
        if message.member == "AddUserActiveWatch":
            watches += 1
            users.append((watches, message.sender))
            if watches == 1:
                fire()
            return Message.new_method_return(message, "u", [watches])
        if message.member == "Touch":
            fire()
            return Message.new_method_return(message)
    bus.add_message_handler(answer)
    await bus.request_name(NAME)
    await bus.wait_for_disconnect()
asyncio.run(main())
"""


def test_a_touch_that_overtakes_its_watch_is_heard_and_so_is_the_next(here: Room):
    """A watch that fired is not taken for one that waits."""
    name, heard = "org.gnome.Mutter.IdleMonitor", list[Seen]()
    here.start(sys.executable, "-I", "-c", HASTY)
    until(lambda: here.owned(name))
    source = MutterIdle(Thread())
    source.start(heard.append)
    try:
        source.watch((0.3,))
        until(lambda: len(heard) == 3)
        here.call(name, "/org/gnome/Mutter/IdleMonitor/Core", f"{name}.Touch")
        until(lambda: len(heard) >= 4)
    finally:
        source.stop()
    assert [type(seen) for seen in heard[:4]] == [Idled, Touched, Idled, Touched]


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
