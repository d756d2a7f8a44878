"""Lock and session on Windows."""

import ctypes
import sys

import pytest

from agent.platforms.base import Blind
from policy.seen import ActiveIs, Lock, LockIs, Seen, Woke
from tests.contracts.lock import LockContract
from tests.support.until import until

assert sys.platform == "win32"
from agent.platforms.windows_session import (  # noqa: E402
    RESUMED,
    WM_ENDSESSION,
    WM_POWERBROADCAST,
    WM_WTSSESSION_CHANGE,
    SessionInfo,
    WindowsLocker,
    WindowsSession,
    ask_windows,
    read,
)

LOCKED, UNLOCKED = 7, 8


class Windows:
    """A session whose messages the test sends, as Windows does. How it stands at the start only a fake can say."""

    def __init__(self) -> None:
        self.state: Lock = "unlocked"
        self.made: list[WindowsSession] = []

    def source(self) -> WindowsSession:
        self.made.append(WindowsSession(lambda: (self.state, None)))
        return self.made[-1]

    def lock(self) -> None:
        self.state = "locked"
        self.send(WM_WTSSESSION_CHANGE, LOCKED)

    def unlock(self) -> None:
        self.state = "unlocked"
        self.send(WM_WTSSESSION_CHANGE, UNLOCKED)

    def send(self, message: int, wparam: int) -> None:
        for source in self.made:
            if source._window:
                ctypes.windll.user32.PostMessageW(source._window.handle, message, wparam, 1)


@pytest.fixture
def screen() -> Windows:
    return Windows()


@pytest.mark.wine
class TestLock(LockContract):
    test_unlocked_is_said_at_the_start = pytest.mark.fake("Started on an open screen it says `unlocked`.")(
        LockContract.test_unlocked_is_said_at_the_start
    )
    test_locked_is_said_at_the_start = pytest.mark.fake(
        "Started ten seconds after Win+L (by `timeout /t 10`) it says `locked`."
    )(LockContract.test_locked_is_said_at_the_start)
    # Windows itself tells: it does not go away.
    test_it_is_unknown_while_its_server_is_gone = None  # type: ignore[assignment]
    test_one_whose_bus_is_gone_is_lost = None  # type: ignore[assignment]
    test_without_its_bus_it_is_blind = None  # type: ignore[assignment]


def heard_by(screen: Windows, *messages: tuple[int, int]) -> list[Seen]:
    """What is said of these messages, after what is said at the start."""
    heard: list[Seen] = []
    source = screen.source()
    source.start(heard.append)
    try:
        for message, wparam in messages:
            screen.send(message, wparam)
        screen.send(WM_WTSSESSION_CHANGE, LOCKED)
        until(lambda: LockIs("locked") in heard, what=f"not at its end: {heard}")
    finally:
        source.stop()
    return heard[1 : heard.index(LockIs("locked"))]


@pytest.mark.wine
def test_a_session_that_is_left_has_no_screen(screen: Windows):
    """Another user at the console; remote desktop that is closed; logged off."""
    change = WM_WTSSESSION_CHANGE
    for left, back in ((2, 1), (4, 3), (6, 5)):
        assert heard_by(screen, (change, left), (change, back)) == [ActiveIs(active=False), ActiveIs(active=True)]


@pytest.mark.wine
def test_the_end_of_the_session_is_told_once_it_is_sure(screen: Windows):
    """Somebody may still say no to the question, and then nothing ends."""
    assert heard_by(screen, (WM_ENDSESSION, 0)) == []
    assert heard_by(screen, (WM_ENDSESSION, 1)) == [ActiveIs(active=False)]


@pytest.mark.wine
def test_waking_is_told_once(screen: Windows):
    """Of the two messages the first; the other comes only where a person woke it."""
    assert heard_by(screen, (WM_POWERBROADCAST, RESUMED), (WM_POWERBROADCAST, 7)) == [Woke()]


@pytest.mark.wine
def test_what_windows_does_not_answer_is_unknown():
    """Wine answers nothing, and so says nobody that the screen is open."""
    assert ask_windows() == ("unknown", None)


@pytest.mark.fake("`ask_windows()` says `('unlocked', True)`, and ten seconds after Win+L `('locked', True)`.")
def test_windows_answer_is_read_as_it_is_documented():
    """Flags: 0 is locked, 1 is not, -1 is unknown. State: 0 is active, 4 is disconnected."""
    assert read(SessionInfo(level=1, state=0, flags=0)) == ("locked", True)
    assert read(SessionInfo(level=1, state=4, flags=1)) == ("unlocked", False)
    assert read(SessionInfo(level=1, state=0, flags=-1)) == ("unknown", True)


@pytest.mark.wine
def test_a_screen_that_cannot_be_locked_is_said():
    """Wine has no lock screen."""
    with pytest.raises(Blind, match="refused"):
        WindowsLocker().lock()


@pytest.mark.fake("`WindowsLocker().lock()` locks the screen, and `WindowsSession` says `locked`.")
def test_what_windows_takes_is_no_error():
    """Non-zero means that it began."""

    class Fake:
        def LockWorkStation(self) -> int:  # noqa: N802 - Windows' name
            return 1

    WindowsLocker(Fake()).lock()  # type: ignore[arg-type]
