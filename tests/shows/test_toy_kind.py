"""The house as drawn: CONTRIBUTING.md's steps to add a kind are true, in a copy that is made by them alone."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STEPS = ROOT / "CONTRIBUTING.md"
HOUSE = ("agent", "feed", "installer", "policy")
BLOCK = re.compile(r"^```(python|diff|toml)(?: (\S+))?\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
KIND, SENSOR = "policy/kinds/kernel_module.py", "agent/sensors/modules.py"


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=110, check=False)


def tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The house, and what each step says done to it."""
    copy: Path = tmp_path_factory.mktemp("house")
    for name in HOUSE:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    for language, path, text in BLOCK.findall(STEPS.read_text(encoding="utf-8")):
        if language == "python":
            (copy / path).write_text(text, encoding="utf-8")
        elif language == "toml":
            with (copy / path).open("a", encoding="utf-8") as policy:
                policy.write(f"\n{text}")
        else:
            (copy / "step.diff").write_text(text, encoding="utf-8")
            done = run(copy, "git", "apply", "step.diff")
            assert done.returncode == 0, f"{done.stderr}{text}"
    yield copy
    shutil.rmtree(copy)


@pytest.fixture(scope="module")
def said(copy: Path) -> dict[str, Any]:
    """What the toy run prints: see tests/shows/toy_run.py."""
    done = run(copy, sys.executable, "-I", "-W", "error", str(ROOT / "tests/shows/toy_run.py"), str(copy))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["house"] == str(copy)
    return found


def test_it_judges(said: dict[str, Any]):
    """What was there at first is no finding; what came after is one, of the new rule."""
    (one,) = said["noticed"]
    assert (one["rule"], one["kind"], one["subject"]["key"]) == ("kernel.unwanted", "kernel_module", "usb_storage")


def test_it_is_told(said: dict[str, Any]):
    """In its own words, under its clause, with its way out."""
    assert said["words"]["title"] == "usb_storage is not wanted on this laptop"
    assert "(code 3)" in said["words"]["body"]
    assert said["words"]["body"].endswith("Nobody has been told yet.")
    assert said["words"]["steps"] == ["Open a terminal and type: sudo modprobe --remove usb_storage"]


def test_its_incident_holds_what_its_rows_list(said: dict[str, Any]):
    """And no field more: one without a row can't be encoded."""
    sent = said["sent"]["message"]
    assert sent["attrs"]["name"] == "usb_storage"
    assert set(sent["attrs"]) <= set(said["rows"])
    assert said["refused"] == "attrs.size has no row in policy/privacy.py"


def test_a_feed_takes_it_and_its_end_is_seen(said: dict[str, Any]):
    """The same house's feed stores it; unloading the module ends the finding."""
    assert said["feed"] == "stored"
    assert [one["ending"] for one in said["ended"]] == ["put_right"]


def test_policy_check_knows_it(copy: Path):
    """The rule is one of the document's."""
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from agent.cli import main; sys.exit(main())"
    check = (sys.executable, "-I", "-c", start, str(copy), "policy", "check", "policy/examples/kpn.toml", "--json")
    assert "kernel.unwanted" in json.loads(run(copy, *check).stdout)["rules"]


def test_the_walls_hold_and_see_it(copy: Path):
    """They stand with the new module in place; a module of policy that asks the OS is told by name."""
    done = run(copy, tool("lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout
    module = copy / KIND
    before = module.read_text(encoding="utf-8")
    module.write_text(f"import os\n{before}", encoding="utf-8")
    done = run(copy, tool("lint-imports"), "--no-cache")
    module.write_text(before, encoding="utf-8")
    assert "policy.kinds.kernel_module -> os" in done.stdout


@pytest.mark.parametrize(
    "check", [("ruff", "check"), ("ruff", "format", "--check"), ("mypy", "--follow-imports=silent")]
)
def test_what_the_steps_say_is_clean(copy: Path, check: tuple[str, ...]):
    """As `make check` asks of every module."""
    done = run(copy, tool(check[0]), *check[1:], KIND, SENSOR)
    assert done.returncode == 0, done.stdout
