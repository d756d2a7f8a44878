"""Idle by pynput: the source of last resort. It is woken by each key and each move, which costs; the others are not.

What pynput hands over is a key, a button or a position. Here a time is kept of it, and nothing else.
"""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from agent.platforms.base import Blind, Hear
from policy.seen import Idled, Lost, Touched

LONGEST = 5.0  # seconds that an end may take: what holds up a thread of pynput's holds up nothing of ours


class Last:
    """All that is kept of input: when it last was. people: what a program made up is no input."""

    __slots__ = ("at", "away", "people", "stir")

    def __init__(self, *, people: bool) -> None:
        self.at, self.people = time.monotonic(), people
        self.away, self.stir = False, threading.Event()

    def touch(self, injected: bool) -> None:  # noqa: FBT001 - as pynput calls it
        if injected and self.people:
            return
        self.at = time.monotonic()
        if self.away:
            self.stir.set()


def callbacks(last: Last) -> tuple[Mapping[str, Callable[..., None]], Mapping[str, Callable[..., None]]]:
    """What pynput calls of a mouse and of a keyboard. What an argument says is never looked at, but for the flag."""

    def moved(_x: object, _y: object, injected: bool) -> None:  # noqa: FBT001
        last.touch(injected)

    def clicked(_x: object, _y: object, _button: object, _down: object, injected: bool) -> None:  # noqa: FBT001
        last.touch(injected)

    def scrolled(_x: object, _y: object, _dx: object, _dy: object, injected: bool) -> None:  # noqa: FBT001
        last.touch(injected)

    def typed(_key: object, injected: bool) -> None:  # noqa: FBT001
        last.touch(injected)

    return {"on_move": moved, "on_click": clicked, "on_scroll": scrolled}, {"on_press": typed, "on_release": typed}


class PynputIdle:
    """An `IdleSource`. people: faked input does not count, which pynput can tell on Windows alone."""

    name = "pynput"

    def __init__(self, *, people: bool = False) -> None:
        self.people = people
        self._last = Last(people=people)
        self._asked = deque[tuple[float, ...]]()
        self._ears: list[Any] = []
        self._thread: threading.Thread | None = None

    def start(self, hear: Hear) -> None:
        """Begin; when input was before now is not known, so that somebody idles from now on at the earliest."""
        bases = _bases()
        if self.people and not all(base.__module__.endswith("_win32") for base in bases):
            raise Blind("no_flag")
        self._hear, self._last = hear, Last(people=self.people)
        self._ending = self._deaf = self._owed = False
        self._spans: tuple[float, ...] = ()
        self._told = self._at = 0.0
        self._ears = [_ear(base, self._ended, on) for base, on in zip(bases, callbacks(self._last), strict=True)]
        for ear in self._ears:
            ear.start()
        for ear in self._ears:
            ear.begun.wait()
        if self._deaf:
            self.stop()
            raise Blind("no_server")
        self._thread = threading.Thread(target=self._run, name="pynput-idle", daemon=True)
        self._thread.start()

    def watch(self, seconds: tuple[float, ...]) -> None:
        self._asked.append(seconds)
        self._last.stir.set()

    def stop(self) -> None:
        self._ending = True
        self._last.stir.set()
        for ear in self._ears:
            if ear.is_alive():
                with suppress(Exception):  # its server is gone, and so will it be
                    ear.stop()
        for thread in (*self._ears, *((self._thread,) if self._thread else ())):
            if thread is not threading.current_thread():
                threading.Thread.join(thread, LONGEST)  # pynput's own join raises what ended it

    def _ended(self) -> None:
        self._deaf = True
        self._last.stir.set()

    # --- on a thread of its own, which sleeps until the next span can be passed --------------------------------------

    def _run(self) -> None:
        while not self._ending:
            if self._deaf:
                self._hear(Lost(self.name, "no_server"))
                return
            while self._asked:
                self._spans, self._told = self._asked.popleft(), 0.0
            self._last.stir.wait(self._tell())
            self._last.stir.clear()

    def _tell(self) -> float | None:
        """Say what is to be said now; the seconds until there can be more, none where only a touch or a word can."""
        at, spans = self._last.at, self._spans
        if self._owed and at > self._at:
            self._owed = self._last.away = False
            self._told = 0.0
            self._hear(Touched(self.people))
        idle = time.monotonic() - at
        passed = [span for span in spans if self._told < span <= idle]
        if passed:
            self._told, self._at = passed[-1], at
            self._owed = self._last.away = True
            self._hear(Idled(idle, self.people))
        if self._last.at != at:
            return 0
        return min((span - idle for span in spans if span > idle), default=None)


def _bases() -> tuple[Any, Any]:
    """Pynput's listeners, of the mouse and of the keyboard; they look for a screen when they are imported."""
    if sys.platform != "win32":
        if os.environ.get("WAYLAND_DISPLAY"):
            raise Blind("wayland")
        if not os.environ.get("DISPLAY"):
            raise Blind("no_display")
    try:
        from pynput import keyboard, mouse  # noqa: PLC0415
    except ImportError:
        raise Blind("no_server") from None
    return mouse.Listener, keyboard.Listener


def _ear(base: Any, ended: Callable[[], None], on: Mapping[str, Callable[..., None]]) -> Any:
    """A listener that says when it began and when it ended, however that came."""

    class Ear(base):  # type: ignore[misc]
        begun = threading.Event()

        def _mark_ready(self) -> None:
            super()._mark_ready()
            self.begun.set()

        def _stop_platform(self) -> None:
            other = getattr(self, "_display_stop", None)
            if not other:
                super()._stop_platform()
                return
            # On X pynput would end with the next event only: the server hears nothing on a line that it records to.
            other.record_disable_context(self._context)
            other.flush()

        def run(self) -> None:
            with suppress(Exception):
                super().run()
            ended()
            self.begun.set()

    return Ear(**on)
