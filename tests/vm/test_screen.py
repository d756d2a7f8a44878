"""The whole agent on a laptop: a person and a jiggler, a lock that is real, and sleep."""

import os
import time
from pathlib import Path

import pytest

from policy.seen import Idled, Seen, Touched
from tests.support.until import until
from tests.support.vm import Machine
from tests.support.vm_agent import REMIND, UNATTENDED, Agent

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
# Each 0.6 s, as 30 s are to the policy's five minutes. Its end is an empty file.
JIGGLER = "while [ ! -e /tmp/enough ]; do xdotool mousemove_relative 1 1 mousemove_relative -- -1 -1; sleep 0.6; done"
COUNTDOWN = 30  # seconds, which trying out does not shorten
OPEN = "stond een minuut open"
KEPT = dict[str, Agent]()  # those of this run's VM, by what differs from the policy
PEOPLE, ANY, COUNTS_DOWN = {"people_only": "true"}, {"people_only": "false"}, {"lock_after": '"6m"'}


@pytest.fixture
def agent(laptop: Machine, request: pytest.FixtureRequest) -> Agent:
    """Begun, and it has given one reminder, which somebody came back from: it is seen to work.

    To be asked for before `senses` and `desk`, since the VM goes back to this moment.
    """
    name = "-".join(("agent", *request.param.values())).replace('"', "")
    if name in KEPT:
        laptop.back(name)
    else:
        KEPT[name] = Agent(laptop, **request.param)
        KEPT[name].is_reminded(1)
        laptop.keep(name)
    KEPT[name].touch()
    return KEPT[name]


def on(*policies: dict[str, str]) -> pytest.MarkDecorator:
    """By which policies a test's agent goes."""
    return pytest.mark.parametrize("agent", policies, indirect=True)


def jiggles(laptop: Machine) -> None:
    laptop.desk.start("sh", "-c", JIGGLER)


@on(PEOPLE)
def test_a_jiggler_does_not_put_the_reminder_off_where_people_count(agent, senses, laptop, evidence) -> None:
    """X says meanwhile that there is input, again and again."""
    any_input: list[Seen] = []
    source = senses.make("xsync")
    source.start(any_input.append)
    source.watch((REMIND / 2,))
    until(lambda: any_input, what="somebody touches it")
    jiggles(laptop)
    until(lambda: isinstance(any_input[-1], Touched), what="the jiggler does nothing")
    any_input.clear()
    agent.touch()
    before = agent.reminders()
    agent.is_reminded(before + 1)
    assert not [seen for seen in any_input if isinstance(seen, Idled)]
    laptop.picture((PICTURES if os.environ.get("WRITE_PICTURES") else evidence) / "vm-reminder.png")


@on(ANY)
def test_a_jiggler_puts_it_off_where_any_input_counts(agent, laptop) -> None:
    """Until it stops."""
    jiggles(laptop)
    agent.passes(2 * REMIND)
    assert agent.reminders() == 1
    laptop.desk.ask("touch", "/tmp/enough")
    agent.is_reminded(2)


@on(PEOPLE, ANY)
def test_a_person_puts_it_off(agent) -> None:
    """Whichever counts, for as long as they go on."""
    agent.touched_for(2 * REMIND)
    assert agent.reminders() == 1
    agent.is_reminded(2)


@on(ANY)
def test_its_button_locks_for_real_and_who_unlocks_is_back(agent, desk, evidence, laptop) -> None:
    """A locked laptop has nobody before it, and is reminded of nothing."""
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


@on(ANY)
def test_a_screen_that_stood_open_is_told_of_and_a_laptop_that_slept_is_not(agent, laptop) -> None:
    """It slept for longer than that; and then it is left, awake."""
    laptop.root.ask("pkill", "-x", "xss-lock")  # it would lock before it sleeps
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


@on(COUNTS_DOWN)
def test_a_countdown_locks(agent, desk) -> None:
    """Where the company says so, and nobody touches anything."""
    until(lambda: agent.said("over 30 seconden vergrendeld") == 1)
    agent.passes(COUNTDOWN)
    desk.is_locked()
