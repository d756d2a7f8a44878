"""The agent's own command, on Windows."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.wine
ROOT = Path(__file__).resolve().parents[3]
AGENT = (sys.executable, "-X", "faulthandler", "-m", "tests.support.wine_agent")


@contextmanager
def begin(state: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = (*AGENT, "run", "--language", "en", "--state", str(state), "--root", str(state), *options)
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"LANG": "en_GB.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as agent:
        try:
            yield agent
        finally:
            agent.kill()


def ends(agent: subprocess.Popen[str]) -> str:
    """The last that it says. What Wine starts for a desktop keeps the pipe: it has no end."""
    assert agent.stdin
    assert agent.stdout
    agent.stdin.write("end\n")
    agent.stdin.flush()
    said = next(line for line in agent.stdout if line.startswith("ended"))
    agent.wait(30)
    return said


@pytest.mark.parametrize("options", [("--no-desktop",), ()])
def test_it_runs_until_it_is_interrupted(tmp_path: Path, options: tuple[str, ...]):
    """No thread is left, and what it wrote can be asked."""
    state = tmp_path / "state"
    with begin(state, *options) as agent:
        assert agent.stdout
        said = agent.stdout.readline()
        assert said == "No feed: everything stays on this laptop.\n"
        assert ends(agent) == "ended 0, threads left: []\n"
    assert (state / "agent.log").read_text() == ""
    status = (*AGENT, "status", "--json", "--state", str(state))
    asked = subprocess.run(status, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    answer, _, last = asked.stdout.rstrip().rpartition("\n")
    assert json.loads(answer)["ready"] in {True, False}, asked
    assert last.startswith("ended")


def test_a_second_one_is_told_of_the_first(tmp_path: Path):
    """With its pid."""
    with begin(tmp_path, "--no-desktop") as first:
        assert first.stdout
        first.stdout.readline()
        with begin(tmp_path, "--no-desktop") as second:
            said, _ = second.communicate(timeout=60)
            assert (tmp_path / "run.lock").read_text() in said
            assert second.returncode != 0
        ends(first)
