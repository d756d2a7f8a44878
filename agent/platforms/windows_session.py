"""What Windows tells of a session: locked, left, ended; and how to lock it."""

import ctypes
import sys
from collections.abc import Callable
from ctypes import wintypes

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.base import Blind, Hear  # noqa: E402
from agent.platforms.windows_window import Window  # noqa: E402
from policy.seen import ActiveIs, Lock, LockIs, Woke  # noqa: E402

WM_ENDSESSION, WM_POWERBROADCAST, WM_WTSSESSION_CHANGE = 0x16, 0x218, 0x2B1
RESUMED = 0x12  # each time that it wakes, whoever woke it
# What WM_WTSSESSION_CHANGE says: the console, remote desktop, logon and logoff; lock and unlock.
ACTIVE = {1: True, 2: False, 3: True, 4: False, 5: True, 6: False}
LOCK: dict[int, Lock] = {7: "locked", 8: "unlocked"}
THIS_SESSION, SESSION_INFO = 0xFFFFFFFF, 25  # WTS_CURRENT_SESSION, WTSSessionInfoEx
FLAGS: dict[int, Lock] = {0: "locked", 1: "unlocked"}  # so since Windows 8; the other way round before


class SessionInfo(ctypes.Structure):
    """The beginning of WTSINFOEXW."""

    _fields_ = (
        ("level", wintypes.DWORD),
        ("padding", wintypes.DWORD),
        ("session", wintypes.ULONG),
        ("state", ctypes.c_int),
        ("flags", ctypes.c_long),
    )


State = tuple[Lock, bool | None]


class WindowsSession:
    """The Protocol `LockSource`. ask: how it stands at the start."""

    name = "wts"

    def __init__(self, ask: Callable[[], State] | None = None) -> None:
        self._ask = ask or ask_windows
        self._window: Window | None = None
        self._lock: Lock | None = None
        self._active: bool | None = None

    def start(self, hear: Hear) -> None:
        self._hear, self._lock, self._active = hear, None, None
        self._window = Window("session", self._on, self._begin)
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
        window = self._window
        wts = ctypes.WinDLL("wtsapi32", use_last_error=True)
        if window is None or not wts.WTSRegisterSessionNotification(wintypes.HWND(window.handle), 0):
            raise Blind("no_sessions")
        lock, active = self._ask()  # what changes from now on is in the window's queue
        self._lock_is(lock)
        self._active_is(active)

    def _on(self, message: int, wparam: int, _: int) -> int | None:
        if self._window is None:
            return None
        if message == WM_WTSSESSION_CHANGE:
            self._lock_is(LOCK.get(wparam))
            self._active_is(ACTIVE.get(wparam))
        elif message == WM_POWERBROADCAST and wparam == RESUMED:
            self._hear(Woke())
        elif message == WM_ENDSESSION and wparam:
            self._active_is(active=False)
        return None

    def _lock_is(self, lock: Lock | None) -> None:
        if lock not in {None, self._lock}:
            self._lock = lock
            self._hear(LockIs(self._lock))

    def _active_is(self, active: bool | None) -> None:  # noqa: FBT001 - it is what is said
        if active not in {None, self._active}:
            self._active = active
            self._hear(ActiveIs(self._active))


def ask_windows() -> State:
    """How this session stands: the lock, and whether it has a screen; as far as Windows answers."""
    wts = ctypes.WinDLL("wtsapi32", use_last_error=True)
    found, size = ctypes.POINTER(SessionInfo)(), wintypes.DWORD()
    session = wintypes.DWORD(THIS_SESSION)
    if not wts.WTSQuerySessionInformationW(None, session, SESSION_INFO, ctypes.byref(found), ctypes.byref(size)):
        return "unknown", None
    try:
        return read(found.contents) if size.value >= ctypes.sizeof(SessionInfo) else ("unknown", None)
    finally:
        wts.WTSFreeMemory(found)


def read(info: SessionInfo) -> State:
    """What Windows' answer means."""
    return FLAGS.get(info.flags, "unknown") if info.level == 1 else "unknown", info.state == 0


class WindowsLocker:
    """The Protocol `Locker`."""

    name = "LockWorkStation"

    def __init__(self, user: ctypes.WinDLL | None = None) -> None:
        self._user = user or ctypes.WinDLL("user32", use_last_error=True)

    def lock(self) -> None:
        if not self._user.LockWorkStation():
            raise Blind("refused")
