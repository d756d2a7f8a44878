"""A laptop that sleeps: for real, in ACPI's state S3, until a person wakes it."""

import pytest

from policy.seen import Seen, Woke
from tests.contracts.lock import locks
from tests.support.until import until
from tests.support.vm import Machine


def suspend(laptop: Machine) -> None:
    """As its menu does."""
    laptop.desk.start("systemctl", "suspend")


def close_the_lid(laptop: Machine) -> None:
    laptop.root.ask("modprobe", "uinput")
    laptop.root.start("python3", "-I", "/opt/deskwarden/inside/lid.py")
    until(lambda: "(Lid)" in laptop.root.sh("journalctl -b -t systemd-logind --no-pager"))
    laptop.root.sh("echo >/tmp/close-lid")


@pytest.mark.parametrize("sleep", [suspend, close_the_lid])
def test_it_says_once_that_it_woke(desk, senses, laptop, sleep) -> None:
    """What locks it does so before it sleeps, and tells."""
    heard: list[Seen] = []
    senses.make("logind", "GNOME").start(heard.append)
    until(lambda: locks(heard) == ["unlocked"])
    sleep(laptop)
    laptop.sleeps()
    laptop.wake()
    until(lambda: Woke() in heard and locks(heard) == ["unlocked", "locked"])
    desk.is_locked()
    desk.unlock()
    until(lambda: locks(heard) == ["unlocked", "locked", "unlocked"])
    assert heard.count(Woke()) == 1
