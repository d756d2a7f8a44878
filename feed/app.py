"""Composition root of the feed: builds the parts, names the actors, starts and stops them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from feed import sync
from feed.forward.base import Forwarder
from feed.forward.pump import Pump
from feed.page.routes import routes as page_routes
from feed.store import Store
from policy.model import Policy


@dataclass(frozen=True)
class Parts:
    """What the application is made of. secure: people reach the page by https alone."""

    store: Store
    policy: Policy
    forwarders: Sequence[Forwarder] = ()
    secure: bool = False


def build(parts: Parts, stopping: asyncio.Event) -> Starlette:
    """The ASGI application; its forwarders run while it does."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        pumps = [asyncio.create_task(Pump(parts.store, f).run(), name=f"forward-{f.name}") for f in parts.forwarders]
        try:
            yield
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await parts.store.close()

    devices = sync.routes(parts.store)
    pages = page_routes(parts.store, parts.policy, stopping, secure=parts.secure)
    return Starlette(routes=[*devices, *pages], lifespan=lifespan)


class Server(uvicorn.Server):
    """uvicorn, telling the open streams of the page that it stops; it waits for them otherwise."""

    def __init__(self, app: Starlette, stopping: asyncio.Event) -> None:
        # No access log: it would be a diary of who was at work when. Proxies in front may keep none either.
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=2,
                ws="none",
                lifespan="on",
            )
        )
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as uvicorn calls it
        """A signal ends it well; uvicorn would raise it again at the end, and the process would seem killed."""
        self.should_exit = True

    async def shutdown(self, sockets: "list[object] | None" = None) -> None:  # type: ignore[override]  # sockets pass through
        """End the streams, then the rest."""
        self._stopping.set()
        await super().shutdown(sockets)  # type: ignore[arg-type]  # as uvicorn gave them
