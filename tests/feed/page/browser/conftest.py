"""A real browser, and the page on a port for it."""

import asyncio
import base64
import fcntl
import itertools
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from starlette.applications import Starlette

from feed.page.routes import routes
from feed.secrets import hashed
from feed.store.sqlite import SqliteStore
from policy.model import Policy
from policy.wire import Incident

EVIDENCE = Path(__file__).resolve().parents[3] / ".evidence"
DESK = (1280, 860)
LIVE = "document.getElementById('live').dataset.state == 'on'"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


class Leaving(Exception):
    """The browser could not do it, most often because the page is being left."""


class Chromium:
    """The browser, spoken to over the DevTools protocol on two pipes: one JSON message, one zero byte."""

    def __init__(self, profile: Path) -> None:
        (read, self._out), (self._in, write) = _high(os.pipe()), _high(os.pipe())
        argv = ["chromium", *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        ends = [(os.POSIX_SPAWN_DUP2, read, 3), (os.POSIX_SPAWN_DUP2, write, 4)]
        env = os.environ | {"HOME": str(profile)}
        self._pid = os.posix_spawn(shutil.which("chromium") or "", argv, env, file_actions=ends)
        os.close(read)
        os.close(write)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._session = ""
        self.console: list[str] = []
        page = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        """One command and its answer; what else is said meanwhile is kept if it is a complaint."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == number:
                if "error" in said:
                    raise Leaving(said["error"])
                return cast("dict[str, Any]", said["result"])
            self._listen(said)

    def open(self, address: str) -> None:
        self.call("Page.navigate", url=address)
        self.until("document.readyState == 'complete'")

    def evaluate(self, script: str) -> Any:
        """The value of a script, a promise's when it is kept."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, condition: str, seconds: int = 30) -> None:
        """Wait until it holds; at failure, what the page then says."""
        end = time.monotonic() + seconds
        script = f"(() => {{ try {{ return !!({condition}) }} catch {{ return false }} }})()"
        while not self._holds(script):
            if time.monotonic() > end:
                pytest.fail(f"{condition} never held; the page says:\n{self.evaluate('document.body.innerText')}")
            time.sleep(0.01)

    def _holds(self, script: str) -> bool:
        """Whether it holds now; a page that is just leaving holds nothing."""
        try:
            return bool(self.evaluate(script))
        except Leaving:
            return False

    def look(self, size: tuple[int, int], scheme: str = "light", motion: str = "no-preference") -> None:
        """As a screen of this size and these wishes."""
        width, height = size
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        wishes = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self.call("Emulation.setEmulatedMedia", features=wishes)

    def press(self, key: str) -> None:
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def picture(self, name: str) -> Path:
        """The whole page as a picture among the evidence."""
        EVIDENCE.mkdir(parents=True, exist_ok=True)
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path = EVIDENCE / f"{name}.png"
        path.write_bytes(base64.b64decode(shot["data"]))
        return path

    def close(self) -> None:
        with suppress(OSError, EOFError):
            self._session = ""
            self.call("Browser.close")
        os.close(self._out)
        os.close(self._in)
        os.waitpid(self._pid, 0)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = os.read(self._in, 1 << 20)
            if not read:
                raise EOFError("the browser has gone")
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\0")
        return cast("dict[str, Any]", json.loads(line))

    def _listen(self, said: dict[str, Any]) -> None:
        if said.get("method") == "Log.entryAdded":
            self.console.append(said["params"]["entry"]["text"])
        if said.get("method") == "Runtime.consoleAPICalled" and said["params"]["type"] in {
            "error",
            "warning",
        }:
            self.console.append(str(said["params"]["args"]))
        if said.get("method") == "Runtime.exceptionThrown":
            self.console.append(str(said["params"]["exceptionDetails"]))


def _high(ends: tuple[int, int]) -> tuple[int, int]:
    """The same pipe under numbers that 3 and 4 can't overwrite; closed at exec as Python's own are."""
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return cast("tuple[int, int]", moved)


class Feed:
    """The page on a port of its own, in a thread of its own; its store lives on that loop."""

    def __init__(self, folder: Path, policy: Policy, clock: Any, enrolled: Any, reported: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._parts = (folder, policy, clock, enrolled)
        self._reported = reported
        self._ready = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(),), name="page", daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    async def _run(self) -> None:
        folder, policy, clock, enrolled = self._parts
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self.store = await SqliteStore.open(folder / "feed.db")
        self.device = await enrolled(self.store)
        await self.store.new_signin(hashed("one-time"), clock() + timedelta(minutes=15))
        app = Starlette(routes=routes(self.store, policy, self._stopping, clock=clock))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
        self._ready.set()
        await self._server.serve(sockets=[self._socket])
        await self.store.close()

    def report(self, incident: Incident) -> None:
        """An incident arrives."""
        coming = self._reported(self.store, self.device, incident)
        asyncio.run_coroutine_threadsafe(coming, self._loop).result(30)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._server.should_exit = True
        self._thread.join(30)
        assert not self._thread.is_alive(), "an open stream kept the server from stopping"


@pytest.fixture
def feed(tmp_path, policy, clock, enrol, reported) -> Iterator[Feed]:
    feed = Feed(tmp_path, policy, clock, enrol, reported)
    yield feed
    feed.close()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory) -> Iterator[Chromium]:
    browser = Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture
def browser(chromium, feed) -> Iterator[Chromium]:
    """The browser, signed in by a person's hand, on the list. It must have nothing to complain of."""
    chromium.console.clear()
    chromium.look(DESK)
    chromium.open(f"{feed.address}/signin/one-time")
    chromium.evaluate("document.querySelector('main button').click()")
    chromium.until("location.pathname == '/' && document.readyState == 'complete'")
    chromium.until(LIVE)
    yield chromium
    assert chromium.console == []
    chromium.open("about:blank")
