"""Linux under the agent, asked for real."""

from pathlib import Path

import pytest

from agent.platforms.linux import Linux
from tests.contracts.system import SystemContract


class TestLinux(SystemContract):
    @pytest.fixture
    def system(self) -> Linux:
        return Linux()


def test_a_zone_that_is_set_for_this_process_counts(monkeypatch: pytest.MonkeyPatch):
    """As for every program of the C library."""
    monkeypatch.setenv("TZ", ":Europe/Amsterdam")
    assert Linux().zone() == "Europe/Amsterdam"


def test_the_users_own_state_follows_their_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """XDG_STATE_HOME, for all but a root whose machine has a place for it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("os.getuid", lambda: 1000)
    assert Linux().default_state() == tmp_path / "deskwarden"
