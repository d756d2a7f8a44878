"""Idle time on Windows: GetLastInputInfo, asked when the next span can have passed.

Nothing of any input comes into this process. Windows has no event for the first input after an absence but those that
bring keys and positions along: so for that alone, and only in an absence, it is asked once a second.
"""

import ctypes
import math
import sys
from ctypes import wintypes
from dataclasses import dataclass

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.base import Blind, Hear  # noqa: E402
from agent.platforms.windows import Windows  # noqa: E402
from agent.platforms.windows_window import WM_TIMER, Window  # noqa: E402
from policy.seen import Idled, Touched  # noqa: E402

A_SECOND = 1.0
WM_POWERBROADCAST, RESUMED = 0x218, (7, 0x12)
WRAPS = 1 << 32  # milliseconds after which Windows' counter begins again


class LastInput(ctypes.Structure):
    """LASTINPUTINFO."""

    _fields_ = (("size", wintypes.UINT), ("time", wintypes.DWORD))


@dataclass
class Absence:
    """The seconds since the last input in which the machine was awake, from counters that go on in sleep."""

    last: int = -1
    slept: float = 0.0  # in all, at the last input
    before: float = 0.0  # in all, when it was last asked

    def seconds(self, now: int, last: int, slept: float) -> float:
        """Idle for so long. now, last: milliseconds of one counter. slept: seconds in all since boot."""
        gone = (now - last) % WRAPS / 1000
        if last != self.last:  # since it was last asked it may have slept before this input, or after it
            fits = slept - self.before <= gone
            self.last, self.slept = last, self.before if fits else slept
        self.before = slept
        between = slept - self.slept
        return max(gone - between, 0.0) if between > 1 else gone  # under a second the two clocks' own grain


class WindowsIdle:
    """The Protocol `IdleSource`."""

    name = "GetLastInputInfo"

    def __init__(self) -> None:
        self._system = Windows()
        self._absence = Absence(slept=self._system.slept(), before=self._system.slept())
        self._window: Window | None = None
        self._spans: tuple[float, ...] = ()
        self._told = 0.0  # the longest span that was told of this absence
        self._since: int | None = None  # the last input before an absence that was told

    def start(self, hear: Hear) -> None:
        self._hear = hear
        if _last_input() is None:
            raise Blind("no_answer")
        window = Window("idle", self._on)
        window.start()
        self._window = window

    def watch(self, seconds: tuple[float, ...]) -> None:
        if self._window:
            self._window.call(lambda: self._set(seconds))

    def stop(self) -> None:
        window, self._window = self._window, None
        if window:
            window.stop()

    # --- the window's thread -----------------------------------------------------------------------------------------

    def _set(self, seconds: tuple[float, ...]) -> None:
        self._spans, self._told = seconds, 0.0
        if not seconds:
            self._since = None
        self._look()

    def _on(self, message: int, wparam: int, _: int) -> int | None:
        if message == WM_TIMER or (message == WM_POWERBROADCAST and wparam in RESUMED):
            self._look()
        return None

    def _look(self) -> None:
        last = _last_input()
        if last is None or not self._spans:
            self._ring_in(None)
            return
        now = ctypes.WinDLL("kernel32").GetTickCount() % WRAPS
        idle = self._absence.seconds(now, last, self._system.slept())
        if self._since not in {None, last}:
            self._since, self._told = None, 0.0
            self._say(Touched())
        passed = max((span for span in self._spans if span <= idle), default=0.0)
        if passed > self._told:
            self._since, self._told = last, passed
            self._say(Idled(idle))
        self._wait(idle)

    def _wait(self, idle: float) -> None:
        following = min((span for span in self._spans if span > max(idle, self._told)), default=math.inf) - idle
        if self._since is not None and following > A_SECOND:
            self._ring_in(A_SECOND, about=True)
        else:
            self._ring_in(None if following == math.inf else following)

    def _ring_in(self, seconds: float | None, *, about: bool = False) -> None:
        if self._window:
            self._window.ring_in(seconds, about=about)

    def _say(self, seen: Idled | Touched) -> None:
        if self._window:
            self._hear(seen)


def _last_input() -> int | None:
    info = LastInput(size=ctypes.sizeof(LastInput))
    return int(info.time) if ctypes.WinDLL("user32").GetLastInputInfo(ctypes.byref(info)) else None
