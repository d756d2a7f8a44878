"""Those who carry a card to the screen, each on its own: what was drawn is said to be drawn, and nothing else is."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from agent.bus.notices import Notices
from agent.bus.thread import Thread
from agent.desktop.notifier import Card, Choice, Drawn, Failed, Heard, Pressed, Room
from tests.support.desktop import Room as Desktop
from tests.support.until import until

CARD = Card("k1", "Title", "Body", (Choice("page", "My Deskwarden"),), click="page")
DEAF = """
import asyncio
from dbus_fast.aio.message_bus import MessageBus
async def main():
    bus = await MessageBus().connect()
    bus.add_message_handler(lambda message: message.destination is not None)
    await bus.request_name("org.freedesktop.Notifications")
    await bus.wait_for_disconnect()
asyncio.run(main())
"""
# plyer keeps a connection that ends its process with the bus: it is tried in one of its own.
PLAIN = """
import queue
from agent.desktop.notifier import Card
from agent.desktop.plain import Plain
heard = queue.Queue()
plain = Plain(heard.put)
plain.start()
print(heard.get(timeout=20))
plain.draw(Card("k1", "Title", "Body"))
print(heard.get(timeout=20))
plain.stop()
"""


@pytest.fixture
def on_this_bus(quiet: Desktop, monkeypatch: pytest.MonkeyPatch) -> Desktop:
    """This process, too, finds the room's bus."""
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY"):
        monkeypatch.setenv(name, quiet.env[name])
    return quiet


@pytest.fixture
def heard() -> list[Heard]:
    return []


@pytest.fixture
def make(heard: list[Heard]) -> Iterator[Callable[[], Notices]]:
    """Make a bus that runs until the test ends; its thread is gone then."""
    made: list[Notices] = []

    def start() -> Notices:
        made.append(Notices(Thread(), heard.append))
        made[-1].start()
        until(lambda: heard)
        return made[-1]

    yield start
    for bus in made:
        bus.stop()
    assert "bus" not in [thread.name for thread in threading.enumerate()]


def test_drawn_changed_pressed_and_taken_away(on_this_bus: Desktop, make: Callable[[], Notices], heard: list[Heard]):
    """The whole life of a card."""
    on_this_bus.dunst()
    bus = make()
    assert heard == [Room(bus=True, notices=True)]
    bus.draw(CARD)
    until(lambda: heard[-1] == Drawn("k1"))
    bus.replace("k1", Card("k2", "Title", "Other", CARD.buttons))
    until(lambda: heard[-1] == Drawn("k2"))
    assert on_this_bus.ask("dunstctl", "count", "displayed").strip() == "1"
    bus.replace("k1", Card("k3", "Title", "Late"))  # no longer there: nothing
    on_this_bus.ask("dunstctl", "action", "0")
    until(lambda: isinstance(heard[-1], Pressed))
    until(lambda: on_this_bus.ask("dunstctl", "count", "displayed").strip() == "0")
    bus.draw(CARD)
    until(lambda: heard[-1] == Drawn("k1"))
    bus.remove("k1")
    bus.remove("k1")
    until(lambda: on_this_bus.ask("dunstctl", "count", "displayed").strip() == "0")
    assert Drawn("k3") not in heard


def test_nobody_there(on_this_bus: Desktop, make: Callable[[], Notices], heard: list[Heard]):
    """What can't be drawn has failed."""
    bus = make()
    assert heard == [Room(bus=True)]
    bus.draw(CARD)
    until(lambda: heard[-1] == Failed("k1"))


def test_a_silence_that_began_just_now(on_this_bus: Desktop, make: Callable[[], Notices], heard: list[Heard]):
    """A card that meets it has failed, and the silence is told after that, whoever told it before."""
    on_this_bus.dunst()
    bus = make()
    on_this_bus.ask("dunstctl", "set-paused", "true")
    until(lambda: heard[-1] == Room(bus=True, notices=True, inhibited=True))
    bus.draw(CARD)
    until(lambda: heard[-2:] == [Failed("k1"), Room(bus=True, notices=True, inhibited=True)])


def test_the_bus_dies(on_this_bus: Desktop, make: Callable[[], Notices], heard: list[Heard]):
    """It is said once, and what is asked afterwards fails."""
    bus = make()
    daemon = next(p for p in on_this_bus._running if p.args[0] == "dbus-daemon")  # type: ignore[index]
    on_this_bus.end(daemon)
    until(lambda: heard[-1] == Room())
    bus.draw(CARD)
    until(lambda: heard[-1] == Failed("k1"))
    assert heard.count(Room()) == 1


@pytest.fixture
def deaf(on_this_bus: Desktop) -> None:
    """A server that took the name and answers nothing."""
    on_this_bus.start(sys.executable, "-I", "-c", DEAF)
    until(lambda: on_this_bus.owned("org.freedesktop.Notifications"))


@pytest.mark.usefixtures("deaf")
def test_a_server_that_hangs_is_given_up(
    make: Callable[[], Notices], heard: list[Heard], monkeypatch: pytest.MonkeyPatch
):
    """What it was given has failed."""
    monkeypatch.setattr("agent.bus.line.PATIENCE", 0.2)
    monkeypatch.setattr("agent.bus.line.HASTE", 0.2)
    make().draw(CARD)
    until(lambda: heard[-1] == Failed("k1"))


@pytest.mark.usefixtures("deaf")
def test_a_server_that_hangs_does_not_hold_up_the_end(
    make: Callable[[], Notices], heard: list[Heard], monkeypatch: pytest.MonkeyPatch
):
    """Somebody is waiting for it while the session ends."""
    monkeypatch.setattr("agent.bus.line.PATIENCE", 3600)
    bus = make()
    bus.draw(CARD)
    end = threading.Thread(target=bus.stop, daemon=True)
    end.start()
    end.join(20)
    assert not end.is_alive()
    assert Drawn("k1") not in heard


def test_without_buttons_by_plyer(quiet: Desktop):
    """The words are on the screen."""
    quiet.dunst()
    done = quiet.run((sys.executable, "-I", "-c", PLAIN))
    assert "Drawn(key='k1')" in done.stdout, done.stderr
    assert quiet.ask("dunstctl", "count", "displayed").strip() == "1"
