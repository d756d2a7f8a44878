"""The real feed's side of the exchange, on a thread of its own."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from feed import secrets
from feed.app import Parts, Server, build
from feed.store.sqlite import SqliteStore
from policy.model import Policy

FAR = datetime(2999, 1, 1, tzinfo=UTC)


class RealFeed:
    """Listens on loopback, with its store in `state`."""

    def __init__(self, state: Path, policy: Policy) -> None:
        self._state, self._policy = state, policy
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="feed", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Await something on the feed's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def token(self, tag: str = "LT-20431") -> str:
        """A one-time token for a laptop."""
        made = secrets.token()
        self.do(self.store.open_enrolment(secrets.hashed(made), tag, FAR))
        return made

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.store = await SqliteStore.open(self._state / "feed.db")
        stopping = asyncio.Event()
        self._server = Server(build(Parts(self.store, self._policy), stopping), stopping)
        self._ready.set()
        await self._server.serve(sockets=[self._listener])
