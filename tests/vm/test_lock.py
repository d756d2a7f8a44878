"""logind itself, with a lock that a person opens by typing a password."""

import pytest

from agent.platforms.base import Blind
from policy.seen import Seen
from tests.contracts.lock import LockContract, locks
from tests.support.until import until
from tests.support.vm_desk import Desk


class TestLogind(LockContract):
    """The contract, by a real logind."""

    @pytest.fixture
    def screen(self, desk: Desk) -> Desk:
        return desk


def test_a_wrong_password_opens_nothing(desk, senses, laptop) -> None:
    heard: list[Seen] = []
    senses.make("logind", "GNOME").start(heard.append)
    desk.lock()
    laptop.hands.type("bram\n")
    until(lambda: "authentication failure" in laptop.root.sh("journalctl -b -t i3lock -t unix_chkpwd --no-pager"))
    assert desk.hint() == "yes"
    desk.unlock()
    until(lambda: locks(heard) == ["unlocked", "locked", "unlocked"])


def test_a_desktop_whose_lock_tells_nobody_is_unknown_until_it_was_seen_to(desk, senses) -> None:
    """A hint that says no is no word on the lock, where nobody may ever have set it."""
    heard: list[Seen] = []
    senses.make("logind", "openbox").start(heard.append)
    until(lambda: locks(heard) == ["unknown"])
    desk.lock()
    desk.unlock()
    until(lambda: locks(heard) == ["unknown", "locked", "unlocked"])


def test_lock_now_locks_for_real(desk, senses, laptop, evidence) -> None:
    """It comes back when the lock is there, and a person's password opens it."""
    senses.make("logind").lock()
    assert desk.hint() == "yes"
    desk.is_locked()
    laptop.picture(evidence / "locked.png")
    desk.unlock()


def test_lock_now_says_so_where_nobody_locks(senses, laptop) -> None:
    laptop.root.ask("pkill", "-x", "xss-lock")
    with pytest.raises(Blind, match="unseen"):
        senses.make("logind").lock()
