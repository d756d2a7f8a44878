"""What a desktop lets be seen of its screen: which sources there are here, the best first. Picked in one place."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
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
        from agent.desktop.senses_windows import windows  # noqa: PLC0415 - imports on Windows alone

        return windows()
    elif thread is not None:  # noqa: RET505 - so that a type check for Windows passes it by
        from agent.desktop.senses_linux import linux  # noqa: PLC0415 - asyncio and D-Bus only where there is a screen

        return linux(thread)
    return Senses()
