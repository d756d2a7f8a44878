"""A setting of the desktop's (GSettings): asked of `gsettings`, a program that each of these desktops has.

dconf's writer says on the bus that a setting was written, and not what; the portal of settings has only some of them.
"""

import asyncio
from contextlib import suppress

from agent.bus import line
from agent.bus.line import Signal

SAID = {b"true\n": True, b"false\n": False}


def written(below: str) -> Signal:
    """Something below this path of dconf was written."""
    return Signal("ca.desrt.dconf.Writer", "Notify", "/ca/desrt/dconf/Writer/user", under=below)


async def flag(schema: str, key: str) -> bool | None:
    """A setting that is yes or no; None where it can't be told."""
    try:
        child = await asyncio.create_subprocess_exec(
            *("gsettings", "get", schema, key),
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
