"""`make run`: feed and agent beside each other on this machine, to try out, and one calm screen.

It starts both as processes of their own (no module of the house imports both), hands the feed its socket and the agent
its one-time token by a pipe, starts again what was killed, and ends both with it.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from installer.children import Child
from installer.screen import Screen, words

READY_WITHIN = 60.0  # seconds until the first look is expected; past it the screen is shown all the same
AGAIN_AFTER = 1.0  # seconds before what was killed is started again


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C."""
    options, rest = _parser().parse_known_args(arguments)
    screen = Screen(sys.stdout, words(options.language), options)
    held = _claim(options.state)
    if held is None:
        screen.running_already(_owner(options.state))
        return 3
    tryout = TryOut(options, rest, screen)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: tryout.ending.set())
    try:
        return tryout.run()
    finally:
        os.close(held)


class TryOut:
    """Both processes and the screen."""

    def __init__(self, options: argparse.Namespace, rest: Sequence[str], screen: Screen) -> None:
        self.options, self.rest, self.screen = options, rest, screen
        self.ending = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._listener.set_inheritable(True)
        self._url = self._token = ""

    def run(self) -> int:
        """Start, show, watch, end."""
        with self.screen.waiting():
            feed, told = self._feed(enrol=True)
            if not told:
                return self._failed(feed)
            self._url, self._token = told["url"], told["token"]
            agent = self._agent()
            status = self._until_ready(agent)
        if status is None and agent.process.poll() is not None:
            feed.stop()
            return self._failed(agent)
        if not self.ending.is_set():
            self.screen.show(told, status)
        children = {"feed": feed, "agent": agent}
        try:
            self._watch(children)
        finally:
            self.screen.stopping()
            children["agent"].stop()
            children["feed"].stop()
            self._listener.close()
            self.screen.stopped()
        return 0

    def _failed(self, child: Child) -> int:
        child.stop()
        self.screen.failed()
        return child.process.returncode or 1

    def _feed(self, *, enrol: bool) -> tuple[Child, dict[str, str]]:
        """The feed, and what it says of itself; nothing where it ended instead."""
        read, write = os.pipe()
        arguments = ["serve", "--state", str(self.options.state), "--url", self._address()]
        arguments += ["--listen-fd", str(self._listener.fileno()), "--tell-fd", str(write)]
        if enrol:
            arguments += ["--enrol", self.options.asset_tag]
        if self.options.policy:
            arguments += ["--policy", str(self.options.policy)]
        child = Child("feed.cli", arguments, self.screen.line, (self._listener.fileno(), write)).start()
        os.close(write)
        with os.fdopen(read) as pipe:
            said = pipe.readline()
        return child, json.loads(said) if said else {}

    def _agent(self) -> Child:
        read, write = os.pipe()
        os.write(write, self._token.encode())
        os.close(write)
        options = self.options
        arguments = ["run", "--state", str(options.state), "--feed", self._url, "--token-fd", str(read)]
        arguments += ["--asset-tag", options.asset_tag, "--now", "--grace", options.grace]
        if options.policy:
            arguments += ["--policy", str(options.policy)]
        if options.language:
            arguments += ["--language", options.language]
        child = Child("agent.cli", [*arguments, *self.rest], self.screen.line, (read,)).start()
        os.close(read)
        return child

    def _address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _until_ready(self, agent: Child) -> dict[str, Any] | None:
        """The agent's status once its first look is done and the feed has answered."""
        command = [sys.executable, "-I", "-m", "agent.cli", "status", "--json", "--state", str(self.options.state)]
        end = time.monotonic() + READY_WITHIN
        status = None
        while time.monotonic() < end and not self.ending.is_set() and agent.process.poll() is None:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            with contextlib.suppress(json.JSONDecodeError):
                status = json.loads(done.stdout)
            if done.returncode == 0:
                break
            self.ending.wait(0.1)
        return status

    def _watch(self, children: dict[str, Child]) -> None:
        """Until it is to end: what was killed is started again; an agent that ended by itself (Quit) ends all."""
        while not self.ending.wait(0.5):
            if children["agent"].process.poll() == 0:
                return
            for name, child in children.items():
                if child.process.poll() is not None:
                    self.screen.killed(name)
                    if self.ending.wait(AGAIN_AFTER):
                        return
                    children[name] = self._feed(enrol=False)[0] if name == "feed" else self._agent()


def _claim(state: Path) -> int | None:
    """Hold the state directory for this process; None where another holds it. The lock ends with the process."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(state / "tryout.lock", os.O_RDWR | os.O_CREAT, 0o600)
    if sys.platform != "win32":
        import fcntl  # noqa: PLC0415 - does not import on Windows

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return None
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    return handle


def _owner(state: Path) -> str:
    with contextlib.suppress(OSError):
        return (state / "tryout.lock").read_text(encoding="ascii").strip()
    return "?"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make run ARGS=…", add_help=True)
    parser.add_argument("--state", type=Path, default=Path(".run"), metavar="DIR")
    parser.add_argument("--grace", default="1m", metavar="SPAN")
    parser.add_argument("--now", action="store_true", help=argparse.SUPPRESS)  # always on here
    parser.add_argument("--asset-tag", default="LT-TRYOUT", metavar="TAG")
    parser.add_argument("--policy", type=Path, metavar="FILE")
    parser.add_argument("--language", choices=("nl", "en"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
