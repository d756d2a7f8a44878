"""The try-out as `make run` starts it, over a dpkg root of its own: nothing of the machine changes."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benching.debs import PrivateRoot
from tests.shows.visitor import Visitor
from tests.support.desktop import Room
from tests.support.until import until


class TryOut:
    """The try-out's own process in a room, its state and its machine in the room's folder."""

    def __init__(self, room: Room, language: str = "en", grace: str = "2s") -> None:
        self.room, self.state = room, room.folder / "state"
        self.machine = PrivateRoot(room.folder / "root")
        options = (
            "--state",
            str(self.state),
            "--grace",
            grace,
            "--language",
            language,
            "--root",
            str(self.machine.path),
        )
        self.process = room.start(sys.executable, "-I", "-m", "installer.tryout", *options)
        self.log = room.folder / f"{Path(sys.executable).name}.log"
        link = until(lambda: re.search(r"http://\S+/signin/\S+", self.log.read_text()), what="no screen")
        self.page = Visitor(link[0] if link else "")
        self.page.listen()

    def asked(self, module: str, what: str, key: str) -> list[dict[str, Any]]:
        """What a command lists about this subject."""
        command = (sys.executable, "-I", "-m", module, what, "--json", "--state", str(self.state))
        found = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
        return [one for one in found if one["subject"]["key"] == key]

    def mails(self) -> list[str]:
        return [file.read_text() for file in (self.state / "helpdesk" / "new").glob("*")]

    def end(self) -> None:
        """Where it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
