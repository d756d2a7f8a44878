"""When Windows says that it is no time to disturb."""

import subprocess
import sys
import winreg
from collections.abc import Iterator

import pytest

from policy.seen import Quiet, Seen
from tests.contracts.quiet import QuietContract, words
from tests.support.until import until

assert sys.platform == "win32"
from agent.platforms.windows import booted  # noqa: E402
from agent.platforms.windows_quiet import STORE, WindowsQuiet, ask_shell  # noqa: E402

SECOND = 10_000_000  # of 100 ns


class Use:
    """A program that uses something, as Windows notes it."""

    word: Quiet = "call"

    def __init__(self, what: str = "microphone", program: str = r"NonPackaged\C:#Program Files#meet.exe") -> None:
        self._path = rf"{STORE}\{what}\{program}"

    def source(self) -> WindowsQuiet:
        return WindowsQuiet()

    def begin(self, after_boot: int = 60) -> None:
        self._write(booted() + after_boot * SECOND, 0)

    def cease(self) -> None:
        self._write(booted() + 60 * SECOND, booted() + 120 * SECOND)

    def take_away(self) -> None:
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, self._path)

    def _write(self, began: int, ended: int) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, self._path) as key:
            winreg.SetValueEx(key, "LastUsedTimeStart", 0, winreg.REG_QWORD, began)
            winreg.SetValueEx(key, "LastUsedTimeStop", 0, winreg.REG_QWORD, ended)


@pytest.fixture(autouse=True)
def store() -> Iterator[None]:
    """Windows' own notes, empty; and taken away after."""
    winreg.CreateKey(winreg.HKEY_CURRENT_USER, STORE).Close()
    yield
    remove(STORE)


def remove(path: str) -> None:
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
        inner = [winreg.EnumKey(key, number) for number in range(winreg.QueryInfoKey(key)[0])]
    for name in inner:
        remove(rf"{path}\{name}")
    winreg.DeleteKey(winreg.HKEY_CURRENT_USER, path)


@pytest.mark.wine
class TestCall(QuietContract):
    @pytest.fixture
    def reason(self) -> Use:
        return Use()

    # Windows itself tells: it does not go away.
    test_one_that_ends_by_itself_is_lost = None  # type: ignore[assignment]
    test_where_it_hangs_on_nothing_it_is_blind = None  # type: ignore[assignment]


def said_at_the_start(source: WindowsQuiet) -> set[str]:
    """What a source begins with."""
    heard: list[Seen] = []
    source.start(heard.append)
    source.stop()
    return words(heard)[0]


@pytest.mark.wine
def test_a_camera_and_an_app_of_the_store_are_a_call_too():
    """Those have a key of their own, one level higher."""
    Use("webcam", "MSTeams_8wekyb3d8bbwe").begin()
    assert said_at_the_start(WindowsQuiet()) == {"call"}


@pytest.mark.fake("Share a screen in Teams, Zoom and a browser: which of them does `WindowsQuiet` call `sharing`?")
def test_a_capture_of_the_screen_is_sharing_where_it_is_noted():
    """It is no promise: not every way to capture is noted."""
    Use("graphicsCaptureProgrammatic").begin()
    source = WindowsQuiet()
    assert said_at_the_start(source) == {"sharing"}
    assert "sharing" not in source.sees


@pytest.mark.wine
def test_a_use_that_a_crash_left_open_is_none():
    """It began before this boot."""
    Use().begin(after_boot=-60)
    assert said_at_the_start(WindowsQuiet()) == set()


@pytest.mark.wine
def test_notes_that_do_not_exist_yet_promise_no_calls():
    """A fresh account has none."""
    remove(STORE)
    source = WindowsQuiet()
    assert said_at_the_start(source) == set()
    assert "call" not in source.sees
    winreg.CreateKey(winreg.HKEY_CURRENT_USER, STORE).Close()


@pytest.mark.wine
def test_the_shell_answers():
    """5: notices are welcome."""
    assert ask_shell() == 5


@pytest.mark.fake(
    "A slide show and a film in full screen: quiet within 2 s of their start; the film is not `presenting`."
)
@pytest.mark.parametrize(
    ("state", "said"),
    [(2, "full_screen"), (3, "full_screen"), (4, "presenting"), (6, "do_not_disturb"), (1, ""), (5, ""), (7, "")],
)
def test_the_shells_states_have_our_words(state: int, said: str):
    """As QUERY_USER_NOTIFICATION_STATE numbers them."""
    assert said_at_the_start(WindowsQuiet(lambda: state)) == ({said} if said else set())


@pytest.mark.wine
def test_the_shell_is_asked_anew_when_another_window_comes_to_the_front():
    """Wine sends no such event by itself: another program does, in the name of its window."""
    state = [5]
    heard: list[Seen] = []
    source = WindowsQuiet(lambda: state[0])
    source.start(heard.append)
    try:
        until(lambda: words(heard) == [set()])
        state[0] = 4
        front = "import ctypes; u = ctypes.windll.user32; u.NotifyWinEvent(3, u.GetDesktopWindow(), 0, 0)"
        subprocess.run((sys.executable, "-I", "-c", front), stdin=subprocess.DEVNULL, check=True)
        until(lambda: words(heard) == [set(), {"presenting"}], seconds=20)  # the half minute is not over
    finally:
        source.stop()
