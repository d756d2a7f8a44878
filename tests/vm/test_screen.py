"""The whole agent on a laptop: a person and a jiggler, a lock that is real, and sleep."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from policy.seen import Idled, Seen, Touched
from tests.support.until import until
from tests.support.vm import Machine
from tests.support.vm_agent import REMIND, UNATTENDED, Agent

Begin = Callable[..., Agent]
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
# Each 0.6 s, as 30 s are to the policy's five minutes. Its end is an empty file.
JIGGLER = "while [ ! -e /tmp/enough ]; do xdotool mousemove_relative 1 1 mousemove_relative -- -1 -1; sleep 0.6; done"
COUNTDOWN = 30  # seconds, which trying out does not shorten
OPEN = "stond een minuut open"


@pytest.fixture
def begin(laptop: Machine) -> Begin:
    """Each agent has given one reminder, and somebody came back from it: it is seen to work."""

    def ready(**match: str) -> Agent:
        agent = Agent(laptop, **match)
        agent.is_reminded(1)
        agent.touch()
        return agent

    return ready


def jiggles(laptop: Machine) -> None:
    laptop.desk.start("sh", "-c", JIGGLER)


def test_a_jiggler_does_not_put_the_reminder_off_where_people_count(begin, senses, laptop, evidence) -> None:
    """X says meanwhile that there is input, again and again."""
    any_input: list[Seen] = []
    source = senses.make("xsync")
    agent = begin(people_only="true")
    source.start(any_input.append)
    source.watch((REMIND / 2,))
    until(lambda: any_input, what="somebody touches it")
    jiggles(laptop)
    until(lambda: isinstance(any_input[-1], Touched), what="the jiggler does nothing")
    any_input.clear()
    before = agent.reminders()
    agent.touch()
    agent.is_reminded(before + 1)
    assert not [seen for seen in any_input if isinstance(seen, Idled)]
    laptop.picture((PICTURES if os.environ.get("WRITE_PICTURES") else evidence) / "vm-reminder.png")


def test_a_jiggler_puts_it_off_where_any_input_counts(begin, laptop) -> None:
    """Until it stops."""
    agent = begin(people_only="false")
    jiggles(laptop)
    agent.passes(2 * REMIND)
    assert agent.reminders() == 1
    laptop.desk.ask("touch", "/tmp/enough")
    agent.is_reminded(2)


@pytest.mark.parametrize("people_only", ["true", "false"])
def test_a_person_puts_it_off(begin, people_only: str) -> None:
    """Whichever counts, for as long as they go on."""
    agent = begin(people_only=people_only)
    agent.touched_for(2 * REMIND)
    assert agent.reminders() == 1
    agent.is_reminded(2)


def test_its_button_locks_for_real_and_who_unlocks_is_back(begin, desk, evidence, laptop) -> None:
    """A locked laptop has nobody before it, and is reminded of nothing."""
    agent = begin()
    assert agent.sessions() == 1
    agent.is_reminded(2)
    agent.press("Nu vergrendelen")
    desk.is_locked()
    agent.no_card()
    until(lambda: agent.sessions() == 0)
    agent.passes(2 * REMIND)
    assert agent.reminders() == 2
    laptop.picture(evidence / "locked-by-button.png")
    desk.unlock()
    until(lambda: agent.sessions() == 1)
    agent.is_reminded(3)


def test_a_screen_that_stood_open_is_told_of_and_a_laptop_that_slept_is_not(begin, laptop) -> None:
    """It slept for longer than that; and then it is left, awake."""
    laptop.root.ask("pkill", "-x", "xss-lock")  # it would lock before it sleeps
    agent = begin()
    agent.is_reminded(2)
    laptop.desk.start("systemctl", "suspend")
    laptop.sleeps()
    woken = time.monotonic() + UNATTENDED + 1
    until(lambda: time.monotonic() > woken)
    laptop.wake()
    agent.touch()
    agent.is_reminded(3)
    assert agent.said(OPEN) == 0
    agent.passes(UNATTENDED)
    agent.touch()
    until(lambda: agent.said(OPEN) == 1)


def test_a_countdown_locks(begin, desk) -> None:
    """Where the company says so, and nobody touches anything."""
    agent = begin(lock_after='"6m"')
    until(lambda: agent.said("over 30 seconden vergrendeld") == 1)
    agent.passes(COUNTDOWN)
    desk.is_locked()
