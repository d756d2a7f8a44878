"""installer/setup.sh: its steps, their stamps, and being cut short."""

import os
import signal

import pytest


def test_a_first_run_makes_all_and_then_becomes_the_command(box) -> None:
    """Venv, pinned requirements by hash, ourselves, translations; in that order, and apt is left alone."""
    status, said = box.run("run", "echo", "now", "a  b")
    assert status == 0
    assert said.endswith("now a  b\n")
    assert box.calls() == [
        "venv",
        "pip install --no-deps --require-hashes --only-binary :all: -r packaging/requirements-run.txt",
        "pip install --no-deps --no-build-isolation -e .",
        "pybabel",
    ]


def test_a_second_run_does_nothing(box) -> None:
    """And says nothing: all that is heard is the command."""
    box.run("run")
    box.forget()
    assert box.run("run", "echo", "now") == (0, "now\n")
    assert box.calls() == []


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("packaging/requirements-run.txt", "pip install --no-deps --require-hashes"),
        ("pyproject.toml", "pip install --no-deps"),
        ("policy/locale/nl/LC_MESSAGES/deskwarden.po", "pybabel"),
    ],
)
def test_only_what_changed_is_done_again(box, changed: str, again: str) -> None:
    """Each step is stamped with its own input."""
    box.run("run")
    box.forget()
    with (box.house / changed).open("a") as file:
        file.write("# changed\n")
    assert box.run("run")[0] == 0
    assert [call.startswith(again) for call in box.calls()] == [True]


def test_a_lost_translation_is_made_again(box) -> None:
    """A git clean -x takes the .mo and leaves the stamp."""
    box.run("run")
    box.forget()
    (box.house / "policy/locale/nl/LC_MESSAGES/deskwarden.mo").unlink()
    box.run("run")
    assert box.calls() == ["pybabel"]


def test_a_moved_checkout_gets_a_new_venv(box) -> None:
    """The scripts in a .venv name the place it was made in."""
    box.run("run")
    box.forget()
    box.house = box.house.rename(box.folder / "elsewhere")
    assert box.run("run")[0] == 0
    assert box.calls()[0] == "venv"


def test_a_venv_whose_python_is_gone_is_made_again(box) -> None:
    """As after an upgrade of the system's Python."""
    box.run("run")
    box.forget()
    (box.house / ".venv/bin/python").unlink()
    assert box.run("run")[0] == 0
    assert box.calls()[0] == "venv"


@pytest.mark.parametrize(("stop", "number"), [(os.killpg, signal.SIGINT), (os.kill, signal.SIGTERM)])
def test_ctrl_c_or_a_kill_ends_it_and_the_next_run_mends_it(box, stop, number) -> None:
    """What pip was doing is cut short, so its .venv can't be trusted."""
    (box.folder / "pip-hangs").touch()
    process = box.start("run", "echo", "never")
    box.until(lambda: any(call.startswith("pip") for call in box.calls()), "pip was never started")
    stop(process.pid, number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.endswith("Stopped. The next run carries on.\n")
    with pytest.raises(ProcessLookupError):  # nothing that it started is left
        os.killpg(process.pid, 0)
    (box.folder / "pip-hangs").unlink()
    box.forget()
    assert box.run("run")[0] == 0
    assert box.calls()[0] == "venv"


@pytest.mark.parametrize(("mode", "status"), [("run", 0), ("test", 130)])
def test_under_make_only_a_run_ends_calmly(box, mode: str, status: int) -> None:
    """Make dies of the same Ctrl-C by itself; but a suite that never ran must not look green."""
    box.there(" ".join(line.split()[0] for line in box.package_lines()))
    (box.folder / "pip-hangs").touch()
    process = box.start(mode, given={"MAKELEVEL": "1"})
    box.until(lambda: any(call.startswith("pip") for call in box.calls()), "pip was never started")
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == status


def test_a_failing_pip_is_told_with_cause_and_way_out(box) -> None:
    """Its own last words are shown too, and nothing is stamped."""
    (box.folder / "pip-breaks").touch()
    status, said = box.run("run", "echo", "never")
    assert status == 1
    assert "| ERROR: [Errno 28] No space left on device" in said
    assert "The Python packages could not be installed\n  Cause:   the disk is full\n  Way out: " in said
    assert "never" not in said
    (box.folder / "pip-breaks").unlink()
    box.forget()
    assert box.run("run")[0] == 0
    assert [call.split()[0] for call in box.calls()] == ["pip", "pip", "pybabel"]


def test_two_at_once_take_turns(box) -> None:
    """The second waits, says so, and finds all done."""
    (box.folder / "pip-hangs").touch()
    first = box.start("run")
    box.until(lambda: any(call.startswith("pip") for call in box.calls()), "pip was never started")
    second = box.start("run", "echo", "mine")
    assert second.stdout
    assert second.stdout.readline() == "Another set-up is at work here; waiting for it.\n"
    os.killpg(first.pid, signal.SIGINT)
    first.communicate(timeout=60)
    (box.folder / "pip-hangs").unlink()
    said, _ = second.communicate(timeout=60)
    assert (second.returncode, said.endswith("mine\n")) == (0, True)


def test_on_a_terminal_a_step_is_one_line_with_its_end(box, terminal) -> None:
    """A spinner while it lasts, then the same line with a mark that says how it went."""
    (box.folder / "pip-breaks").touch()
    process = box.start("run", stdout=terminal[1])
    process.wait(timeout=60)
    shown = os.read(terminal[0], 100_000).decode().split("\r\n")
    last = [line.split("\r")[-1].rstrip() for line in shown]
    assert last[:2] == [
        "+ Making the Python environment (.venv)",
        "! Fetching and installing the Python packages",
    ]
