"""The words of a card."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from agent.desktop.cards import ANSWER, PAGE, STEPS, card
from policy.words import Notice
from tests.support.made import NOW, notice

HERE = NOW.astimezone(ZoneInfo("Europe/Amsterdam"))


def same(text: str) -> str:
    return text


def body(*notices: Notice) -> str:
    return card("k", notices, "en", same, HERE).body


def test_one_finding_has_its_own_words_and_its_way_out():
    """The button is named for what it shows; a click on the card shows the same."""
    made = card("k", (notice("cmatrix"),), "en", same, HERE)
    assert made.title == "cmatrix is not on the list yet"
    assert [(b.action, b.label) for b in made.buttons] == [(STEPS, "How to remove it"), (PAGE, "My Deskwarden")]
    assert (made.click, made.urgent) == (STEPS, False)


def test_one_without_steps_has_no_button_for_them():
    """Only buttons whose action exists."""
    made = card("k", (notice("cmatrix", attrs={"name": "cmatrix", "source": "by hand"}),), "en", same, HERE)
    assert [b.action for b in made.buttons] == [PAGE]


def test_what_is_denied_stays_until_it_is_read():
    """Urgent: it is reported at once."""
    assert card("k", (notice("x", at_once=True),), "en", same, HERE).urgent


def test_a_notice_that_asks_has_the_answer_as_its_first_button():
    """Where the company takes a no."""
    seen = {"name": "Dropbox", "state": "running", "account": "none"}
    asks = notice("dropbox", kind="cloud", attrs=seen, private={"asks": "company_information"})
    made = card("k", (asks,), "en", same, HERE)
    assert "Is there company information in it?" in made.body
    assert [b.action for b in made.buttons] == [ANSWER, STEPS, PAGE]
    not_asked = card("k", (notice("dropbox", kind="cloud", attrs=seen),), "en", same, HERE)
    assert "Is there company information" not in not_asked.body
    assert [b.action for b in not_asked.buttons] == [STEPS, PAGE]


def test_several_are_named_with_the_first_deadline():
    """And that nobody knows yet."""
    three = (notice("a"), notice("b", deadline=NOW + timedelta(hours=2)), notice("c"))
    made = card("k", three, "en", same, HERE)
    assert made.title == "3 programs are not on the list yet"
    assert made.body == (
        "a 2.0, b 2.0 and c 2.0 (code 3). Need them? Ask the helpdesk. Otherwise remove them before 13:30; "
        "only then does the helpdesk see program and laptop number. Nobody has been told yet."
    )


def test_nobody_is_not_said_where_somebody_knows():
    """One of them was reported."""
    assert "Nobody" not in body(notice("a"), notice("b", phase="reported"))


def test_no_deadline_is_said_where_nothing_is_sent():
    """A rule without a route."""
    assert body(notice("a"), notice("b", route="none")).endswith("Otherwise remove them. Nobody has been told yet.")


def test_where_nothing_is_ever_sent_that_is_said():
    """All of them under rules without a route."""
    assert body(notice("a", route="none"), notice("b", route="none")).endswith("Nobody is told of this.")


def test_with_one_that_must_go_now_the_whole_is_urgent():
    """Then the list's own words don't hold, and nobody is said to know nothing."""
    made = card("k", (notice("a"), notice("b", at_once=True)), "en", same, HERE)
    assert made.urgent
    assert made.title == "2 programs on this laptop need you"
    assert "must go now" in made.body
    assert "Nobody" not in made.body


def test_many_are_counted_after_the_first():
    """A card has little room."""
    assert body(*(notice(f"n{i}") for i in range(9))).startswith("n0 2.0, n1 2.0, n2 2.0, n3 2.0, n4 2.0 and 4 more (")
