"""What can't be seen is said in words, and nothing is said of what can."""

from agent.ipc import Eye, Sight
from agent.sight import IDLE, gap_words, sight_lines


def said(sight: Sight | None) -> list[str]:
    return list(sight_lines(sight, str))


def test_nothing_is_said_where_all_can_be_seen():
    assert said(Sight(idle=Eye(by="a"), lock=Eye(by="b"), people=Eye(by="c"))) == []
    assert said(None) == []


def test_each_thing_that_cant_be_told_has_its_sentence():
    lines = said(
        Sight(
            lock=Eye(why_not="logind: no_logind"),
            people=Eye(why_not="xinput: wayland"),
            unseen=("call", "sharing"),
            film_counts=True,
        )
    )
    assert lines == [
        "Whether the screen is locked can't be told here (logind: no_logind): it counts as open.",
        "Input that a program makes counts as yours here (xinput: wayland).",
        "A film that keeps the screen awake counts as input here.",
        "Not seen here, so a notice may come meanwhile: calls and shared screens.",
    ]


def test_why_there_is_no_reminder_is_told():
    words = gap_words(f"{IDLE}xsync: no_display", str)
    assert words == "no reminder here: this desktop does not tell when input stops (xsync: no_display)"
    assert gap_words("no_session", str) == "waits: nobody's screen is watched yet"
    assert gap_words("something new", str) == "something new"
