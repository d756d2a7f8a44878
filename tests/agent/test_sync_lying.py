"""A feed that lies about the next exchange, its time or its tokens: it is not asked in a hurry, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import keys as keystore
from agent import sync
from agent.keys import Keys
from agent.sync import Syncer
from policy.wire import Result
from tests.support.exchanging import NO, Loop
from tests.support.lying_feed import DEVICE, Feed, Raw, well
from tests.support.until import until


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def syncer(feed: Feed, loop: Loop, keys: Path) -> Iterator[Syncer]:
    """One whose exchanges a test makes by hand; it is enrolled."""
    keystore.save(keys, Keys(feed.url, DEVICE, "old"))
    made = Syncer(feed.url, keys, collect=loop.collect, take=loop.take, changed=loop.standings.append)
    yield made
    if made._thread.ident:
        made.stop()
        assert not made._thread.is_alive(), "its thread is left"
    made._exchange.close()


# --- when it comes again


@pytest.mark.parametrize("next_in", [-1e300, -1.0, 0.0, 1e-9])
def test_a_feed_that_says_at_once_is_asked_in_a_second(feed: Feed, syncer: Syncer, next_in: float):
    """No busy loop, whatever it says."""
    feed.always = lambda asked: well(asked, next_in=next_in)
    assert syncer._once() == 1.0


@pytest.mark.parametrize("next_in", [1e10, 1e300])
def test_a_feed_that_names_a_far_time_is_asked_within_the_hour(feed: Feed, syncer: Syncer, next_in: float):
    """It may mend."""
    feed.always = lambda asked: well(asked, next_in=next_in)
    assert syncer._once() == 3600.0


def test_what_a_feed_says_within_bounds_is_followed(feed: Feed, syncer: Syncer):
    """To the second."""
    feed.always = lambda asked: well(asked, next_in=120.0)
    assert syncer._once() == 120.0


def test_a_far_time_does_not_kill_the_thread(feed: Feed, syncer: Syncer, loop: Loop):
    """No lock can wait so long; woken, it sends."""
    feed.always = lambda asked: well(asked, next_in=1e300)
    syncer.start()
    until(lambda: loop.taken)
    loop.commit("one")
    syncer.wake()
    until(lambda: loop.waiting == [])
    assert syncer.standing.error == ""


@pytest.mark.parametrize("results", [(), (Result("never heard", "stored"),)])
def test_a_full_batch_of_which_nothing_is_answered_is_no_reason_to_hurry(
    feed: Feed, syncer: Syncer, loop: Loop, monkeypatch: pytest.MonkeyPatch, results
):
    """It waits as long as the feed said; answered in part, the rest follows at once."""
    monkeypatch.setattr(sync, "BATCH", 3)
    for name in ("a", "b", "c"):
        loop.commit(name)
    feed.answers = [lambda asked: well(asked, results=results, next_in=60.0)]
    assert syncer._once() == 60.0
    feed.answers = [lambda asked: well(asked, results=(Result("b", "stored"),), next_in=60.0)]
    assert syncer._once() == 0.0
    assert [e.id for e in loop.waiting] == ["a", "c"]


# --- its offer of a token


def test_a_forgotten_offer_is_gone_from_the_disk(feed: Feed, syncer: Syncer, keys: Path):
    """Refused with it, let in with the old one: from then on only the old one is spoken of."""
    keystore.save(keys, Keys(feed.url, DEVICE, "old", "new"))
    feed.always = lambda asked: NO if asked.token == "new" else well(asked)
    syncer._once()
    assert keystore.load(keys) == Keys(feed.url, DEVICE, "old")
    syncer._once()
    assert feed.tokens() == ["new", "old", "old"]


def test_another_offer_takes_the_place_of_one_that_was_forgotten(feed: Feed, syncer: Syncer, keys: Path):
    """In the same answer."""
    keystore.save(keys, Keys(feed.url, DEVICE, "old", "new"))
    feed.answers = [NO, lambda asked: well(asked, token="newer")]
    syncer._once()
    assert keystore.load(keys) == Keys(feed.url, DEVICE, "old", "newer")


@pytest.mark.parametrize("second", [NO, Raw(b"", 0)], ids=["refused too", "a line that is cut"])
def test_an_offer_stays_until_the_old_token_was_let_in(feed: Feed, syncer: Syncer, keys: Path, second: Raw):
    """Which of the two holds is not known yet."""
    keystore.save(keys, Keys(feed.url, DEVICE, "old", "new"))
    feed.answers = [NO, second]
    syncer._once()
    assert feed.tokens() == ["new", "old"]
    assert keystore.load(keys) == Keys(feed.url, DEVICE, "old", "new")
