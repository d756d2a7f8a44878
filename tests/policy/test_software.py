"""The kind `software`: what is approved, denied, not known, or not asked; and how it is said."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agent.words import load
from policy.kinds.software import Entry, InstalledProgram, Match, attrs, may, private, verdict, words
from policy.model import Text
from policy.words import Language
from tests.support.judging import program
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
    made = notice("7-Zip", **changes)
    return words(made, language, load(language), NOW).body


def test_the_notice_as_promised_in_dutch():
    """What, under which clause, the way out, until when, who sees what then, and that nobody was told."""
    assert said("nl") == (
        "7-Zip staat op deze laptop en nog niet op de lijst (code 3). Nodig? Vraag het aan bij de helpdesk. Anders "
        "verwijderen vóór do 17:00; pas daarna ziet de helpdesk programma en laptopnummer. Nog niemand is ingelicht."
    )


def test_the_notice_as_promised_in_english():
    """The same."""
    assert said("en") == (
        "7-Zip is on this laptop and not on the list yet (code 3). Need it? Ask the helpdesk. Otherwise remove it "
        "before Thu 17:00; only then does the helpdesk see program and laptop number. Nobody has been told yet."
    )


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("phase", ["noticed", "reported"])
@pytest.mark.parametrize("verdict", ["unapproved", "denied"])
@pytest.mark.parametrize("route", ["helpdesk", "none"])
def test_nobody_is_accused(language, phase, verdict, route):
    """It says "staat op deze laptop", never "je hebt geïnstalleerd"; the clause stands in each."""
    text = said(language, phase=phase, route=route, attrs={"name": "7-Zip", "verdict": verdict}).lower()
    assert "(code 3)" in text
    assert not any(
        word in text for word in ("geïnstalleerd", "installed", "je hebt", "you have", "overtreding", "violat")
    )


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
    assert " Omdat. " in said("nl", private={"why_nl": "Omdat.", "why_en": "Because."}, why=Text("Regel.", "Rule."))
    assert " Regel. " in said("nl", why=Text("Regel.", "Rule."))
