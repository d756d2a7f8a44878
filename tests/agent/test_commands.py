"""The commands as a person or a program runs them: what they print, and with which code they end."""

import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import cli
from agent.ipc import Ask, Hello, Shown, Tell, pair
from agent.ledger import Ledger, Waiting
from agent.server import ask
from agent.service import Options, Service
from policy.document import kept_here, trying_out
from policy.kinds import KINDS
from policy.wire import Result, seal
from tests.support.judging import DOCUMENT, begun, policy
from tests.support.machines import Machine
from tests.support.packages import Packages
from tests.support.until import until

RULES = {"approve": '{ name = "good", why = { nl = "Mag.", en = "Fine." } }', "deny": '{ name = "evil" }'}
POLICY = trying_out(policy(**RULES), grace=None, immediate=True)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "DESKWARDEN_STATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")


@pytest.fixture
def state() -> Iterator[Path]:
    """Short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="dw-") as folder:
        yield Path(folder)


@pytest.fixture
def document(state: Path) -> Path:
    """The policy beside the ledger, where `run` keeps it."""
    path = state / "policy.toml"
    path.write_text(DOCUMENT.format(version="1", head="", respond='observe = "0s"', **RULES))
    return path


@pytest.fixture
def agent(state: Path, machine: Packages, document: Path) -> Iterator[Service]:
    """One that runs, without a feed, over a machine of its own."""
    made = Service(Options(state, kept_here(POLICY), machine.root, asset_tag="LT-1"), Machine())
    made.start()
    yield made
    made.stop()


class Ran:
    """One command's end."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: object) -> None:
        self.code = cli.main([str(one) for one in arguments])
        self.out, self.err = capsys.readouterr()

    @property
    def json(self):
        return json.loads(self.out)


def ready(state: Path) -> None:
    until(lambda: ask(state, Ask("status"))["ready"])


def found(state: Path, *names: str) -> None:
    until(lambda: sorted(one["subject"]["key"] for one in ask(state, Ask("findings"))) == sorted(names))


# --- status


def test_status_ends_with_0_only_once_every_first_look_is_committed(capsys, state, machine: Packages, document: Path):
    """Apt is at work while the agent starts: 1, and why; afterwards 0."""
    made = Service(Options(state, kept_here(POLICY), machine.root), Machine())
    with machine.held("lock-frontend"):
        made.start()
        until(lambda: ask(state, Ask("status"))["looks"][0]["looked"])
        ran = Ran(capsys, "status", "--state", state)
        assert ran.code == 1
        assert "the first look is not done yet" in ran.out
        assert "waits: the package manager is at work" in ran.out
        assert not Ran(capsys, "status", "--state", state, "--json").json["ready"]
    ready(state)
    ran = Ran(capsys, "status", "--state", state)
    assert (ran.code, ran.err) == (0, "")
    assert "works" in ran.out
    assert "No feed: everything stays on this laptop." in ran.out
    made.stop()


def test_status_with_a_feed_that_never_answered_ends_with_1(capsys, state, machine: Packages, document: Path):
    """All is looked at, nobody was reached."""
    made = Service(Options(state, POLICY, machine.root, feed="http://127.0.0.1:1", token="t"), Machine())
    made.start()
    until(lambda: made.loop.call(lambda: made.loop.state.baseline))
    until(lambda: "does not answer" in Ran(capsys, "status", "--state", state).out)
    ran = Ran(capsys, "status", "--state", state)
    assert ran.code == 1
    assert "nothing is lost" in ran.out
    made.stop()


def test_status_as_json_says_all_that_it_prints(capsys, state: Path, agent: Service):
    """For a program."""
    ready(state)
    ran = Ran(capsys, "status", "--state", state, "--json")
    assert ran.code == 0
    said = ran.json
    assert (said["ready"], said["running"], said["policy"], said["asset_tag"]) == (True, True, "p 1", "LT-1")
    looks = [(look["source"], look["baseline"], look["gap"]) for look in said["looks"]]
    assert looks == [(name, True, None) for name in ("dpkg", "rpm", "flatpak", "snap", "placed", "settings")]
    assert [(rule["rule"], rule["works"]) for rule in said["watched"]] == [("r", True)]


def test_status_names_what_could_not_be_judged(capsys, state: Path, machine: Packages, document: Path):
    """No lists, and a rule that approves an origin: said to the owner, laid at nobody's door."""
    own = trying_out(policy(approve='{ origin = "Company" }'), grace=None, immediate=True)
    made = Service(Options(state, own, machine.root), Machine())
    made.start()
    ready(state)
    machine.install("toy")
    until(lambda: "toy" in ask(state, Ask("status"))["looks"][0]["unknown"])
    assert "Origin not known, so not judged: toy" in Ran(capsys, "status", "--state", state).out
    made.stop()


def test_status_of_an_agent_that_rests_reads_its_ledger(capsys, state: Path, agent: Service, machine: Packages):
    """Killed or stopped: what stands is told, with 1."""
    ready(state)
    machine.install("toy")
    found(state, "toy")
    agent.stop()
    ran = Ran(capsys, "status", "--state", state)
    assert ran.code == 1
    assert "Deskwarden does not run here." in ran.out
    assert "Open findings: 1" in ran.out
    assert not Ran(capsys, "status", "--state", state, "--json").json["running"]


# --- findings


def test_findings_of_a_running_agent(capsys, state: Path, agent: Service, machine: Packages):
    """A line each; none is a sentence."""
    ready(state)
    assert Ran(capsys, "findings", "--state", state).out.startswith("Nothing was found here")
    machine.install("toy")
    found(state, "toy")
    ran = Ran(capsys, "findings", "--state", state)
    assert ran.code == 0
    assert ran.out.startswith("DW-")
    assert "  toy 1.0  noticed  (code 3)" in ran.out
    (one,) = Ran(capsys, "findings", "--state", state, "--json").json
    assert one["subject"] == {"type": "program", "key": "toy", "scope": "machine"}
    assert (one["rule"], one["clause"], one["phase"], one["ending"]) == ("r", "3", "noticed", None)


def test_findings_are_the_same_at_rest(capsys, state: Path, agent: Service, machine: Packages):
    """From the ledger, under the policy beside it."""
    ready(state)
    machine.install("toy")
    found(state, "toy")
    running = Ran(capsys, "findings", "--state", state, "--json").json
    agent.stop()
    resting = Ran(capsys, "findings", "--state", state, "--json").json
    for one in (*running, *resting):
        one.pop("deadline")  # of what was not told yet, it is that of now
    assert resting == running
    machine.remove("toy", purge=True)


def test_an_ended_finding_says_how(capsys, state: Path, agent: Service, machine: Packages):
    """Put right."""
    ready(state)
    machine.install("toy")
    found(state, "toy")
    machine.remove("toy", purge=True)
    until(lambda: ask(state, Ask("findings"))[0]["phase"] == "ended")
    assert "  put right  " in Ran(capsys, "findings", "--state", state).out


# --- sent


def test_sent_prints_the_very_bytes(capsysbinary, state: Path):
    """Those that left, behind the day, the answer and their name."""
    ledger = Ledger(state / "ledger.db")
    laptop = begun(policy())
    laptop.look("evil")
    (incident,) = laptop.emitted()
    envelope = seal(incident)
    kept = ledger.state()
    ledger.commit(kept, kept, [Waiting(envelope, incident.uid, 1)])
    ledger.commit(kept, kept, results=[Result(envelope.id, "stored")])
    ledger.close()
    today = datetime.now(UTC).date().isoformat()
    assert cli.main(["sent", "--state", str(state)]) == 0
    head, body, rest = capsysbinary.readouterr().out.split(b"\n")
    assert (body, rest) == (bytes(envelope.body), b"")
    assert head.startswith(today.encode())
    assert head.endswith(f"sha256:{envelope.id}".encode())
    assert cli.main(["sent", "--state", str(state), "--json"]) == 0
    (row,) = json.loads(capsysbinary.readouterr().out)
    assert row["body"].encode() == bytes(envelope.body)
    assert (row["id"], row["outcome"], row["on"], row["revision"]) == (envelope.id, "stored", today, 1)


def test_nothing_sent_is_a_sentence(capsys, state: Path):
    """And an empty list for a program."""
    Ledger(state / "ledger.db").close()
    assert Ran(capsys, "sent", "--state", state).out == "Nothing has left this laptop.\n"
    assert Ran(capsys, "sent", "--state", state, "--json").json == []


# --- may


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("good", 0, "good: yes, it is on the list. Fine.\n"),
        ("Good", 0, "Good: yes, it is on the list. Fine.\n"),
        ("evil", 1, "evil: no, it may not be on this laptop.\n"),
        ("other", 1, "other is not on the list yet. Need it? Ask the helpdesk.\n"),
    ],
)
def test_may(capsys, state: Path, document: Path, name, code, said):
    """Allowed ends with 0; all else with 1."""
    ran = Ran(capsys, "may", name, "--state", state)
    assert (ran.code, ran.out) == (code, said)
    answer = Ran(capsys, "may", name, "--state", state, "--json").json["answer"]
    assert answer == {"good": "approved", "evil": "denied", "other": "unapproved"}[name.lower()]


def test_may_is_not_recorded(capsys, state: Path, document: Path):
    """It asks the policy on this laptop; nothing is written, and no agent is needed."""
    before = sorted(state.iterdir())
    Ran(capsys, "may", "good", "--state", state)
    assert sorted(state.iterdir()) == before


def test_may_asks_the_policy_that_is_named(capsys, state: Path, tmp_path: Path):
    """Else the one beside the ledger, else the example."""
    named = tmp_path / "p.toml"
    named.write_text(DOCUMENT.format(version="1", head="", respond="", approve='{ name = "mine" }', deny=""))
    assert Ran(capsys, "may", "mine", "--state", state, "--policy", named).code == 0
    assert Ran(capsys, "may", "mine", "--state", state).code == 1
    assert Ran(capsys, "may", "git", "--state", state).code == 0


# --- policy check


def test_policy_check_says_that_it_is_right(capsys, document: Path):
    """With what is in it."""
    ran = Ran(capsys, "policy", "check", document)
    assert (ran.code, ran.out) == (0, "p 1: right. 1 rule(s), 1 clause(s).\n")
    said = Ran(capsys, "policy", "check", document, "--json").json
    assert (said["policy"], said["rules"], said["problems"]) == ("p 1", ["r"], [])


def test_policy_check_tells_every_error_with_its_place(capsys, document: Path):
    """Each on a line that an editor can follow."""
    document.write_text(document.read_text().replace('id = "p"', "id = 1").replace('kind = "software"', 'kind = "x"'))
    ran = Ran(capsys, "policy", "check", document)
    assert ran.code == 1
    assert ran.out == ""
    assert f"{document}: line 3: id: " in ran.err
    assert f"rules[0].kind: expected one of {', '.join(KINDS)}" in ran.err


def test_policy_check_tells_errors_to_a_program_too(capsys, monkeypatch: pytest.MonkeyPatch, document: Path):
    """As JSON: line, place and what was expected, in the document's order and the reader's language; it ends with 1."""
    document.write_text(document.read_text().replace('id = "p"', "id = 1").replace('kind = "software"', 'kind = "x"'))
    ran = Ran(capsys, "policy", "check", document, "--json")
    assert (ran.code, ran.err) == (1, "")
    assert (ran.json["policy"], ran.json["rules"]) == (None, [])
    lines = document.read_text().splitlines()
    places = {"id": lines.index("id = 1") + 1, "rules[0].kind": lines.index('kind = "x"') + 1}
    assert {problem["place"]: problem["line"] for problem in ran.json["problems"]} == places
    assert [problem["expected"] for problem in ran.json["problems"]] == [
        "expected a text, found a whole number",
        f"expected one of {', '.join(KINDS)}, found 'x'",
    ]
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    dutch = Ran(capsys, "policy", "check", document, "--json").json["problems"]
    assert dutch[0]["expected"] == "verwacht een tekst, gevonden een geheel getal"


def test_policy_check_of_no_file(capsys, tmp_path: Path):
    """Title, cause, way out."""
    ran = Ran(capsys, "policy", "check", tmp_path / "none.toml")
    title, cause, way_out = ran.err.splitlines()
    assert ran.code == 1
    assert title == "The policy can't be read"
    assert cause == f"No such file or directory ({tmp_path / 'none.toml'})"
    assert way_out


# --- troubles


@pytest.mark.parametrize("command", ["status", "findings", "sent"])
@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("en_GB.UTF-8", "Nothing runs here, and nothing was kept here"),
        ("nl_NL.UTF-8", "Hier draait niets, en hier is niets bewaard"),
        ("C", "Hier draait niets, en hier is niets bewaard"),
    ],
)
def test_where_nothing_is_that_is_said(capsys, state: Path, monkeypatch: pytest.MonkeyPatch, command, lang, title):
    """In nl or en, on stderr; nothing is made there."""
    monkeypatch.setenv("LANG", lang)
    ran = Ran(capsys, command, "--state", state)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[0] == title
    assert len(ran.err.splitlines()) == 3
    assert str(state) in ran.err
    assert list(state.iterdir()) == []


def test_wrong_use_ends_with_2(capsys):
    """By the parser's own words."""
    for arguments in (["nothing"], ["may"], ["policy"], ["findings", "--nothing"]):
        with pytest.raises(SystemExit) as caught:
            cli.main(arguments)
        assert caught.value.code == 2


# --- the whole device half


def test_told_by_the_session_that_is_here(state: Path, agent: Service, machine: Packages):
    """From a real install to the session's line, which says that it was shown."""
    ready(state)
    mine, theirs = pair()
    agent.attach(theirs, "user:1000")
    mine.send(Hello("Europe/Amsterdam", "nl"))
    machine.install("toy")
    tell = until(lambda: next(m for m in iter(lambda: mine.receive(20), None) if isinstance(m, Tell)))
    assert [notice.attrs["name"] for notice in tell.notices] == ["toy"]
    mine.send(Shown(tuple(notice.uid for notice in tell.notices)))
    until(lambda: ask(state, Ask("findings"))[0]["told"])
    mine.close()
    until(lambda: ask(state, Ask("status"))["sessions"] == 0)
