"""The whole way on a desktop, as `make run` starts it, over a dpkg root of its own: nothing of the machine changes."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benching.debs import PrivateRoot, build
from tests.shows.visitor import Visitor
from tests.support.desktop import Room
from tests.support.until import until

PROGRAM = "dw-toy"
WINDOW = ("xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd")


class TryOut:
    """The try-out's own process in a room, its state and its machine in the room's folder."""

    def __init__(self, room: Room) -> None:
        self.room, self.state = room, room.folder / "state"
        self.machine = PrivateRoot(room.folder / "root")
        options = ("--state", str(self.state), "--grace", "2s", "--language", "en", "--root", str(self.machine.path))
        self.process = room.start(sys.executable, "-I", "-m", "installer.tryout", *options)
        self.log = room.folder / f"{Path(sys.executable).name}.log"
        link = until(lambda: re.search(r"http://\S+/signin/\S+", self.log.read_text()), what="no screen")
        self.page = Visitor(link[0] if link else "")
        self.page.listen()

    def asked(self, module: str, what: str) -> list[dict[str, Any]]:
        """What a command lists about the program."""
        command = (sys.executable, "-I", "-m", module, what, "--json", "--state", str(self.state))
        found = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
        return [one for one in found if one["subject"]["key"] == PROGRAM]

    def mails(self) -> list[str]:
        return [file.read_text() for file in (self.state / "helpdesk" / "new").glob("*")]


@pytest.fixture
def tryout(desktop: Room) -> Iterator[TryOut]:
    desktop.notifyd()
    started = TryOut(desktop)
    yield started
    if started.process.poll() is None:
        started.process.send_signal(signal.SIGTERM)
        started.process.wait(30)


def test_a_finding_the_whole_way(tryout: TryOut) -> None:
    """Drawn as a notice, then reported: incident, mail, page by its open stream; the removal ends all of it."""
    tryout.machine.install(build(tryout.room.folder / "debs", PROGRAM))
    until(lambda: len(tryout.room.run(WINDOW).stdout.split()) == 1, what="no notice drawn")
    until(lambda: f"{PROGRAM} is not on the list yet" in tryout.log.read_text(), what="not told on the terminal")

    until(lambda: PROGRAM in tryout.page.listed(), what="not on the page")
    assert not tryout.page.listed()[PROGRAM].over
    until(lambda: len(tryout.mails()) == 1, what="no mail")
    events = until(lambda: len(tryout.page.events), what="the open stream said nothing")
    (incident,) = tryout.asked("feed.cli", "incidents")
    assert (incident["state"], incident["revision"]) == ("open", 1)

    tryout.machine.purge(PROGRAM)
    until(lambda: tryout.page.listed()[PROGRAM].over, what="the page goes on")
    until(lambda: len(tryout.page.events) > events, what="the open stream did not tell the end")
    until(lambda: len(tryout.mails()) == 2, what="no reply")
    (finding,) = tryout.asked("agent.cli", "findings")
    assert (finding["phase"], finding["ending"]) == ("ended", "put_right")
    assert finding["uid"] == incident["uid"]

    tryout.process.send_signal(signal.SIGINT)
    assert tryout.process.wait(30) == 0
    assert "Traceback" not in tryout.log.read_text()
