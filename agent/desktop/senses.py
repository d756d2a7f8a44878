"""What a desktop lets be seen of its screen: which sources there are here, the best first. Picked in one place."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from agent.platforms.base import IdleSource, Locker, LockSource, QuietSource

if TYPE_CHECKING:  # asyncio and D-Bus only where there is a screen
    from agent.bus.thread import Thread


@dataclass(frozen=True)
class Senses:
    """Of the first two the first that works is used; of the others all. Each is made when it is tried."""

    idle: tuple[Callable[[], IdleSource], ...] = ()
    people: tuple[Callable[[], IdleSource], ...] = ()
    lock: tuple[Callable[[], LockSource], ...] = ()
    quiet: tuple[Callable[[], QuietSource], ...] = ()
    lockers: tuple[Callable[[], Locker], ...] = ()


def senses(thread: "Thread | None") -> Senses:
    """Those of this system. thread: the bus thread, where there is one."""
    if sys.platform == "win32":
        return _windows()
    return Senses() if thread is None else _linux(thread)


def _linux(thread: "Thread") -> Senses:
    """Mutter's own and the Wayland protocol come before X, which sees a part alone under Wayland."""
    assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this by
    from agent.bus.idle import ScreenSaverIdle  # noqa: PLC0415 - asyncio and D-Bus only where there is a screen
    from agent.bus.lockers import LogindLocker, SaverLocker  # noqa: PLC0415
    from agent.bus.logind import Logind  # noqa: PLC0415
    from agent.bus.mutter import MutterIdle  # noqa: PLC0415
    from agent.bus.quiet import DoNotDisturb, LogindInhibitors, SessionInhibitors  # noqa: PLC0415
    from agent.bus.savers import ScreenSaver  # noqa: PLC0415
    from agent.platforms.pipewire import PipeWire  # noqa: PLC0415
    from agent.platforms.pynput_idle import PynputIdle  # noqa: PLC0415
    from agent.platforms.wayland import WaylandIdle  # noqa: PLC0415
    from agent.platforms.x11_full import XFullScreen  # noqa: PLC0415
    from agent.platforms.x11_idle import XSyncIdle  # noqa: PLC0415
    from agent.platforms.x11_people import XPeopleIdle  # noqa: PLC0415

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


def _windows() -> Senses:
    assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this by
    from agent.platforms.pynput_idle import PynputIdle  # noqa: PLC0415 - as above
    from agent.platforms.windows_idle import WindowsIdle  # noqa: PLC0415
    from agent.platforms.windows_quiet import WindowsQuiet  # noqa: PLC0415
    from agent.platforms.windows_session import WindowsLocker, WindowsSession  # noqa: PLC0415

    return Senses(
        idle=(WindowsIdle, PynputIdle),
        people=(partial(PynputIdle, people=True),),
        lock=(WindowsSession,),
        quiet=(WindowsQuiet,),
        lockers=(WindowsLocker,),
    )
