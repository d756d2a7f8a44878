"""What a stage counts, and how it is stopped."""

import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.running.lane import Run, run_stage

FAULTHANDLER = (sys.executable, "-I", "-X", "faulthandler", "-c")
PYTEST = (sys.executable, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider")


def stage(tmp_path, capsys, *commands, clock=time.monotonic):
    result = run_stage(Run(tmp_path, clock), "some", 60, commands)
    return result, capsys.readouterr().out


def test_a_tool_counts_as_one_and_pytest_by_its_report(tmp_path, capsys) -> None:
    """Errors at set-up are failures; skipped ones are neither."""
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_a(): pass\n"
        "def test_b(): pass\n"
        "def test_c(): assert False\n"
        "def test_d(absent): pass\n"
        "def test_e(): pytest.skip('not here')\n"
    )
    result, said = stage(tmp_path, capsys, ("true",), ("false",), (*PYTEST, "test_it.py"))
    assert (result.passed, result.failed, result.skipped) == (3, 3, 1)
    assert "$ false  FAILED (1)" in said


@pytest.mark.parametrize("text", ["import absent\n", "import os\nos._exit(0)\n", "", "import os\nos._exit(3)\n"])
def test_a_suite_that_never_ran_is_a_failure(tmp_path, capsys, text) -> None:
    """Whatever its exit code says."""
    (tmp_path / "test_it.py").write_text(text)
    assert stage(tmp_path, capsys, (*PYTEST, "test_it.py"))[0].failed == 1


def test_at_twice_its_budget_a_stage_is_stopped_with_its_stacks(tmp_path, capsys) -> None:
    """And so is all that it started, in whatever session; what follows in the stage is not begun."""
    hang = (
        "import subprocess, pathlib, time\n"
        "child = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "def waiting_here():\n"
        "    pathlib.Path('child').write_text(str(child.pid))\n"
        "    time.sleep(1000)\n"
        "waiting_here()\n"
    )
    told = tmp_path / "child"
    result, said = stage(
        tmp_path,
        capsys,
        (*FAULTHANDLER, hang),
        ("true",),
        clock=lambda: 120.0 if told.exists() and told.read_text() else 0.0,
    )
    assert (result.passed, result.failed, result.remark) == (0, 1, "stopped at twice its budget")
    assert "in waiting_here" in said
    child = int(told.read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_a_stopped_run_begins_nothing_more(tmp_path, capsys) -> None:
    """As after Ctrl-C."""
    run = Run(Path(tmp_path), stopped=True)
    assert run_stage(run, "some", 60, (("touch", "made"),)).passed == 0
    assert not (tmp_path / "made").exists()
