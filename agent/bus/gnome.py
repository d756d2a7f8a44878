"""GNOME's do-not-disturb: a setting, and no server that tells it.

dconf's writer says on the bus which setting was written, and not what: that is asked of `gsettings`, a program that
each GNOME has, and only then. The portal of settings does not offer this one.
"""

import asyncio
from contextlib import suppress

from agent.bus import line
from agent.bus.line import Signal

SERVER = "gnome-shell"
BANNERS_CHANGE = Signal(
    "ca.desrt.dconf.Writer", "Notify", "/ca/desrt/dconf/Writer/user", under="/org/gnome/desktop/notifications/"
)
BANNERS = ("gsettings", "get", "org.gnome.desktop.notifications", "show-banners")
SAID = {b"true\n": False, b"false\n": True}


async def silenced() -> bool | None:
    """Whether no banners are shown; None where it can't be told."""
    try:
        child = await asyncio.create_subprocess_exec(
            *BANNERS,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:  # it is not there
        return None
    try:
        async with asyncio.timeout(line.HASTE):
            out, _ = await child.communicate()
    except TimeoutError:
        return None
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    return SAID.get(out)
