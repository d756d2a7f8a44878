"""A client of a public cloud on a desktop: one finding in three states, one ticket, and a no that is taken."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benching.debs import build
from tests.support.desktop import Room
from tests.support.tryouts import TryOut
from tests.support.until import until

HOMES = Path(__file__).resolve().parents[1] / "recordings/clouds/homes"
PACKAGE, CLIENT = "nextcloud-desktop", "nextcloud"


@pytest.fixture
def tryout(desktop: Room) -> Iterator[TryOut]:
    desktop.notifyd()
    started = TryOut(desktop, grace="5m")
    yield started
    started.end()


def link(tryout: TryOut, home: str) -> None:
    """The configuration that the client wrote when an account was linked."""
    shutil.copytree(HOMES / home, tryout.room.env["HOME"], dirs_exist_ok=True)


def states(tryout: TryOut) -> list[tuple[str, str, str]]:
    findings = tryout.asked("agent.cli", "findings", CLIENT)
    return [(one["attrs"]["state"], one["attrs"]["account"], one["phase"]) for one in findings]


def windows(room: Room) -> list[str]:
    return room.run(("xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd")).stdout.split()


def press_no(room: Room) -> None:
    """The first of the buttons, at the lower left."""
    text = room.ask("xdotool", "getwindowgeometry", "--shell", windows(room)[0])
    at = {key: int(value) for key, _, value in (line.partition("=") for line in text.split()) if value.isdigit()}
    x, y = at["X"] + 80, at["Y"] + at["HEIGHT"] - 32
    room.ask("xdotool", "mousemove", str(x), str(y), "click", "1")


def test_a_client_that_is_installed_and_linked_is_one_finding_and_a_no_ends_it(tryout: TryOut, evidence: Path) -> None:
    """The package is told as the client and not as a program too; its account makes it weigh more; "No" is the end."""
    tryout.machine.install(build(tryout.room.folder / "debs", PACKAGE))
    until(lambda: states(tryout) == [("installed", "none", "noticed")], what="the client is not told")
    assert not tryout.asked("agent.cli", "findings", PACKAGE)  # it speaks for the program
    until(lambda: "Nextcloud is on this laptop" in tryout.log.read_text(), what="not told on the terminal")

    link(tryout, "nextcloud-private")
    until(lambda: states(tryout) == [("syncing", "private", "noticed")], what="the account is not told")
    until(lambda: "Nextcloud is linked to a private account" in tryout.log.read_text(), what="the account is not told")
    until(lambda: len(windows(tryout.room)) == 1, what="not one notice")
    tryout.room.picture(evidence / "cloud.png", "574x150+450+40")
    press_no(tryout.room)
    until(lambda: states(tryout) == [("syncing", "private", "ended")], what="the no is not taken")
    assert not tryout.mails()
    assert not tryout.asked("feed.cli", "incidents", CLIENT)


def test_the_companys_own_account_is_left_alone(tryout: TryOut) -> None:
    """Its server is the company's: the client is no finding. As a program it is still not on the list."""
    config = Path(tryout.room.env["HOME"], ".config/Nextcloud/nextcloud.cfg")
    config.parent.mkdir(parents=True)
    config.write_text("[Accounts]\n0\\url=https://cloud.kpn.com\n0\\user=alice\nversion=2\n")
    tryout.machine.install(build(tryout.room.folder / "debs", PACKAGE))
    until(lambda: tryout.asked("agent.cli", "findings", PACKAGE), what="the program is not told")
    assert states(tryout) == []
