"""What it costs to know of idle time: at rest, and while somebody moves the pointer 500 times a second.

.venv/bin/python -I tests/benching/presence.py [SECONDS] prints the figures of every source.
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from agent.platforms.pynput_idle import PynputIdle  # noqa: E402  -I left it out
from agent.platforms.x11_idle import XSyncIdle  # noqa: E402
from agent.platforms.x11_people import XPeopleIdle  # noqa: E402
from tests.benching.footprint import Cost, Moment, cost  # noqa: E402
from tests.support.desktop import Room  # noqa: E402
from tests.support.until import until  # noqa: E402

HAND = ROOT / "tests" / "support" / "x11_hand.py"
SPANS = (300.0, 600.0)
SETTLE = 1.0  # seconds after a start that are not counted


class Poll:
    """What others do: the screen saver is asked once a second."""

    class _Info(ctypes.Structure):
        _fields_ = (
            ("window", ctypes.c_ulong),
            ("state", ctypes.c_int),
            ("kind", ctypes.c_int),
            ("since", ctypes.c_ulong),
            ("idle", ctypes.c_ulong),
            ("mask", ctypes.c_ulong),
        )

    def start(self, _: object) -> None:
        x, saver, info = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1"), self._Info()
        x.XOpenDisplay.restype = ctypes.c_void_p
        x.XDefaultRootWindow.restype = ctypes.c_ulong
        display = ctypes.c_void_p(x.XOpenDisplay(None))
        root = ctypes.c_ulong(x.XDefaultRootWindow(display))
        print("watching", flush=True)
        while True:
            saver.XScreenSaverQueryInfo(display, root, ctypes.byref(info))
            time.sleep(1)


SOURCES: dict[str, Callable[[], Any]] = {"xsync": XSyncIdle, "xinput": XPeopleIdle, "pynput": PynputIdle, "poll": Poll}


def measure(source_name: str, seconds: float) -> dict[str, Cost]:
    """What one of SOURCES costs over so many seconds, on a screen of its own.

    rest: nobody does anything; program, person: XTEST or a device touches it 500 times a second.
    """
    python = (sys.executable, "-I")
    with Room() as room:
        room.screen()
        watcher = room.start(*python, __file__, "--watch", source_name)
        log = room.folder / f"{Path(sys.executable).name}.log"
        until(lambda: "watching" in log.read_text(), what="it does not watch")
        time.sleep(SETTLE)
        found = {"rest": _over(watcher.pid, seconds)}
        for who in ("program", "person"):
            hand = room.start(*python, str(HAND), who, str(seconds + 10 * SETTLE))
            time.sleep(SETTLE)
            found[who] = _over(watcher.pid, seconds)
            assert hand.poll() is None, f"the hand ended: {log.read_text()}"
            room.end(hand)
    return found


def _over(pid: int, seconds: float) -> Cost:
    before = Moment.of(pid)
    time.sleep(seconds)
    return cost(pid, before, Moment.of(pid))


def _watch(name: str) -> None:
    """The process that is measured."""
    source = SOURCES[name]()
    source.start(print)
    source.watch(SPANS)
    print("watching", flush=True)
    os.read(os.pipe()[0], 1)  # which nobody writes to: this thread sleeps for good


def main() -> None:
    seconds = float(next(iter(sys.argv[1:]), 20))
    for name in SOURCES:
        for what, it in measure(name, seconds).items():
            share = 100 * it.cpu / seconds
            print(f"{name:8}{what:8}{it.switches:8.2f} wake-ups/s{it.cpu:8.3f} CPU s, {share:.2f} % of a core")


if __name__ == "__main__":
    _watch(sys.argv[2]) if sys.argv[1:2] == ["--watch"] else main()
