"""The line between agent and feed, and what goes wrong on it: slow, refused, dropped, 500, half, twice."""

import contextlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

# The request is read; the feed has answered, and nobody knows it yet; the agent has it.
STAGES = ("asked", "answered", "answered", "given")
TROUBLES = {
    "none": 11,
    "slow": 2,
    "refused": 2,  # closed before it is read
    "dropped before": 2,  # read, and closed
    "dropped after": 2,  # the feed took it; nobody hears of that
    "500 before": 2,
    "500 after": 1,
    "half an answer": 1,
    "half a batch": 1,  # the feed took all and says so of half
    "asked twice": 1,
    "answered twice": 1,
}


class Answer(NamedTuple):
    """What the feed said."""

    status: int
    body: bytes


@dataclass
class Ambush:
    """Strikes once: at a stage of the next exchange that carries envelopes, a moment later."""

    stage: str
    moment: float
    strike: Callable[[], None]
    struck: threading.Event = field(default_factory=threading.Event)


class Line:
    """A proxy on a port and threads of its own. friendly: nothing goes wrong. closed: nobody gets through."""

    def __init__(self, feed_port: int, chance: random.Random) -> None:
        self._feed_port, self._chance, self._lock = feed_port, chance, threading.Lock()
        self.friendly, self.closed = True, False
        self.ambush: Ambush | None = None
        self.counts: Counter[str] = Counter()
        self.offered: list[tuple[str, int]] = []  # uid and revision, as the agent sent them
        self._names: set[str] = set()
        self.stored: dict[str, str] = {}  # id and uid of each envelope of which the feed said that it is stored
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.line = self
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="line", daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """No more."""
        self._server.shutdown()
        self._server.server_close()

    def trouble(self) -> str:
        """What goes wrong with the next exchange."""
        with self._lock:
            if self.closed:
                return "refused"
            found = "none"
            if not self.friendly:
                (found,) = self._chance.choices(list(TROUBLES), list(TROUBLES.values()))
            self.counts[found] += 1
            return found

    def pause(self) -> float:
        """How slow it is."""
        with self._lock:
            return self._chance.uniform(0.0, 0.6)

    def saw(self, body: bytes) -> dict[str, str]:
        """Note what a request carries: uid by envelope id."""
        envelopes = json.loads(body).get("envelopes", [])
        messages = {e["id"]: e["body"]["message"] for e in envelopes}
        with self._lock:
            self._names |= messages.keys()
            self.offered += [(m["uid"], m["revision"]) for m in messages.values()]
        return {name: message["uid"] for name, message in messages.items()}

    def names(self) -> set[str]:
        """The ids of all that the agent sent so far."""
        with self._lock:
            return set(self._names)

    def answered(self, carried: dict[str, str], answer: Answer) -> None:
        """Note what the feed says it has."""
        if answer.status == 200:
            for result in json.loads(answer.body).get("results", []):
                with self._lock:
                    self.counts[f"result {result['outcome']}"] += 1
                    if result["outcome"] == "stored":
                        self.stored[result["id"]] = carried[result["id"]]

    def ask(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """The feed's answer.

        Raises:
            OSError, http.client.HTTPException: It was killed meanwhile.

        """
        connection = http.client.HTTPConnection("127.0.0.1", self._feed_port, timeout=25)
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.read())
        finally:
            connection.close()

    def reached(self, stage: str) -> None:
        """An exchange with envelopes is here: strike, if somebody lies in wait."""
        with self._lock:
            ambush = self.ambush
            if ambush is None or ambush.stage != stage:
                return
            self.ambush = None
        time.sleep(ambush.moment)
        ambush.strike()
        ambush.struck.set()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    line: Line

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever was on the line was killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        line = self.server.line
        trouble = line.trouble()
        if trouble == "refused":
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        carried = line.saw(body)
        if trouble == "slow":
            time.sleep(line.pause())
        if trouble == "dropped before":
            self.close_connection = True
        elif trouble == "500 before":
            self._give(Answer(500, b"no"))
        else:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._exchange(line, trouble, carried, body)
                return
            self.close_connection = True

    def _exchange(self, line: Line, trouble: str, carried: dict[str, str], body: bytes) -> None:
        at = line.reached if carried else _nothing
        headers = {name: self.headers[name] for name in ("Authorization", "Content-Type")}
        at("asked")
        answer = line.ask(self.path, headers, body)
        line.answered(carried, answer)
        if trouble == "asked twice":
            answer = line.ask(self.path, headers, body)
            line.answered(carried, answer)
        at("answered")
        if trouble == "slow":
            time.sleep(line.pause())
        self._answer(trouble, answer)
        at("given")

    def _answer(self, trouble: str, answer: Answer) -> None:
        match trouble:
            case "dropped after":
                self.close_connection = True
            case "500 after":
                self._give(Answer(500, b"no"))
            case "half an answer":
                self._give(answer, bytes_of_it=len(answer.body) // 2)
                self.close_connection = True
            case "half a batch":
                self._give(_half_a_batch(answer))
            case "answered twice":
                self._give(answer)
                self._give(answer)
            case _:
                self._give(answer)

    def _give(self, answer: Answer, bytes_of_it: int | None = None) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[:bytes_of_it])
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


def _half_a_batch(answer: Answer) -> Answer:
    said = json.loads(answer.body)
    if answer.status != 200 or not said.get("results"):
        return answer
    said["results"] = said["results"][: len(said["results"]) // 2]
    return Answer(200, json.dumps(said).encode())


def _nothing(_stage: str) -> None:
    """Nobody lies in wait for an exchange that carries nothing."""
