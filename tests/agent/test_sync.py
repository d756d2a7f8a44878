"""The exchange's thread over a real server: what waits leaves at once, and no lie of a feed stops it."""

import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from agent import keys as keystore
from agent import sync
from agent.keys import Keys
from agent.sync import Syncer
from policy.wire import Envelope, Synced
from tests.support.exchanging import NO, Loop
from tests.support.lying_feed import DEVICE, Feed, Raw, well, with_token
from tests.support.until import until


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second here."""
    monkeypatch.setattr(sync, "FIRST_RETRY", 0.02)
    monkeypatch.setattr(sync, "LAST_RETRY", 0.05)
    monkeypatch.setattr(sync, "SOONEST", 0.01, raising=False)


@pytest.fixture
def syncer(feed: Feed, loop: Loop, keys: Path) -> Iterator[Syncer]:
    made = Syncer(
        feed.url,
        keys,
        token="one-time",
        asset_tag="LT-1",
        collect=loop.collect,
        take=loop.take,
        changed=loop.standings.append,
    )
    yield made
    if made._thread.ident:
        made.stop()
        assert not made._thread.is_alive(), "its thread is left"


def met(feed: Feed, syncer: Syncer, loop: Loop) -> None:
    """Started, enrolled, one exchange."""
    syncer.start()
    until(lambda: loop.taken and syncer.standing.contact)


# --- the first word


def test_it_enrols_once_and_keeps_the_keys(feed: Feed, syncer: Syncer, loop: Loop, keys: Path):
    """The one-time token is spent, the device's own is on disk before it is used, 0600."""
    on_disk: list[Keys | None] = []

    def note(asked):
        on_disk.append(keystore.load(keys))
        return well(asked)

    feed.always = note
    met(feed, syncer, loop)
    assert [(one.path, one.token) for one in feed.asked] == [("/v1/enrol", "one-time"), ("/v1/sync", "first")]
    assert msgspec.json.decode(feed.asked[0].body) == {"asset_tag": "LT-1"}
    assert on_disk == [None, Keys(feed.url, DEVICE, "first")]
    assert keys.stat().st_mode & 0o777 == 0o600


def test_an_enrolled_laptop_does_not_enrol_again(feed: Feed, syncer: Syncer, loop: Loop, keys: Path):
    """Also where the feed moved to another port of the same host."""
    keystore.save(keys, Keys("http://127.0.0.1:1/old", DEVICE, "mine"))
    met(feed, syncer, loop)
    assert [(one.path, one.token) for one in feed.asked] == [("/v1/sync", "mine")]


def test_another_host_never_gets_to_see_the_token(feed: Feed, syncer: Syncer, loop: Loop, keys: Path):
    """It enrols there as anew."""
    keystore.save(keys, Keys("https://feed.example.nl", DEVICE, "secret"))
    met(feed, syncer, loop)
    assert "secret" not in str(feed.asked)
    assert feed.asked[0].path == "/v1/enrol"


def test_without_a_token_it_says_so_and_asks_nobody(feed: Feed, syncer: Syncer, loop: Loop):
    """Not enrolled."""
    syncer._token = ""
    syncer.start()
    until(lambda: syncer.standing.refused)
    assert feed.asked == []


def test_a_spent_token_is_said_in_the_feeds_words(feed: Feed, syncer: Syncer, loop: Loop, keys: Path):
    """And nothing is kept of it."""
    feed.always = lambda _: NO
    syncer.start()
    until(lambda: syncer.standing.refused)
    assert syncer.standing.error == "This laptop is not known here."
    assert not keys.exists()
    assert loop.taken == []


# --- what waits leaves


def test_what_was_committed_leaves_in_the_next_exchange(feed: Feed, syncer: Syncer, loop: Loop):
    """It waited an hour for its next one; woken, it sends at once."""
    met(feed, syncer, loop)
    loop.commit("one")
    syncer.wake()
    until(lambda: loop.waiting == [])
    assert [[e.id for e in one.envelopes] for one in feed.syncs()] == [[], ["one"]]


def test_what_is_committed_during_an_exchange_leaves_in_the_one_after(feed: Feed, syncer: Syncer, loop: Loop):
    """The wake-up is not lost."""

    def slowly(asked):
        loop.commit("late")
        syncer.wake()
        return well(asked)

    feed.answers = [well, slowly]
    syncer.start()
    until(lambda: loop.taken and loop.waiting == [] and len(feed.syncs()) == 2)
    assert [e.id for e in feed.syncs()[-1].envelopes] == ["late"]


def test_more_than_a_batch_goes_without_a_pause(feed: Feed, syncer: Syncer, loop: Loop, monkeypatch):
    """A full exchange is followed by the next."""
    monkeypatch.setattr(sync, "BATCH", 3)
    real = loop.collect
    loop.waiting = [Envelope(str(n), msgspec.Raw(b"{}")) for n in range(7)]
    monkeypatch.setattr(syncer, "_collect", lambda: msgspec.structs.replace(real(), envelopes=tuple(loop.waiting[:3])))
    syncer.start()
    until(lambda: loop.waiting == [])
    assert [len(one.envelopes) for one in feed.syncs()] == [3, 3, 1]


def test_it_comes_again_when_the_feed_said(feed: Feed, syncer: Syncer, loop: Loop):
    """`next_in`, for exchanges without envelopes."""
    feed.answers = [well, lambda asked: well(asked, next_in=0.01), lambda asked: well(asked, next_in=0.01)]
    syncer.start()
    until(lambda: len(loop.taken) >= 3)


def test_it_goes_on_over_one_connection(feed: Feed, syncer: Syncer, loop: Loop):
    """Ten exchanges: what is said is what was asked each time, and in order."""
    met(feed, syncer, loop)
    for n in range(10):
        loop.commit(str(n))
        syncer.wake()
        until(lambda: loop.waiting == [])
    assert [e.id for one in feed.syncs() for e in one.envelopes] == [str(n) for n in range(10)]
    assert [one.cursor for one in feed.syncs()] == list(range(11))


# --- a feed that fails, or lies

FAILURES = {
    "an error of its own": Raw(b'{"error":"busy","detail":"Later."}', 500),
    "rubbish": Raw(b"<html>It works!</html>"),
    "half an answer": Raw(b'{"epoch":1,"time":'),
    "another answer": Raw(b'{"hello":"world"}'),
    "wrong types": Raw(b'{"epoch":"one","time":7,"next_in":"soon"}'),
    "a time of no zone": Raw(b'{"epoch":1,"time":"2026-11-24T10:00:00","next_in":60.0}'),
    "a leave until a date of no zone": Raw(
        b'{"epoch":1,"time":"2026-11-24T10:00:00Z","next_in":60.0,"directives":[[1,{"directive":"leave","leave":'
        b'{"id":"l","rule":"r","subject":{"type":"program","key":"bad"},"until":"2036-01-01T00:00:00"}}]]}'
    ),
    "not text at all": Raw(b"\xff\xfe\x00\x01" * 50),
    "nothing": Raw(b""),
    "a redirect": Raw(b"", 307, (("Location", "http://127.0.0.1:1/v1/sync"),)),
    "a line that is cut": Raw(b"", 0),
    "less than it said": Raw(b'{"epoch":1', length=5000),
    "five megabytes": Raw(b'{"epoch":1,"pad":"' + b"x" * 5_000_000 + b'"}'),
    "packed rubbish": Raw(b"no gzip", 200, (("Content-Encoding", "gzip"),)),
}


@pytest.mark.parametrize("answer", FAILURES.values(), ids=FAILURES)
def test_whatever_a_feed_says_nothing_is_lost_and_it_comes_again(feed: Feed, syncer: Syncer, loop: Loop, answer):
    """Twice so, then well: what waits is sent, with the same token."""
    loop.commit("one")
    feed.answers = [well, answer, answer]
    syncer.start()
    until(lambda: loop.waiting == [])
    assert len(loop.taken) == 1
    assert {tuple(e.id for e in one.envelopes) for one in feed.syncs()} == {("one",)}
    assert set(feed.tokens()) == {"first"}
    errors = [one.error for one in loop.standings]
    assert errors[0], "it was said"
    until(lambda: syncer.standing.error == "", what="and it was said that it is over")


def test_a_feed_that_is_not_there_is_said_once_and_asked_seldom(tmp_path: Path, loop: Loop, monkeypatch):
    """Nobody listens: the pauses double, each spread, up to two minutes."""
    monkeypatch.setattr(sync, "FIRST_RETRY", 1.0)
    monkeypatch.setattr(sync, "LAST_RETRY", 120.0)
    with Feed() as gone:
        url = gone.url
    keystore.save(tmp_path / "k", Keys(url, DEVICE, "first"))
    away = Syncer(url, tmp_path / "k", collect=loop.collect, take=loop.take, changed=loop.standings.append)
    pauses = [away._once() for _ in range(10)]
    wanted = [1, 2, 4, 8, 16, 32, 64, 120, 120, 120]
    assert all(0.8 * a <= pause <= 1.2 * a for pause, a in zip(pauses, wanted, strict=True))
    assert len(loop.standings) == 1
    assert "refused" in loop.standings[0].error.lower()
    assert not loop.standings[0].refused
    away._exchange.close()


def test_a_commit_does_not_turn_a_feed_that_is_away_into_a_busy_loop(
    feed: Feed, syncer: Syncer, loop: Loop, monkeypatch
):
    """Woken again and again in its pause, it asks nobody; the pause over, all leaves."""
    monkeypatch.setattr(sync, "FIRST_RETRY", 3600.0)
    monkeypatch.setattr(sync, "LAST_RETRY", 3600.0)
    feed.answers = [well, Raw(b"", 500)]
    syncer.start()
    until(lambda: loop.standings)
    for n in range(5):
        loop.commit(str(n))
        syncer.wake()
        until(lambda: not syncer._wake.is_set(), what="it does not hear")
    assert len(feed.syncs()) == 1


def test_a_bug_in_taking_an_answer_does_not_end_the_exchange(
    feed: Feed, syncer: Syncer, loop: Loop, monkeypatch, caplog: pytest.LogCaptureFixture
):
    """It is logged; the next one comes."""
    taken: list[Synced] = []

    def fail_once(synced: Synced) -> None:
        taken.append(synced)
        if len(taken) == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(syncer, "_take", fail_once)
    with caplog.at_level(logging.ERROR):
        syncer.start()
        until(lambda: len(taken) == 2)
    assert "the exchange failed" in caplog.text


def test_a_device_that_is_known_no_more_is_refused_and_stays_so(feed: Feed, syncer: Syncer, loop: Loop, keys: Path):
    """Revoked: nothing is lost, it is shown, and it goes on asking, seldom."""
    keystore.save(keys, Keys(feed.url, DEVICE, "first"))
    loop.commit("one")
    feed.always = lambda _: NO
    syncer.start()
    until(lambda: len(feed.asked) >= 3)
    assert syncer.standing.refused
    assert (len(loop.waiting), loop.taken) == (1, [])
    assert keystore.load(keys) == Keys(feed.url, DEVICE, "first")
    assert {one.path for one in feed.asked} == {"/v1/sync"}


# --- the token changes


def test_a_new_token_is_on_disk_before_its_first_use(feed: Feed, syncer: Syncer, loop: Loop, keys: Path):
    """Offered, written beside the old one, used, and then the only one."""
    on_disk: list[tuple[str, str | None]] = []

    def note(asked):
        found = keystore.load(keys)
        assert found
        on_disk.append((found.token, found.next_token))
        return well(asked, next_in=0.01)

    feed.answers = [well, with_token("second"), note, note]
    syncer.start()
    syncer.wake()
    until(lambda: len(loop.taken) >= 1)
    syncer.wake()
    until(lambda: len(on_disk) == 2)
    assert feed.tokens()[:3] == ["first", "second", "second"]
    assert on_disk == [("first", "second"), ("second", None)]


def test_the_old_token_holds_where_the_feed_forgot_its_offer(feed: Feed, syncer: Syncer, loop: Loop, keys: Path):
    """It was put back from yesterday's copy: refused with the new one, let in with the old."""
    keystore.save(keys, Keys(feed.url, DEVICE, "old", "new"))
    feed.always = lambda asked: NO if asked.token == "new" else well(asked)
    loop.commit("one")
    syncer.start()
    until(lambda: loop.waiting == [])
    assert feed.tokens() == ["new", "old"]
    assert syncer.standing.error == ""


def test_a_line_that_breaks_at_the_first_use_leaves_both(feed: Feed, syncer: Syncer, loop: Loop, keys: Path):
    """Nobody knows whether the feed saw it: both stay on disk, the new one is tried again."""
    keystore.save(keys, Keys(feed.url, DEVICE, "old", "new"))
    feed.answers = [Raw(b"", 0)]
    syncer.start()
    until(lambda: loop.taken)
    assert feed.tokens() == ["new", "new"]
    assert keystore.load(keys) == Keys(feed.url, DEVICE, "new")


@pytest.mark.parametrize("content", [b"", b"{", b'{"feed":"x"}', b"\xff\xff"])
def test_broken_keys_are_none(keys: Path, content):
    """It enrols anew, where it has a token."""
    keys.write_bytes(content)
    assert keystore.load(keys) is None


def test_keys_are_whole_or_the_old_ones(keys: Path):
    """Written beside and renamed; what a kill left there is written over."""
    keys.with_suffix(".new").write_text("half")
    keystore.save(keys, Keys("http://x", UUID(int=1), "t", "n"))
    assert keystore.load(keys) == Keys("http://x", UUID(int=1), "t", "n")
    assert [p.name for p in keys.parent.iterdir()] == [keys.name]
