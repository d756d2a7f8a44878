"""One queue, one thread: commit first, effects after; what could not be committed is kept and judged again."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from agent import loop as module
from agent.clock import Clock
from agent.ledger import Ledger
from agent.loop import Loop
from policy import judge as judging
from policy.events import Active, LeaveGiven, PolicyChanged, Shown, Tick
from policy.model import Gap, Leave
from policy.wire import LeaveEnded, Leaves, Result, Ticket
from tests.support.judging import ME, ZONE, subject
from tests.support.loops import POLICY, Broken, begun, found, look, rest, sent, synced
from tests.support.machines import Ear, Machine
from tests.support.until import until

FEED = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def loop(ledger: Ledger, machine: Machine, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    """One that runs, with a baseline and a person before it. It tries again at once."""
    monkeypatch.setattr(module, "RETRY", 0.01)
    made = begun(ledger, machine, ear)
    yield made
    made.stop()


# --- commit, then effects


def test_an_effect_follows_its_commit(loop: Loop, ear: Ear, ledger: Ledger):
    """When it is told, and when it may leave, it already is on disk for everybody."""
    on_disk: list[tuple[str, list[str], int]] = []

    def note(word: str) -> None:
        reader = Ledger(ledger.path, read_only=True)
        names = [f.subject.key for f in reader.state().findings.values()]
        on_disk.append((word, names, len(reader.outbox())))
        reader.close()

    ear.on = note
    loop.put(look(loop, "evil"))
    rest(loop)
    assert {word for word, _, _ in on_disk} == {"tell", "changed", "leaves"}
    assert all(names == ["evil"] and waiting == 1 for _, names, waiting in on_disk)


def test_a_look_that_changes_nothing_says_nothing(loop: Loop, ear: Ear):
    """And writes nothing."""
    loop.put(look(loop, "bad"))
    rest(loop)
    ear.heard.clear()
    loop.put(look(loop, "bad"))
    rest(loop)
    assert ear.heard == []


def test_a_commit_that_fails_runs_no_effect_and_keeps_the_event(
    loop: Loop, ear: Ear, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    """The state is that of before; it says so; and when it can be written, all happens once."""
    broken = Broken(monkeypatch)
    loop.put(look(loop, "evil"))
    until(lambda: broken.tried > 3, what="it does not try again")
    assert found(loop) == {}
    assert set(ear.words()) == {"changed"}
    broken.on = False
    until(lambda: found(loop) == {"evil": "reported"})
    assert ear.words("changed") == ["tell", "leaves"]
    assert loop.call(lambda: loop.trouble) == ""
    assert len(loop.call(ledger.outbox)) == 1


def test_a_real_full_ledger_is_survived(loop: Loop, ear: Ear, ledger: Ledger):
    """SQLite's own word, and its own rollback."""

    def pages(most: int) -> None:
        ledger._db.execute(f"pragma max_page_count = {most}")

    loop.call(lambda: pages(1))  # as many as there are
    many = [f"evil{i:03}" for i in range(300)]
    loop.put(look(loop, *many))
    until(lambda: "full" in loop.call(lambda: loop.trouble))
    assert (found(loop), ear.words("changed")) == ({}, [])
    loop.call(lambda: pages(1_000_000))
    until(lambda: len(found(loop)) == 300)
    assert ear.words("changed") == ["tell", "leaves"]


def test_a_tick_that_fails_is_not_kept(loop: Loop, machine: Machine, monkeypatch: pytest.MonkeyPatch):
    """Time passes again by itself."""
    loop.put(look(loop, "bad"))
    loop.put(Shown(tuple(f.uid for f in loop.call(lambda: loop.state).findings.values()), ME))
    rest(loop)
    broken = Broken(monkeypatch)
    machine.seconds += 1000
    loop.put(Tick())
    until(lambda: broken.tried, what="it had nothing to write")
    assert loop.call(lambda: len(loop._again)) == 0


# --- what runs beside it


def test_events_are_taken_in_their_order(loop: Loop):
    """There, gone and there again within a moment."""
    for names in (("bad",), (), ("bad", "worse"), ("worse",)):
        loop.put(look(loop, *names))
    assert found(loop) == {"bad": "ended", "worse": "noticed"}


def test_a_bug_in_one_event_does_not_stop_the_loop(
    loop: Loop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """It is logged, with its name and no more; the next event is judged."""
    real = judging.judge

    def judge(policy, state, event, now):
        if isinstance(event, PolicyChanged):
            raise ZeroDivisionError
        return real(policy, state, event, now)

    monkeypatch.setattr(module, "judge", judge)
    loop.put(PolicyChanged())
    loop.put(look(loop, "bad"))
    assert found(loop) == {"bad": "noticed"}
    assert "an event failed: PolicyChanged" in caplog.text


def test_a_bug_in_an_effect_loses_no_commit(loop: Loop, ear: Ear):
    """The session's half raises: what was found stays found, the next is told."""

    def fail(word: str) -> None:
        ear.on = lambda _: None
        raise RuntimeError(word)

    ear.on = fail
    loop.put(look(loop, "bad"))
    loop.put(look(loop, "bad", "worse"))
    assert found(loop) == {"bad": "noticed", "worse": "noticed"}


def test_questions_of_many_threads_are_answered_on_its_own(loop: Loop):
    """Each gets its own answer, all of them from one thread."""
    answers: dict[int, tuple[int, str]] = {}

    def ask(n: int) -> None:
        answers[n] = loop.call(lambda: (n, threading.current_thread().name))

    threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: (n, "loop") for n in range(20)}


def test_a_question_from_its_own_thread_does_not_wait_for_itself(loop: Loop):
    """The audience asks back."""
    assert loop.call(lambda: loop.call(lambda: "asked")) == "asked"


def test_a_question_that_fails_fails_for_the_asker(loop: Loop):
    """And for nobody else."""
    with pytest.raises(ZeroDivisionError):
        loop.call(lambda: 1 / 0)
    assert loop.call(lambda: 2) == 2


# --- waking up


def test_it_wakes_when_the_judge_said_so(loop: Loop, ear: Ear, machine: Machine, monkeypatch: pytest.MonkeyPatch):
    """A grace of an hour, and nothing on the queue: it waits no longer than that, and then reports."""
    loop.put(look(loop, "bad"))
    (uid,) = (f.uid for f in loop.call(lambda: loop.state).findings.values())
    loop.put(Shown((uid,), ME))
    rest(loop)
    assert 0 < loop.call(loop._timeout) <= 600
    machine.seconds += 3600 - 0.05
    rest(loop)
    loop.put(Tick())
    assert loop.call(loop._timeout) <= 0.051
    machine.seconds += 0.05
    until(lambda: found(loop) == {"bad": "reported"}, what="it slept on")
    assert "leaves" in ear.words()


def test_it_never_spins(loop: Loop, machine: Machine):
    """Whatever stands: noticed, told, reported, ended; at rest it waits for minutes, or for what is due."""
    loop.put(look(loop, "bad", "evil"))
    uids = tuple(f.uid for f in loop.call(lambda: loop.state).findings.values())
    loop.put(Shown(uids, ME))
    assert loop.call(loop._timeout) > 30
    loop.put(look(loop))
    assert loop.call(loop._timeout) > 30  # settle
    machine.seconds += 61
    loop.put(Tick())
    assert loop.call(loop._timeout) > 30


# --- a restart


def test_after_a_restart_it_goes_on(loop: Loop, ear: Ear, ledger: Ledger, machine: Machine):
    """What was told is not told again, what was not is; what waits still waits."""
    loop.put(look(loop, "bad", "evil"))
    told = [f.uid for f in loop.call(lambda: loop.state).findings.values() if f.subject.key == "bad"]
    loop.put(Shown(tuple(told), ME))
    rest(loop)
    loop.stop()
    again = Ledger(ledger.path)
    ear.heard.clear()
    second = Loop(POLICY, again, Clock(machine), ear)
    second.start()
    second.put(Active((ME,), ZONE))
    assert found(second) == {"bad": "noticed", "evil": "reported"}
    (tell,) = [what for word, what in ear.heard if word == "tell"]
    assert tell.uids == tuple(f.uid for f in second.state.findings.values() if f.subject.key == "evil")
    assert len(second.call(second.outgoing).envelopes) == 1
    second.stop()


# --- the exchange


def test_what_was_stored_leaves_the_outbox(loop: Loop, ledger: Ledger):
    """And stands in the log of what was sent."""
    loop.put(look(loop, "evil"))
    name = sent(loop)
    loop.put(synced(results=(Result(name, "stored"),)))
    assert loop.call(loop.outgoing).envelopes == ()
    assert [s.outcome for s in loop.call(ledger.sent)] == ["stored"]


def test_what_was_refused_is_not_sent_again_by_this_run(loop: Loop, ledger: Ledger, machine: Machine, ear: Ear):
    """It stays, and another start of the agent offers it once more."""
    loop.put(look(loop, "evil"))
    loop.put(synced(results=(Result(sent(loop), "refused", "no"),)))
    assert loop.call(loop.outgoing).envelopes == ()
    assert [w.refused for w in loop.call(ledger.outbox)] == ["no"]
    loop.stop()
    again = Loop(POLICY, Ledger(ledger.path), Clock(machine), ear)
    again.start()
    assert len(again.call(again.outgoing).envelopes) == 1
    again.stop()


def test_directives_are_followed_before_the_cursor_passes_them(loop: Loop, ledger: Ledger):
    """A ticket, a leave, and its end; each once, and the cursor behind the last."""
    loop.put(look(loop, "evil"))
    (finding,) = loop.call(lambda: loop.state).findings.values()
    leave = Leave("l1", "r", subject("other"), FEED + timedelta(days=3650))
    loop.put(synced(directives=((3, Ticket(finding.uid, "RT-1")), (4, Leaves(leave)))))
    assert loop.call(lambda: loop.state).findings["r", subject("evil")].ticket == "RT-1"
    assert set(loop.call(lambda: loop.state).leaves) == {"l1"}
    assert (loop.call(loop.outgoing).cursor, loop.call(ledger.meta)["cursor"]) == (4, "4")
    loop.put(synced(directives=((5, LeaveEnded("l1")),)))
    assert loop.call(lambda: loop.state).leaves == {}


def test_a_directive_that_could_not_be_written_is_asked_for_again(
    loop: Loop, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    """The cursor stays before it."""
    broken = Broken(monkeypatch)
    leave = Leave("l1", "r", subject("other"), FEED + timedelta(days=3650))
    said = synced(epoch=0, directives=((4, Leaves(leave)),))
    loop.put(said)
    assert loop.call(loop.outgoing).cursor == 0
    broken.on = False
    loop.put(said)
    assert set(loop.call(lambda: loop.state).leaves) == {"l1"}
    assert loop.call(loop.outgoing).cursor == 4


def test_an_adoption_is_one_commit_and_goes_on_under_the_feeds_uid(loop: Loop, ledger: Ledger):
    """The old envelope is answered, a new one waits under the other uid."""
    loop.put(look(loop, "evil"))
    theirs = UUID(int=77)
    loop.put(synced(results=(Result(sent(loop), "adopted", uid=theirs, revision=4),)))
    (waits,) = loop.call(ledger.outbox)
    assert (waits.uid, waits.revision) == (theirs, 5)
    assert [s.outcome for s in loop.call(ledger.sent)] == ["adopted"]


def test_the_epoch_and_the_feeds_time_are_kept(loop: Loop, ledger: Ledger):
    """A laptop's clock that is wrong by hours judges by the feed's."""
    loop.put(synced(epoch=7, time=datetime.now(UTC) + timedelta(hours=3)))
    assert loop.call(loop.outgoing).epoch == 7
    meta = loop.call(ledger.meta)
    assert meta["epoch"] == "7"
    assert 3 * 3600 - 60 < float(meta["offset"]) < 3 * 3600 + 60
    ahead = loop.call(loop.clock.now).wall - datetime.now(UTC)
    assert timedelta(hours=2, minutes=59) < ahead < timedelta(hours=3, minutes=1)


def test_a_leave_of_the_feed_excepts(loop: Loop):
    """By the wall's clock."""
    loop.put(look(loop, "bad"))
    loop.put(LeaveGiven(Leave("l1", "r", subject("bad"), datetime.now(UTC) + timedelta(days=1))))
    assert found(loop) == {"bad": "ended"}


def test_a_hundred_a_batch(loop: Loop):
    """The rest follows."""
    loop.put(look(loop, *(f"evil{i:03}" for i in range(130))))
    first = loop.call(loop.outgoing).envelopes
    assert len(first) == 100
    loop.put(synced(results=tuple(Result(e.id, "stored") for e in first)))
    assert len(loop.call(loop.outgoing).envelopes) == 30


def test_the_newest_look_of_each_place_is_kept_for_status(loop: Loop, ear: Ear):
    """A gap that comes and goes is shown."""
    loop.put(look(loop, gap=Gap("locked")))
    rest(loop)
    assert ear.words() == ["changed"]
    looks = loop.call(lambda: dict(loop.looks))
    assert looks["dpkg", "machine"].gap == Gap("locked")


def test_it_stops_after_what_is_on_the_queue(ledger: Ledger, machine: Machine, ear: Ear, tmp_path: Path):
    """The last event is committed, and the file let go."""
    loop = begun(ledger, machine, ear)
    loop.put(look(loop, "bad"))
    loop.stop()
    with pytest.raises(sqlite3.ProgrammingError):
        ledger.state()
    reader = Ledger(ledger.path, read_only=True)
    assert [f.subject.key for f in reader.state().findings.values()] == ["bad"]
    reader.close()
