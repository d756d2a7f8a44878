"""The line that keeps an open page new."""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest

from feed.page import live
from feed.page.parts import Site
from feed.secrets import hashed

OPENED = b": open\n\n"


def event(seq: int) -> bytes:
    return f"event: changed\nid: {seq}\ndata: {seq}\n\n".encode()


@pytest.fixture
def site(analyst, policy, stopping, clock):
    return Site(analyst.store, policy, stopping, clock=clock)


@pytest.fixture
def lines(analyst, site):
    """The stream after a seq, for somebody who is signed in."""
    session = hashed(analyst.cookies["deskwarden"])
    return lambda after: aclosing(live.changes(site, after, session))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(live, "PACE", 0.001)


def test_a_change_is_one_event(analyst, made, lines, reported):
    """First what stands, then each change, with the seq as its id."""
    analyst.report(made("before"))

    async def story():
        async with lines(live.FROM_THE_START) as stream:
            assert [await anext(stream), await anext(stream)] == [OPENED, event(1)]
            waiting = asyncio.ensure_future(anext(stream))
            await reported(analyst.store, analyst.device, made("after"))
            assert await waiting == event(2)

    analyst.run(story())


@pytest.mark.parametrize(("said", "first"), [("1", 3), ("2", 3), ("rubbish", 3), ("", 3), ("3", 4)])
def test_the_line_goes_on_where_it_was_cut(analyst, made, lines, reported, said, first):
    """With Last-Event-ID nothing that was missed stays unsaid, and nothing is said twice."""
    for name in ("one", "two", "three"):
        analyst.report(made(name))

    async def story():
        async with lines(live.resume(said)) as stream:
            await anext(stream)
            waiting = asyncio.ensure_future(anext(stream))
            if first == 4:
                await reported(analyst.store, analyst.device, made("four"))
            assert await waiting == event(first)

    analyst.run(story())


def test_the_line_ends_with_the_server(analyst, lines, stopping):
    async def story():
        async with lines(0) as stream:
            await anext(stream)
            waiting = asyncio.ensure_future(anext(stream, b"ended"))
            await asyncio.sleep(0)
            stopping.set()
            assert await waiting == b"ended"

    analyst.run(story())


def test_a_quiet_line_beats_and_ends_with_its_session(analyst, lines, clock, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT", 0.001)

    async def story():
        async with lines(0) as stream:
            await anext(stream)
            assert await anext(stream) == b": still here\n\n"
            clock.now += timedelta(hours=13)
            assert await anext(stream, b"ended") == b"ended"

    analyst.run(story())


def test_a_busy_line_ends_with_its_session_too(analyst, made, lines, clock):
    analyst.report(made("one"))
    clock.now += timedelta(hours=13)

    async def story():
        async with lines(live.FROM_THE_START) as stream:
            assert [await anext(stream), await anext(stream, b"ended")] == [OPENED, b"ended"]

    analyst.run(story())


def test_over_http(analyst, made, stopping):
    """The whole way: the type, nothing held back by a proxy, Last-Event-ID taken from the request."""
    analyst.report(made("one"))
    stopping.set()
    answer = analyst.get("/events", last_event_id="1")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.body == OPENED
