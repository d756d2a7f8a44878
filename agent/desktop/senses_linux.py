"""The senses of Linux. Mutter's own and the Wayland protocol come before X, which sees a part alone under Wayland."""

# ruff: noqa: E402 - imports stand behind the word on the platform
import sys
from functools import partial

from agent.desktop.senses import Senses
from agent.platforms.pynput_idle import PynputIdle

assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this file by

from agent.bus.idle import ScreenSaverIdle
from agent.bus.lockers import LogindLocker, SaverLocker
from agent.bus.logind import Logind
from agent.bus.mutter import MutterIdle
from agent.bus.quiet import DoNotDisturb, LogindInhibitors, SessionInhibitors
from agent.bus.savers import ScreenSaver
from agent.bus.thread import Thread
from agent.platforms.pipewire import PipeWire
from agent.platforms.wayland import WaylandIdle
from agent.platforms.x11_full import XFullScreen
from agent.platforms.x11_idle import XSyncIdle
from agent.platforms.x11_people import XPeopleIdle


def linux(thread: Thread) -> Senses:
    """All of them. thread: what those that speak D-Bus share."""
    return Senses(
        idle=(partial(MutterIdle, thread), WaylandIdle, XSyncIdle, partial(ScreenSaverIdle, thread), PynputIdle),
        people=(XPeopleIdle,),
        lock=(partial(Logind, thread), partial(ScreenSaver, thread)),
        quiet=(
            partial(DoNotDisturb, thread),
            partial(SessionInhibitors, thread),
            partial(LogindInhibitors, thread),
            PipeWire,
            XFullScreen,
        ),
        lockers=(partial(LogindLocker, thread), partial(SaverLocker, thread)),
    )
