"""The one place that asks which operating system this is."""

import sys

from agent.platforms.base import System


def this_system() -> System:
    """The machine that this process runs on."""
    if sys.platform == "win32":
        from agent.platforms.windows import Windows  # noqa: PLC0415 - does not import elsewhere

        return Windows()
    else:  # noqa: RET505 - so that a type check for Windows passes this by
        from agent.platforms.linux import Linux  # noqa: PLC0415 - does not import elsewhere

        return Linux()
