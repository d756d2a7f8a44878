"""Notification servers that are not on this machine: what they do differently, by one that does it."""

import json
import sys
from pathlib import Path
from typing import Any

from agent.ipc import Tell
from tests.support.desktop import Room
from tests.support.made import notice, view
from tests.support.sessions import Driven
from tests.support.until import until

SERVER = Path(__file__).resolve().parents[1] / "support" / "notice_server.py"
NOTICES = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
ONE, OTHER = notice("cmatrix"), notice("htop")


def command(room: Room, **given: Any) -> tuple[str, ...]:
    return (sys.executable, "-I", str(SERVER), json.dumps({"log": str(room.folder / "calls")} | given))


def serve(room: Room, **given: Any) -> None:
    room.start(*command(room, **given))
    until(lambda: room.owned(NOTICES))


def calls(room: Room, key: str) -> list[Any]:
    """What was asked of the server so far, of one kind."""
    log = room.folder / "calls"
    lines = log.read_text().splitlines() if log.exists() else []
    return [call[key] for line in lines if key in (call := json.loads(line))]


def test_the_specification_s_own_silence_holds(quiet: Room):
    """Inhibited, as KDE has it: nothing is sent until it ends, and then once."""
    serve(quiet, inhibited=True)
    with Driven(quiet) as session:
        session.send(Tell((ONE,)))
        session.catches_up(view(ONE))
        assert calls(quiet, "title") == []
        assert not session.shown()
        quiet.call(NOTICES, PATH, "org.freedesktop.DBus.Properties.Set", NOTICES, "Inhibited", "<false>")
        until(lambda: session.shown() == [str(ONE.uid)])
        assert len(calls(quiet, "title")) == 1


def test_a_silence_that_begins_later_holds_what_comes_then(quiet: Room):
    """And leaves what is on the screen."""
    serve(quiet, inhibited=False)
    with Driven(quiet) as session:
        session.send(Tell((ONE,)))
        until(lambda: session.shown() == [str(ONE.uid)])
        quiet.call(NOTICES, PATH, "org.freedesktop.DBus.Properties.Set", NOTICES, "Inhibited", "<true>")
        session.send(Tell((OTHER,)))
        session.catches_up(view(ONE, OTHER))
        assert not calls(quiet, "closed")
        quiet.call(NOTICES, PATH, "org.freedesktop.DBus.Properties.Set", NOTICES, "Inhibited", "<false>")
        until(lambda: session.shown() == [str(ONE.uid), str(OTHER.uid)])


def test_without_buttons_the_words_are_shown(quiet: Room):
    """A server that draws none is sent none."""
    serve(quiet, capabilities=["body"])
    with Driven(quiet, language="en") as session:
        session.send(view(ONE), Tell((ONE,)))
        until(lambda: session.shown() == [str(ONE.uid)])
        (actions,) = calls(quiet, "actions")
        assert "page" not in actions


def test_markup_is_escaped_only_for_those_who_read_it(quiet: Room):
    """One that takes the body as it is gets it as it is."""
    odd = notice("a&b")
    serve(quiet, capabilities=["body", "actions"])
    with Driven(quiet, language="en") as session:
        session.send(view(odd), Tell((odd, OTHER)))
        until(session.shown)
        assert calls(quiet, "body")[0].startswith("a&b 2.0 and htop")


def test_what_is_refused_is_not_shown(quiet: Room):
    """It is not tried for ever; it comes with the next, on one card."""
    mended = quiet.folder / "mended"
    serve(quiet, refuse=str(mended))
    with Driven(quiet) as session:
        session.send(Tell((ONE,)))
        until(lambda: len(calls(quiet, "title")) == 1)
        session.catches_up(view(ONE))
        assert not session.shown()
        mended.touch()
        session.send(Tell((OTHER,)))
        until(lambda: session.shown() == [str(ONE.uid), str(OTHER.uid)])
        assert len(calls(quiet, "title")) == 2


def test_one_that_the_bus_starts_is_started_by_the_first_notice(room: Room):
    """Nobody owns the name, but somebody can: that is no lack, and nothing starts before it is needed."""
    room.screen()
    services = room.folder / "services"
    services.mkdir()
    script = room.folder / "server"
    script.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in command(room)) + "\n")
    script.chmod(0o755)
    (services / "it.service").write_text(f"[D-BUS Service]\nName={NOTICES}\nExec={script}\n")
    room.bus()
    with Driven(room, language="en", terminal=True) as session:
        session.prints("No place for an icon here")
        assert "Nothing here draws notices" not in session.text()
        assert not room.owned(NOTICES)
        session.send(view(ONE), Tell((ONE,)))
        until(lambda: len(calls(room, "title")) == 1)


def test_what_is_denied_stays_and_the_rest_goes_by_itself(quiet: Room):
    """The time that a notice asks for: 0 is for ever."""
    urgent = notice("x", at_once=True)
    serve(quiet)
    with Driven(quiet, language="en") as session:
        for told in (urgent, ONE):
            session.send(view(ONE, urgent), Tell((told,)))
            until(lambda told=told: str(told.uid) in session.shown())  # type: ignore[misc]
        assert calls(quiet, "timeout") == [0, 60_000]


def test_a_new_telling_takes_the_old_notice_away(quiet: Room):
    """As a reminder does, or a service that began anew."""
    serve(quiet)
    with Driven(quiet, language="en") as session:
        for times in (1, 2):
            session.send(view(ONE), Tell((ONE,), reminder=times == 2))
            until(lambda times=times: len(session.shown()) == times)  # type: ignore[misc]
        assert calls(quiet, "closed") == [1]


def test_the_end_takes_notices_away(quiet: Room):
    """Nobody would answer their buttons."""
    serve(quiet)
    with Driven(quiet, language="en") as session:
        session.send(view(ONE), Tell((ONE,)))
        until(session.shown)
        assert session.ends(15) == 0
    assert calls(quiet, "closed") == [1]
