"""Who draws notices here: picked in one place."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.desktop.face import State
from agent.desktop.notifier import Carrier, Heard

if TYPE_CHECKING:
    from agent.bus.thread import Thread


class Desk(Carrier, Protocol):
    """A carrier with a life: from `start` on it says what there is, until `stop`."""

    def start(self) -> None:
        """Begin; a Room is told as soon as it is known."""

    def stop(self) -> None:
        """End, with its threads."""


def bus_thread() -> "Thread | None":
    """The thread that notices and senses share, where there is D-Bus."""
    if sys.platform == "win32":
        return None
    from agent.bus.thread import Thread  # noqa: PLC0415 - asyncio and D-Bus only where there is a screen

    return Thread()


def desk(hear: Callable[[Heard], None], folder: Path, thread: "Thread | None") -> Desk:
    """The one for this desktop: Windows' own, by the session bus, else without buttons."""
    if sys.platform == "win32":
        from agent.desktop.windows_notices import WindowsNotices  # noqa: PLC0415 - imports on Windows alone

        return WindowsNotices(hear, picture("attention", folder))
    if thread is not None:
        from agent.bus.notices import Notices  # noqa: PLC0415 - as above

        return Notices(thread, hear, picture("attention", folder))
    from agent.desktop.plain import Plain  # noqa: PLC0415

    return Plain(hear)


def picture(state: State, folder: Path) -> Path | None:
    """A picture of the icon as a file, beside a notice and in the menu of programs; None where none can be written."""
    from agent.desktop import art  # noqa: PLC0415 - the library is large

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return art.write(state, folder)
    except OSError:
        return None
