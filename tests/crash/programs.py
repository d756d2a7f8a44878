"""The two programs as real processes: started, killed with SIGKILL, started again."""

import ctypes
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "policy/examples/kpn.toml"
TAG = "LT-CRASH"
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Program:
    """One of the two. What it says is added to `log`."""

    def __init__(self, name: str, log: Path) -> None:
        self.name, self.log = name, log
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, arguments: Sequence[str], keep: Sequence[int] = ()) -> None:
        """Start it."""
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        with self.log.open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(keep),
                env=environment | {"LANG": "C.UTF-8", "HOME": str(self.log.with_name("home"))},  # nobody's
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one prctl
            )

    def strike(self) -> None:
        """SIGKILL, from any thread."""
        if self._process:
            self._process.kill()

    def kill(self) -> None:
        """SIGKILL, and gone when this returns. One that had ended by itself is a finding of the test."""
        assert self._process
        self._process.kill()
        code = self._process.wait()
        assert code == -signal.SIGKILL, f"the {self.name} ended by itself, with {code}:\n{self.tail()}"

    def stop(self) -> None:
        """SIGTERM; it ends well."""
        assert self._process
        self._process.terminate()
        code = self._process.wait(30)
        assert code == 0, f"the {self.name} ended with {code}:\n{self.tail()}"

    def end(self) -> None:
        """Whatever it takes."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def tail(self) -> str:
        """The last that it said."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-4000:]


class Feed(Program):
    """The feed, on a socket that outlives it."""

    def __init__(self, folder: Path) -> None:
        super().__init__("feed", folder / "feed.out")
        self.state = folder / "feed"
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    def start(self, *, tell: int | None = None) -> None:
        """Start it. tell: where it says its address and token, and lets a laptop in."""
        arguments = ["feed.cli", "serve", "--state", str(self.state), "--url", "http://feed.invalid"]
        arguments += ["--listen-fd", str(self._listener.fileno())]
        if tell is None:
            self.run(arguments, [self._listener.fileno()])
        else:
            arguments += ["--tell-fd", str(tell), "--enrol", TAG]
            self.run(arguments, [self._listener.fileno(), tell])

    def enrol(self) -> str:
        """Start it, and wait for the one-time token that it tells."""
        read, write = os.pipe()
        self.start(tell=write)
        os.close(write)
        with os.fdopen(read) as pipe:
            said = pipe.readline()
        assert said, f"the feed said nothing:\n{self.tail()}"
        return str(json.loads(said)["token"])

    def age(self) -> None:
        """While it is dead: its devices' tokens are of another day, so that it rotates them."""
        with closing(sqlite3.connect(self.state / "feed.db")) as db:
            db.execute("update device set rotated = '2000-01-01'")
            db.commit()

    def close(self) -> None:
        """Let go of the socket too."""
        self.end()
        self._listener.close()


class Agent(Program):
    """The agent, whose feed is the line."""

    def __init__(self, folder: Path, root: Path, url: str, grace: float) -> None:
        super().__init__("agent", folder / "agent.out")
        self.state, self._root, self._url, self._grace = folder / "agent", root, url, grace
        self._policy = folder / "policy.toml"
        self._policy.write_text(of_programs(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
        self.token = ""

    def start(self) -> None:
        """Start it, with the token by a pipe as long as there is one to spend."""
        arguments = ["agent.cli", "run", "--state", str(self.state), "--root", str(self._root), "--feed", self._url]
        arguments += ["--asset-tag", TAG, "--now", "--grace", f"{self._grace}s", "--no-desktop"]
        arguments += ["--policy", str(self._policy)]
        read, write = os.pipe()
        os.write(write, self.token.encode())
        os.close(write)
        self.run([*arguments, "--token-fd", str(read)], [read])
        os.close(read)


def of_programs(document: str) -> str:
    """The policy with its rules on programs alone: what is counted here are packages, each one finding of its own."""
    head, *rules = document.split("\n[[rules]]\n")
    return "\n[[rules]]\n".join((head, *(rule for rule in rules if 'kind = "software"' in rule)))


def _end_with_parent() -> None:
    """Runs in the child before it becomes the program."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
