"""The kind `software`: what is approved, denied, not known, or not asked; and how it is said."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agent.words import load
from policy import report
from policy.kinds.software import Entry, InstalledProgram, Match, attrs, many, may, private, verdict, words
from policy.model import Subject, Text
from policy.words import Language
from tests.support.judging import begun, policy, program
from tests.support.made import NOW as MADE
from tests.support.made import notice

WHY = Text("Omdat.", "Because.")
COMPANY = "KPN Werkplek"
NOW = datetime(2026, 3, 3, 11, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))


def says(match: Match, fact: InstalledProgram) -> str:
    return verdict(match, fact).word


@pytest.mark.parametrize(
    ("entry", "fact", "word"),
    [
        (Entry("vim"), program("vim"), "approved"),
        (Entry("vim"), program("vim-tiny"), "unapproved"),
        (Entry("vim*"), program("vim-tiny"), "approved"),
        (Entry("VIM?tiny"), program("vim-tiny"), "approved"),
        (Entry("vim", versions=">=9, <10"), program("vim", version="2:9.0"), "unapproved"),  # an epoch is above all
        (Entry("vim", versions=">=9, <10"), program("vim", version="9.0-1"), "approved"),
        (Entry("vim", versions=">=9, <10"), program("vim", version="8.2"), "unapproved"),
        (Entry(origin=COMPANY), program("tool", origin=COMPANY), "approved"),
        (Entry(origin=COMPANY), program("tool", origin="Debian"), "unapproved"),
        (Entry(origin=COMPANY), program("tool", origin=""), "unapproved"),
        (Entry("tool", origin=COMPANY), program("other", origin=COMPANY), "unapproved"),
        (Entry("tool", versions=">=2", origin=COMPANY), program("tool", version="1", origin=COMPANY), "unapproved"),
        (Entry("tool", versions=">=2", origin=COMPANY), program("tool", version="2", origin=COMPANY), "approved"),
    ],
)
def test_approval_by_name_pattern_version_range_and_origin(entry, fact, word):
    """All that an entry gives must hold."""
    assert says(Match(approve=(entry,)), fact) == word


@pytest.mark.parametrize(
    ("entry", "covered"),
    [
        (Entry(id="Maker.Toy"), True),
        (Entry("Toy*", id="maker.toy"), True),
        (Entry("Other", id="maker.toy"), False),
        (Entry(id="maker.to*"), False),  # no pattern
        (Entry(id="vscode:maker.toy"), False),
        (Entry(id="maker.toy", versions=">=2"), False),
    ],
)
def test_an_extension_by_its_id_whatever_it_calls_itself(entry: Entry, covered: bool):
    """And no program of that name."""
    subject = Subject("extension", "vscode:maker.toy", "user")
    assert entry.covers(InstalledProgram(subject=subject, name="Toy Box", version="1")) is covered
    assert not entry.covers(program("maker.toy"))


def test_an_id_that_is_asked_about_is_found_in_the_list():
    match = Match(approve=(Entry("vim"), Entry(id="maker.toy")), deny=(Entry(id="cjpalhdlnbpafiamejdnhcphjbkeiagm"),))
    assert may(match, "CJPALHDLNBPAFIAMEJDNHCPHJBKEIAGM").word == "denied"
    assert may(match, "maker.toy").word == "approved"
    assert may(match, "").word == "unapproved"


def test_an_origin_that_is_not_known_accuses_nobody():
    """No lists, no verdict; a name that is approved anyway stays approved, one that is denied stays denied."""
    match = Match(approve=(Entry(origin=COMPANY), Entry("vim")), deny=(Entry("evil"),))
    assert says(match, program("tool", origin=None)) == "unknown"
    assert says(match, program("vim", origin=None)) == "approved"
    assert says(match, program("evil", origin=None)) == "denied"
    assert says(Match(approve=(Entry("vim"),)), program("tool", origin=None)) == "unapproved", "no entry asks for it"
    assert says(Match(deny=(Entry("tool", origin="Bad"),)), program("tool", origin=None)) == "unapproved"


def test_deny_beats_allow_in_any_order_and_for_any_origin():
    """Also what the company's own repository offers."""
    match = Match(approve=(Entry("tool*"), Entry(origin=COMPANY)), deny=(Entry("tool"),))
    assert says(match, program("tool", origin=COMPANY)) == "denied"
    assert says(match, program("tool-kit", origin="")) == "approved"


def test_a_denied_range_leaves_the_rest():
    """Only the versions that are named."""
    match = Match(approve=(Entry("tool"),), deny=(Entry("tool", versions="<2"),))
    assert says(match, program("tool", version="1.9")) == "denied"
    assert says(match, program("tool", version="2")) == "approved"


def test_what_management_brought_is_nobodys_finding():
    """Neither approved nor on the employee's door."""
    said = verdict(Match(), program("tool", brought_by="management"))
    assert said.word == "managed"
    assert not said.breaks
    assert says(Match(deny=(Entry("tool"),)), program("tool", brought_by="management")) == "managed"


def test_a_dependency_is_silent_unless_it_is_denied():
    """It speaks through the program that needs it."""
    match = Match(deny=(Entry("libevil"),))
    silent = verdict(match, program("libgood", chosen=False))
    assert silent.word == "silent"
    assert not silent.breaks
    assert says(match, program("libevil", chosen=False)) == "denied"


def test_the_lists_own_reason_goes_with_each_verdict():
    """Of the entry that decided; to the employee, in both languages, and never off the laptop."""
    match = Match(approve=(Entry("vim", why=WHY),), deny=(Entry("evil", why=WHY),))
    for name in ("vim", "evil"):
        said = verdict(match, program(name))
        assert said.why == WHY
        assert private(program(name), said)["why_nl"] == "Omdat."
        assert private(program(name), said)["why_en"] == "Because."
        assert "Omdat." not in str(attrs(program(name), said))


def test_may_answers_a_name_alone():
    """Of any version, from anywhere; typed as people type."""
    match = Match(approve=(Entry("vim*", versions=">=9", why=WHY), Entry(origin=COMPANY)), deny=(Entry("vim-evil"),))
    assert may(match, " VIM ").word == "approved"
    assert may(match, "vim").why == WHY
    assert may(match, "vim-evil").word == "denied"
    assert may(match, "tool").word == "unapproved", "an origin alone approves no name"
    assert may(match, "").word == "unapproved"


# --- how it is said: the promise's own sentences


def said(language: Language, **changes: object) -> str:
    """Title and text, as they are read one after the other."""
    made = words(notice("7-Zip", **changes), language, load(language), NOW)
    return f"{made.title}. {made.body}"


@pytest.mark.parametrize(
    ("language", "what", "then"),
    [
        (
            "nl",
            "7-Zip staat nog niet op de lijst.",
            (
                "Anders verwijderen vóór do 17:00; pas daarna ziet de helpdesk programma en laptopnummer. ",
                "Nog niemand",
            ),
        ),
        (
            "en",
            "7-Zip is not on the list yet.",
            (
                "Otherwise remove it before Thu 17:00; only then does the helpdesk see program and laptop number. ",
                "Nobody",
            ),
        ),
    ],
)
def test_the_notice_as_promised(language, what, then):
    """What, under which clause, the way out, until when, who sees what then, and that nobody was told."""
    text = said(language)
    assert text.startswith(what)
    assert "".join(then) in text
    assert "code 3" in text.lower()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("phase", ["noticed", "reported"])
@pytest.mark.parametrize("verdict", ["unapproved", "denied"])
@pytest.mark.parametrize("route", ["helpdesk", "none"])
def test_nobody_is_accused(language, phase, verdict, route):
    """It says what is on the laptop, never who did what; the clause stands in each."""
    text = said(language, phase=phase, route=route, attrs={"name": "7-Zip", "verdict": verdict}).lower()
    assert "code 3" in text
    accusing = ("geïnstalleerd", "installed", "je hebt", "you have", "overtreding", "violat")
    assert not any(word in text for word in accusing)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_several_are_one_that_names_them_and_the_first_deadline(language):
    """Under the earliest hour; where one must go at once, it says that."""
    earlier = datetime(2026, 3, 4, 16, tzinfo=UTC)
    both = (notice("7-Zip"), notice("cmatrix", deadline=earlier))
    made = many(both, load(language), NOW)
    assert made.title.startswith("2 ")
    assert "7-Zip" in made.body
    assert "cmatrix" in made.body
    assert {"nl": "wo 17:00", "en": "Wed 17:00"}[language] in made.body
    assert {"nl": "Nog niemand is ingelicht.", "en": "Nobody has been told yet."}[language] in made.body
    urgent = many((*both, notice("evil", at_once=True)), load(language), NOW)
    assert "17:00" not in urgent.body


@pytest.mark.parametrize(
    ("language", "nobody", "told"),
    [
        ("nl", "Nog niemand is ingelicht.", "De helpdesk is ingelicht"),
        ("en", "Nobody has been told yet.", "The helpdesk has been told"),
    ],
)
def test_it_says_who_was_told_and_only_that(language, nobody, told):
    """Before the report nobody, after it the helpdesk; where nothing is reported, nobody at all."""
    assert nobody in said(language)
    assert told not in said(language)
    assert told in said(language, phase="reported")
    assert nobody not in said(language, phase="reported")
    assert told not in said(language, route="none", deadline=None)
    assert nobody in said(language, deadline=None), "an observed rule: told without a deadline"


def test_the_way_out_is_a_command_that_can_be_typed():
    """With sudo where they need it, what came along with a command of its own, the policy's lines after it."""
    made = notice("cmatrix", attrs={"name": "cmatrix", "source": "dpkg", "brings": tuple(f"lib{i}" for i in range(8))})
    first, second = words(made, "en", load("en"), NOW).steps
    assert first.endswith(": sudo apt-get remove cmatrix")
    assert "lib0, lib1, lib2, lib3, lib4 and 3 more" in second
    assert second.endswith(": sudo apt-get autoremove")
    as_root = words(msgspec.structs.replace(made, superuser=True), "en", load("en"), NOW).steps
    assert as_root[0].endswith(": apt-get remove cmatrix")
    elsewhere = notice("cmatrix", attrs={"name": "cmatrix", "source": "other"})
    assert words(elsewhere, "en", load("en"), NOW).steps == ()


def test_the_lists_reason_stands_in_the_notice():
    """Before the rule's own."""
    assert "Omdat." in said("nl", private={"why_nl": "Omdat.", "why_en": "Because."}, why=Text("Regel.", "Rule."))
    assert "Regel." not in said("nl", private={"why_nl": "Omdat.", "why_en": "Because."}, why=Text("Regel.", "Rule."))
    assert "Regel." in said("nl", why=Text("Regel.", "Rule."))


def test_a_denied_program_of_an_observed_rule_is_not_said_to_be_reported():
    """Nobody was told, and that is what it says."""
    laptop = begun(policy(observe="14d"))
    laptop.look("evil")
    told = report.notice(laptop.policy, laptop.finding("evil"), laptop.now, laptop.state)
    assert "Nobody has been told" in words(told, "en", load("en"), NOW).body
    assert "The helpdesk has been told" not in words(told, "en", load("en"), NOW).body


def test_a_publisher_is_shown_as_proven_or_claimed():
    """On the page: a name that nobody vouches for is told as such."""

    def about(proven: str) -> tuple[str, ...]:
        attrs = {"name": "Foo", "version": "1", "verdict": "unapproved", "publisher": "Foo B.V.", "proven": proven}
        return words(notice("foo", attrs=attrs), "en", str, MADE).about

    assert about("yes") == ("Publisher: Foo B.V. (proven)",)
    assert about("claimed") == ("Publisher: Foo B.V. (claimed, not proven)",)
