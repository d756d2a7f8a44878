"""A feed's page with a store in memory, asked by ASGI without a socket."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import cast
from urllib.parse import unquote
from uuid import UUID, uuid5

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.types import Message, Scope

from feed.page.routes import routes
from feed.page.session import hashed
from feed.store import Filter, Moment, Row, Store
from policy import document
from policy.model import Policy, Subject
from policy.reference import reference

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
DEVICE = UUID("5b3f6c1e-0000-4000-8000-000000000001")
SPACE = UUID("00000000-0000-4000-8000-000000000000")


def row(name: str = "cmatrix", **changes: object) -> Row:
    """An incident as it stands, made from the name of a program."""
    uid = changes.pop("uid", uuid5(SPACE, name))
    assert isinstance(uid, UUID)
    made = Row(
        seq=0,
        uid=uid,
        reference=reference(uid),
        device=DEVICE,
        asset_tag="LT-20431",
        language="nl",
        kind="software",
        rule="software.approved",
        clause="3",
        policy="kpn 2026.11.1",
        subject=Subject("program", name),
        severity=2,
        state="open",
        ending=None,
        first_seen="2026-11-24",
        last_seen="2026-11-24",
        revision=1,
        follows=None,
        attrs={"name": name, "version": "2.0-3", "verdict": "unapproved"},
    )
    return msgspec.structs.replace(made, **changes)


class MemoryStore:
    """The part of the contract that the page uses."""

    def __init__(self) -> None:
        self.rows: dict[UUID, Row] = {}
        self.moments: dict[UUID, list[Moment]] = {}
        self.links: dict[str, datetime] = {}
        self.sessions: dict[str, datetime] = {}
        self.contacts: list[tuple[UUID, str, datetime | None]] = []
        self.seq = 0
        self._news = asyncio.Condition()

    async def put(self, row: Row, body: bytes = b"{}") -> None:
        """An incident, or its next revision."""
        async with self._news:
            self.seq += 1
            self.rows[row.uid] = msgspec.structs.replace(row, seq=self.seq)
            moment = Moment(row.revision, "2026-11-24", row.state, row.severity, "0" * 64, body)
            self.moments.setdefault(row.uid, []).append(moment)
            self._news.notify_all()

    async def incidents(self, where: Filter, limit: int = 200) -> list[Row]:
        """The newest first."""
        found = [row for row in self.rows.values() if fits(row, where)]
        return sorted(found, key=lambda row: -row.seq)[:limit]

    async def count(self, where: Filter) -> int:
        return len(await self.incidents(where, 10**9))

    async def incident(self, uid: UUID) -> Row | None:
        return self.rows.get(uid)

    async def timeline(self, uid: UUID) -> list[Moment]:
        return self.moments.get(uid, [])

    async def rules(self) -> list[str]:
        return sorted({row.rule for row in self.rows.values()})

    async def last_contacts(self) -> list[tuple[UUID, str, datetime | None]]:
        return self.contacts

    async def new_signin(self, token_hash: str, expires: datetime) -> None:
        self.links[token_hash] = expires

    async def spend_signin(self, token_hash: str, session_hash: str, now: datetime, until: datetime) -> bool:
        expires = self.links.pop(token_hash, now)
        if expires > now:
            self.sessions[session_hash] = until
        return expires > now

    async def signed_in(self, session_hash: str, now: datetime) -> bool:
        return self.sessions.get(session_hash, now) > now

    async def changed(self, after: int) -> int:
        async with self._news:
            await self._news.wait_for(lambda: self.seq > after)
            return self.seq


def fits(row: Row, where: Filter) -> bool:
    return (
        where.rule in {"", row.rule}
        and where.state in {"", row.state}
        and where.reference in {"", row.reference}
        and row.severity >= where.severity
    )


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Visitor:
    """A browser without a screen: sends what one sends, keeps the cookies."""

    def __init__(self, runner: asyncio.Runner, store: MemoryStore, app: Starlette) -> None:
        self.run = runner.run
        self.store = store
        self.app = app
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self.run(self.ask("GET", path, headers))

    def post(self, path: str, **headers: str) -> Answer:
        return self.run(self.ask("POST", path, {"sec-fetch-site": "same-origin"} | headers))

    def put(self, row: Row, body: bytes = b"{}") -> Row:
        """An incident arrives."""
        self.run(self.store.put(row, body))
        return row

    def link(self, expires: datetime = NOW + timedelta(minutes=15)) -> str:
        """A one-time link."""
        self.run(self.store.new_signin(hashed("one-time"), expires))
        return "/signin/one-time"

    def sign_in(self) -> "Visitor":
        assert self.post(self.link()).status == 303
        return self

    async def ask(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        """One exchange; the cookies that it sets are kept."""
        sent: list[Message] = []

        asked: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            return asked.pop() if asked else await asyncio.Future()  # it stays on the line

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(self.scope(method, path, headers), receive, send)
        raw = sent[0]["headers"]
        self._keep([value.decode() for name, value in raw if name == b"set-cookie"])
        body = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(sent[0]["status"], {name.decode(): value.decode() for name, value in raw}, body)

    def scope(self, method: str, path: str, headers: dict[str, str]) -> Scope:
        where, _, query = path.partition("?")
        sent = {
            "host": "feed.test",
            "cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items()),
        } | headers
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(where),
            "raw_path": where.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in sent.items()],
            "server": ("feed.test", 80),
            "client": ("192.0.2.1", 1),
        }

    def _keep(self, set_cookies: list[str]) -> None:
        for line in set_cookies:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="session")
def policy() -> Policy:
    return document.read((Path("policy/examples/kpn.toml")).read_bytes(), strict=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stopping() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def visitor(runner: asyncio.Runner, policy: Policy, clock: Clock, stopping: asyncio.Event) -> Visitor:
    """Somebody who has not signed in."""
    store = MemoryStore()
    app = Starlette(routes=routes(cast("Store", store), policy, stopping, clock=clock))
    return Visitor(runner, store, app)


@pytest.fixture
def analyst(visitor: Visitor) -> Visitor:
    """Somebody who has."""
    return visitor.sign_in()


@pytest.fixture
def made() -> Callable[..., Row]:
    """An incident by the name of a program."""
    return row
