"""One answer of a feed: read whole, within bounds of time and size."""

from collections.abc import Iterator

import msgspec
import pytest

from agent import exchange as module
from agent.exchange import Exchange, Unreachable
from policy.wire import Sync, Synced
from tests.support.lying_feed import Asked, Feed, Raw, well

UP = Sync(1, 0, "nl")


@pytest.fixture
def exchange(feed: Feed) -> Iterator[Exchange]:
    made = Exchange(feed.url)
    yield made
    made.close()


def in_parts(asked: Asked) -> Raw:
    """What a feed says that is well, in two parts."""
    whole = bytes(msgspec.json.encode(well(asked)))
    return Raw(b"", parts=(whole[:10], whole[10:]))


def padded(size: int) -> Raw:
    """The same with spaces behind it, so many bytes in all."""
    whole = msgspec.json.encode(well(Asked("/v1/sync", "", msgspec.json.encode(UP))))
    return Raw(whole.ljust(size))


def test_an_answer_in_parts_is_taken_whole(feed: Feed, exchange: Exchange):
    """Over one connection, as often as it comes."""
    feed.always = in_parts
    assert [isinstance(exchange.sync("t", UP), Synced) for _ in range(3)] == [True] * 3


def test_an_answer_that_takes_too_long_in_all_is_none(feed: Feed, exchange: Exchange, monkeypatch: pytest.MonkeyPatch):
    """Though each of its parts comes soon: it would hold the thread for ever. The next answer is taken."""
    with monkeypatch.context() as patch:
        patch.setattr(module, "LONGEST", -1.0)
        feed.answers = [in_parts]
        with pytest.raises(Unreachable, match="took too long"):
            exchange.sync("t", UP)
    assert exchange.sync("t", UP).epoch == 1


def test_an_answer_is_as_long_as_it_may_be(feed: Feed, exchange: Exchange):
    """To the byte; one more is none."""
    feed.answers = [padded(module.MOST), padded(module.MOST + 1)]
    assert exchange.sync("t", UP).epoch == 1
    with pytest.raises(Unreachable, match="too long"):
        exchange.sync("t", UP)
