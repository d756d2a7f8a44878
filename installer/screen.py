"""What `make run` prints: one calm screen, then a line for each thing that happens. Every word goes through gettext."""

import contextlib
import os
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from gettext import translation
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO

Translate = Callable[[str], str]
SPINNER = "|/-\\"
ATTEMPT = "cmatrix"  # what the screen proposes to install: small, harmless, on no list


def words(language: str | None) -> tuple[str, Translate]:
    """The language spoken here and its catalogue: the one asked for, the locale's, else the policy's."""
    chosen = language or next(filter(None, map(_of, ("LC_ALL", "LC_MESSAGES", "LANG"))), "nl")
    folder = Path(str(files("policy"))) / "locale"
    return chosen, translation("deskwarden", folder, [chosen], fallback=True).gettext


def _of(variable: str) -> str:
    value = os.environ.get(variable, "")
    return value[:2] if value[:2] in {"nl", "en"} else ""


class Screen:
    """The terminal. Lines of the children are held back until the screen stands."""

    def __init__(self, out: TextIO, spoken: tuple[str, Translate], options: Namespace) -> None:
        self._out, self._options = out, options
        self.language, self._ = spoken
        self._held: list[str] | None = []
        self._lock = threading.Lock()

    def line(self, text: str) -> None:
        """A line of a child."""
        with self._lock:
            if self._held is not None:
                self._held.append(text)
                return
            self._print(text)

    def show(self, told: Mapping[str, str], status: Mapping[str, Any] | None) -> None:
        """The screen, then what was held back."""
        with self._lock:
            self._print(*self._lines(told, status))
            held, self._held = self._held or [], None
            self._print(*held)

    def _lines(self, told: Mapping[str, str], status: Mapping[str, Any] | None) -> list[str]:
        _ = self._
        grace = _("Deskwarden runs, for trying out: no observing period, no quiet hours, a grace of {grace}.")
        lines = ["", grace.format(grace=self._options.grace), "", _("What is watched")]
        for rule in (status or {}).get("watched", []):
            title = rule["title"][self.language]
            lines.append("  " + _("{title} (code {clause})").format(title=title, clause=rule["clause"]))
            lines += [f"    {looks_at[self.language]}" for looks_at in rule["looks_at"]]
        lines += [
            "",
            _("The security team's page (this link works once)"),
            f"  {told['signin']}",
            _("The helpdesk's mailbox"),
            f"  {self._options.state / 'helpdesk'}",
            _("All that is kept"),
            f"  {self._options.state}",
            "",
            _("Try, in another terminal"),
            *(f"  {command}" for command in self._commands()),
            "",
            _("Stop with Ctrl-C."),
            "",
        ]
        return lines

    def _commands(self) -> list[str]:
        """The exact commands, as this user types them."""
        sudo = "" if sys.platform == "win32" or os.geteuid() == 0 else "sudo "
        state = "" if str(self._options.state) == ".run" else f" --state {self._options.state}"
        return [
            f"{sudo}apt-get install -y {ATTEMPT}",
            f".venv/bin/deskwarden findings{state}",
            f".venv/bin/deskwarden status{state}",
            f".venv/bin/deskwarden sent{state}",
            f".venv/bin/deskwarden may {ATTEMPT}{state}",
            f".venv/bin/deskwarden-feed incidents{state}",
            f"{sudo}apt-get remove -y {ATTEMPT}",
        ]

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """A spinner while something takes over a second; one plain line where there is no terminal."""
        done = threading.Event()
        text = self._("Starting")
        thread = threading.Thread(target=self._spin, args=(text, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _spin(self, text: str, done: threading.Event) -> None:
        if done.wait(1.0):
            return
        if not self._out.isatty():
            self._print(f"{text} …")
            return
        turn = 0
        while not done.wait(0.1):
            self._out.write(f"\r{SPINNER[turn % 4]} {text} … ")
            self._out.flush()
            turn += 1
        self._out.write("\r\033[K")
        self._out.flush()

    def running_already(self, pid: str) -> None:
        """Somebody tries a second one."""
        title = self._("Deskwarden runs already")
        cause = self._("Process {pid} uses {path}.").format(pid=pid, path=self._options.state)
        way_out = self._("Stop it first (Ctrl-C in its terminal), or give this one a directory of its own (--state).")
        self._print(title, cause, way_out)

    def killed(self, name: str) -> None:
        """A child ended that should not have."""
        part = self._("The feed") if name == "feed" else self._("The agent")
        with self._lock:
            self._print(
                self._("{part} was ended from outside and is started again; nothing is lost.").format(part=part)
            )

    def stopping(self) -> None:
        """The end begins."""
        with self._lock:
            self._print("", self._("Stopping …"))

    def stopped(self) -> None:
        """The end."""
        with self._lock:
            self._print(
                self._("Stopped. Nothing runs any more; what was kept lies in {path}.").format(path=self._options.state)
            )

    def failed(self) -> None:
        """A child ended before it stood: its own words say why."""
        with self._lock:
            held, self._held = self._held or [], None
            self._print(*held)

    def _print(self, *lines: str) -> None:
        for line in lines:
            print(line, file=self._out)
        self._out.flush()
