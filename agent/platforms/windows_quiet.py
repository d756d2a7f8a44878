"""When Windows says that it is no time to disturb: a presentation, a full screen, its quiet hour, a call.

The shell has no event for it: it is asked when another window comes to the front, two seconds later, and each half
minute. A call is a microphone or camera in use: Windows notes that in the registry, which has an event.
"""

import ctypes
import sys
import winreg
from collections.abc import Callable, Iterator
from contextlib import suppress
from ctypes import wintypes

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.base import Blind, Hear  # noqa: E402
from agent.platforms.windows import booted  # noqa: E402
from agent.platforms.windows_window import WM_TIMER, Window  # noqa: E402
from policy.seen import Quiet, QuietIs  # noqa: E402

OFTEN, SOON = 30.0, 2.0  # seconds
# QUERY_USER_NOTIFICATION_STATE. 7, an app of the Store in front, is no reason: that is any app of today.
SHELL: dict[int, Quiet] = {2: "full_screen", 3: "full_screen", 4: "presenting", 6: "do_not_disturb"}
STORE = r"Software\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore"
# What a program that uses one of these is doing. Not every way to share a screen is noted there, so that none is
# promised: see `sees`.
USES: dict[str, Quiet] = {
    "microphone": "call",
    "webcam": "call",
    "graphicsCaptureProgrammatic": "sharing",
    "graphicsCaptureWithoutBorder": "sharing",
}
CHANGED_NAME, CHANGED_VALUE = 1, 4
TO_THE_FRONT, NOT_OUR_OWN = 3, 2
Front = ctypes.WINFUNCTYPE(
    None,
    wintypes.HANDLE,
    wintypes.DWORD,
    wintypes.HWND,
    wintypes.LONG,
    wintypes.LONG,
    wintypes.DWORD,
    wintypes.DWORD,
)


class WindowsQuiet:
    """The Protocol `QuietSource`. ask: the shell's state; None where it does not answer."""

    name = "shell"

    def __init__(self, ask: Callable[[], int | None] | None = None) -> None:
        self._ask = ask or ask_shell
        self.sees: frozenset[Quiet] = frozenset(SHELL.values())
        self._window: Window | None = None
        self._words: frozenset[Quiet] | None = None
        self._store: winreg.HKEYType | None = None
        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)

    def start(self, hear: Hear) -> None:
        self._hear, self._words = hear, None
        if self._ask() is None:
            raise Blind("no_shell")
        self._window = Window("quiet", self._on, self._begin, self._end)
        try:
            self._window.start()
        except Blind:
            self._window = None
            raise

    def stop(self) -> None:
        window, self._window = self._window, None
        if window:
            window.stop()

    # --- the window's thread -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._in_front = Front(lambda *_: self._look(SOON))
        nothing = wintypes.DWORD(0)
        front = wintypes.DWORD(TO_THE_FRONT)
        user = ctypes.WinDLL("user32", use_last_error=True)
        user.SetWinEventHook.restype = wintypes.HANDLE
        self._hook = user.SetWinEventHook(front, front, None, self._in_front, nothing, nothing, NOT_OUR_OWN)
        self._kernel.CreateEventW.restype = wintypes.HANDLE
        self._changed = int(self._kernel.CreateEventW(None, 0, 0, None) or 0)
        self._look(OFTEN)

    def _end(self) -> None:
        ctypes.WinDLL("user32").UnhookWinEvent(wintypes.HANDLE(self._hook))
        if self._store:
            self._store.Close()
            self._store = None
        self._kernel.CloseHandle(wintypes.HANDLE(self._changed))

    def _on(self, message: int, _: int, __: int) -> int | None:
        if message == WM_TIMER:
            self._look(OFTEN)
        return None

    def _look(self, again: float = OFTEN) -> None:
        window = self._window
        if window is None:
            return
        self._watch_store()
        words = frozenset(in_use()) | {word for word in (SHELL.get(self._ask() or 0),) if word}
        if words != self._words:
            self._words = words
            self._hear(QuietIs(self.name, words))
        window.ring_in(again, about=True)

    def _watch_store(self) -> None:
        """Have Windows tell of the next change there; once it is there."""
        if self._store or self._window is None:
            return
        with suppress(OSError):
            self._store = winreg.OpenKeyEx(winreg.HKEY_CURRENT_USER, STORE, 0, winreg.KEY_READ | winreg.KEY_NOTIFY)
            self.sees |= {"call"}
            self._window.waits[self._changed] = self._store_changed
            self._await_change()

    def _store_changed(self) -> None:
        self._await_change()  # first: what changes while we read is told too
        self._look()

    def _await_change(self) -> None:
        if self._store:
            ctypes.WinDLL("advapi32").RegNotifyChangeKeyValue(
                wintypes.HKEY(self._store.handle),
                1,
                wintypes.DWORD(CHANGED_NAME | CHANGED_VALUE),
                wintypes.HANDLE(self._changed),
                1,
            )


def ask_shell() -> int | None:
    """What the shell says of the moment."""
    state = ctypes.c_int()
    failed = ctypes.WinDLL("shell32").SHQueryUserNotificationState(ctypes.byref(state))
    return None if failed else state.value


def in_use() -> Iterator[Quiet]:
    """The words for what programs use just now. Which programs is not kept."""
    since = booted()
    for name, word in USES.items():
        if any(began > since and not ended for began, ended in _uses(rf"{STORE}\{name}")):
            yield word


def _uses(path: str) -> Iterator[tuple[int, int]]:
    """When each program began, and ended, to use it: apps of the Store, and the others one level deeper."""
    with suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
        for number in range(winreg.QueryInfoKey(key)[0]):
            name = winreg.EnumKey(key, number)
            if name == "NonPackaged":
                yield from _uses(rf"{path}\{name}")
                continue
            with suppress(OSError), winreg.OpenKey(key, name) as program:
                yield _number(program, "LastUsedTimeStart"), _number(program, "LastUsedTimeStop")


def _number(key: winreg.HKEYType, name: str) -> int:
    return int(winreg.QueryValueEx(key, name)[0])
