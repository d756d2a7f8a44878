"""The senses of Windows."""

# ruff: noqa: E402 - imports stand behind the word on the platform
import sys
from functools import partial

from agent.desktop.senses import Senses
from agent.platforms.pynput_idle import PynputIdle

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.windows_idle import WindowsIdle
from agent.platforms.windows_quiet import WindowsQuiet
from agent.platforms.windows_session import WindowsLocker, WindowsSession


def windows() -> Senses:
    """All of them."""
    return Senses(
        idle=(WindowsIdle, PynputIdle),
        people=(partial(PynputIdle, people=True),),
        lock=(WindowsSession,),
        quiet=(WindowsQuiet,),
        lockers=(WindowsLocker,),
    )
