"""A hidden window with a thread of its own: what Windows tells, it tells to windows.

A top-level one, since those that exist for messages alone are not told of sleep and of the session's end.
"""

import ctypes
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from ctypes import wintypes

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.base import Blind  # noqa: E402

WM_DESTROY, WM_CLOSE, WM_TIMER, WM_APP = 2, 0x10, 0x113, 0x8000
ALL_INPUT, INPUT_AVAILABLE, FOREVER = 0x4FF, 4, 0xFFFFFFFF
LONGEST = 0x7FFFFFFF  # milliseconds that a timer takes
LATE = 500  # milliseconds that one may be late, for Windows to wake once for many
Procedure = ctypes.WINFUNCTYPE(ctypes.c_ssize_t, wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
On = Callable[[int, int, int], int | None]  # (message, wparam, lparam); None: what Windows does by itself


class Class(ctypes.Structure):
    """WNDCLASSW."""

    _fields_ = (
        ("style", wintypes.UINT),
        ("procedure", Procedure),
        ("extra", ctypes.c_int),
        ("window_extra", ctypes.c_int),
        ("instance", wintypes.HINSTANCE),
        ("icon", wintypes.HANDLE),
        ("cursor", wintypes.HANDLE),
        ("background", wintypes.HANDLE),
        ("menu", wintypes.LPCWSTR),
        ("name", wintypes.LPCWSTR),
    )


def _user32() -> ctypes.WinDLL:
    user = ctypes.WinDLL("user32", use_last_error=True)
    message = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
    user.DefWindowProcW.restype, user.DefWindowProcW.argtypes = ctypes.c_ssize_t, message
    user.PostMessageW.argtypes = message
    user.CreateWindowExW.restype = wintypes.HWND
    user.SetTimer.argtypes = user.SetCoalescableTimer.argtypes = (
        wintypes.HWND,
        ctypes.c_size_t,
        wintypes.UINT,
        wintypes.LPVOID,
    )
    user.SetCoalescableTimer.argtypes += (wintypes.ULONG,)
    user.KillTimer.argtypes = (wintypes.HWND, ctypes.c_size_t)
    user.DestroyWindow.argtypes = (wintypes.HWND,)
    return user


class Window:
    """From `start` to `stop`. Only `start`, `stop` and `call` may be used from another thread than its own.

    on: told each message. begin, end: called on the thread, the first with the window there, the other without it;
    where the first raises Blind there is no window.
    waits: what is called when one of these events of Windows is set; for the thread alone.
    """

    def __init__(
        self,
        name: str,
        on: On,
        begin: Callable[[], None] = lambda: None,
        end: Callable[[], None] = lambda: None,
    ) -> None:
        self._on, self._begin, self._end = on, begin, end
        self.user = _user32()
        self.handle = 0
        self.number = 0  # the handle that it has or had
        self.waits: dict[int, Callable[[], None]] = {}
        self._name = f"Deskwarden.{name}.{id(self)}"
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._blind: Blind | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Have it, once this returns.

        Raises:
            Blind: Windows gives no window here.

        """
        self._thread.start()
        self._ready.wait()
        if self._blind:
            self._thread.join()
            raise self._blind

    def stop(self) -> None:
        """End it; after that nothing is told."""
        if self.handle:
            self.user.PostMessageW(self.handle, WM_CLOSE, 0, 0)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()

    def call(self, job: Callable[[], None]) -> None:
        """Do this on the window's thread, soon."""
        self._jobs.put(job)
        self.user.PostMessageW(self.handle, WM_APP, 0, 0)

    def ring_in(self, seconds: float | None, *, about: bool = False) -> None:
        """Have WM_TIMER come once after this time, or not at all. about: half a second later will do."""
        if seconds is None:
            self.user.KillTimer(self.handle, 1)
            return
        wait = min(max(int(seconds * 1000) + 1, 10), LONGEST)
        self.user.SetCoalescableTimer(self.handle, 1, wait, None, LATE if about else 0)

    # --- its thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.GetModuleHandleW.restype = wintypes.HINSTANCE
        instance = wintypes.HINSTANCE(kernel.GetModuleHandleW(None))
        kind = Class(procedure=Procedure(self._told), instance=instance, name=self._name)
        self.user.RegisterClassW(ctypes.byref(kind))
        try:
            self.handle = self.number = self._open(instance)
            self._begin()
            self._ready.set()
            self._serve()
            self._end()
        except Blind as blind:
            self._blind = blind
            self.user.DestroyWindow(self.handle)
        finally:
            self._ready.set()
            self.user.UnregisterClassW(self._name, instance)

    def _open(self, instance: wintypes.HINSTANCE) -> int:
        nothing = [wintypes.DWORD(0), 0, 0, 0, 0, None, None]
        made = self.user.CreateWindowExW(wintypes.DWORD(0), self._name, "Deskwarden", *nothing, instance, None)
        if not made:
            raise Blind("no_window")
        return int(made)

    def _serve(self) -> None:
        message = wintypes.MSG()
        while self.handle:
            handles = tuple(self.waits)
            array = (wintypes.HANDLE * len(handles))(*handles)
            which = self.user.MsgWaitForMultipleObjectsEx(
                len(handles), array, wintypes.DWORD(FOREVER), wintypes.DWORD(ALL_INPUT), wintypes.DWORD(INPUT_AVAILABLE)
            )
            if which < len(handles):
                self.waits[handles[which]]()
            while self.handle and self.user.PeekMessageW(ctypes.byref(message), None, 0, 0, 1):
                self.user.DispatchMessageW(ctypes.byref(message))

    def _told(self, handle: int, message: int, wparam: int, lparam: int) -> int:
        if message == WM_APP:
            with suppress(queue.Empty):
                self._jobs.get_nowait()()
            return 0
        if message == WM_DESTROY:
            self.handle = 0
        answer = self._on(message, wparam, lparam) if self.handle else None
        return int(self.user.DefWindowProcW(handle, message, wparam, lparam)) if answer is None else answer
