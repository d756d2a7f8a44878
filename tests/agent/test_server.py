"""The socket for commands: who asks comes from the kernel, and rubbish stops nobody."""

import os
import queue
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent import ipc
from agent.ipc import Ask, pack
from agent.server import LONGEST_PATH, Server, address, ask

ME = f"user:{os.getuid()}"


class Answers:
    """Says who asked what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, question: Ask, scope: str) -> Any:
        self.asked.append((question.what, scope))
        return {"what": question.what, "scope": scope, "text": "é" * 3}


@pytest.fixture
def state() -> Iterator[Path]:
    """A short path: a socket's address has 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="dw-") as folder:
        yield Path(folder)


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def server(state: Path, answers: Answers) -> Iterator[Server]:
    made = Server(address(state), answers)
    made.start()
    yield made
    made.stop()
    assert not any(thread.name == "commands" for thread in threading.enumerate()), "its thread is left"


def say(state: Path, data: bytes) -> bytes:
    """These very bytes, and what comes back before the line ends."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        line.connect(str(address(state)))
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        try:
            return line.recv(65536)
        except ConnectionResetError:
            return b""


def test_it_answers(state: Path, server: Server, answers: Answers):
    """Each question, one after the other, as the user who asks."""
    for what in ("status", "findings", "view"):
        assert ask(state, Ask(what)) == {"what": what, "scope": ME, "text": "ééé"}
    assert [one for one, _ in answers.asked] == ["status", "findings", "view"]


def test_many_at_once_are_all_answered(state: Path, server: Server):
    """Twenty commands in the same moment."""
    said: list[Any] = []
    threads = [threading.Thread(target=lambda: said.append(ask(state, Ask("status")))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [{"what": "status", "scope": ME, "text": "ééé"}] * 20


def test_a_long_answer_comes_whole(state: Path):
    """A megabyte, in as many parts as it takes."""
    long = Server(address(state), lambda *_: "x" * 1_000_000)
    long.start()
    assert ask(state, Ask("view")) == "x" * 1_000_000
    long.stop()


def test_nobody_runs_here(state: Path):
    """An error that a command can tell from others."""
    with pytest.raises(OSError, match="No such file"):
        ask(state, Ask("status"))


def test_a_socket_that_was_left_behind_is_taken_over(state: Path, answers: Answers):
    """Its agent was killed."""
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(address(state)))
    left.close()
    with pytest.raises(ConnectionRefusedError):
        ask(state, Ask("status"))
    server = Server(address(state), answers)
    server.start()
    assert ask(state, Ask("status"))["scope"] == ME
    server.stop()
    assert list(state.iterdir()) == []


def test_the_socket_is_the_users_alone(state: Path, server: Server):
    """0600: the kernel asks for write access to connect."""
    assert address(state).stat().st_mode & 0o777 == 0o600


def test_a_long_path_goes_to_the_runtime_directory(state: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch):
    """Short there, the same for the command, another for another state directory."""
    runtime = state / "runtime"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    deep = state / ("d" * 60) / ("é" * 30)
    deep.mkdir(parents=True)
    assert len(os.fsencode(deep / "agent.sock")) > LONGEST_PATH
    assert address(deep).parent == runtime
    assert address(deep) == address(deep)
    assert address(deep) != address(deep / "other")
    server = Server(address(deep), answers)
    server.start()
    assert ask(deep, Ask("status"))["scope"] == ME
    server.stop()
    assert list(runtime.iterdir()) == []


def test_a_path_just_short_enough_stays(state: Path):
    """At the limit, and one byte past it."""
    room = LONGEST_PATH - len(os.fsencode(state / "agent.sock")) - 1
    assert address(state / ("d" * room)).parent.parent == state
    assert address(state / ("d" * (room + 1))).parent != state


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        struct.pack(">I", 0),
        struct.pack(">I", 5) + b"hello",
        struct.pack(">I", 5) + b"\xff\xfe\xfd\xfc\xfb",
        struct.pack(">I", 2**32 - 1) + b"x",
        struct.pack(">I", ipc.MOST + 1) + b"x",
        struct.pack(">I", 100) + b"cut",
        struct.pack(">I", 28) + b'{"type":"ask","what":"keys"}',
        struct.pack(">I", 16) + b'{"type":"other"}',
        pack(ipc.Hello("Europe/Amsterdam", "nl")),
        pack(ipc.Away()),
    ],
)
def test_rubbish_is_survived_and_not_answered(state: Path, server: Server, answers: Answers, data: bytes):
    """The next command is."""
    assert say(state, data) == b""
    assert answers.asked == []
    assert ask(state, Ask("status"))["scope"] == ME


def test_one_who_leaves_before_the_answer_is_survived(state: Path, server: Server, answers: Answers):
    """Ctrl-C in the middle of a command."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(address(state)))
        line.sendall(pack(Ask("view")))
    assert ask(state, Ask("status"))["scope"] == ME


@pytest.mark.parametrize("error", [queue.Empty(), ZeroDivisionError(), OSError(), ValueError()])
def test_an_answer_that_fails_ends_no_other(state: Path, caplog: pytest.LogCaptureFixture, error: Exception):
    """The one who asked is told that none came; the next command is answered."""
    errors = [error]

    def answer(question: Ask, scope: str) -> Any:
        if errors:
            raise errors.pop()
        return scope

    server = Server(address(state), answer)
    server.start()
    with pytest.raises(ConnectionError, match="no answer"):
        ask(state, Ask("status"))
    assert ask(state, Ask("status")) == ME
    server.stop()
    assert ("a command got no answer" in caplog.text) is not isinstance(error, OSError | ValueError)


def test_a_message_carries_no_scope(state: Path, server: Server):
    """Whoever says who they are is not believed, or not understood."""
    body = msgspec.json.encode({"type": "ask", "what": "status", "scope": "user:0", "uid": 0})
    said = say(state, struct.pack(">I", len(body)) + body)
    assert f'"scope":"{ME}"'.encode() in said


@pytest.mark.skipif(os.getuid() != 0, reason="to become another user needs root; .ci/run is")
def test_peer_credentials_decide_the_scope(state: Path, server: Server):
    """Another user's command, where the socket is open to them: theirs, whatever they say."""
    state.chmod(0o755)
    address(state).chmod(0o666)
    script = (
        "import os, pathlib, sys\n"
        "from agent.ipc import Ask\n"
        "from agent.server import ask\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "print(ask(pathlib.Path(sys.argv[1]), Ask('status'))['scope'])\n"
    )
    project = Path(__file__).resolve().parents[2]
    command = (sys.executable, "-c", script, str(state))
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "user:65534"
