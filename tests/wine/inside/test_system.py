"""Windows under the agent, asked for real."""

import pytest

from agent.platforms import this_system

pytestmark = pytest.mark.wine


def test_the_machine_was_awake_for_a_while():
    """Seconds, and they go up."""
    assert 0 < this_system().awake() <= this_system().awake()
