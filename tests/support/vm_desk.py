"""Anna's desk in the VM, and how it is locked and unlocked for real; what LockContract asks of a screen."""

from agent.platforms.base import LockSource
from tests.support.senses import Senses
from tests.support.until import until
from tests.support.vm import Machine


class Desk:
    """Anna's session, whose lock is xss-lock with i3lock."""

    def __init__(self, laptop: Machine, senses: Senses) -> None:
        self._laptop, self._senses = laptop, senses

    def source(self) -> LockSource:
        return self._senses.make("logind", "GNOME")

    def hint(self) -> str:
        return self._laptop.root.ask("loginctl", "show-session", "1", "-p", "LockedHint", "--value").strip()

    def lock(self) -> None:
        self._laptop.root.ask("loginctl", "lock-session", "1")
        self.is_locked()

    def is_locked(self) -> None:
        """Once it has the keyboard, i3lock has a second process, which keeps its window on top."""
        until(lambda: self._laptop.root.run("pgrep", "-c", "-x", "i3lock").out == "2\n" and self.hint() == "yes")

    def unlock(self) -> None:
        self._laptop.hands.type("anna\n")
        until(lambda: self.hint() == "no", what="not unlocked")

    def take_away(self) -> None:
        self._laptop.root.sh("systemctl mask --runtime -q systemd-logind && systemctl stop systemd-logind")

    def bring_back(self) -> None:
        self._laptop.root.sh("systemctl unmask --runtime -q systemd-logind && systemctl start systemd-logind")

    def end_all(self) -> None:
        self._laptop.root.sh("systemctl stop dbus.socket dbus.service")
