"""The ledger: what is committed is whole, what is not is not there at all."""

import sqlite3
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import pytest
from msgspec import Raw
from msgspec.structs import replace

from agent import ledger as module
from agent.errors import Trouble
from agent.ledger import Ledger, Waiting
from agent.service import open_ledger
from policy.model import Leave, State
from policy.wire import Envelope, Result, seal
from tests.support.judging import ME, begun, policy, program, subject

TODAY = date(2026, 11, 24)
BOTH = (UUID(int=1), UUID(int=2))


@pytest.fixture
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger's day is the tests' own, on whichever day they run."""

    class Day(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.combine(TODAY, time(12), tz)

    monkeypatch.setattr(module, "datetime", Day)


def lived(ledger: Ledger) -> State:
    """A state with something in each part, as judging makes it, under the ledger's own id."""
    laptop = begun(policy("grace = { working_days = 2 }", deny='{ name = "evil" }'), "there")
    laptop.look("bad", program("evil", brings=("lib",), origin=None), "there")
    laptop.shown()
    laptop.look(source="empty")
    laptop.wait(hours=1)
    given = Leave("l1", "r", subject("x"), laptop.now.wall + timedelta(days=1))
    laptop.state = replace(laptop.state, leaves={"l1": given}, ledger=ledger.state().ledger)
    return replace(laptop.state, sessions=(), zone="UTC", asked=frozenset())


def waiting(uid: UUID = BOTH[0], revision: int = 1) -> Waiting:
    body = b'{"uid":"%s","revision":%d}' % (str(uid).encode(), revision)
    return Waiting(Envelope(f"{uid.int}-{revision}", Raw(body)), uid, revision)


def put(ledger: Ledger, *out: Waiting, **more: Any) -> None:
    """Commit envelopes, or an answer to them, and nothing else."""
    state = ledger.state()
    ledger.commit(state, state, out, today=more.pop("today", TODAY), **more)


def version(ledger: Ledger) -> int:
    """Changes with each commit of somebody else, as `changes` does with each of ours."""
    (n,) = ledger._db.execute("select total_changes()").fetchone()
    return int(n)


# --- one transaction


def test_what_was_committed_is_read_back_the_same(ledger: Ledger):
    """Findings, baseline, leaves, rules, notices, days: all of it, by another reader of the file."""
    state = lived(ledger)
    assert state.findings and state.baseline and state.rules and state.notices and state.active_on  # noqa: PT018
    assert ledger.commit(ledger.state(), state)
    other = Ledger(ledger.path, read_only=True)
    assert other.state() == state == ledger.state()
    other.close()


def test_a_change_of_one_thing_writes_that_thing(ledger: Ledger):
    """One finding more, one row more."""
    state = lived(ledger)
    ledger.commit(ledger.state(), state)
    key = next(iter(state.findings))
    told = replace(state.findings[key], ticket="RT-1")
    before = version(ledger)
    ledger.commit(state, replace(state, findings={**state.findings, key: told}))
    assert version(ledger) - before == 1


def test_what_is_gone_is_gone(ledger: Ledger):
    """Findings that were forgotten, baseline that was removed, leaves that ended."""
    state = lived(ledger)
    ledger.commit(ledger.state(), state)
    less = replace(state, findings={}, leaves={}, baseline=dict.fromkeys(state.baseline, frozenset()))
    ledger.commit(state, less)
    assert ledger.state() == less


def test_nothing_changed_commits_nothing(ledger: Ledger):
    """No write, no fsync, not even of the clock."""
    state = lived(ledger)
    ledger.commit(ledger.state(), state)
    watcher = sqlite3.connect(ledger.path)
    (seen,) = watcher.execute("pragma data_version").fetchone()
    before = version(ledger)
    assert not ledger.commit(state, state, clock="later")
    assert not ledger.commit(state, replace(state, sessions=(ME,), zone="Europe/Amsterdam", asked=frozenset(BOTH)))
    assert not ledger.commit(state, replace(state, findings=dict(state.findings), baseline=dict(state.baseline)))
    assert version(ledger) == before
    assert watcher.execute("pragma data_version").fetchone() == (seen,)
    watcher.close()


def test_the_clock_is_written_beside_each_commit(ledger: Ledger):
    """And only there."""
    state = lived(ledger)
    ledger.commit(ledger.state(), state, clock="one")
    assert ledger.meta()["awake"] == "one"
    ledger.commit(state, state, clock="two")
    assert ledger.meta()["awake"] == "one"


def test_an_error_in_the_middle_takes_all_of_it_back(ledger: Ledger):
    """Two envelopes of one name: the second fails, the first and the state are not there either."""
    first, state = ledger.state(), lived(ledger)
    with pytest.raises(sqlite3.IntegrityError):
        ledger.commit(first, state, [waiting(), replace(waiting(), uid=BOTH[1])])
    assert ledger.state() == first
    assert ledger.outbox() == []
    assert not ledger._db.in_transaction
    assert ledger.commit(first, state, [waiting()]), "and it can be written afterwards"


def test_a_commit_that_finds_no_room_takes_all_of_it_back(ledger: Ledger):
    """A full disk."""
    first, state = ledger.state(), lived(ledger)
    ledger._db.execute(f"pragma max_page_count = {pages(ledger)}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        ledger.commit(first, state, [replace(waiting(), envelope=Envelope("big", Raw(b'"%s"' % (b"x" * 100_000))))])
    assert (ledger.state(), ledger.outbox()) == (first, [])
    ledger._db.execute("pragma max_page_count = 1000000")
    assert ledger.commit(first, state)
    assert ledger.state() == state


def pages(ledger: Ledger) -> int:
    (count,) = ledger._db.execute("pragma page_count").fetchone()
    return int(count)


# --- outbox and what was sent


def test_the_newest_revision_waits_and_the_order_is_that_of_the_commits(ledger: Ledger):
    """An older unsent one leaves the outbox and was never sent."""
    put(ledger, waiting(BOTH[0], 1))
    put(ledger, waiting(BOTH[1], 1))
    put(ledger, waiting(BOTH[0], 2))
    put(ledger, waiting(UUID(int=3), 1))
    assert [(w.uid.int, w.revision) for w in ledger.outbox()] == [(2, 1), (1, 2), (3, 1)]
    assert ledger.sent() == []


@pytest.mark.usefixtures("_today")
def test_an_answer_moves_it_from_the_outbox_to_what_was_sent(ledger: Ledger):
    """Byte for byte."""
    put(ledger, waiting())
    put(ledger, results=[Result(waiting().envelope.id, "stored")])
    assert ledger.outbox() == []
    (row,) = ledger.sent()
    assert (row.id, row.uid, row.revision, row.outcome) == (waiting().envelope.id, BOTH[0], 1, "stored")
    assert row.body == bytes(waiting().envelope.body)
    assert row.on_date == "2026-11-24"


@pytest.mark.usefixtures("_today")
def test_what_may_have_left_and_was_never_answered_stays_in_the_log(ledger: Ledger):
    """The line broke, a newer revision took its place; when the answer comes after all, it stands there too."""
    put(ledger, waiting(revision=1))
    put(ledger, waiting(revision=2), attempted={waiting(revision=1).envelope.id})
    assert [(s.revision, s.outcome) for s in ledger.sent()] == [(1, "unanswered")]
    assert [w.revision for w in ledger.outbox()] == [2]
    put(ledger, results=[Result(waiting(revision=1).envelope.id, "stored")])
    assert [(s.revision, s.outcome) for s in ledger.sent()] == [(1, "stored")]
    assert [w.revision for w in ledger.outbox()] == [2]


def test_what_is_refused_stays_with_its_reason(ledger: Ledger):
    """Never lost; a newer revision takes its place."""
    put(ledger, waiting())
    put(ledger, results=[Result(waiting().envelope.id, "refused", "unknown kind")])
    assert [(w.revision, w.refused) for w in ledger.outbox()] == [(1, "unknown kind")]
    assert ledger.sent() == []
    put(ledger, waiting(revision=2))
    assert [(w.revision, w.refused) for w in ledger.outbox()] == [(2, None)]


def test_an_answer_to_what_nobody_asked_does_nothing(ledger: Ledger):
    """A feed that lies."""
    put(ledger, waiting())
    put(ledger, results=[Result("never-heard", "stored"), Result("never-heard", "refused", "no")])
    assert len(ledger.outbox()) == 1
    assert ledger.sent() == []


@pytest.mark.usefixtures("_today")
def test_the_log_holds_thirty_days(ledger: Ledger):
    """What is older goes when the next answer comes."""
    for n, age in enumerate((31, 30, 1)):
        uid = UUID(int=n)
        put(ledger, waiting(uid))
        put(ledger, results=[Result(waiting(uid).envelope.id, "stored")], today=TODAY - timedelta(days=age))
    put(ledger, waiting())
    put(ledger, results=[Result(waiting().envelope.id, "stored")])
    assert [s.on_date for s in ledger.sent()] == ["2026-10-25", "2026-11-23", "2026-11-24"]
    assert ledger._db.execute("select count(*) from sent").fetchone() == (3,)


@pytest.mark.usefixtures("_today")
def test_what_left_is_shown_for_thirty_days_where_no_answer_comes_any_more(ledger: Ledger):
    """A laptop without a feed since: nothing is written, and it is shown no longer."""
    for n, age in enumerate((31, 30)):
        uid = UUID(int=n)
        put(ledger, waiting(uid), today=TODAY - timedelta(days=age))
        put(ledger, results=[Result(waiting(uid).envelope.id, "stored")], today=TODAY - timedelta(days=age))
    assert [s.on_date for s in ledger.sent()] == ["2026-10-25"]


@pytest.mark.usefixtures("_today")
def test_a_real_incident_goes_through_byte_for_byte(ledger: Ledger):
    """From the judge's own hand."""
    laptop = begun(policy())
    laptop.look("evil")
    (incident,) = laptop.emitted()
    envelope = seal(incident)
    put(ledger, Waiting(envelope, incident.uid, incident.revision))
    assert ledger.outbox()[0].envelope == envelope
    put(ledger, results=[Result(envelope.id, "stored")])
    assert ledger.sent()[0].body == bytes(envelope.body)


# --- the file


def test_a_reader_beside_a_writer_sees_the_last_commit_and_writes_nothing(ledger: Ledger):
    """A command asks while the agent writes."""
    first, state = ledger.state(), lived(ledger)
    reader = Ledger(ledger.path, read_only=True)
    ledger._db.execute("begin immediate")
    ledger._db.execute("insert into meta values ('half', 'done')")
    assert reader.state() == first
    assert "half" not in reader.meta()
    ledger._db.execute("rollback")
    ledger.commit(first, state)
    assert reader.state() == state
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.commit(state, first)
    reader.close()


def test_nobody_else_may_read_it(ledger: Ledger):
    """0600, and so are the files beside it; its directory 0700."""
    ledger.commit(ledger.state(), lived(ledger))
    modes = {p.name: p.stat().st_mode & 0o777 for p in ledger.path.parent.iterdir()}
    assert modes == dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm"), 0o600)
    assert ledger.path.parent.stat().st_mode & 0o777 == 0o700


def test_it_is_safe_against_a_power_cut(ledger: Ledger):
    """WAL, synced at each commit, and what is deleted is overwritten."""
    said = {name: ledger._db.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert said == {"journal_mode": "wal", "synchronous": 2}
    assert ledger._db.execute("pragma secure_delete").fetchone() == (1,)


def test_each_table_is_strict(ledger: Ledger):
    """A text is no number."""
    tables = ledger._db.execute("select name, strict from pragma_table_list where type = 'table'").fetchall()
    assert {name: strict for name, strict in tables if not name.startswith("sqlite_")} == dict.fromkeys(
        ("meta", "finding", "baseline", "place", "leave", "outbox", "sent"), 1
    )


def test_a_new_ledger_is_whole_or_not_there(tmp_path: Path):
    """Killed while it was made: what is left is no ledger, and the next start makes one."""
    path = tmp_path / "ledger.db"
    path.with_suffix(".new").write_bytes(b"half of it")
    made = Ledger(path)
    assert made.state().findings == {}
    made.close()
    assert not path.with_suffix(".new").exists()


def test_two_ledgers_are_two(tmp_path: Path):
    """Each has an id of its own, and keeps it."""
    ids = []
    for name in ("a", "b", "a"):
        made = Ledger(tmp_path / name / "ledger.db")
        ids.append(made.state().ledger)
        made.close()
    assert ids[0] == ids[2] != ids[1]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_newer_one_is_refused_and_left_as_it_is(tmp_path: Path, read_only: bool):
    """Of a later Deskwarden: not a byte of it is touched, and whoever writes or reads is told what to do."""
    path = tmp_path / "ledger.db"
    Ledger(path).close()
    db = sqlite3.connect(path)
    db.execute("pragma user_version = 2")
    db.close()
    before = path.read_bytes()
    with pytest.raises(Trouble) as caught:
        open_ledger(path, read_only=read_only)
    assert caught.value.key == "ledger_newer"
    assert caught.value.details == {"version": "2"}
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("content", [b"not a database at all, and long enough" * 100, b""], ids=["rubbish", "empty"])
def test_what_is_no_ledger_is_said(tmp_path: Path, content: bytes, read_only: bool):
    """Rubbish, or an empty file, in its place is not written over."""
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(Trouble) as caught:
        open_ledger(path, read_only=read_only)
    assert caught.value.key == "ledger_unusable"
    assert path.read_bytes() == content


def test_no_ledger_to_read_is_said(tmp_path: Path):
    """A command makes none."""
    with pytest.raises(Trouble) as caught:
        open_ledger(tmp_path / "ledger.db", read_only=True)
    assert caught.value.key == "no_ledger"
    assert list(tmp_path.iterdir()) == []


def test_times_are_kept_with_their_zone(ledger: Ledger):
    """Or they could not be compared."""
    state = lived(ledger)
    ledger.commit(ledger.state(), state)
    moments = [f.opened.wall for f in ledger.state().findings.values()]
    assert all(m.utcoffset() == timedelta(0) and m <= datetime.now(UTC) + timedelta(days=365) for m in moments)
