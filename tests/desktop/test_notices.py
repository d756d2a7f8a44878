"""Notices, drawn by real servers on a real screen."""

from pathlib import Path

from agent.ipc import Retract, Tell
from tests.support.desktop import Room
from tests.support.made import notice, view
from tests.support.sessions import Driven
from tests.support.until import until

XFCE_WINDOW = ("xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd")


def dunst_shows(room: Room) -> int:
    return int(room.ask("dunstctl", "count", "displayed"))


def dunst_closed(room: Room) -> str:
    """The words of what dunst showed and no longer shows."""
    path, method = "/org/freedesktop/Notifications", "org.dunstproject.cmd0.NotificationListHistory"
    return room.call("org.freedesktop.Notifications", path, method)  # `dunstctl history` wants systemd's busctl


def xfce_windows(room: Room) -> list[str]:
    return room.run(XFCE_WINDOW).stdout.split()


def browser(room: Room) -> dict[str, str]:
    """A browser that writes down what it was asked to open."""
    script = room.folder / "browser"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >>{room.folder}/opened\n')
    script.chmod(0o755)
    return {"BROWSER": str(script)}


def opened(room: Room) -> str:
    """What the browser was asked to open."""
    where = room.folder / "opened"
    return where.read_text() if where.exists() else ""


def test_a_notice_is_drawn_and_then_said_to_be_shown(desktop: Room, evidence: Path):
    """Shown is said once the server drew it, and the words can be read on the screen."""
    desktop.notifyd()
    told = notice("cmatrix")
    with Driven(desktop, language="nl") as session:
        session.send(view(told), Tell((told,)))
        until(lambda: session.shown() == [str(told.uid)])
        until(lambda: len(xfce_windows(desktop)) == 1)
        until(lambda: "deskwarden" in desktop.icons())
        desktop.picture(evidence / "notice.png", "520x260+504+0")


def test_a_button_reaches_the_session(quiet: Room):
    """The first press opens the page at the finding's steps."""
    quiet.dunst()
    one, other = notice("cmatrix"), notice("htop")
    with Driven(quiet, environ=browser(quiet), language="en") as session:
        session.send(view(other, one), Tell((one,)))
        until(lambda: dunst_shows(quiet) == 1)
        quiet.ask("dunstctl", "action", "0")
        until(lambda: "my-deskwarden.html" in opened(quiet))
        page = (session.state / "desktop" / "my-deskwarden.html").read_text()
        assert page.index(str(one.uid)) < page.index(str(other.uid))


def test_a_drawn_button_can_be_clicked(desktop: Room):
    """xfce4-notifyd draws the buttons: a click of the mouse on the last opens the page."""
    desktop.notifyd()
    told = notice("cmatrix")
    with Driven(desktop, environ=browser(desktop), language="en") as session:
        session.send(view(told), Tell((told,)))
        until(session.shown)
        (window,) = until(lambda: xfce_windows(desktop))
        size = dict(line.split("=") for line in desktop.ask("xdotool", "getwindowgeometry", "--shell", window).split())
        x, y = int(size["X"]) + int(size["WIDTH"]) - 60, int(size["Y"]) + int(size["HEIGHT"]) - 32
        desktop.ask("xdotool", "mousemove", str(x), str(y), "click", "1")
        until(lambda: "my-deskwarden.html" in opened(desktop))


def test_many_at_once_are_one(quiet: Room, evidence: Path):
    """Three findings in one Tell are one notice that names them, and one Shown."""
    quiet.notifyd()
    three = tuple(notice(name) for name in ("cmatrix", "htop", "7zip"))
    with Driven(quiet, language="nl") as session:
        session.send(view(*three), Tell(three))
        until(lambda: session.shown() == [str(n.uid) for n in three])
        until(lambda: len(xfce_windows(quiet)) == 1)
        quiet.picture(evidence / "notice-three.png", "520x260+504+0")


def test_what_is_put_right_leaves_the_screen(quiet: Room):
    """Retract takes a notice away; of several, what is left stays on one notice."""
    quiet.dunst()
    one, other = notice("cmatrix"), notice("htop")
    with Driven(quiet, language="en") as session:
        session.send(view(one, other), Tell((one, other)))
        until(lambda: session.shown() and dunst_shows(quiet) == 1)
        session.send(Retract((one.uid,)))
        until(lambda: "cmatrix" in dunst_closed(quiet) and dunst_shows(quiet) == 1)
        session.send(Retract((other.uid,)))
        until(lambda: dunst_shows(quiet) == 0)


def test_do_not_disturb_of_dunst_holds_notices(quiet: Room):
    """While dunst is paused nothing is shown and nothing is said; afterwards what was held is one notice."""
    quiet.dunst()
    quiet.ask("dunstctl", "set-paused", "true")
    one, other = notice("cmatrix"), notice("htop")
    with Driven(quiet) as session:
        session.send(Tell((one,)), Tell((other,)))
        session.catches_up(view(one, other))
        assert not session.shown()
        assert int(quiet.ask("dunstctl", "count", "waiting")) == 0
        quiet.ask("dunstctl", "set-paused", "false")
        until(lambda: session.shown() == [str(one.uid), str(other.uid)])
        assert dunst_shows(quiet) == 1


def test_do_not_disturb_of_xfce_holds_notices(quiet: Room):
    """The same where do-not-disturb is a setting."""
    quiet.notifyd()
    setting = ("xfconf-query", "-c", "xfce4-notifyd", "-p", "/do-not-disturb")
    quiet.ask(*setting, "-n", "-t", "bool", "-s", "true")
    told = notice("cmatrix")
    with Driven(quiet) as session:
        session.send(view(told), Tell((told,)))
        session.catches_up(view(told))
        assert not session.shown()
        assert not xfce_windows(quiet)
        quiet.ask(*setting, "-s", "false")
        until(lambda: session.shown() == [str(told.uid)])


def test_a_server_that_comes_later_gets_what_was_held(quiet: Room):
    """Nobody draws notices at first: what was told waits, and is shown by the server that comes."""
    told = notice("cmatrix")
    with Driven(quiet) as session:
        session.send(view(told), Tell((told,)))
        session.catches_up(view(told))
        assert not session.shown()
        quiet.dunst()
        until(lambda: session.shown() == [str(told.uid)])


def test_a_server_that_starts_anew_is_found_again(quiet: Room):
    """The next notice goes to the new server; nothing is closed there that isn't ours."""
    first = quiet.dunst()
    one, other = notice("cmatrix"), notice("htop")
    with Driven(quiet, language="en") as session:
        session.send(view(one), Tell((one,)))
        until(lambda: session.shown() == [str(one.uid)])
        quiet.end(first)
        until(lambda: not quiet.owned("org.freedesktop.Notifications"))
        quiet.dunst()
        quiet.ask("notify-send", "-t", "60000", "of somebody else")
        session.send(Retract((one.uid,)), view(other), Tell((other,)))
        until(lambda: session.shown() == [str(one.uid), str(other.uid)])
        until(lambda: dunst_shows(quiet) == 2)


def test_a_name_with_markup_is_read_as_it_is(quiet: Room):
    """A program's name can't format the notice, nor make the server refuse it."""
    quiet.dunst()
    odd = notice("<b>bold</b>&")
    with Driven(quiet, language="en") as session:
        session.send(view(odd), Tell((odd, notice("other"))))
        until(session.shown)
        quiet.ask("dunstctl", "close-all")
        until(lambda: "'body': <'&lt;b&gt;bold&lt;/b&gt;&amp; 2.0 and other" in dunst_closed(quiet))
