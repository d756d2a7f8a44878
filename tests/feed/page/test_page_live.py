"""The line that keeps an open page new."""

import asyncio

import pytest

from feed.page import live
from feed.page.parts import Site


@pytest.fixture
def site(analyst, policy, stopping, clock):
    return Site(analyst.store, policy, stopping, clock=clock)


@pytest.fixture
def session(analyst):
    return next(iter(analyst.store.sessions))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(live, "PACE", 0.001)


def test_a_change_is_one_event(analyst, made, site, session):
    """First what stands, then each change, with the seq as its id."""
    analyst.put(made("before"))

    async def story():
        lines = live.changes(site, live.FROM_THE_START, session)
        assert await anext(lines) == b": open\n\n"
        assert await anext(lines) == b"event: changed\nid: 1\ndata: 1\n\n"
        waiting = asyncio.ensure_future(anext(lines))
        await asyncio.sleep(0)
        assert not waiting.done()
        await analyst.store.put(made("after"))
        assert await waiting == b"event: changed\nid: 2\ndata: 2\n\n"
        await lines.aclose()

    analyst.run(story())


def test_the_line_goes_on_where_it_was_cut(analyst, made, site, session):
    """With Last-Event-ID nothing that was missed stays unsaid, and nothing is said twice."""
    for name in ("one", "two", "three"):
        analyst.put(made(name))

    async def after(seq):
        lines = live.changes(site, live.resume(seq), session)
        await anext(lines)
        waiting = asyncio.ensure_future(anext(lines))
        done, _ = await asyncio.wait({waiting}, timeout=0.05)
        waiting.cancel()
        return waiting.result() if done else None

    assert analyst.run(after("1")) == b"event: changed\nid: 3\ndata: 3\n\n"
    assert analyst.run(after("3")) is None
    assert analyst.run(after("rubbish")) == b"event: changed\nid: 3\ndata: 3\n\n"


def test_the_line_ends_with_the_server(analyst, site, session, stopping):
    async def story():
        lines = live.changes(site, live.FROM_THE_START, session)
        await anext(lines)
        waiting = asyncio.ensure_future(anext(lines, b"ended"))
        await asyncio.sleep(0)
        stopping.set()
        assert await waiting == b"ended"

    analyst.run(story())


def test_a_quiet_line_beats_and_ends_with_its_session(analyst, site, session, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0.001)

    async def story():
        lines = live.changes(site, 0, session)
        await anext(lines)
        assert await anext(lines) == b": still here\n\n"
        analyst.store.sessions.clear()
        assert await anext(lines, b"ended") == b"ended"

    analyst.run(story())


def test_over_http(analyst, made, stopping):
    """The whole way: the type, no buffering on the way, Last-Event-ID taken from the request."""
    for name in ("one", "two"):
        analyst.put(made(name))
    stopping.set()
    answer = analyst.get("/events", last_event_id="1")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.body.startswith(b": open\n\n")
