"""The icon in a real panel, its menu, and the entry in the menu of programs."""

import signal
from pathlib import Path

import pytest

from agent.desktop import entry
from agent.ipc import Hello
from tests.support.desktop import Room
from tests.support.made import notice, view
from tests.support.sessions import Driven
from tests.support.until import until

DBUSMENU = "com.canonical.dbusmenu"
# The right end of the panel, where the only icon is.
CORNER = "120x32+904+0"


def menu(room: Room) -> str:
    """The menu's lines, as the panel gets them."""
    owner, path = room.icons().strip("[]'").split("/", 1)
    item = room.call(owner, f"/{path}", "org.freedesktop.DBus.Properties.Get", "org.kde.StatusNotifierItem", "Menu")
    where = item.split("'")[1]
    return room.call(owner, where, f"{DBUSMENU}.GetLayout", "0", "-1", "['label']")


def click(room: Room, label: str) -> None:
    """Do what a panel does when this line of the menu is clicked."""
    owner, path = room.icons().strip("[]'").split("/", 1)
    item = room.call(owner, f"/{path}", "org.freedesktop.DBus.Properties.Get", "org.kde.StatusNotifierItem", "Menu")
    before, found, _ = menu(room).partition(f"'label': <'{label}'>")
    assert found, f"{label} is not in the menu"
    number = before.rpartition("(")[2].split(",")[0].removeprefix("int32 ")
    room.call(owner, item.split("'")[1], f"{DBUSMENU}.Event", number, "clicked", "<''>", "0")


def colours(picture: Path, room: Room) -> int:
    """How many colours a picture has: an empty panel has few."""
    return int(room.ask("identify", "-format", "%k", str(picture)))


def test_the_icon_is_in_the_panel_until_the_end(desktop: Room, evidence: Path):
    """The panel knows it, draws it, and loses it when the session ends."""
    bare = colours(desktop.picture(desktop.folder / "bare.png", CORNER), desktop)
    with Driven(desktop, language="nl") as session:
        session.send(view(notice()))
        until(lambda: "deskwarden" in desktop.icons())
        until(lambda: colours(desktop.picture(evidence / "tray.png", CORNER), desktop) > bare + 10)
        assert session.ends(signal.SIGTERM) == 0
        until(lambda: desktop.icons() == "@as []")
    assert "threads left: []" in session.text()


def test_each_state_has_its_own_picture(desktop: Room, evidence: Path):
    """Well, asked and reported look different in the panel."""
    seen = set[str]()
    with Driven(desktop, language="en") as session:
        for name, shown in (
            ("ok", view()),
            ("attention", view(notice())),
            ("reported", view(notice(phase="reported"))),
        ):
            session.send(shown)
            until(lambda: "deskwarden" in desktop.icons())
            until(lambda: picture_of(desktop) not in seen | {""})
            seen.add(picture_of(desktop))
            desktop.picture(evidence / f"tray-{name}.png", CORNER)
    assert len(seen) == 3


def picture_of(room: Room) -> str:
    """What is drawn in the panel's corner, as a number, once two looks agree."""
    numbers = {room.ask("identify", "-format", "%#", str(room.picture(room.folder / f"{n}.png", CORNER))) for n in "ab"}
    return numbers.pop() if len(numbers) == 1 else ""


def test_the_menu_tells_what_is_open_and_follows_it(desktop: Room):
    """Open findings, contacts, the page, the languages and Quit; a finding that is put right leaves it."""
    with Driven(desktop, language="en", quit=True) as session:
        session.send(view(notice("cmatrix")))
        until(lambda: "cmatrix 2.0" in menu(desktop))
        for line in (
            "One thing needs you",
            "My Deskwarden",
            "IT helpdesk",
            "088 660 12 34",
            "Nederlands",
            "Quit Deskwarden",
        ):
            assert line in menu(desktop)
        session.send(view())
        until(lambda: "All is well" in menu(desktop) and "cmatrix" not in menu(desktop))


def test_another_language_can_be_picked_and_is_kept(desktop: Room):
    """The menu speaks it at once, the service is told, and the next session begins with it."""
    with Driven(desktop) as session:
        session.send(view(language="nl"))
        until(lambda: "deskwarden" in desktop.icons() and "English" in menu(desktop))
        click(desktop, "English")
        until(lambda: [hello.language for hello in session.heard(Hello)] == ["nl", "en"])
        session.ends(signal.SIGTERM)
    with Driven(desktop) as session:
        until(lambda: session.heard(Hello)[0].language == "en")


def test_quit_ends_both_halves(desktop: Room):
    """Quit tells the caller, and the session ends by itself; elsewhere the menu has no Quit."""
    with Driven(desktop, language="en", quit=True) as session:
        until(lambda: "deskwarden" in desktop.icons())
        click(desktop, "Quit Deskwarden")
        assert session.ends() == 0
        assert "left by the menu" in session.text()
    with Driven(desktop, language="en") as session:
        until(lambda: "My Deskwarden" in menu(desktop))
        assert "Quit" not in menu(desktop)


def test_a_tray_that_comes_later_gets_the_icon(quiet: Room):
    """No panel at first: the icon comes with it."""
    quiet.dunst()
    with Driven(quiet, language="en", terminal=True) as session:
        session.prints("No place for an icon here")
        quiet.panel()
        until(lambda: "deskwarden" in quiet.icons())


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("where", ["room", "quiet", "desktop"])
def test_a_signal_ends_the_session(where: str, sign: signal.Signals, request: pytest.FixtureRequest):
    """Without a screen, with a bus, and inside GTK's loop: it ends cleanly, and says that the person is away."""
    room: Room = request.getfixturevalue(where)
    with Driven(room, language="en") as session:
        session.send(view())
        until(lambda: session.heard(Hello))
        if where == "desktop":
            until(lambda: "deskwarden" in room.icons())
        assert session.ends(sign) == 0
        assert "threads left: []" in session.text()
    assert type(session.said[-1]).__name__ == "Away"


def test_a_desktop_starts_what_the_entry_says(room: Room):
    """GLib reads the words as they were meant, whatever they hold."""
    out, script = room.folder / "words", room.folder / "a script"
    script.write_text(f'#!/bin/sh\nprintf "%s|" "$@" >{out}\n')
    script.chmod(0o755)
    where = room.folder / "it.desktop"
    words = ("plain", 'a "b"', "$HOME `id`", "back\\slash", "100%f", "")
    assert entry.put(where, entry.text((str(script), *words), None))
    room.ask("gio", "launch", str(where))
    assert until(lambda: out.exists() and out.read_text()) == "|".join((*words, ""))


def test_the_entry_is_there_while_it_runs(quiet: Room):
    """The menu of programs has "My Deskwarden" until the session ends."""
    where = Path(quiet.env["XDG_DATA_HOME"]) / "applications" / entry.NAME
    with Driven(quiet, language="en") as session:
        until(where.exists)
        assert f'"mine" "--state" "{session.state}"' in where.read_text()
        assert session.ends(signal.SIGTERM) == 0
    assert not where.exists()
