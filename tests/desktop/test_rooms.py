"""Rooms that lack something: each is one calm line, the rest works, and nothing else is printed."""

import signal

import pytest

from agent.ipc import Tell
from tests.support.desktop import Room
from tests.support.made import notice, view
from tests.support.sessions import Driven
from tests.support.until import until

TOLD = notice("cmatrix")


def lines(session: Driven) -> list[str]:
    """What was printed, a line each, without the time and what belongs to the notice."""
    return [line[7:] for line in session.text().splitlines() if line[:2].isdigit() and ":" in line[:3]]


def told(session: Driven) -> None:
    """The employee is told here, one way or another."""
    session.send(view(TOLD), Tell((TOLD,)))
    until(lambda: session.shown() == [str(TOLD.uid)])
    session.prints("cmatrix is not on the list yet")


def ended(session: Driven) -> None:
    """It ends well, and said nothing that isn't ours: each printed line has a time, or hangs under one that has."""
    assert session.ends(signal.SIGTERM) == 0
    *said, last = session.text().splitlines()
    assert last == "ended, threads left: []"
    assert all(line[2] == ":" or line.startswith("       ") for line in said)


def test_no_screen(room: Room):
    """Without a display the terminal tells all."""
    with Driven(room, language="en", terminal=True) as session:
        told(session)
        assert lines(session) == [
            "No screen here: no icon and no notices. This terminal tells you everything.",
            "cmatrix is not on the list yet",
        ]
        ended(session)


def test_a_screen_without_a_bus(room: Room):
    """A display whose session bus is nowhere."""
    room.screen()
    with Driven(room, language="en", terminal=True) as session:
        session.prints("No session bus on this screen")
        told(session)
        assert len(lines(session)) == 2
        ended(session)


def test_a_bus_address_where_nobody_listens(room: Room):
    """The same where an address was left behind by an earlier session."""
    room.screen()
    room.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={room.folder}/nobody"
    with Driven(room, language="en", terminal=True) as session:
        session.prints("No session bus on this screen")
        told(session)
        ended(session)


def test_a_bus_without_a_notification_server(desktop: Room):
    """A tray and a terminal, and nobody who draws notices."""
    with Driven(desktop, language="en", terminal=True) as session:
        session.prints("Nothing here draws notices")
        told(session)
        until(lambda: "deskwarden" in desktop.icons())
        assert len(lines(session)) == 2
        ended(session)


def test_a_bus_without_a_tray(quiet: Room):
    """Notices and a terminal, and no place for an icon."""
    quiet.dunst()
    with Driven(quiet, language="en", terminal=True) as session:
        session.prints("No place for an icon here")
        told(session)
        until(lambda: quiet.ask("dunstctl", "count", "displayed").strip() == "1")
        assert len(lines(session)) == 2
        ended(session)
        assert session.shown() == [str(TOLD.uid)]  # once, though it was printed and drawn


def test_a_toolkit_that_complains(desktop: Room):
    """GTK does not know this locale and says so: not here."""
    desktop.notifyd()
    desktop.env["LANG"] = "xx_YY.UTF-8"
    with Driven(desktop, language="en", terminal=True) as session:
        told(session)
        until(lambda: "deskwarden" in desktop.icons())
        ended(session)


def test_a_tray_without_a_toolkit(desktop: Room):
    """A panel, and a Python without gi: one line, and notices work."""
    desktop.notifyd()
    blocked = desktop.folder / "gi"
    blocked.mkdir()
    (blocked / "__init__.py").write_text("raise ImportError('not here')\n")
    with Driven(desktop, language="en", terminal=True, without=str(desktop.folder)) as session:
        session.prints("No icon can be drawn here")
        told(session)
        ended(session)


@pytest.mark.parametrize("lang", ["C", "POSIX", "C.UTF-8", "", "xx_YY.UTF-8"])
def test_no_language(room: Room, lang: str):
    """A locale that names no language of ours: one line, and the policy's is spoken."""
    room.env |= {"LANG": lang, "LC_ALL": ""}
    with Driven(room, terminal=True) as session:
        session.send(view(TOLD, language="nl"), Tell((TOLD,)))
        session.prints("cmatrix staat nog niet op de lijst")
        assert "Hier is geen taal ingesteld (LANG): de taal van het bedrijf geldt." in lines(session)
        ended(session)


def test_a_locale_that_names_a_language(room: Room):
    """The locale's language is spoken whatever the policy's, without a word about it."""
    room.env["LANG"] = "en_GB.UTF-8"
    with Driven(room, terminal=True) as session:
        session.send(view(TOLD, language="nl"))
        told(session)
        assert len(lines(session)) == 2
        ended(session)


def test_a_terminal_that_can_not_write_a_letter(room: Room):
    """An ASCII stream: the line is printed with what can't be written replaced, and counts as shown."""
    room.env |= {"LANG": "C", "PYTHONIOENCODING": "ascii"}
    odd = notice("Eclipsé")
    with Driven(room, language="nl", terminal=True) as session:
        session.send(view(odd), Tell((odd,)))
        until(lambda: session.shown() == [str(odd.uid)])
        ended(session)


def test_a_terminal_that_is_gone(room: Room):
    """Nobody can read what is printed: then nothing was shown, and the session lives on."""
    with Driven(room, language="en", terminal=True, closed=True) as session:
        session.send(view(TOLD), Tell((TOLD,)), view(TOLD))
        until(lambda: session.said)
        assert session.ends(signal.SIGTERM) == 0
        assert not session.shown()
