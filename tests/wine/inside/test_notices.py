"""Notices on Windows."""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from desktop_notifier import Capability, Icon, Notification
from desktop_notifier.backends.base import DesktopNotifierBackend

from agent.bus.toasts import Toasts
from agent.desktop.desk import picture
from agent.desktop.notifier import Card, Choice, Drawn, Failed, Heard, Pressed, Room
from agent.platforms.base import Blind
from tests.support.until import until

assert sys.platform == "win32"
from agent.desktop.windows_notices import Balloons, WindowsNotices  # noqa: E402
from agent.platforms.windows_balloon import TEXT, cut  # noqa: E402

CARD = Card("one", "Lock your screen", "Press Win+L.", (Choice("lock", "Lock now"),), click="steps")
ROOM = Room(bus=True, notices=True, tray=True)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    until(lambda: set(threading.enumerate()) <= before, what="a thread is left")


class Runtime(DesktopNotifierBackend):
    """Windows' runtime, played: keeps what is shown, and presses."""

    def __init__(self, icon: Icon | None = None) -> None:
        super().__init__("Deskwarden", icon)
        self.allowed, self.manager = True, self
        self.notification_mode = 0
        self.shown: dict[str, Notification] = {}

    async def request_authorisation(self) -> bool:
        return self.allowed

    async def has_authorisation(self) -> bool:
        return self.allowed

    async def _send(self, notification: Notification) -> None:
        self.shown[notification.identifier] = notification

    async def get_current_notifications(self) -> list[str]:
        return list(self.shown)

    async def _clear(self, identifier: str) -> None:
        self.shown.pop(identifier, None)

    async def _clear_all(self) -> None:
        self.shown.clear()

    async def _get_capabilities(self) -> frozenset[Capability]:
        return frozenset()


class Played:
    """Toasts over a played runtime, and what is heard of them."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.runtime = Runtime()
        self.toasts = Toasts(self.heard.append, None, lambda _: self.runtime)
        self.toasts.start()

    def hears(self, what: Heard) -> None:
        until(lambda: what in self.heard, what=f"{what} was not heard: {self.heard}")


@pytest.fixture
def played() -> Iterator[Played]:
    made = Played()
    yield made
    made.toasts.stop()
    assert made.runtime.shown == {}


@pytest.mark.fake("A notice is a toast with our name, picture and buttons; it stays in the Action Center.")
def test_a_toast_that_windows_took_is_drawn(played: Played):
    """With the words of the card, and each of its buttons."""
    played.toasts.draw(CARD)
    played.hears(Drawn("one"))
    shown = played.runtime.shown["one"]
    assert (shown.title, shown.message) == (CARD.title, CARD.body)
    assert [button.title for button in shown.buttons] == ["Lock now"]


@pytest.mark.fake("A toast's button does what it says; a click on its text opens the page.")
def test_a_button_of_a_toast_is_heard(played: Played):
    """And so is a click beside the buttons."""
    played.toasts.draw(CARD)
    played.hears(Drawn("one"))
    shown = played.runtime.shown["one"]
    played.runtime.handle_button("one", "lock", shown)
    played.runtime.handle_clicked("one", shown)
    assert played.heard[-2:] == [Pressed("one", "lock"), Pressed("one", "steps")]


@pytest.mark.fake("With notices of Deskwarden switched off, or (Windows 11) do not disturb on, grace does not begin.")
@pytest.mark.parametrize("how", ["switched off", "do not disturb"])
def test_what_windows_keeps_back_is_not_drawn(played: Played, how: str):
    """It is held until the room is another."""
    if how == "switched off":
        played.runtime.allowed = False
    else:
        played.runtime.notification_mode = 1
    played.toasts.draw(CARD)
    played.hears(Room(bus=True, notices=True, inhibited=True, tray=True))
    assert Failed("one") in played.heard
    assert played.runtime.shown == {}


@pytest.mark.fake("Put right what a toast names: it leaves the screen and the Action Center.")
def test_a_toast_gives_way(played: Played):
    """What is replaced or removed is there no longer; what was wiped away is not drawn anew."""
    played.toasts.draw(CARD)
    played.toasts.replace("one", Card("two", "Less", "Now."))
    played.hears(Drawn("two"))
    assert list(played.runtime.shown) == ["two"]
    played.toasts.replace("one", Card("three", "Never", "Seen."))
    played.toasts.remove("two")
    until(lambda: played.runtime.shown == {})
    assert Drawn("three") not in played.heard


@pytest.mark.wine
def test_without_the_runtime_there_are_no_toasts():
    """Wine has none: the real library says so, and nothing is left running."""
    heard: list[Heard] = []
    with pytest.raises(Blind, match="no_winrt"):
        Toasts(heard.append).start()
    assert heard == []
    assert signal.set_wakeup_fd(-1) == -1  # how signals wake the main thread is not the library's to change


@pytest.mark.wine
def test_then_the_task_bar_shows_balloons(tmp_path: Path):
    """With a picture of ours; what the task bar took is drawn."""
    heard: list[Heard] = []
    notices = WindowsNotices(heard.append, picture("attention", tmp_path))
    notices.start()
    try:
        assert heard == [ROOM]
        notices.draw(CARD)
        until(lambda: heard[1:] == [Drawn("one")], what=f"heard {heard}")
    finally:
        notices.stop()
    assert list(tmp_path.glob("*.ico"))


@pytest.mark.wine
def test_a_balloon_that_is_clicked_is_pressed():
    """Once: it goes with that. The message is Windows' own."""
    heard: list[Heard] = []
    balloons = Balloons(heard.append, None)
    balloons.start()
    try:
        balloons.draw(CARD)
        until(lambda: Drawn("one") in heard)
        window = balloons._balloon._window
        for _ in range(2):
            window.user.PostMessageW(window.handle, 0x8001, 1, 0x405)
        until(lambda: Pressed("one", "steps") in heard)
        balloons.draw(Card("two", "Next", "One."))
        until(lambda: Drawn("two") in heard)
        assert heard.count(Pressed("one", "steps")) == 1
    finally:
        balloons.stop()


@pytest.mark.wine
def test_a_card_that_gave_way_is_not_replaced():
    """Only one balloon is there at a time."""
    heard: list[Heard] = []
    balloons = Balloons(heard.append, None)
    balloons.start()
    try:
        balloons.draw(CARD)
        balloons.draw(Card("two", "Next", "One."))
        balloons.replace("one", Card("three", "Never", "Seen."))
        balloons.replace("two", Card("four", "Last", "One."))
        until(lambda: Drawn("four") in heard)
        assert Drawn("three") not in heard
    finally:
        balloons.stop()


@pytest.mark.wine
def test_a_long_text_is_cut_between_words():
    """Windows has room for 255 characters of 16 bits; a smiley takes two of them, and is never halved."""
    assert cut("short", TEXT) == "short"
    assert cut("word " * 100, 20) == "word word word…"
    assert cut("\N{GRINNING FACE}" * 10, 6) == "\N{GRINNING FACE}\N{GRINNING FACE}…"
