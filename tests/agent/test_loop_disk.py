"""A disk that is full for a while: what could not be committed keeps its order, and it is said until it ends."""

import sqlite3
from collections.abc import Iterator

import pytest

from agent import loop as module
from agent.ledger import Ledger
from agent.loop import Loop
from policy import judge as judging
from policy.model import Look
from tests.support.loops import Broken, begun, found, look, rest
from tests.support.machines import Ear, Machine
from tests.support.until import until


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def loop(ledger: Ledger, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """One that tries again when the next event comes, and not by the clock."""
    monkeypatch.setattr(module, "RETRY", 3600.0)
    made = begun(ledger, Machine(), ear)
    yield made
    made.stop()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each look saw, in the order in which they are judged."""
    order: list[list[str]] = []

    def judge(policy, state, event, now):
        if isinstance(event, Look):
            order.append([fact.subject.key for fact in event.facts])
        return judging.judge(policy, state, event, now)

    monkeypatch.setattr(module, "judge", judge)
    return order


def mended(loop: Loop, broken: Broken, judged: list[list[str]]) -> None:
    """There is room again; what is judged is noted from here on."""
    rest(loop)
    broken.on = False
    judged.clear()


def test_kept_events_are_judged_in_their_order_before_what_comes(loop: Loop, judged, monkeypatch: pytest.MonkeyPatch):
    """Installed and removed while the disk was full: it is not judged as there because that look came late."""
    broken = Broken(monkeypatch)
    seen: list[list[str]] = [["bad"], [], ["bad", "worse"], ["worse"]]
    for names in seen:
        loop.put(look(loop, *names))
    mended(loop, broken, judged)
    loop.put(look(loop, "worse", "other"))
    assert found(loop) == {"bad": "ended", "worse": "noticed", "other": "noticed"}
    assert judged == [*seen, ["worse", "other"]]
    assert loop.call(lambda: not loop._again)


def test_past_the_most_that_is_kept_the_oldest_go(loop: Loop, judged, monkeypatch: pytest.MonkeyPatch):
    """A disk that is full for weeks fills no memory, and the newest looks hold what the oldest held."""
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    broken = Broken(monkeypatch)
    for names in (["a"], ["a", "b"], ["a", "b", "c"], ["b", "c"]):
        loop.put(look(loop, *names))
    assert loop.call(lambda: len(loop._again)) == 2
    mended(loop, broken, judged)
    loop.put(look(loop, "c"))
    assert found(loop) == {"a": "ended", "b": "ended", "c": "noticed"}
    assert judged == [["a", "b", "c"], ["b", "c"], ["c"]]


def test_the_trouble_is_said_once_and_stands_while_it_lasts(
    loop: Loop, ear: Ear, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Many tries, one line in the log, one change to show; and one more when it is over."""
    monkeypatch.setattr(module, "RETRY", 0.01)
    broken = Broken(monkeypatch)
    loop.put(look(loop, "bad"))
    until(lambda: broken.tried > 5)
    assert {loop.call(lambda: loop.trouble) for _ in range(20)} == {"database or disk is full"}
    assert caplog.text.count("could not be written") == 1
    assert ear.words() == ["changed"]
    broken.on = False
    until(lambda: found(loop) == {"bad": "noticed"})
    assert loop.call(lambda: loop.trouble) == ""
    assert ear.words("tell") == ["changed"] * 3, "the trouble, its end, and what was found"


def test_an_event_with_nothing_to_write_proves_no_disk(loop: Loop):
    """The trouble stands until something was written."""
    loop.put(look(loop, "bad"))
    loop.call(lambda: loop._fails(sqlite3.OperationalError("full")))
    loop.put(look(loop, "bad"))
    assert loop.call(lambda: loop.trouble) == "full"
    loop.put(look(loop, "bad", "worse"))
    assert loop.call(lambda: loop.trouble) == ""
