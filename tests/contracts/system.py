"""The suite that every implementation of agent.platforms.base.System runs: a class that inherits `SystemContract`.

Its fixture `system` gives one that stands on the real machine.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.platforms.base import System

BOOT = """\
import sys
sys.path.insert(0, sys.argv[1])
from agent.platforms import this_system
print(this_system().boot_id())
"""
HOLD = """\
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from agent.platforms import this_system
this_system().hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def holder(state: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds a state directory, until it is ended."""
    with subprocess.Popen(
        (sys.executable, "-I", "-c", HOLD, str(state), str(ROOT)), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        try:
            assert other.stdout.readline().strip() == b"held"
            yield other
        finally:
            other.kill()


class SystemContract:
    """What the agent relies on, whatever the machine."""

    def test_one_boot_has_one_name(self, system: System):
        """A process later still says the same."""
        ask = (
            "import sys; sys.path.insert(0, sys.argv[1]); import agent.platforms as p; print(p.this_system().boot_id())"
        )
        said = subprocess.run(
            (sys.executable, "-I", "-c", ask, str(ROOT)), stdin=subprocess.DEVNULL, capture_output=True, check=True
        )
        assert said.stdout.decode().strip() == system.boot_id() != ""

    def test_awake_time_goes_up_and_is_no_date(self, system: System):
        """Seconds since the boot; a clock in the wall's sense would be far beyond."""
        first, second = system.awake(), system.awake()
        assert 0 < first <= second < 1_000_000_000

    def test_sleep_is_counted_apart(self, system: System):
        """A machine on which tests run hardly slept meanwhile. It is told from two clocks, read one after the other."""
        first = system.slept()
        assert first > -1
        assert system.slept() - first < 1

    def test_two_processes_of_a_user_have_one_scope(self, system: System):
        """Numbers alone: it never names anybody."""
        kind, _, who = system.user_scope().partition(":")
        assert kind == "user"
        assert who.replace("-", "").removeprefix("S").isdigit()
        assert system.user_scope() == system.user_scope()

    def test_the_zone_is_one_that_is_known(self, system: System):
        """IANA's name, as the wire and the words use it."""
        assert ZoneInfo(system.zone()).key == system.zone()

    def test_a_state_directory_is_made_and_held(self, system: System, tmp_path: Path):
        """The file that tells is in it, with our pid."""
        handle = system.hold(tmp_path / "deep" / "state")
        try:
            assert (tmp_path / "deep/state/run.lock").read_text() == str(os.getpid())
        finally:
            os.close(handle)

    def test_a_second_agent_is_told_who_holds_it(self, system: System, tmp_path: Path):
        """Its pid, which anybody may read while it is held."""
        with holder(tmp_path):
            with pytest.raises(BlockingIOError) as raised:
                system.hold(tmp_path)
            assert str(raised.value) == (tmp_path / "run.lock").read_text()
            assert str(raised.value).isdigit()

    def test_a_holder_that_was_killed_holds_nothing(self, system: System, tmp_path: Path):
        """The lock ends with its process, however that ended; a longer pid of before leaves nothing behind."""
        with holder(tmp_path) as other:
            other.kill()
            other.wait()
        (tmp_path / "run.lock").write_text("12345678901234")
        handle = system.hold(tmp_path)
        try:
            assert (tmp_path / "run.lock").read_text() == str(os.getpid())
        finally:
            os.close(handle)

    def test_what_is_closed_can_be_held_again(self, system: System, tmp_path: Path):
        """By the same process too."""
        os.close(system.hold(tmp_path))
        os.close(system.hold(tmp_path))

    def test_the_state_has_a_place_of_this_user(self, system: System):
        """An absolute path, and ours by name."""
        place = system.default_state()
        assert place.is_absolute()
        assert place.name.lower() == "deskwarden"
