"""Who draws notices here: picked in one place."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from agent.desktop.face import State
from agent.desktop.notifier import Carrier, Heard


class Desk(Carrier, Protocol):
    """A carrier with a life: from `start` on it says what there is, until `stop`."""

    def start(self) -> None:
        """Begin; a Room is told as soon as it is known."""

    def stop(self) -> None:
        """End, with its threads."""


def desk(hear: Callable[[Heard], None], folder: Path) -> Desk:
    """The one for this desktop: with buttons by the session bus, else without."""
    if sys.platform != "win32":
        from agent.bus.notices import Notices  # noqa: PLC0415 - asyncio and D-Bus only where there is a screen
        from agent.bus.thread import Thread  # noqa: PLC0415

        return Notices(Thread(), hear, picture("attention", folder))
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
