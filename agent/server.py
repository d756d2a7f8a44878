"""Where commands ask the running agent: a unix socket in its state directory. Who asks comes from the kernel."""

import contextlib
import hashlib
import logging
import os
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agent.ipc import MOST, Answer, Ask, pack, unpack

assert sys.platform != "win32"  # noqa: S101 - Windows gets a named pipe with its own issue

LONGEST_PATH = 100  # bytes that a socket's address holds
log = logging.getLogger(__name__)


def address(state: Path) -> Path:
    """`STATE/agent.sock`, or a short path in the runtime directory where that one is too long for a socket."""
    plain = state.absolute() / "agent.sock"
    if len(os.fsencode(plain)) <= LONGEST_PATH:
        return plain
    runtime = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(runtime) / f"deskwarden-{hashlib.sha256(os.fsencode(plain)).hexdigest()[:16]}.sock"


class Server:
    """Answers commands. answer: (ask, the asker's scope) -> what can be written as JSON."""

    def __init__(self, path: Path, answer: Callable[[Ask, str], Any]) -> None:
        self._path, self._answer = path, answer
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.listen(64)  # a full queue is an error to who asks, not a wait
        self._thread = threading.Thread(target=self._accept, name="commands", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """No more questions."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._path.unlink(missing_ok=True)
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.settimeout(10)
                    self._serve(peer)
                except (OSError, ValueError):
                    pass  # they left, or spoke no sense
                except Exception:  # a bug in one answer must not end the others
                    log.exception("a command got no answer")

    def _serve(self, peer: socket.socket) -> None:
        ask = read_frame(peer)
        if isinstance(ask, Ask):
            body = msgspec.json.encode(self._answer(ask, _scope(peer)))
            peer.sendall(pack(Answer(msgspec.Raw(body))))


def ask(state: Path, question: Ask) -> Any:
    """The running agent's answer.

    Raises:
        OSError: None runs here.

    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(30)
        line.connect(str(address(state)))
        line.sendall(pack(question))
        answer = read_frame(line)
    if not isinstance(answer, Answer):
        msg = "the agent gave no answer"
        raise ConnectionError(msg)
    return msgspec.json.decode(answer.body)


def read_frame(line: socket.socket) -> Any:
    """One message from a socket; None at its end.

    Raises:
        ValueError: It is not a message.

    """
    head = _exactly(line, 4)
    if head is None:
        return None
    (length,) = struct.unpack(">I", head)
    if length > MOST:
        msg = f"a message of {length} bytes"
        raise ValueError(msg)
    body = _exactly(line, length)
    return None if body is None else unpack(head + body)


def _exactly(line: socket.socket, size: int) -> bytes | None:
    data = b""
    while len(data) < size:
        part = line.recv(size - len(data))
        if not part:
            return None
        data += part
    return data


def _scope(peer: socket.socket) -> str:
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return f"user:{uid}"
