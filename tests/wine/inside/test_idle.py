"""Idle time on Windows."""

import ctypes
import sys

import pytest

from tests.contracts.idle import IdleContract

assert sys.platform == "win32"
from agent.platforms.windows_idle import WRAPS, Absence, WindowsIdle  # noqa: E402

MOVED = 1
HOUR = 3_600_000  # milliseconds


@pytest.mark.wine
class TestIdle(IdleContract):
    class Hand:
        people = False

        def source(self) -> WindowsIdle:
            return WindowsIdle()

        def touch(self) -> None:
            ctypes.windll.user32.mouse_event(MOVED, 1, 1, 0, 0)

    @pytest.fixture
    def rig(self) -> Hand:
        return self.Hand()


@pytest.mark.fake("Leave it for `remind_after`, half of that with the lid closed: the reminder comes that much later.")
def test_a_laptop_that_slept_was_not_idle_meanwhile():
    """Touched, five minutes, an hour of sleep, another five."""
    absence = Absence()
    assert absence.seconds(now=300_000, last=0, slept=0) == 300
    assert absence.seconds(now=300_000 + HOUR, last=0, slept=3600) == 300
    assert absence.seconds(now=600_000 + HOUR, last=0, slept=3600) == 600


@pytest.mark.fake("Touch it an hour after it slept: from then on idle time counts in full.")
def test_sleep_before_the_last_input_takes_nothing_off():
    """An hour of sleep, then a touch that woke it."""
    absence = Absence()
    absence.seconds(now=60_000, last=0, slept=0)
    touched = 60_000 + HOUR
    assert absence.seconds(now=touched + 1000, last=touched, slept=3600) == 1
    assert absence.seconds(now=touched + 9000, last=touched, slept=3600) == 9


@pytest.mark.fake("On a laptop that was up for eight weeks the reminder still comes.")
def test_a_counter_that_begins_again_is_no_absence():
    """Windows counts milliseconds in 32 bits."""
    assert Absence().seconds(now=500, last=WRAPS - 500, slept=0) == 1
