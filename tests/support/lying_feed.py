"""A small real HTTP server that answers as a test tells it to: well, wrongly, slowly, or not at all."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import msgspec

from policy.wire import Enrolled, Result, Sync, Synced

DEVICE = UUID(int=42)


class Asked(msgspec.Struct, frozen=True):
    """One request as it came."""

    path: str
    token: str
    body: bytes

    @property
    def sync(self) -> Sync:
        return msgspec.json.decode(self.body, type=Sync)


class Raw(msgspec.Struct, frozen=True):
    """An answer byte for byte. status 0: the line is cut instead. length: how many bytes it says that it has.

    parts: sent one by one in place of the body, chunked.
    """

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    parts: tuple[bytes, ...] = ()


Answer = msgspec.Struct | Raw
Script = Callable[[Asked], Answer]


class Feed:
    """Listens on loopback. `answers`: what to say to the next requests, in turn; then `always`."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Answer | Script] = []
        self.always: Script = well
        self.ending = threading.Event()
        feed = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_POST(self) -> None:
                feed._serve(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def syncs(self) -> list[Sync]:
        return [one.sync for one in self.asked if one.path == "/v1/sync"]

    def tokens(self) -> list[str]:
        """With which each exchange came."""
        return [one.token for one in self.asked if one.path == "/v1/sync"]

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        asked = Asked(request.path, request.headers.get("Authorization", "").removeprefix("Bearer "), body)
        said = self.answers.pop(0) if self.answers else self.always
        answer = said(asked) if callable(said) else said
        self.asked.append(asked)
        raw = answer if isinstance(answer, Raw) else Raw(msgspec.json.encode(answer))
        if raw.status == 0:  # the line is cut without a word
            request.close_connection = True
            return
        request.send_response(raw.status)
        for name, value in raw.headers:
            request.send_header(name, value)
        if raw.parts:
            request.send_header("Transfer-Encoding", "chunked")
            request.end_headers()
            with suppress(OSError):  # the laptop need not wait for all of them
                for part in (*raw.parts, b""):
                    request.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            return
        request.send_header("Content-Length", str(len(raw.body) if raw.length is None else raw.length))
        request.end_headers()
        request.wfile.write(raw.body)
        request.close_connection = raw.length is not None


def well(asked: Asked, **changes: object) -> Answer:
    """What a feed says that is well."""
    if asked.path == "/v1/enrol":
        return Enrolled(DEVICE, "first", 1)
    results = tuple(Result(envelope.id, "stored") for envelope in asked.sync.envelopes)
    fields: dict[str, object] = {"epoch": 1, "time": datetime.now(UTC), "next_in": 3600.0, "results": results}
    return Synced(**(fields | changes))  # type: ignore[arg-type]  # as the test says


def with_token(token: str) -> Script:
    """The same, and an offer of the next token."""
    return lambda asked: well(asked, token=token)
