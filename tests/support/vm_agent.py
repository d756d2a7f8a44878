"""The whole agent on anna's desk in the VM, as `deskwarden run`; a minute is 1.2 s of the guest."""

import json
import re
from pathlib import Path

from tests.support.until import until
from tests.support.vm import Machine

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "policy" / "examples" / "kpn.toml"
AGENT = ("/opt/deskwarden/venv/bin/python", "-I", "-m", "agent.cli")
LOG, POLICY, STATE = "/tmp/agent.log", "/home/anna/policy.toml", "/home/anna/state"
REMIND, UNATTENDED = 6.0, 12.0  # seconds of the guest; the policy says five and ten minutes


class Agent:
    """Began when made, and once its first reminder is there, has a person touch the laptop."""

    def __init__(self, laptop: Machine, **match: str) -> None:
        self._laptop, self._place = laptop, 0.3
        self._policy(match)
        run = ("run", "--language", "nl", "--now", "--remind-after", f"{REMIND:g}s")
        laptop.desk.start(*AGENT, *run, "--policy", POLICY, "--state", STATE, log=LOG)

    def _policy(self, match: dict[str, str]) -> None:
        text = EXAMPLE.read_text()
        for name, value in match.items():
            text, times = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
            assert times == 1, name
        self._laptop.desk.ask("tee", POLICY, given=text.encode())

    # --- what it says ------------------------------------------------------------------------------------------------

    def said(self, words: str) -> int:
        """How often it printed this."""
        return self._laptop.desk.ask("cat", LOG).count(words)

    def reminders(self) -> int:
        return self.said("Vergrendel je scherm")

    def is_reminded(self, times: int) -> None:
        """So many were printed, and the last is on the screen; never one more."""
        until(lambda: self.reminders() >= times, 60, f"not reminded {times} times")
        until(lambda: self.cards() == 1, what="no card")
        assert self.reminders() == times

    def cards(self) -> int:
        """How many notices are on the screen, says dunst."""
        return int(self._laptop.desk.ask("dunstctl", "count", "displayed"))

    def no_card(self) -> None:
        until(lambda: self.cards() == 0, what="the card stays")

    def sessions(self) -> int:
        """How many people are before it, by its own status."""
        said = self._laptop.desk.ask(*AGENT, "status", "--json", "--state", STATE)
        number: int = json.loads(said)["sessions"]
        return number

    # --- what a person does ------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Moves the pointer, to and fro."""
        self._place = 1 - self._place
        self._laptop.hands.point(self._place, self._place)

    def uptime(self) -> float:
        return float(self._laptop.root.ask("cat", "/proc/uptime").split()[0])

    def touched_for(self, seconds: float) -> None:
        """Somebody goes on for so long."""
        end = self.uptime() + seconds

        def over() -> bool:
            self.touch()
            return self.uptime() > end

        until(over, 120)

    def passes(self, seconds: float) -> None:
        """So much of the guest's time, with no hand on it."""
        end = self.uptime() + seconds
        until(lambda: self.uptime() > end, 120)

    def press(self, button: str) -> None:
        """Choose it in the menu of what can be done, which dunst shows by dmenu."""
        menu = f"#!/bin/sh\ngrep -F '#{button} '\n"
        self._laptop.root.ask("tee", "/usr/bin/dmenu", given=menu.encode())
        self._laptop.root.ask("chmod", "755", "/usr/bin/dmenu")
        self._laptop.desk.ask("dunstctl", "context")
