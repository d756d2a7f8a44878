"""A window that fills the screen is a reason to be quiet while it is in front, and is known by its state alone."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from agent.platforms.base import Blind
from agent.platforms.x11 import Connection
from agent.platforms.x11_full import XFullScreen
from policy.seen import Lost, QuietIs, Seen
from tests.support.desktop import Room
from tests.support.until import until

# A window that is told what to be by letters on its input: f full screen, w a window again, t a new title.
WINDOW = """
import sys
from Xlib import X, display, protocol
d = display.Display()
root = d.screen().root
window = root.create_window(100, 100, 300, 200, 0, X.CopyFromParent)
window.set_wm_name("a secret")
window.map()
state, full = d.intern_atom("_NET_WM_STATE"), d.intern_atom("_NET_WM_STATE_FULLSCREEN")
d.sync()
print(window.id, flush=True)
count = 0
for letter in iter(lambda: sys.stdin.read(1), ""):
    count += 1
    if letter == "t":
        window.set_wm_name(f"another {count}")
    else:
        told = protocol.event.ClientMessage(window=window, client_type=state, data=(32, [letter == "f", full, 0, 1, 0]))
        root.send_event(told, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
    d.sync()
"""
FULL, NOT = QuietIs("x11", frozenset({"full_screen"})), QuietIs("x11", frozenset())
Open = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def opened(room: Room) -> Iterator[Open]:
    """Windows, each in front when it is new."""
    room.screen()
    every = list[subprocess.Popen[str]]()

    def open_() -> subprocess.Popen[str]:
        command, pipe = (sys.executable, "-I", "-c", WINDOW), subprocess.PIPE
        window = subprocess.Popen(command, env=room.env, stdin=pipe, stdout=pipe, text=True)
        every.append(window)
        assert window.stdout
        number = hex(int(window.stdout.readline()))
        until(lambda: number in room.ask("xprop", "-root", "_NET_ACTIVE_WINDOW"), what="it is not in front")
        return window

    yield open_
    for window in every:
        with window:
            window.terminate()


@pytest.fixture
def said(room: Room, opened: Open) -> Iterator[list[Seen]]:
    source, said = XFullScreen(room.env), list[Seen]()
    source.start(said.append)
    yield said
    source.stop()
    source.stop()


def tell(window: subprocess.Popen[str], letter: str) -> None:
    assert window.stdin
    window.stdin.write(letter)
    window.stdin.flush()


def test_a_window_that_fills_the_screen_is_told_and_so_is_its_end(said: list[Seen], opened: Open) -> None:
    window = opened()
    told = [NOT]
    for letter in "fwf":
        tell(window, letter)
        told.append(FULL if letter == "f" else NOT)
        until(lambda: said == told, what=f"not told: {said}")
    window.terminate()
    until(lambda: len(said) >= 5, what=f"it is gone: {said}")
    assert said == [NOT, FULL, NOT, FULL, NOT]


def test_another_window_in_front_ends_it(said: list[Seen], opened: Open) -> None:
    full = opened()
    tell(full, "f")
    until(lambda: said == [NOT, FULL], what=f"not told: {said}")
    opened().terminate()
    until(lambda: said == [NOT, FULL, NOT, FULL], what=f"not told: {said}")


def test_what_is_so_at_the_start_is_told(room: Room, opened: Open) -> None:
    tell(opened(), "f")
    until(lambda: "FULLSCREEN" in room.ask("xprop", "-id", front(room), "_NET_WM_STATE"))
    source, said = XFullScreen(room.env), list[Seen]()
    source.start(said.append)
    until(lambda: said == [FULL])
    source.stop()


def front(room: Room) -> str:
    return room.ask("xprop", "-root", "_NET_ACTIVE_WINDOW").split()[-1]


def test_no_property_is_asked_for_but_these(room: Room, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, words = set[tuple[bool, int]](), Connection.words

    def remembered(self: Connection, window: int, name: int) -> tuple[int, ...]:
        asked.add((window == self.root, name))
        return words(self, window, name)

    monkeypatch.setattr(Connection, "words", remembered)
    source, said = XFullScreen(room.env), list[Seen]()
    source.start(said.append)
    window = opened()
    for letter in "ttfttt":
        tell(window, letter)
    until(lambda: said == [NOT, FULL], what=f"not told: {said}")
    tell(window, "w")
    until(lambda: said == [NOT, FULL, NOT], what=f"not told: {said}")
    source.stop()
    names = Connection(room.env)
    root, window_s = ("_NET_SUPPORTED", "_NET_ACTIVE_WINDOW"), ("_NET_WM_STATE",)
    assert asked == {(True, names.atom(n)) for n in root} | {(False, names.atom(n)) for n in window_s}
    names.close()


def test_the_server_goes_and_the_process_lives(room: Room) -> None:
    room.screen()
    source, said = XFullScreen(room.env), list[Seen]()
    source.start(said.append)
    until(lambda: said)
    room.end(room._running[0])
    until(lambda: said == [NOT, Lost("x11", "no_server")])
    source.stop()


def test_without_a_window_manager_it_says_so(room: Room) -> None:
    room.screen()
    openbox = room._running[1]
    room.end(openbox)
    room.ask("xprop", "-root", "-remove", "_NET_SUPPORTED")
    with pytest.raises(Blind) as blind:
        XFullScreen(room.env).start(print)
    assert blind.value.why == "no_window_manager"
