"""The security team's page: its addresses."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from feed.page import devices, incidents, live, session
from feed.page.parts import Site, utc
from feed.page.render import HERE
from feed.page.shell import Shell
from feed.store import Store
from policy.model import Policy

Handler = Callable[[Site, Request], Awaitable[Response]]
GETS: Sequence[tuple[str, Handler]] = (
    ("/", incidents.listed),
    ("/incidents/{uid:uuid}", incidents.detail),
    ("/incidents/{uid:uuid}/{revision:int}.json", incidents.raw),
    ("/r", incidents.spoken),
    ("/r/{reference}", incidents.spoken),
    ("/devices", devices.listed),
    ("/events", live.events),
    ("/signin/{token}", session.offer),
)
POSTS: Sequence[tuple[str, Handler]] = (
    ("/signin/{token}", session.spend),
    ("/signout", session.leave),
)


def routes(
    store: Store,
    policy: Policy,
    stopping: asyncio.Event,
    secure: bool = False,  # noqa: FBT001, FBT002 - the composition root names it
    clock: Callable[[], datetime] = utc,
) -> list[BaseRoute]:
    """Every page, behind one door: put them last, for they answer whatever no route before them took.

    Args:
        store: what the feed remembers.
        policy: whose rules and clauses are named.
        stopping: set it when the server begins to stop, so that open streams end; uvicorn waits for them.
        secure: people reach the page by https alone.
        clock: the time, aware.

    """
    site = Site(store, policy, stopping, secure, clock)
    inner = Router(
        [
            Mount("/static", StaticFiles(directory=HERE / "static")),
            *(Route(path, partial(handler, site)) for path, handler in GETS),
            *(Route(path, partial(handler, site), methods=["POST"]) for path, handler in POSTS),
        ],
        redirect_slashes=False,
        default=_nowhere,
    )
    return [Mount("", Shell(site, inner))]


async def _nowhere(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(404)
