"""A client of a public cloud: three states of one finding, whose account it is, and a person's no."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from policy.catalogue.owners import Told
from policy.document import read, trying_out
from policy.events import Answered, Emit, Retract, Tell
from policy.kinds import cloud_words
from policy.kinds.base import Verdict
from policy.kinds.cloud import KIND, CloudClient, Match, attrs, verdict
from policy.model import Grace, Look, Occurrence, Policy, Subject
from tests.support.judging import ME, OTHER, Laptop, program
from tests.support.made import NOW as MADE
from tests.support.made import notice

DROPBOX = Subject("cloud", "dropbox", ME)
HEAD = """
format = 1
id = "p"
version = "1"
company = "C"
[[clauses]]
number = "1.4"
title = { nl = "Cloud", en = "Cloud" }
quote = { nl = "q", en = "q" }
"""
CLOUDS = """[[rules]]
id = "r"
kind = "cloud"
clause = "1.4"
title = { nl = "t", en = "t" }
[rules.respond]
observe = "0s"
settle = "60s"
[rules.match]
approve = [{ client = "onedrive", account = "company" }, { client = "zoom", account = "any" }]
also = ["irc"]
private_use = "PRIVATE_USE"
[rules.match.company]
domains = ["company.example"]
servers = ["files.company.example"]
[rules.match.instead]
sync = { nl = "Eigen schijf", en = "Own drive" }
"""


SOFTWARE = """[[rules]]
id = "s"
kind = "software"
clause = "1.4"
title = { nl = "t", en = "t" }
[rules.respond]
observe = "0s"
[rules.match]
approve = [{ name = "good" }]
"""


def policy(private_use: str = "asked") -> Policy:
    return read((HEAD + CLOUDS.replace("PRIVATE_USE", private_use)).encode(), strict=True)


def judged(fact: CloudClient) -> Verdict:
    match = policy().rules["r"].match
    assert isinstance(match, Match)
    return verdict(match, fact)


def client(name: str = "dropbox", state: str = "installed", **fields: object) -> CloudClient:
    made = CloudClient(
        subject=Subject("cloud", name, ME), name=name.title(), client=name, state="installed", signals=("dpkg",)
    )
    return replace(made, state=state, **fields)


def look(laptop: Laptop, *facts: CloudClient, scope: str = ME) -> list[object]:
    owned = tuple(replace(fact, subject=replace(fact.subject, scope=scope)) for fact in facts)
    return list(laptop.do(Look("cloud", "clouds", scope, laptop.now, owned)))


@pytest.fixture
def laptop() -> Laptop:
    """One that had no client at its first look, with a person before it."""
    laptop = Laptop(policy())
    look(laptop)
    laptop.active(ME)
    return laptop


def said(state: str, *told: tuple[str, str], **fields: object) -> tuple[str, str]:
    found = judged(client(state=state, told=tuple(Told(*one) for one in told), **fields))  # type: ignore[arg-type]
    return found.word, found.about


# --- whose it is


def test_a_private_account_is_told_from_a_company_one() -> None:
    assert said("syncing", ("domain", "company.example")) == ("approved", "")
    assert said("syncing", ("domain", "mail.example")) == ("unapproved", "private")
    assert said("syncing", ("server", "files.company.example")) == ("approved", "")
    assert said("syncing", ("private", "")) == ("unapproved", "private")


def test_one_private_account_beside_the_companys_own_is_private() -> None:
    assert said("syncing", ("domain", "company.example"), ("domain", "mail.example")) == ("unapproved", "private")


def test_an_account_that_does_not_say_whose_it_is_is_unknown() -> None:
    assert said("syncing", ("linked", "")) == ("unapproved", "unknown")
    assert said("syncing") == ("unapproved", "unknown")


def test_a_client_whose_accounts_are_never_a_companys_is_private() -> None:
    assert said("syncing", ("linked", ""), private=True) == ("unapproved", "private")


def test_the_companys_own_client_is_approved_until_a_private_account_is_in_it() -> None:
    assert judged(client("onedrive")).word == "approved"
    assert judged(client("onedrive", "running")).word == "approved"
    private = client("onedrive", "syncing", told=(Told("private"),))
    assert judged(private).word == "unapproved"
    assert judged(client("zoom", "syncing", told=(Told("private"),))).word == "approved"


def test_a_client_that_no_rule_means_by_itself_is_silent_until_it_is_named() -> None:
    assert judged(client("slack", "running", meant=False)).word == "silent"
    assert judged(client("irc", "running", meant=False)).word == "unapproved"


# --- the life of the finding


def test_three_states_are_one_finding_and_each_rise_is_told_with_its_own_time(laptop: Laptop) -> None:
    look(laptop, client())
    laptop.shown()
    (first,) = laptop.state.findings.values()
    laptop.wait(hours=1)
    look(laptop, client(state="running"))
    laptop.shown()
    (second,) = laptop.state.findings.values()
    laptop.wait(hours=1)
    look(laptop, client(state="syncing", told=(Told("private"),)))
    laptop.shown()
    (third,) = laptop.state.findings.values()
    assert first.uid == second.uid == third.uid
    assert [f.severity for f in (first, second, third)] == [2, 3, 4]
    assert [f.grace for f in (first, second, third)] == [Grace(working_days=2), Grace(working_days=1), Grace(hours=4)]
    assert all(f.deadline for f in (first, second, third))
    assert sum(isinstance(effect, Tell) for effect in laptop.said) == 3
    laptop.wait(hours=4, minutes=1)
    sent = [effect.incident for effect in laptop.said if isinstance(effect, Emit)]
    assert [(one.attrs["state"], one.attrs["account"]) for one in sent] == [("syncing", "private")]


def test_what_was_reported_is_told_to_the_helpdesk_again_when_it_rises(laptop: Laptop) -> None:
    look(laptop, client())
    laptop.shown()
    laptop.wait(days=5)
    look(laptop, client(state="running"))
    look(laptop, client())
    sent = [effect.incident for effect in laptop.said if isinstance(effect, Emit)]
    assert [(one.revision, one.severity, one.attrs["state"]) for one in sent] == [
        (1, 2, "installed"),
        (2, 3, "running"),
    ]
    (finding,) = laptop.state.findings.values()
    assert finding.attrs["state"] == "running"  # it only rises


def test_what_was_installed_before_the_agent_is_told_once_it_is_used_and_ends_when_it_is_not() -> None:
    laptop = Laptop(policy())
    laptop.active(ME)
    look(laptop, client())
    assert not laptop.state.findings
    look(laptop, client(state="syncing", told=(Told("private"),)))
    assert [f.phase for f in laptop.state.findings.values()] == ["noticed"]
    look(laptop, client())
    assert [(f.phase, f.ending) for f in laptop.state.findings.values()] == [("ended", "put_right")]


def test_a_client_that_only_rests_is_not_told_again_at_each_start() -> None:
    laptop = Laptop(policy())
    laptop.active(ME)
    look(laptop, client())
    for state in ("running", "installed", "running", "installed"):
        look(laptop, client(state=state))
        laptop.shown()
        laptop.wait(minutes=2)
    assert sum(isinstance(effect, Tell) for effect in laptop.said) == 1


def test_a_client_that_is_linked_at_the_first_look_is_told() -> None:
    laptop = Laptop(policy())
    laptop.active(ME)
    look(laptop, client(state="syncing"))
    assert [f.phase for f in laptop.state.findings.values()] == ["noticed"]


def test_what_the_whole_machine_has_is_told_to_one_of_its_people(laptop: Laptop) -> None:
    look(laptop, scope=OTHER)
    laptop.active(ME, OTHER)
    look(laptop, client(everybody=True))
    look(laptop, client(everybody=True), scope=OTHER)
    told = [effect for effect in laptop.said if isinstance(effect, Tell)]
    assert [one.session for one in told] == [ME]


# --- what is over before anybody can look


def run(laptop: Laptop, name: str = "rclone") -> None:
    fact = client(name, "running", signals=("program",))
    laptop.do(Occurrence(f"run-{laptop.now.awake}", "cloud", fact, laptop.now))


def test_a_run_that_was_over_at_once_is_a_finding_that_ends_after_two_weeks(laptop: Laptop) -> None:
    run(laptop)
    run(laptop)
    (finding,) = laptop.state.findings.values()
    assert (finding.attrs["times"], finding.attrs["state"], finding.severity) == (2, "running", 3)
    laptop.wait(days=15)
    (finding,) = laptop.state.findings.values()
    assert finding.ending == "expired"


def test_a_run_of_what_is_allowed_is_nothing(laptop: Laptop) -> None:
    run(laptop, "zoom")
    assert not laptop.state.findings
    assert not laptop.state.occurrences


def test_a_look_that_sees_it_stand_takes_the_finding_over(laptop: Laptop) -> None:
    run(laptop, "dropbox")
    look(laptop, client(state="running"))
    laptop.wait(days=15)
    assert [f.ending for f in laptop.state.findings.values()] == [None]
    look(laptop)
    assert [f.ending for f in laptop.state.findings.values()] == ["put_right"]


def test_a_run_whose_end_a_look_saw_is_not_a_second_finding(laptop: Laptop) -> None:
    look(laptop, client(state="running"))
    look(laptop)
    run(laptop, "dropbox")
    laptop.wait(minutes=5)
    assert [(f.generation, f.ending) for f in laptop.state.findings.values()] == [(1, "put_right")]


# --- the question


def test_a_no_is_taken_and_asked_again_after_three_months(laptop: Laptop) -> None:
    seen = client(state="running")
    look(laptop, seen)
    laptop.shown()
    (finding,) = laptop.state.findings.values()
    effects = laptop.do(Answered(finding.uid, ME))
    assert Retract(finding.uid) in effects
    look(laptop, seen)
    assert [(f.ending, f.revision) for f in laptop.state.findings.values()] == [("excepted", 0)]
    laptop.wait(days=91)
    look(laptop, seen)
    assert [f.phase for f in laptop.state.findings.values() if f.phase != "ended"]


def both(laptop: Laptop, cloud: bool = True) -> None:
    """The package is seen by the machine's half a moment before the client is by its person's."""
    package = program("dropbox-package", client="dropbox")
    laptop.do(Look("software", "dpkg", "machine", laptop.now, (package,)))
    laptop.wait(seconds=2)
    if cloud:
        look(laptop, client(programs=("dropbox-package",)))
    laptop.shown()


def two_rules() -> Laptop:
    both_rules = HEAD + SOFTWARE + CLOUDS.replace("PRIVATE_USE", "asked")
    laptop = Laptop(read(both_rules.encode(), strict=True))
    laptop.active(ME)
    look(laptop)
    laptop.do(Look("software", "dpkg", "machine", laptop.now, ()))
    return laptop


def test_a_client_that_is_a_package_is_one_notice_though_the_package_is_seen_first() -> None:
    laptop = two_rules()
    both(laptop)
    laptop.wait(minutes=40)
    told = [uid for effect in laptop.said if isinstance(effect, Tell) for uid in effect.uids]
    assert [laptop.state.findings["r", DROPBOX].uid] == told
    laptop.wait(days=5)
    sent = [effect.incident.kind for effect in laptop.said if isinstance(effect, Emit)]
    assert sent == ["cloud"]


def test_where_nobody_sees_a_client_the_package_is_told_a_moment_later() -> None:
    laptop = two_rules()
    both(laptop, cloud=False)
    assert not [effect for effect in laptop.said if isinstance(effect, Tell)]
    laptop.wait(seconds=10)
    assert [effect for effect in laptop.said if isinstance(effect, Tell)]


def test_after_a_no_its_package_is_not_asked_about_either() -> None:
    laptop = two_rules()
    both(laptop)
    look(laptop, client(state="running", programs=("dropbox-package",)))
    laptop.shown()
    laptop.do(Answered(laptop.state.findings["r", DROPBOX].uid, ME))
    for _ in range(8):
        laptop.wait(days=10)
        look(laptop, client(state="running", programs=("dropbox-package",)))
    assert not [effect for effect in laptop.said if isinstance(effect, Emit)]


def test_nobody_answers_for_another(laptop: Laptop) -> None:
    look(laptop, client(state="running"))
    (finding,) = laptop.state.findings.values()
    laptop.do(Answered(finding.uid, OTHER))
    assert [f.phase for f in laptop.state.findings.values()] == ["noticed"]


def test_a_no_is_not_taken_where_the_policy_does_not_ask() -> None:
    laptop = Laptop(policy("not_asked"))
    look(laptop)
    look(laptop, client(state="running"))
    (finding,) = laptop.state.findings.values()
    laptop.do(Answered(finding.uid, ME))
    assert [f.phase for f in laptop.state.findings.values()] == ["noticed"]


def test_for_trying_out_every_state_has_the_same_time() -> None:
    match = trying_out(policy(), grace=6.0, immediate=True).rules["r"].match
    assert isinstance(match, Match)
    assert {match.grace.installed, match.grace.running, match.grace.syncing} == {Grace(hours=6 / 3600)}


@pytest.mark.parametrize(
    ("route", "who"),
    [
        ("helpdesk", "the helpdesk"),
        ("security", "the security team"),
        ("both", "the helpdesk and the security team"),
    ],
)
def test_a_notice_says_who_hears_of_it(route: str, who: str) -> None:
    """All of them, before and after."""
    seen = {"name": "Dropbox", "state": "running", "account": "none"}
    before = notice("dropbox", kind="cloud", attrs=seen, route=route)
    assert f"client and laptop number go to {who}." in cloud_words.words(before, "en", str, MADE).body
    after = replace(before, phase="reported")
    assert f"Reported to {who}: client and laptop number." in cloud_words.words(after, "en", str, MADE).body


# --- what leaves


def test_what_the_catalogue_does_not_know_leaves_without_its_name() -> None:
    fact = client("faithcloud", "running", client="")
    kept, subject = KIND.leaves(attrs(fact, judged(fact)), fact.subject, b"key")
    assert "faithcloud" not in str(kept).lower() + subject.key
    assert kept["hashed"] == "yes"


def test_no_account_leaves(laptop: Laptop) -> None:
    look(laptop, client(state="syncing", told=(Told("domain", "mail.example"),)))
    laptop.shown()
    laptop.wait(seconds=timedelta(hours=5).total_seconds())
    (sent,) = [effect.incident for effect in laptop.said if isinstance(effect, Emit)]
    assert "mail.example" not in str(sent)
    assert "mail.example" not in str(laptop.state)
