"""A shell in the VM, at our end of a virtio-serial port; tests/vm/recipe has the other end."""

import base64
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


class Shell:
    """Runs commands in the guest, one after the other."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rb")

    def _ask(self, asked: dict[str, Any], seconds: float) -> dict[str, Any]:
        self._socket.settimeout(seconds)
        self._socket.sendall(json.dumps(asked).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._lines.readline() or '{"error": "the VM is gone"}')
        if "error" in answer:
            raise RuntimeError(f"{asked['argv']}: {answer['error']}")
        return answer

    def run(self, *argv: str, given: bytes = b"", seconds: float = 60, env: Mapping[str, str] = NONE) -> Done:
        """Run a command to its end. seconds: of the guest's clock, after which it is killed."""
        asked = {"argv": argv, "input": base64.b64encode(given).decode(), "seconds": seconds, "env": dict(env)}
        answer = self._ask(asked, 2 * seconds + 60)
        out, err = (base64.b64decode(answer[name]).decode(errors="replace") for name in ("out", "err"))
        return Done(answer["code"], out, err)

    def ask(self, *argv: str, given: bytes = b"", seconds: float = 60, env: Mapping[str, str] = NONE) -> str:
        """What a command prints; raises where it fails."""
        done = self.run(*argv, given=given, seconds=seconds, env=env)
        if done.code:
            raise RuntimeError(f"{argv[0]} said {done.code}: {done.err.strip() or done.out.strip()}")
        return done.out

    def sh(self, script: str, seconds: float = 60) -> str:
        """What a script for sh prints; raises where it fails."""
        return self.ask("sh", "-ec", script, seconds=seconds)

    def start(self, *argv: str, log: str = "/dev/null", env: Mapping[str, str] = NONE) -> int:
        """Start a command that goes on by itself; its pid. log: a file in the guest for what it says."""
        pid: int = self._ask({"argv": argv, "log": log, "env": dict(env)}, 60)["pid"]
        return pid

    def close(self) -> None:
        self._lines.close()
        self._socket.close()
