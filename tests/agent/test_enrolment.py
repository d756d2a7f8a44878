"""Enrolment with the real feed, of an agent that is killed at any step of it: it ends as one device, and only one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import keys as keystore
from agent.sync import Syncer
from tests.support.exchanging import Loop
from tests.support.judging import policy
from tests.support.real_feed import RealFeed


class Killed(BaseException):
    """As SIGKILL: nothing catches it."""


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[RealFeed]:
    with RealFeed(tmp_path / "feed", policy()) as made:
        yield made


def agent(feed: RealFeed, keys: Path, token: str) -> tuple[Syncer, Loop]:
    """One run of the agent's exchange."""
    loop = Loop()
    run = Syncer(
        feed.url, keys, token=token, asset_tag="x", collect=loop.collect, take=loop.take, changed=loop.standings.append
    )
    return run, loop


def once(run: Syncer) -> None:
    run._once()
    run._exchange.close()


def devices(feed: RealFeed) -> int:
    return len(feed.do(feed.store.last_contacts()))


@pytest.mark.parametrize("times", [1, 3])
def test_killed_between_the_answer_and_its_keys_it_enrols_again(
    feed: RealFeed, keys: Path, monkeypatch: pytest.MonkeyPatch, times: int
):
    """With the same one-time token, as the same device; from its first exchange on the token is spent."""
    token = feed.token()

    def killed(*_: object) -> None:
        raise Killed

    for _ in range(times):
        run, _loop = agent(feed, keys, token)
        with monkeypatch.context() as patch:
            patch.setattr(keystore, "save", killed)
            with pytest.raises(Killed):
                run._once()
        run._exchange.close()
        assert keystore.load(keys) is None
    run, loop = agent(feed, keys, token)
    once(run)
    assert (len(loop.taken), run.standing.error, devices(feed)) == (1, "", 1)
    keys.unlink()
    run, loop = agent(feed, keys, token)
    once(run)
    assert (loop.taken, run.standing.refused, devices(feed)) == ([], True, 1)
    assert not keys.exists()


def test_killed_between_its_keys_and_the_first_exchange_it_goes_on_with_them(feed: RealFeed, keys: Path):
    """It needs no token any more."""
    run, _ = agent(feed, keys, feed.token())
    kept = run._keys()
    run._exchange.close()
    run, loop = agent(feed, keys, "")
    once(run)
    assert len(loop.taken) == 1
    assert devices(feed) == 1
    assert keystore.load(keys) == kept
