"""QEMU's monitor, and through it a person's hands: what QMP moves and types comes from devices, as a person's does."""

import json
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SHIFTED = {"_": "minus", ":": "semicolon", "?": "slash"}
PLAIN = {" ": "spc", "\n": "ret", "-": "minus", ".": "dot", "/": "slash", "=": "equal", ",": "comma"}


class Monitor:
    """Asks QEMU; what it says unasked is kept in `events`."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(60)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rb")
        self.events: list[dict[str, Any]] = []
        self._lines.readline()
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: object) -> Any:
        """What QEMU answers; raises where it refuses."""
        said = {"execute": command, "arguments": {name.replace("_", "-"): value for name, value in arguments.items()}}
        self._socket.sendall(json.dumps(said).encode() + b"\n")
        while line := self._lines.readline():
            answer = json.loads(line)
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")
            else:
                return answer["return"]
        raise RuntimeError(f"{command}: QEMU is gone")

    def human(self, line: str) -> str:
        """What QEMU's monitor for people says; it says nothing where all is well."""
        said: str = self.ask("human-monitor-command", command_line=line)
        return said.strip()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


class Hands:
    """A person at the laptop: a keyboard, and a pointer that goes where it is put."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def _send(self, events: Iterable[tuple[str, dict[str, object]]]) -> None:
        self._monitor.ask("input-send-event", events=[{"type": kind, "data": data} for kind, data in events])

    def point(self, x: float, y: float) -> None:
        """x, y: parts of the screen, from 0 to 1."""
        self._send(("abs", {"axis": axis, "value": int(part * 32767)}) for axis, part in (("x", x), ("y", y)))

    def click(self) -> None:
        for down in (True, False):
            self._send([("btn", {"button": "left", "down": down})])

    def press(self, *keys: str) -> None:
        """Press keys together, by QEMU's names for them, and let go."""
        for down, names in ((True, keys), (False, keys[::-1])):
            for name in names:
                self._send([("key", {"key": {"type": "qcode", "data": name}, "down": down})])

    def type(self, text: str) -> None:
        for letter in text:
            if letter in SHIFTED:
                self.press("shift", SHIFTED[letter])
            elif letter.isupper():
                self.press("shift", letter.lower())
            else:
                self.press(PLAIN.get(letter, letter))
