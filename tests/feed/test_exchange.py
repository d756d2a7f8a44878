"""The exchange over a real server, with the agent's own client: enrolment, tokens, refusals, proxies, no diary."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
import pytest
from msgspec.structs import replace

from agent import keys as keystore
from agent.exchange import Exchange, Refused, Unreachable
from agent.sync import Outgoing, Syncer
from feed import secrets, sync
from feed.app import Parts, Server, build
from feed.forward.mail import Mail
from feed.forward.maildir import Maildir
from feed.store import Filter
from feed.store.sqlite import SqliteStore
from feed.words import translate
from policy.model import Policy
from policy.wire import Enrolled, Envelope, Incident, Sync, Synced, Ticket, seal

Made = Callable[..., Incident]
ROOT = Path(__file__).resolve().parents[2]
FAR = datetime(2999, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Feed:
    """The whole feed on a thread of its own, at any port."""

    def __init__(self, state: Path, policy: Policy) -> None:
        self.state, self._policy = state, policy
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="feed")
        self._thread.start()
        self._ready.wait()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.store = await SqliteStore.open(self.state / "feed.db")
        mail = Mail(Maildir(self.state / "helpdesk"), "helpdesk@example.nl", self._policy, translate, self.url)
        stopping = asyncio.Event()
        self.server = Server(build(Parts(self.store, self._policy, [mail]), stopping), stopping)
        self._ready.set()
        await self.server.serve(sockets=[self.listener])

    def close(self) -> None:
        self.server.should_exit = True
        self._thread.join()
        self.listener.close()

    def do(self, work: Any) -> Any:
        """Await something on the feed's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def token(self, tag: str = "LT-20431") -> str:
        """A one-time token for a laptop."""
        made = secrets.token()
        self.do(self.store.open_enrolment(secrets.hashed(made), tag, FAR))
        return made

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What lies in the database."""
        with closing(sqlite3.connect(self.state / "feed.db", isolation_level=None)) as db:
            return db.execute(statement, values).fetchall()

    def another_day(self) -> None:
        """Today's token was handed out on an earlier day."""
        self.sql("update device set rotated = '2000-01-01'")


@pytest.fixture
def feed(tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feed]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    feed = Feed(tmp_path / "feed", policy)
    yield feed
    feed.close()


@pytest.fixture
def exchange(feed: Feed) -> Iterator[Exchange]:
    exchange = Exchange(feed.url)
    yield exchange
    exchange.close()


@pytest.fixture
def laptop(feed: Feed, exchange: Exchange) -> Enrolled:
    return exchange.enrol(feed.token(), "LT-20431")


def up(epoch: int = 1, *envelopes: Envelope, cursor: int = 0, language: str = "nl") -> Sync:
    return Sync(epoch, cursor, language, envelopes)


# --- enrolment and epochs


def test_a_laptop_enrols_once_for_a_token(feed: Feed, exchange: Exchange) -> None:
    token = feed.token()
    enrolled = exchange.enrol(token, "LT-20431")
    assert enrolled.epoch == 0
    assert len(enrolled.token) >= 43, "256 bits"
    again = exchange.enrol(token, "LT-20431")  # as after an answer that was lost
    assert again.device == enrolled.device
    assert exchange.sync(again.token, up(0)).epoch == 1
    with pytest.raises(Refused, match="this enrolment token is spent, too old or unknown"):
        exchange.enrol(token, "LT-20431")


def test_a_tag_that_a_laptop_made_up_is_one_short_line(feed: Feed, exchange: Exchange) -> None:
    """It stands in the subject of mails."""
    exchange.enrol(feed.token(""), "LT-7\r\nBcc: all@example.nl" + "7" * 200)
    ((tag,),) = feed.sql("select asset_tag from device")
    assert tag.startswith("LT-7")
    assert tag.isprintable()
    assert len(tag) == 64


def test_epoch_0_begins_the_next_and_the_known_one_goes_on(exchange: Exchange, laptop: Enrolled) -> None:
    assert exchange.sync(laptop.token, up(0)).epoch == 1
    assert [exchange.sync(laptop.token, up(1)).epoch for _ in range(3)] == [1, 1, 1]
    assert exchange.sync(laptop.token, up(0)).epoch == 2, "a ledger was lost"
    assert exchange.sync(laptop.token, up(1)).epoch == 3, "a ledger was put back from an earlier day"
    assert exchange.sync(laptop.token, up(3)).epoch == 3


def test_the_answer_tells_the_time_and_when_to_come_again(exchange: Exchange, laptop: Enrolled) -> None:
    synced = exchange.sync(laptop.token, up(0))
    assert synced.time.tzinfo
    assert synced.next_in == sync.NEXT_IN


def test_each_envelope_has_its_own_answer(feed: Feed, exchange: Exchange, laptop: Enrolled, made: Made) -> None:
    good, newer, older = seal(made("a")), seal(made("b", revision=2)), seal(made("b"))
    altered = Envelope(seal(made("c")).id, msgspec.Raw(bytes(seal(made("c")).body).replace(b'"c"', b'"d"')))
    twin = seal(made("a", uid=uuid4()))
    synced = exchange.sync(laptop.token, up(0, good, newer, older, altered, twin, good))
    assert [r.id for r in synced.results] == [e.id for e in (good, newer, older, altered, twin, good)]
    assert [r.outcome for r in synced.results] == ["stored", "stored", "older", "refused", "adopted", "stored"]
    assert synced.results[3].reason
    assert synced.results[4].uid == made("a").uid
    assert feed.do(feed.store.count(Filter())) == 2


def test_the_bytes_that_left_are_those_that_are_kept(
    feed: Feed, exchange: Exchange, laptop: Enrolled, made: Made
) -> None:
    envelope = seal(made(attrs={"name": 'é😀"\\/<', "version": "1", "verdict": "unapproved"}))
    exchange.sync(laptop.token, up(0, envelope))
    (moment,) = feed.do(feed.store.timeline(made().uid))
    assert (moment.envelope, moment.body) == (envelope.id, bytes(envelope.body))


def test_the_ticket_comes_down_once_past_the_cursor(
    feed: Feed, exchange: Exchange, laptop: Enrolled, made: Made
) -> None:
    exchange.sync(laptop.token, up(0, seal(made())))
    newest = feed.do(feed.store.changed(-1))
    while not feed.do(feed.store.incident(made().uid)).ticket:
        newest = feed.do(feed.store.changed(newest))
    ((n, ticket),) = exchange.sync(laptop.token, up(1)).directives
    assert ticket == Ticket(made().uid, f"<{made().uid}.1@deskwarden-feed>")
    assert exchange.sync(laptop.token, up(1, cursor=n)).directives == ()
    assert len(list((feed.state / "helpdesk/new").iterdir())) == 1


# --- tokens


def test_a_laptop_that_is_not_known_is_told_so(exchange: Exchange, laptop: Enrolled) -> None:
    with pytest.raises(Refused, match="this laptop is not known here; it needs a new enrolment token"):
        exchange.sync("made up", up(0))
    with pytest.raises(Refused):
        exchange.sync(f"{laptop.token}x", up(0))


def test_the_old_token_holds_until_the_new_ones_first_use(feed: Feed, exchange: Exchange, laptop: Enrolled) -> None:
    feed.another_day()
    offered = exchange.sync(laptop.token, up(0)).token
    assert offered
    assert exchange.sync(laptop.token, up(1)).epoch == 1, "its answer may have been lost"
    assert exchange.sync(offered, up(1)).epoch == 1
    with pytest.raises(Refused):
        exchange.sync(laptop.token, up(1))
    assert exchange.sync(offered, up(1)).epoch == 1


def syncer(feed: Feed, folder: Path, token: str = "", *envelopes: Envelope) -> tuple[Syncer, list[Synced]]:
    """The agent's half, one exchange at a time."""
    took: list[Synced] = []

    def collect() -> Outgoing:
        return Outgoing(took[-1].epoch if took else 0, 0, envelopes, "nl")

    made = Syncer(
        feed.url, folder / "keys.json", token=token, asset_tag="LT-20431",
        collect=collect, take=took.append, changed=lambda _: None,
    )  # fmt: skip
    return made, took


def test_rotation_from_end_to_end(feed: Feed, tmp_path: Path) -> None:
    """The next token is on the laptop's disk before its first use, and a crash at any point loses nothing."""
    agent, took = syncer(feed, tmp_path, feed.token())
    agent._once()
    first = keystore.load(tmp_path / "keys.json")
    assert first
    feed.another_day()
    agent._once()
    offered = keystore.load(tmp_path / "keys.json")
    assert offered
    assert (offered.token, offered.next_token is None) == (first.token, False)
    agent._exchange.close()

    agent, took = syncer(feed, tmp_path)  # killed, and started again without a one-time token
    agent._once()
    assert took, "the next token was used"
    now = keystore.load(tmp_path / "keys.json")
    assert now
    assert (now.token, now.device) == (offered.next_token, first.device)
    keystore.save(tmp_path / "keys.json", replace(now, token=first.token, next_token=now.token))
    agent._once()
    assert len(took) == 2, "killed before it was noted: the next one still leads"
    agent._exchange.close()
    exchange = Exchange(feed.url)
    with pytest.raises(Refused):
        exchange.sync(first.token, up(0))
    exchange.close()
    assert len(feed.sql("select uid from device")) == 1


def test_an_offer_that_the_feed_forgot_costs_nothing(feed: Feed, tmp_path: Path) -> None:
    """As after the feed's database was put back from an earlier day."""
    agent, took = syncer(feed, tmp_path, feed.token())
    feed_forgot = "update device set next_hash = null"
    agent._once()
    feed.another_day()
    agent._once()
    feed.sql(feed_forgot)
    agent._once()
    assert len(took) == 3
    kept = keystore.load(tmp_path / "keys.json")
    assert kept
    assert kept.next_token is None or kept.next_token != kept.token
    agent._exchange.close()


def test_no_token_lies_at_the_feed(feed: Feed, exchange: Exchange, tmp_path: Path) -> None:
    once = feed.token()
    enrolled = exchange.enrol(once, "LT-20431")
    feed.another_day()
    offered = exchange.sync(enrolled.token, up(0)).token
    assert offered
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for token in (once, enrolled.token, offered):
        assert token.encode() not in lying


# --- what is no exchange


@dataclass
class Raw:
    """An answer as it came."""

    status: int
    said: dict[str, str]
    headers: dict[str, str]


def ask(feed: Feed, path: str, body: bytes, method: str = "POST", **headers: str) -> Raw:
    """One request, made by hand."""
    with closing(http.client.HTTPConnection(urlsplit(feed.url).netloc, timeout=30)) as line:
        line.request(method, path, body, headers)
        answer = line.getresponse()
        data = answer.read()
        said = json.loads(data) if data.startswith(b"{") else {}
        return Raw(answer.status, said, {name.lower(): value for name, value in answer.getheaders()})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}, bearer("é")])
@pytest.mark.parametrize("path", ["/v1/sync", "/v1/enrol"])
def test_without_a_token_is_401_with_words(feed: Feed, path: str, headers: dict[str, str]) -> None:
    coded = {name: value.encode("utf-8").decode("latin-1") for name, value in headers.items()}
    answer = ask(feed, path, b'{"asset_tag":"x"}', **coded)
    assert answer.status == 401
    assert answer.said["error"] in {"no_token", "unknown_device", "unknown_token"}
    assert answer.said["detail"]


def test_too_much_is_413(feed: Feed, exchange: Exchange, laptop: Enrolled) -> None:
    answer = ask(feed, "/v1/sync", b" " * (sync.MOST + 1), **bearer(laptop.token))
    assert (answer.status, answer.said["error"]) == (413, "too_large")
    just = msgspec.json.encode(up(0)).ljust(sync.MOST)
    assert ask(feed, "/v1/sync", just, **bearer(laptop.token)).status == 200


def test_a_laptop_that_is_not_known_is_told_before_its_body_is_read(feed: Feed) -> None:
    assert ask(feed, "/v1/sync", b" " * 100, **bearer("made up")).status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"{}",
        b'{"epoch":"one"}',
        b'{"epoch":1,"cursor":0,"language":"nl","envelopes":1}',
    ],
)
def test_what_is_not_understood_is_400(feed: Feed, laptop: Enrolled, body: bytes) -> None:
    answer = ask(feed, "/v1/sync", body, **bearer(laptop.token))
    assert (answer.status, answer.said["error"]) == (400, "not_understood")
    assert answer.said["detail"]


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"epoch":' * 100_000])
def test_nesting_is_400_and_the_feed_stands(feed: Feed, laptop: Enrolled, deep: bytes) -> None:
    assert ask(feed, "/v1/sync", deep, **bearer(laptop.token)).status == 400


@pytest.mark.parametrize(("version", "status"), [(1, 200), (2, 400), (99, 400), (-2, 400)])
def test_a_feed_takes_its_version_and_the_two_before(feed: Feed, laptop: Enrolled, version: int, status: int) -> None:
    answer = ask(feed, "/v1/sync", msgspec.json.encode(replace(up(0), v=version)), **bearer(laptop.token))
    assert answer.status == status
    if status == 400:
        assert answer.said["error"] == "version"
        assert str(version) in answer.said["detail"]


@pytest.mark.parametrize("cursor", [2**63, 10**30])
def test_a_number_that_is_too_large_is_400(feed: Feed, laptop: Enrolled, cursor: int) -> None:
    body = msgspec.json.encode({"epoch": 1, "cursor": cursor, "language": "nl", "envelopes": []})
    assert ask(feed, "/v1/sync", body, **bearer(laptop.token)).status == 400


@pytest.mark.parametrize("path", ["/v1/sync", "/v1/enrol"])
def test_only_post_is_an_exchange(feed: Feed, laptop: Enrolled, path: str) -> None:
    """Anything else is a page that there is not."""
    before = whole(feed)
    for method in ("GET", "PUT", "DELETE"):
        answer = ask(feed, path, b"", method, **bearer(laptop.token))
        assert 400 <= answer.status < 500
        assert "server" not in answer.headers
    assert whole(feed) == before


def test_what_is_refused_writes_nothing(feed: Feed, exchange: Exchange, laptop: Enrolled) -> None:
    exchange.sync(laptop.token, up(0))
    before = whole(feed)
    for path, body in (
        ("/v1/sync", b"{"),
        ("/v1/sync", b'{"v":9}'),
        ("/v1/enrol", b"{"),
        ("/v1/enrol", b'{"asset_tag":"x"}'),
    ):
        assert ask(feed, path, body, **bearer(laptop.token)).status in {400, 401}
    assert whole(feed) == before


def whole(feed: Feed) -> list[str]:
    """All that the database holds, but the one last contact."""
    with closing(sqlite3.connect(feed.state / "feed.db")) as db:
        return [re.sub(r"'20\d\d-\d\d-\d\dT[^']*'(?=\);$)", "CONTACT", line) for line in db.iterdump()]


# --- the client's side of it


def test_a_feed_that_is_away_is_unreachable_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    exchange = Exchange(f"http://127.0.0.1:{port}")
    with pytest.raises(Unreachable, match="refused"):
        exchange.sync("t", up(0))
    exchange.close()


def test_a_page_that_is_no_feed_is_unreachable(feed: Feed) -> None:
    exchange = Exchange(f"{feed.url}/elsewhere")
    try:
        with pytest.raises(Unreachable):
            exchange.sync("t", up(0))
    finally:
        exchange.close()


class Proxy:
    """A proxy that notes what it is asked and passes it on to the feed."""

    def __init__(self, feed: Feed) -> None:
        self.asked: list[str] = []
        self._feed = urlsplit(feed.url).netloc
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, name="proxy")
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line, line.makefile("rb") as read:
                while self._one(line, read):
                    pass

    def _one(self, line: socket.socket, read: Any) -> bool:
        first = read.readline().decode().split()
        if not first:
            return False
        headers = http.client.parse_headers(read)
        body = read.read(int(headers["Content-Length"] or 0))
        self.asked.append(f"{first[0]} {first[1]}")
        with closing(http.client.HTTPConnection(self._feed)) as on:
            on.request(first[0], urlsplit(first[1]).path, body, {"Authorization": headers["Authorization"]})
            answer = on.getresponse()
            data = answer.read()
        line.sendall(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (answer.status, len(data)) + data)
        return True


@pytest.fixture
def proxy(feed: Feed) -> Iterator[Proxy]:
    proxy = Proxy(feed)
    yield proxy
    proxy.close()


def test_the_proxy_of_the_environment_is_used(feed: Feed, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up: that is the proxy's to do."""
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    exchange = Exchange("http://feed.invalid:8443")
    enrolled = exchange.enrol(feed.token(), "LT-20431")
    assert exchange.sync(enrolled.token, up(0)).epoch == 1
    exchange.close()
    assert proxy.asked == ["POST http://feed.invalid:8443/v1/enrol", "POST http://feed.invalid:8443/v1/sync"]


def test_no_proxy_holds(feed: Feed, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name of the company's own network, which only this machine can look up."""
    look_up = socket.getaddrinfo

    def known(host: Any, *more: Any, **rest: Any) -> Any:
        return look_up("127.0.0.1" if host == "feed.example.nl" else host, *more, **rest)

    monkeypatch.setattr(socket, "getaddrinfo", known)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "example.com,example.nl")
    exchange = Exchange(feed.url.replace("127.0.0.1", "feed.example.nl"))
    assert exchange.enrol(feed.token(), "LT-20431").token
    exchange.close()
    assert proxy.asked == []


def test_this_machine_is_never_asked_through_a_proxy(feed: Feed, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    exchange = Exchange(feed.url)
    try:
        exchange.enrol(feed.token(), "LT-20431")
    finally:
        exchange.close()
    assert proxy.asked == []


# --- no diary


async def test_an_exchange_without_envelopes_writes_nothing(runner: asyncio.Runner, tmp_path: Path, made: Made) -> None:
    """But the date of the last contact, once a day; byte for byte."""
    store = await SqliteStore.open(tmp_path / "feed.db")
    await store.open_enrolment("h", "LT-1", NOW + timedelta(minutes=1))
    enrolled = await store.enrol("h", "LT-1", NOW)
    assert enrolled
    hashed = secrets.hashed(enrolled.token)

    async def come(after: float, *envelopes: Envelope) -> None:
        device = await store.device(hashed)
        assert device
        await sync.exchange(store, device, up(device.epoch, *envelopes), NOW + timedelta(seconds=after))

    await come(0, seal(made()))
    before = files(tmp_path)
    for n in range(200):
        await come(n * 120 % 40_000)
    assert files(tmp_path) == before, "the same day"
    await come(86_400)
    after = files(tmp_path)
    assert after != before
    for n in range(50):
        await come(86_400 + n)
    assert files(tmp_path) == after
    await store.close()


async def test_an_incident_stands_with_the_language_that_came_with_it(
    runner: asyncio.Runner, tmp_path: Path, made: Made
) -> None:
    """Its mail is written at once, and quotes the notice in the language in which it was told."""
    store = await SqliteStore.open(tmp_path / "feed.db")
    for n, name in enumerate(("a", "b")):  # the second within the minute of the first
        await store.open_enrolment(name, f"LT-{n}", NOW + timedelta(minutes=1))
        enrolled = await store.enrol(name, "", NOW)
        assert enrolled
        device = await store.device(secrets.hashed(enrolled.token))
        assert device
        await sync.exchange(store, device, up(0, seal(made(name)), language="en"), NOW + timedelta(seconds=n))
    languages = [row.language for row in await store.incidents(Filter())]
    await store.close()
    assert languages == ["en", "en"]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".db-shm"}


class Served:
    """`deskwarden-feed serve`, as it is started in the field."""

    def __init__(self, state: Path, *arguments: str) -> None:
        read, write = os.pipe()
        self.out = state.parent / "out"
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(
                (sys.executable, "-I", "-m", "feed.cli", "serve", "--state", state, "--port", "0",
                 "--enrol", "LT-20431", "--tell-fd", str(write), *arguments),
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, pass_fds=(write,), cwd=state.parent,
            )  # fmt: skip
        os.close(write)
        with os.fdopen(read) as pipe:
            self.said: dict[str, str] = json.loads(pipe.readline())

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "state")
    yield served
    if served.process.poll() is None:
        served.process.kill()
        served.process.wait()


CLOCK = re.compile(rb"(?<!\d)(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")


def test_a_day_of_exchanges_leaves_no_diary(served: Served, tmp_path: Path, made: Made) -> None:
    """Whatever lies under the state directory or was printed: no laptop beside a time, and one last contact."""
    exchange = Exchange(served.said["url"])
    enrolled = exchange.enrol(served.said["token"], "LT-20431")
    exchange.sync(enrolled.token, up(0, seal(made())))
    for _ in range(50):
        exchange.sync(enrolled.token, up(1))
    for bad in ("made up", ""):
        with pytest.raises(Refused):
            exchange.sync(bad, up(1))
    exchange.close()
    assert served.end() in {0, -signal.SIGTERM}
    assert served.out.read_bytes() == b"", "not a word on stdout or stderr"

    names = (str(enrolled.device).encode(), enrolled.device.bytes, b"LT-20431", b"127.0.0.1")
    state = tmp_path / "state"
    for path in sorted(p for p in state.rglob("*") if p.is_file()):
        data = path.read_bytes()
        if path.parent.parent.name != "helpdesk" and path.name != "feed.db":
            assert not any(name in data for name in names), path
    with closing(sqlite3.connect(state / "feed.db")) as db:
        ((contact,),) = db.execute("select last_contact from device").fetchall()
        ((expires,),) = db.execute("select expires from signin").fetchall()  # of a person at the feed
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", contact)
    assert not (state / "feed.db-wal").exists()
    allowed = set(CLOCK.findall(expires.encode()))
    assert set(CLOCK.findall((state / "feed.db").read_bytes())) <= allowed


def test_a_killed_feed_has_what_it_acknowledged(tmp_path: Path, made: Made) -> None:
    served = Served(tmp_path / "state")
    exchange = Exchange(served.said["url"])
    enrolled = exchange.enrol(served.said["token"], "LT-20431")
    names = [f"p{n}" for n in range(20)]
    for name in names:
        (result,) = exchange.sync(enrolled.token, up(0, seal(made(name)))).results
        assert result.outcome == "stored"
    exchange.close()
    served.process.kill()
    served.process.wait()
    again = Served(tmp_path / "state")
    exchange = Exchange(again.said["url"])
    results = exchange.sync(enrolled.token, up(0, *(seal(made(name)) for name in names))).results
    exchange.close()
    again.end()
    assert [r.outcome for r in results] == ["stored"] * 20
    with closing(sqlite3.connect(tmp_path / "state/feed.db")) as db:
        assert db.execute("select count(*), count(distinct id) from envelope").fetchone() == (20, 20)
