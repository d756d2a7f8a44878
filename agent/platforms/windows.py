"""Windows under the agent."""

import ctypes
import os
import sys
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by


class Windows:
    """The Protocol `System` on Windows, as far as no issue asked for more: clocks and places."""

    def boot_id(self) -> str:
        # No boot has a name; the time at which it began, to ten seconds, is one.
        import psutil  # noqa: PLC0415 - this OS alone needs it here

        return f"boot-{round(psutil.boot_time() / 10)}"

    def awake(self) -> float:
        ticks = ctypes.c_ulonglong()
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(ticks))
        return ticks.value / 10_000_000

    def user_scope(self) -> str:
        return f"user:{os.environ.get('USERDOMAIN', '')}\\{os.environ.get('USERNAME', '')}"

    def zone(self) -> str:
        return "UTC"

    def hold(self, state: Path) -> int:
        state.mkdir(parents=True, exist_ok=True)
        return os.open(state / "run.lock", os.O_RDWR | os.O_CREAT)

    def default_state(self) -> Path:
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "Deskwarden"
