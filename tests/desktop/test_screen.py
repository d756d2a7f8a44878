"""The screen in a real session: reminded, locked for real, told on coming back, and quiet where that is seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from Xlib.display import Display

from agent.ipc import Away, Hello, Lapsed, Screen, Sight
from policy.presence import Settings
from tests.support.desktop import Room
from tests.support.logind import Logind
from tests.support.made import view
from tests.support.sessions import Driven
from tests.support.until import until

SOON = Settings(remind_after=2, unattended_after=5, answered_within=1)
WINDOW = ("xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd")


def ruled(settings: Settings = SOON) -> dict[str, Screen]:
    return {"screen": Screen(settings, "1.5")}


@pytest.fixture
def logind(desktop: Room) -> Logind:
    """A desktop whose locker keeps logind's hint."""
    desktop.env["XDG_CURRENT_DESKTOP"] = "GNOME"  # names its key, and keeps the hint
    desktop.notifyd()
    made = Logind(desktop)
    made.begin()
    desktop.start("xss-lock", "--", "i3lock", "-n", "-c", "203050")
    until(lambda: _locks(made), what="xss-lock does not listen")
    made.unlock()
    until(lambda: "false" in made.says("LockedHint"), what="not unlocked")
    return made


def _locks(made: Logind) -> bool:
    made.lock()
    return "true" in made.says("LockedHint")


@pytest.fixture
def session(desktop: Room, logind: Logind) -> Iterator[Driven]:
    with Driven(desktop, language="nl", terminal=True) as made:
        made.send(view(**ruled()))
        until(lambda: any(sight.idle.by for sight in made.heard(Sight)), what="no idle source")
        yield made


def touch(room: Room, x: int = 300) -> None:
    room.ask("xdotool", "mousemove", str(x), "400", "mousemove", str(x + 9), "400")


def cards(room: Room) -> list[str]:
    return room.run(WINDOW).stdout.split()


def press_first_button(room: Room) -> None:
    """The button at the lower right of the notice."""
    (window,) = until(lambda: cards(room), what="no notice on the screen")
    text = room.ask("xdotool", "getwindowgeometry", "--shell", window)
    at = {name: int(value) for name, _, value in (line.partition("=") for line in text.split()) if value.isdigit()}
    x, y = at["X"] + at["WIDTH"] - 60, at["Y"] + at["HEIGHT"] - 32
    room.ask("xdotool", "mousemove", str(x), str(y), "click", "1")


def test_reminded_with_a_button_that_locks_for_real(desktop: Room, logind: Logind, session: Driven, evidence: Path):
    """Locked, the session is away; unlocked, it is back, and names nothing for a minute."""
    session.prints("Vergrendel je scherm (Super+L)")
    until(lambda: cards(desktop), what="no notice on the screen")
    desktop.picture(evidence / "screen-reminder.png", "520x260+504+0")
    press_first_button(desktop)
    until(lambda: "true" in logind.says("LockedHint"), what="not locked")
    until(lambda: session.heard(Away), what="it does not know that it is locked")
    until(lambda: not cards(desktop), what="the notice is still there")
    logind.unlock()
    hello = until(lambda: session.heard(Hello)[-1:], what="it is not back")[0]
    assert until(lambda: session.heard(Hello)[-1].quiet) == ("just_unlocked",)
    assert hello.zone == "Europe/Amsterdam"
    assert session.heard(Lapsed) == []


def test_who_locks_by_other_means_has_the_reminder_taken_away(desktop: Room, logind: Logind, session: Driven):
    until(lambda: cards(desktop), what="no notice on the screen")
    logind.lock()
    until(lambda: not cards(desktop), what="the notice is still there")


def test_back_at_a_screen_that_stood_open_is_told_once_and_the_lapse_goes_to_the_other_half(
    desktop: Room, session: Driven, evidence: Path
):
    touch(desktop, 100)
    session.prints("Vergrendel je scherm")
    until(lambda: seconds_idle(desktop) > 5.5, what="somebody touches it")
    touch(desktop)
    session.prints("Je scherm stond een minuut open")
    until(lambda: cards(desktop), what="no notice on the screen")
    desktop.picture(evidence / "screen-back.png", "520x260+504+0")
    (lapse,) = session.heard(Lapsed)
    assert lapse.seconds >= 5


def seconds_idle(room: Room) -> float:
    display = Display(room.env["DISPLAY"])
    try:
        return int(display.screen().root.screensaver_query_info().idle) / 1000
    finally:
        display.close()


def test_a_reminder_that_is_answered_at_once_was_somebody_reading(desktop: Room, logind: Logind):
    rule = Settings(remind_after=2, unattended_after=3, answered_within=20)
    with Driven(desktop, terminal=True) as session:
        session.send(view(**ruled(rule)))
        touch(desktop, 100)
        session.prints("Vergrendel je scherm")
        until(lambda: seconds_idle(desktop) > 4, what="somebody touches it")
        touch(desktop)
        session.catches_up(view(**ruled(rule)))
        assert session.heard(Lapsed) == []


def test_counts_down_and_locks(desktop: Room, logind: Logind, evidence: Path):
    rule = Settings(remind_after=1, unattended_after=60, lock_after=2, countdown=4)
    with Driven(desktop, language="en", terminal=True) as session:
        session.send(view(**ruled(rule)))
        session.prints("Your screen locks in 4 seconds")
        until(lambda: cards(desktop), what="no notice on the screen")
        desktop.picture(evidence / "screen-countdown.png", "520x260+504+0")
        until(lambda: "true" in logind.says("LockedHint"), what="not locked")


def test_a_touch_ends_the_countdown(desktop: Room, logind: Logind):
    rule = Settings(remind_after=1, unattended_after=60, lock_after=2, countdown=20)
    with Driven(desktop, language="en", terminal=True) as session:
        session.send(view(**ruled(rule)))
        session.prints("Your screen locks in 20 seconds")
        touch(desktop)
        until(lambda: session.text().count("Lock your screen") == 2, what="the countdown is still there")
        assert "false" in logind.says("LockedHint")


def test_says_so_when_it_cant_lock(desktop: Room, logind: Logind, session: Driven):
    logind.refuse_to_lock()
    session.prints("Vergrendel je scherm")
    press_first_button(desktop)
    session.prints("Je scherm kon van hieruit niet worden vergrendeld")


def test_without_a_rule_idle_time_is_not_looked_at(desktop: Room, logind: Logind):
    with Driven(desktop, language="nl", terminal=True) as session:
        session.send(view())
        sight = until(lambda: session.heard(Sight), what="it does not say what it sees")[-1]
        assert sight.idle.by == ""
        session.send(view(**ruled()))
        until(lambda: session.heard(Sight)[-1].idle.by == "xsync")
        session.send(view())
        until(lambda: session.heard(Sight)[-1].idle.by == "")


def test_says_what_it_sees_and_what_it_cant(session: Driven):
    """No PipeWire here, so calls and shared screens can't be seen."""
    sight = until(lambda: [sight for sight in session.heard(Sight) if sight.lock.by])[-1]
    assert sight.idle.by == "xsync"
    assert sight.lock.by == "logind"
    assert {"call", "sharing"} <= set(sight.unseen)


def test_a_film_in_full_screen_makes_it_quiet_for_findings(desktop: Room, logind: Logind):
    with Driven(desktop, language="nl") as session:
        session.send(view(**ruled(Settings(remind_after=900, unattended_after=900))))
        until(lambda: any("full_screen" in sight.quiet for sight in session.heard(Sight)))
        window = desktop.start("/usr/bin/python3", "-I", "-c", FULL_SCREEN)
        until(lambda: "full_screen" in session.heard(Hello)[-1].quiet, what="it does not see the film")
        desktop.end(window)
        until(lambda: session.heard(Hello)[-1].quiet == (), what="it still sees the film")


FULL_SCREEN = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
window = Gtk.Window()
window.fullscreen()
window.show()
Gtk.main()
"""
