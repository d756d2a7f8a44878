"""Server-sent events: one each time an incident changed, so that an open page is never old."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from feed.page.parts import Site

HEARTBEAT = 30.0  # seconds; a proxy that waits for a minute keeps the line open
PACE = 0.25  # seconds between two events at least: a burst is one refresh, not hundreds
FROM_THE_START = -1


async def events(site: Site, request: Request) -> Response:
    """GET /events. An event's id is the newest seq; with Last-Event-ID the line goes on from there.

    Without it the first event comes at once: what changed since the page was made is not missed.
    """
    lines = changes(site, resume(request.headers.get("last-event-id", "")), request.state.session)
    return StreamingResponse(lines, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def resume(said: str) -> int:
    """The seq after which to go on."""
    with suppress(ValueError):
        return int(said)
    return FROM_THE_START


async def changes(site: Site, after: int, session: str) -> AsyncGenerator[bytes, None]:
    """The lines of the stream. It ends when the server stops or the session has ended."""
    stop = asyncio.create_task(site.stopping.wait())
    change = asyncio.create_task(site.store.changed(after))
    try:
        yield b": open\n\n"
        while True:
            await asyncio.wait({change, stop}, timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
            if stop.done() or not await site.store.signed_in(session, site.clock()):
                return
            if not change.done():
                yield b": still here\n\n"
                continue
            newest = change.result()
            change = asyncio.create_task(site.store.changed(newest))
            yield f"event: changed\nid: {newest}\ndata: {newest}\n\n".encode()
            await asyncio.wait({stop}, timeout=PACE)
    finally:
        stop.cancel()
        change.cancel()
