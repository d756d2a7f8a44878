"""The lines of a terminal."""

import io
from zoneinfo import ZoneInfo

import pytest

from agent.desktop import terminal
from agent.desktop.notifier import Card, Room
from agent.ipc import FeedState
from tests.support.made import NOW, notice, view

HERE = NOW.astimezone(ZoneInfo("Europe/Amsterdam"))


def same(text: str) -> str:
    return text


def printed(*lines: str, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    assert terminal.Terminal(stream).say(lines, HERE)
    return raw.getvalue().decode(encoding)


def test_the_first_line_has_the_time_and_the_rest_hangs_under_it():
    """Long lines are broken between words, and a command is not broken at its hyphens."""
    text = printed("short", "word " * 30, "x" * 80 + " sudo apt-get remove 7zip")
    first, *rest = text.splitlines()
    assert first == "11:30  short"
    assert all(line.startswith("       ") and len(line) <= 100 for line in rest)
    assert "apt-get" in text


def test_a_letter_that_can_not_be_written_is_replaced():
    """An ASCII terminal still says it."""
    assert printed("vóór … do", encoding="ascii") == "11:30  v??r ? do\n"


@pytest.mark.parametrize("error", [BrokenPipeError, ValueError])
def test_a_terminal_that_is_gone_is_said_so_and_left_alone(error: type[Exception]):
    """It is not tried again."""

    class Broken(io.StringIO):
        tried = 0

        def write(self, _text: str) -> int:
            self.tried += 1
            raise error

    stream = Broken()
    gone = terminal.Terminal(stream)
    assert not gone.say(["a"], HERE)
    assert not gone.say(["b"], HERE)
    assert stream.tried == 1


def test_a_notice_has_its_title_its_words_and_each_way_out_once():
    """Several findings may share a step."""
    lines = terminal.notice_lines(Card("", "Title", "Body."), ["do this", "do that", "do this"])
    assert lines == ("Title", "Body.", "- do this", "- do that")


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({}, {"phase": "reported"}, "reported to the helpdesk as {r}. Putting it right ends the report."),
        (
            {},
            {"phase": "reported", "route": "both"},
            "reported to the helpdesk and the security team as {r}. Putting it right ends the report.",
        ),
        ({}, {"phase": "reported", "route": "none"}, "your time for it is over. Nobody is told of this."),
        ({"phase": "reported"}, {"phase": "reported", "ticket": "<t@f>"}, "the helpdesk has a ticket for it, {r}."),
        ({}, {"phase": "ended", "ending": "put_right"}, "put right, thank you. Nobody was told."),
        (
            {"phase": "reported"},
            {"phase": "ended", "ending": "put_right"},
            "put right, thank you. Report {r} is closed.",
        ),
        ({}, {"phase": "ended", "ending": "excepted"}, "allowed for you. {r} is closed."),
        ({}, {"phase": "ended", "ending": "rule_gone"}, "no longer asked. {r} is closed."),
        ({}, {"phase": "ended", "ending": "expired"}, "{r} is closed."),
    ],
)
def test_what_changes_is_one_line(before: dict[str, str], after: dict[str, str], line: str):
    """For each thing that became of a finding."""
    old, new = notice("a", **before), notice("a", **after)
    assert terminal.change_lines(view(old), view(new), same) == (f"a 2.0: {line.format(r=old.reference)}",)
    assert terminal.change_lines(view(new), view(new), same) == ()


def test_reported_with_its_ticket_is_two_lines_and_a_new_finding_none():
    """The notice itself told of a new one."""
    both = notice("a", phase="reported", ticket="t")
    assert len(terminal.change_lines(view(notice("a")), view(both, notice("new")), same)) == 2


def test_the_server_s_silence_is_told_once_and_so_is_its_end():
    """The reason may change meanwhile."""
    up, down, still = view(), *(view(feed=FeedState(url="u", error=e)) for e in ("refused", "timeout"))
    (line,) = terminal.change_lines(up, down, same)
    assert "Nothing is lost" in line
    assert terminal.change_lines(down, still, same) == ()
    assert terminal.change_lines(still, up, same) == ("The company's server answers again.",)


def test_new_problems_are_told():
    """Those that were there are not told again."""
    assert terminal.change_lines(view(problems=("a",)), view(problems=("a", "b")), same) == ("b",)


def test_each_lack_is_one_line():
    """And a desktop that has all says nothing."""
    assert terminal.missing(Room(bus=True, notices=True, inhibited=True), tray=True, _=same) == ()
    assert len(terminal.missing(Room(bus=True), tray=False, _=same)) == 2
    assert len(terminal.missing(Room(bus=True), tray=True, _=same)) == 1
    assert len(terminal.missing(Room(), tray=False, _=same)) == 1
