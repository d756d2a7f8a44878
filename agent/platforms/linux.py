"""Linux under the agent."""

import fcntl
import os
import sys
import time
from pathlib import Path

assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this file by


class Linux:
    """The Protocol `System` on Linux."""

    def boot_id(self) -> str:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()

    def awake(self) -> float:
        return time.clock_gettime(time.CLOCK_MONOTONIC)  # stands still in suspend, as CLOCK_BOOTTIME does not

    def slept(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)

    def user_scope(self) -> str:
        return f"user:{os.getuid()}"

    def zone(self) -> str:
        if os.environ.get("TZ"):
            return os.environ["TZ"].lstrip(":")
        target = os.path.realpath("/etc/localtime")
        return target.partition("/zoneinfo/")[2] or "UTC"

    def hold(self, state: Path) -> int:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(state / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(handle, 20, 0).decode(errors="replace").strip()
            os.close(handle)
            raise BlockingIOError(pid) from None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        return handle

    def default_state(self) -> Path:
        if os.getuid() == 0 and Path("/var/lib/deskwarden").is_dir():
            return Path("/var/lib/deskwarden")
        home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local/state")
        return Path(home) / "deskwarden"
