"""A feed's page over its real store, asked by ASGI without a socket."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID, uuid5

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.types import Message, Scope

from feed.page.routes import routes
from feed.secrets import hashed
from feed.store import Device
from feed.store.sqlite import SqliteStore
from policy import document, wire
from policy.model import Policy, Subject
from policy.wire import Incident, Posture

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SPACE = UUID("00000000-0000-4000-8000-000000000000")


def incident(name: str = "cmatrix", **changes: object) -> Incident:
    """An incident as a laptop sends it, made from the name of a program."""
    made = Incident(
        uid=uuid5(SPACE, name),
        revision=1,
        kind="software",
        rule="software.approved",
        subject=Subject("program", name),
        clause="3",
        policy="kpn 2026.11.1",
        severity=2,
        state="open",
        first_seen="2026-11-24",
        last_seen="2026-11-24",
        attrs={"name": name, "version": "2.0-3", "verdict": "unapproved"},
    )
    return msgspec.structs.replace(made, **changes)


async def enrolled(store: SqliteStore, asset_tag: str = "LT-20431") -> Device:
    """A laptop that the feed knows."""
    await store.open_enrolment(hashed(asset_tag), asset_tag, NOW + timedelta(minutes=15))
    answer = await store.enrol(hashed(asset_tag), asset_tag, NOW)
    assert answer
    device = await store.device(hashed(answer.token))
    assert device
    return device


async def reported(store: SqliteStore, device: Device, incident: wire.Message) -> bytes:
    """What the laptop sent of it."""
    envelope = wire.seal(incident)
    (result,) = await store.take(device, [envelope], NOW)
    assert result.outcome == "stored", result
    return bytes(envelope.body)


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

    def __init__(self, runner: asyncio.Runner, store: SqliteStore, device: Device, app: Starlette) -> None:
        self.run = runner.run
        self.store = store
        self.device = device
        self.app = app
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> Answer:
        return self.run(self.ask("GET", path, headers))

    def post(self, path: str, **headers: str) -> Answer:
        return self.run(self.ask("POST", path, {"sec-fetch-site": "same-origin"} | headers))

    def report(self, incident: wire.Message) -> bytes:
        """An incident or a posture arrives."""
        return self.run(reported(self.store, self.device, incident))

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
            "accept-language": "en",
            "cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items()),
        }
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
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
            "headers": [(n.encode(), v.encode()) for n, v in sent.items()],
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
    return document.read((ROOT / "policy/examples/kpn.toml").read_bytes(), strict=True)


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
def store(runner: asyncio.Runner, tmp_path: Path) -> Iterator[SqliteStore]:
    store = runner.run(SqliteStore.open(tmp_path / "feed.db"))
    yield store
    runner.run(store.close())


@pytest.fixture
def visitor(
    runner: asyncio.Runner, store: SqliteStore, policy: Policy, clock: Clock, stopping: asyncio.Event
) -> Visitor:
    """Somebody who has not signed in, and a laptop that reports."""
    app = Starlette(routes=routes(store, policy, stopping, clock=clock))
    return Visitor(runner, store, runner.run(enrolled(store)), app)


@pytest.fixture
def analyst(visitor: Visitor) -> Visitor:
    """Somebody who has."""
    return visitor.sign_in()


@pytest.fixture
def made() -> Callable[..., Incident]:
    """An incident by the name of a program."""
    return incident


@pytest.fixture
def posture() -> Callable[..., Posture]:
    """What a laptop says of itself."""
    blind = ("screen: xsync: no_display",)
    made = Posture(uid=UUID(int=5), revision=1, policy="p 1", agent="1", on="2026-11-24", blind=blind)
    return lambda **changes: msgspec.structs.replace(made, **changes)


@pytest.fixture
def enrol() -> Callable[[SqliteStore, str], object]:
    """Another laptop."""
    return enrolled


@pytest.fixture(name="reported")
def _reported() -> Callable[..., Awaitable[bytes]]:
    """For those who are in the loop already."""
    return reported
