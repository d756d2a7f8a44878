"""Feed and agent beside each other, as `make run` starts them, on the desktop of a room."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from agent.ipc import Ask
from agent.server import ask
from tests.benching.footprint import family
from tests.support.desktop import Room
from tests.support.until import until

PYTHON = (sys.executable, "-I")
GRACE = "1h"  # nothing is reported while it is measured


class House:
    """Starts both; the room ends them.

    root: the machine that the agent looks at. before: what its command begins with. pid: of the agent itself.
    """

    def __init__(self, room: Room, root: Path, before: tuple[str, ...] = ()) -> None:
        self.room, self.state = room, room.folder / "state"
        self.feed = room.start(*PYTHON, "-m", "feed.cli", "serve", *self._where(), "--port", "0", "--enrol", "LT-BENCH")
        said: Any = until(lambda: re.search(r"(http://\S+)\nhttp\S+\n(\S+)\n", self._log()), what="no feed")
        read, write = os.pipe()
        os.write(write, said[2].encode())
        os.close(write)
        options = ("--feed", said[1], "--token-fd", str(read), "--asset-tag", "LT-BENCH", "--root", str(root))
        command = (*before, *PYTHON, "-m", "agent.cli", "run", *self._where(), *options, "--now", "--grace", GRACE)
        self.agent = room.start(*command, keep=read)
        os.close(read)
        until(lambda: self._asked("status")["ready"], seconds=60, what="no agent")
        self.pid = next(pid for pid in family(self.agent.pid) if runs(pid, PYTHON[0]))

    def told(self, name: str) -> dict[str, Any] | None:
        """The finding about a program, once its person was told."""
        return next((f for f in self._asked("findings") if _about(f) == name and f["told"] and not f["ending"]), None)

    def named(self, name: str) -> dict[str, Any] | None:
        """The open finding about something, told or not."""
        return next((f for f in self._asked("findings") if _about(f) == name and not f["ending"]), None)

    def ended(self, name: str) -> bool:
        """Whether nothing is open about a program."""
        return not any(_about(f) == name and not f["ending"] for f in self._asked("findings"))

    def _asked(self, what: Any) -> Any:
        return ask(self.state, Ask(what))

    def _where(self) -> tuple[str, str]:
        return "--state", str(self.state)

    def _log(self) -> str:
        """What the feed and the agent printed: the room keeps one log a program."""
        return (self.room.folder / f"{Path(PYTHON[0]).name}.log").read_text()


class Notices:
    """The moments at which the notification server was called to draw a notice, as the bus itself tells them."""

    def __init__(self, room: Room) -> None:
        self._log = room.folder / "dbus-monitor.log"
        call = "interface='org.freedesktop.Notifications',member='Notify'"
        room.start("dbus-monitor", "--session", "--profile", call)
        until(lambda: self._log.exists() and self._log.read_text().startswith("#"))

    def count(self) -> int:
        """How many so far."""
        return len(self._calls())

    def after(self, moment: float) -> float | None:
        """The first after a moment of the wall clock."""
        return next((at for at in self._calls() if at > moment), None)

    def _calls(self) -> list[float]:
        rows = [line.split("\t") for line in self._log.read_text().splitlines() if "\tNotify" in line]
        return [float(row[1]) for row in rows if row[0] == "mc"]


def runs(pid: int, program: str) -> bool:
    """Whether that is the first word of its command line."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(program.encode() + b"\0")


def bare_python(room: Room) -> "subprocess.Popen[bytes]":
    """What everything is compared with."""
    return room.start("/usr/bin/python3", "-I", "-c", "import time; time.sleep(1e9)")


def _about(finding: dict[str, Any]) -> str:
    return str(finding["subject"]["key"])
