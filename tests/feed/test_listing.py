"""`deskwarden-feed incidents`: what a program and a person read, and what is said where there is no feed."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feed import secrets
from feed.cli import main
from feed.store import Forwarded
from feed.store.sqlite import SqliteStore
from policy.reference import reference
from policy.wire import Incident, seal

Made = Callable[..., Incident]
Print = pytest.CaptureFixture[str]
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
# As the issue names them: "objects with at least".
NAMED = {
    "reference", "uid", "rule", "clause", "subject", "severity", "state", "ending", "first_seen", "last_seen",
    "device", "ticket",
}  # fmt: skip


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")


def fill(state: Path, *incidents: Incident, ticket: str | None = None) -> str:
    """A feed's state with these in it; the device's uid."""

    async def work() -> str:
        store = await SqliteStore.open(state / "feed.db")
        await store.open_enrolment("h", "LT-20431", NOW + timedelta(minutes=1))
        enrolled = await store.enrol("h", "", NOW)
        assert enrolled
        device = await store.device(secrets.hashed(enrolled.token))
        assert device
        await store.take(device, [seal(one) for one in incidents], NOW)
        if ticket:
            await store.forwarded("mail", Forwarded(incidents[0].uid, incidents[0].revision, ticket))
        await store.close()
        return str(device.uid)

    return asyncio.run(work())


def listed(state: Path, capsys: Print, *arguments: str) -> list[dict[str, Any]]:
    assert main(["incidents", "--state", str(state), "--json", *arguments]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    answer: list[dict[str, Any]] = json.loads(said.out)
    return answer


def ended(made: Made, name: str) -> Incident:
    return made(name, revision=2, state="resolved", ending="put_right", last_seen="2026-11-25")


def test_json_has_the_fields_that_the_issue_names(state: Path, capsys: Print, made: Made) -> None:
    device = fill(state, made(), ticket="<t@deskwarden-feed>")
    (one,) = listed(state, capsys)
    assert one.keys() >= NAMED
    assert one == {
        "reference": reference(made().uid),
        "uid": str(made().uid),
        "rule": "software.approved",
        "kind": "software",
        "clause": "3",
        "subject": {"type": "program", "key": "cmatrix", "scope": "machine"},
        "severity": 2,
        "state": "open",
        "ending": None,
        "first_seen": "2026-11-24",
        "last_seen": "2026-11-24",
        "revision": 1,
        "follows": None,
        "device": device,
        "ticket": "<t@deskwarden-feed>",
        "attrs": {"name": "cmatrix", "version": "2.0-3", "verdict": "unapproved", "source": "dpkg"},
    }


def test_an_ended_one_says_how(state: Path, capsys: Print, made: Made) -> None:
    fill(state, ended(made, "sl"))
    (one,) = listed(state, capsys)
    assert (one["state"], one["ending"], one["last_seen"]) == ("resolved", "put_right", "2026-11-25")


def test_it_can_be_asked_for_one_state(state: Path, capsys: Print, made: Made) -> None:
    fill(state, made("a"), ended(made, "b"), made("c"))
    assert [i["subject"]["key"] for i in listed(state, capsys)] == ["c", "b", "a"], "the newest first"
    assert [i["subject"]["key"] for i in listed(state, capsys, "--state-is", "open")] == ["c", "a"]
    assert [i["subject"]["key"] for i in listed(state, capsys, "--state-is", "resolved")] == ["b"]


def test_an_empty_feed_is_an_empty_list(state: Path, capsys: Print) -> None:
    fill(state)
    assert listed(state, capsys) == []


def test_names_are_printed_as_they_are(state: Path, capsys: Print, made: Made) -> None:
    fill(state, made("é", attrs={"name": "é 😀", "version": "1", "verdict": "unapproved"}))
    assert main(["incidents", "--state", str(state), "--json"]) == 0
    assert '"name": "é 😀"' in capsys.readouterr().out


def test_for_a_person_it_is_a_line_each(state: Path, capsys: Print, made: Made) -> None:
    fill(state, made("a"), ended(made, "b"))
    assert main(["incidents", "--state", str(state)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines() == [
        f"{reference(made('b').uid)}  b 2.0-3  resolved  2026-11-24  (code 3)",
        f"{reference(made('a').uid)}  a 2.0-3  open  2026-11-24  (code 3)",
    ]


@pytest.mark.parametrize(
    ("language", "words"), [("en_GB.UTF-8", "Nothing was reported."), ("nl_NL", "Er is niets gemeld.")]
)
def test_nothing_reported_is_said(
    state: Path, capsys: Print, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    fill(state)
    assert main(["incidents", "--state", str(state)]) == 0
    assert capsys.readouterr().out.strip() == words


@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_without_a_feed_it_says_what_is_wrong_why_and_what_to_do(
    state: Path, capsys: Print, json_too: list[str]
) -> None:
    assert main(["incidents", "--state", str(state), *json_too]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    title, cause, way_out = said.err.splitlines()
    assert title == "There is no feed here"
    assert cause == f"No database lies in {state}."
    assert "deskwarden-feed serve" in way_out
    assert "--state" in way_out
    assert not state.exists(), "asking makes nothing"


def test_it_can_be_asked_while_the_feed_runs(state: Path, capsys: Print, made: Made) -> None:
    """Two processes on one database: a store that is open, and the command."""
    fill(state, made())
    with asyncio.Runner() as runner:
        store = runner.run(SqliteStore.open(state / "feed.db"))
        run = subprocess.run(
            (sys.executable, "-I", "-m", "feed.cli", "incidents", "--state", state, "--json"),
            capture_output=True, check=True, text=True,
        )  # fmt: skip
        runner.run(store.close())
    assert run.stderr == ""
    assert [i["uid"] for i in json.loads(run.stdout)] == [str(made().uid)]


@pytest.mark.parametrize("arguments", [[], ["later"], ["incidents", "--state-is", "later"], ["incidents", "--jsn"]])
def test_wrong_use_is_2(capsys: Print, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err
