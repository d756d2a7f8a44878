"""The whole way on a desktop, as `make run` starts it, over a dpkg root of its own: nothing of the machine changes."""

import signal
from collections.abc import Iterator

import pytest

from tests.benching.debs import build
from tests.support.desktop import Room
from tests.support.tryouts import TryOut
from tests.support.until import until

PROGRAM = "dw-toy"
WINDOW = ("xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd")


@pytest.fixture
def tryout(desktop: Room) -> Iterator[TryOut]:
    desktop.notifyd()
    started = TryOut(desktop)
    yield started
    started.end()


def test_a_finding_the_whole_way(tryout: TryOut) -> None:
    """Drawn as a notice, then reported: incident, mail, page by its open stream; the removal ends all of it."""
    tryout.machine.install(build(tryout.room.folder / "debs", PROGRAM))
    until(lambda: len(tryout.room.run(WINDOW).stdout.split()) == 1, what="no notice drawn")
    until(lambda: f"{PROGRAM} is not on the list yet" in tryout.log.read_text(), what="not told on the terminal")

    until(lambda: PROGRAM in tryout.page.listed(), what="not on the page")
    assert not tryout.page.listed()[PROGRAM].over
    until(lambda: len(tryout.mails()) == 1, what="no mail")
    events = until(lambda: len(tryout.page.events), what="the open stream said nothing")
    (incident,) = tryout.asked("feed.cli", "incidents", PROGRAM)
    assert (incident["state"], incident["revision"]) == ("open", 1)

    tryout.machine.purge(PROGRAM)
    until(lambda: tryout.page.listed()[PROGRAM].over, what="the page goes on")
    until(lambda: len(tryout.page.events) > events, what="the open stream did not tell the end")
    until(lambda: len(tryout.mails()) == 2, what="no reply")
    (finding,) = tryout.asked("agent.cli", "findings", PROGRAM)
    assert (finding["phase"], finding["ending"]) == ("ended", "put_right")
    assert finding["uid"] == incident["uid"]

    tryout.process.send_signal(signal.SIGINT)
    assert tryout.process.wait(30) == 0
    assert "Traceback" not in tryout.log.read_text()
