"""The tray menu, without a screen."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

from agent import ipc, words
from agent.desktop.face import headline, state
from agent.desktop.menu import LINE, Act, Choices, Entry, menu
from agent.ipc import FeedState, Screen, View, Watched
from agent.session import Options, Session
from policy.model import Text
from policy.presence import Settings
from policy.words import Language
from tests.support.made import NOW, notice, view

HERE = NOW.astimezone(ZoneInfo("Europe/Amsterdam"))
BLIND = Watched("r", "3", Text("x", "x"), "software", works=False, why_not="no dpkg")


def same(text: str) -> str:
    return text


def made(shown: View | None, language: Language = "en", *, may_quit: bool = False) -> tuple[Entry, ...]:
    return menu(shown, language, same, HERE, Choices(may_quit=may_quit))


def labels(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.label for entry in entries]


def all_of(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from all_of(entry.children)


def test_it_names_what_is_open_with_its_time():
    """Those with time left first, the one with the least of it before all; then what was reported, by its reference."""
    soon = notice("soon", deadline=NOW.replace(hour=16, minute=0))
    late, told = notice("late"), notice("told", phase="reported")
    gone = notice("gone", phase="ended", ending="put_right")
    assert labels(made(view(told, late, gone, soon)))[:5] == [
        "3 things need you",
        "soon 2.0: until 17:00",
        "late 2.0: until Thu 17:00",
        f"told 2.0: reported, {told.reference}",
        "",
    ]


def test_each_finding_opens_the_page_at_itself():
    """And one without a known deadline is named alone."""
    one = notice("one", deadline=None)
    assert made(view(one))[1] == Entry("one 2.0", Act("page", about=one.uid))


def test_a_long_list_is_cut():
    """The page has the rest."""
    entries = made(view(*(notice(f"n{i}") for i in range(11))))
    assert labels(entries)[9] == "and 3 more"
    assert entries[9].act == Act("page")


def test_a_finding_that_asks_has_its_answer_below_it():
    """The notice that has the button may be gone by then."""
    seen = {"name": "Dropbox", "state": "running", "account": "none"}
    one = notice("dropbox", kind="cloud", attrs=seen, private={"asks": "company_information"})
    line = made(view(one))[1]
    assert line.act is None
    assert [(child.label, child.act) for child in line.children] == [
        ("How to put it right", Act("page", about=one.uid)),
        ("No, nothing of the company", Act("answer", about=one.uid)),
    ]


def test_it_has_the_page_the_contacts_and_the_languages():
    """Each language in its own words, the spoken one marked."""
    entries = {entry.label: entry for entry in made(view())}
    assert entries["My Deskwarden"].act == Act("page")
    assert labels(entries["Who can help"].children) == [
        "IT helpdesk: 088 660 12 34",
        "Security helpdesk: +31 800 024 04 25",
    ]
    assert [(e.label, e.checked, e.act and e.act.language) for e in entries["Language"].children] == [
        ("Nederlands", False, "nl"),
        ("English", True, "en"),
    ]


def test_contacts_are_named_in_the_language():
    """By mail where there is no phone, by name where there is neither."""
    shown = view()
    entries = {e.label: e for e in made(shown, "nl")}
    assert "IT-helpdesk: 088 660 12 34" in labels(entries["Who can help"].children)


def test_quit_is_there_only_where_it_may():
    """In `run`."""
    assert Act("quit") not in [entry.act for entry in made(view())]
    assert made(view(), may_quit=True)[-2:] == (LINE, Entry("Quit Deskwarden", Act("quit")))


def test_the_screen_can_be_locked_from_it_where_it_can_be_at_all():
    entry = Entry("Lock the screen now", Act("lock"))
    assert entry not in made(view())
    assert entry in menu(view(), "en", same, HERE, Choices(may_lock=True))


def test_an_assistive_tool_is_asked_for_only_where_people_alone_count():
    """And its mark is what the person said."""
    people = view(screen=Screen(Settings(people_only=True), "1.5"))
    assert "I use an assistive tool" not in labels(made(view(screen=Screen(Settings(), "1.5"))))
    for said in (False, True):
        entries = menu(people, "en", same, HERE, Choices(assistive=said))
        assert Entry("I use an assistive tool", Act("assistive"), checked=said) in entries


def test_that_an_assistive_tool_is_used_stays_on_this_side_of_the_line(tmp_path: Path):
    """It is kept for the next time; no message says so, and none could."""
    mine, theirs = ipc.pair()
    session = Session(mine, Options(state=tmp_path, desktop=False, home=tmp_path), leave=lambda: None)
    (tmp_path / "desktop").mkdir()
    session._picked(Act("assistive"))
    assert words.assistive(tmp_path / "desktop")
    mine.send(ipc.Away())
    assert theirs.receive(timeout=30) == ipc.Away(), "the first that was sent"
    session._picked(Act("assistive"))
    assert not words.assistive(tmp_path / "desktop")
    fields = {name for message in get_args(ipc.Up) for name in message.__struct_fields__}
    assert not {name for name in fields if "assist" in name}


def test_it_works_before_anything_is_known():
    """No view yet: a line that says so, the page, the languages; no contacts."""
    entries = made(None)
    assert entries[0] == Entry("Looking at this laptop …")
    assert "Who can help" not in labels(entries)


def test_every_entry_does_something_or_is_only_read():
    """No entry has both an action and children; only the headline and lines have neither."""
    for entry in all_of(made(view(notice()), may_quit=True)):
        assert not (entry.act and entry.children)
    idle = [e for e in all_of(made(view(notice()))) if not e.act and not e.children and e != LINE]
    assert labels(tuple(idle)) == ["One thing needs you"]


def test_the_state_is_the_most_pressing():
    """Time that runs before what is known already; what can't be seen only where nothing is asked."""
    noticed, reported = notice("a"), notice("b", phase="reported")
    ended = notice("c", phase="ended")
    assert state(None) == "waiting"
    assert state(view(reported, noticed, ended)) == "attention"
    assert state(view(reported, ended, watched=(BLIND,))) == "reported"
    assert state(view(ended)) == "ok"
    assert state(view(watched=(BLIND,))) == "limited"
    assert state(view(problems=("p",))) == "limited"
    assert state(view(feed=FeedState(url="https://f", error="down"))) == "limited"


def test_the_headline_counts():
    """One is said in words."""
    assert headline(view(notice("a")), same) == "One thing needs you"
    assert headline(view(notice("a"), notice("b")), same) == "2 things need you"
    assert headline(view(), same) == "All is well on this laptop"
    assert headline(view(watched=(BLIND,)), same) == "Nothing is asked of you; not all can be seen"
