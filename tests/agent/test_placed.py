"""The sensor of what was put by hand, with dpkg's own lists of files and rpm's own answers."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.sensors import bounded, placed
from agent.sensors.placed import Placed
from policy.model import Instant
from tests.contracts.sensor import SensorContract
from tests.support.packages import NOW, names, seen
from tests.support.rpms import Rpms
from tests.support.until import until


class PlacedPlace:
    """As the contract asks: the first is unpacked into /opt, the second a file among the commands."""

    names = ("Toy", "other")
    versioned = True

    def __init__(self, root: Path) -> None:
        self.root, self.opt, self.bin = root, root / "opt", root / "usr/local/bin"

    def sensor(self) -> Placed:
        return Placed(self.root)

    def install(self, name: str, version: str) -> None:
        if any(self._lying(name)):
            self.remove(name)
        if name == "Toy":
            program(self.opt / f"Toy-{version}/bin/toy")
        else:
            program(self.bin / f"{name}-v{version}-linux-amd64")

    def remove(self, name: str) -> None:
        for path in self._lying(name):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _lying(self, name: str) -> list[Path]:
        return [*self.opt.glob(f"{name}-*"), *self.bin.glob(f"{name}-*")]

    def key(self, name: str) -> str:
        return name.lower()

    def spoil(self) -> None:
        self.opt.rename(self.root / "whole")
        self.opt.symlink_to("opt")

    def mend(self) -> None:
        self.opt.unlink()
        (self.root / "whole").rename(self.opt)

    def vanish(self) -> None:
        for path in self.root.iterdir():
            shutil.rmtree(path)


class TestContract(SensorContract):
    @pytest.fixture
    def place(self, machine: PlacedPlace) -> PlacedPlace:
        return machine


@pytest.fixture
def machine(tmp_path: Path) -> PlacedPlace:
    """A root with both places, and nothing in them."""
    made = PlacedPlace(tmp_path / "root")
    made.opt.mkdir(parents=True)
    made.bin.mkdir(parents=True)
    return made


def program(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.chmod(mode)
    return path


def test_what_a_package_owns_is_not_told(machine: PlacedPlace):
    """By dpkg's lists; the next package too, and one that lets go."""
    for name in ("ours/app/run", "mine/run"):
        program(machine.opt / name)
    program(machine.bin / "tool")
    info = machine.root / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (info / "one.list").write_text("/.\n/opt\n/opt/ours\n/opt/ours/app\n/opt/ours/app/run\n")
    sensor = machine.sensor()
    assert names(sensor.look(NOW)) == ["mine", "tool"]
    (info / "two:amd64.list").write_text("/usr/local/bin/tool\n/opt/min\n/opt/mine.d\n")
    assert names(sensor.look(NOW)) == ["mine"]
    (info / "one.list").unlink()
    assert names(sensor.look(NOW)) == ["mine", "ours"]


def test_what_a_package_of_rpm_owns_is_not_told(machine: PlacedPlace):
    rpms = Rpms(machine.root.parent)
    rpms.install(rpms.build("ours", folder="/opt/ours"))
    program(machine.opt / "ours/run")
    program(machine.opt / "mine/run")
    assert names(machine.sensor().look(NOW)) == ["mine"]


def test_who_owns_what_cannot_be_told(machine: PlacedPlace):
    """Then all might be a package's: nothing is said of any."""
    program(machine.opt / "mine/run")
    info = machine.root / "var/lib/dpkg/info"
    info.parent.mkdir(parents=True)
    look = machine.sensor().look(NOW)
    assert (look.facts, bool(look.gap)) == ((), True)
    info.mkdir()
    (info / "one.list").mkdir()
    assert machine.sensor().look(NOW).gap
    (info / "one.list").rmdir()
    assert names(machine.sensor().look(NOW)) == ["mine"]


def test_a_folder_without_a_program_is_data(machine: PlacedPlace):
    """Also where it has folders, links to programs elsewhere, and what only reads like one."""
    program(machine.opt / "data/deep/run.sh", 0o644)
    (machine.opt / "data/link").symlink_to("/bin/sh")
    (machine.opt / "data/around").symlink_to(".")
    (machine.opt / "empty/bin").mkdir(parents=True)
    program(machine.opt / "notes", 0o644)
    program(machine.bin / "notes", 0o644)
    look = machine.sensor().look(NOW)
    assert (look.facts, look.gap) == ((), None)


def test_a_folder_beyond_measure_is_software(machine: PlacedPlace, monkeypatch: pytest.MonkeyPatch):
    """It is not walked to its end."""
    monkeypatch.setattr(placed, "DEEP", 10)
    for number in range(12):
        program(machine.opt / f"big/{number}", 0o644)
    assert names(machine.sensor().look(NOW)) == ["big"]


def test_links_among_the_commands(machine: PlacedPlace):
    """To nothing, around, to what is told already: nothing. Elsewhere: a program. Node's: a developer's own."""
    program(machine.opt / "Toy/run")
    program(machine.root / "usr/lib/thing")
    program(machine.root / "usr/local/lib/hidden/tool")
    program(machine.root / "usr/local/lib/node_modules/lint/cli.js")
    for name, target in {
        "toy": machine.opt / "Toy/run",
        "thing": machine.root / "usr/lib/thing",
        "tool": Path("../lib/hidden/tool"),
        "lint": Path("../lib/node_modules/lint/cli.js"),
        "none": Path("nowhere"),
        "around": Path("around"),
    }.items():
        (machine.bin / name).symlink_to(target)
    (machine.opt / "Current").symlink_to("Toy")
    look = machine.sensor().look(NOW)
    assert look.gap is None
    assert {name: fact.observed for name, fact in seen(look).items()} == {"Toy": False, "tool": False, "lint": True}


def test_two_versions_are_one_program(machine: PlacedPlace):
    """The newer speaks, whichever lies first."""
    for version in ("9.1", "10.0"):
        program(machine.opt / f"jdk-{version}/bin/java")
    (fact,) = seen(machine.sensor().look(NOW)).values()
    assert (fact.subject.key, fact.version) == ("jdk", "10.0")


def test_what_is_still_being_unpacked_is_looked_at_again(machine: PlacedPlace):
    """What happens deep in a new folder is no event; an old one is left alone."""
    heard: list[float] = []
    sensor = machine.sensor()
    sensor.start(heard.append)
    try:
        (machine.opt / "toy/deep").mkdir(parents=True)
        until(lambda: heard)
        os.utime(machine.opt / "toy", (NOW.wall.timestamp(),) * 2)
        until(lambda: placed.LATER in (sensor.look(NOW), heard)[1])
        heard.clear()
        sensor.look(Instant(datetime(2026, 11, 25, tzinfo=UTC), 0.0))
        assert placed.LATER not in heard
    finally:
        sensor.stop()


def test_a_folder_that_may_not_be_seen_is_a_gap_about_itself(machine: PlacedPlace, monkeypatch: pytest.MonkeyPatch):
    """The rest is told."""
    program(machine.opt / "mine/run")
    program(machine.opt / "closed/inner/run")
    there = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "inner":
            raise PermissionError(13, "Permission denied")
        return there(path)

    monkeypatch.setattr(os, "scandir", refuse)
    look = machine.sensor().look(NOW)
    assert names(look) == ["mine"]
    assert look.gap
    assert [subject.key for subject in look.gap.about] == ["closed"]


def test_nothing_is_opened(machine: PlacedPlace):
    """A pipe and a socket would hold whoever does; neither is a program."""
    os.mkfifo(machine.bin / "pipe", 0o777)
    os.mkfifo(machine.opt / "pipe", 0o777)
    (machine.opt / "toy").mkdir()
    os.mkfifo(machine.opt / "toy/pipe", 0o777)
    look = machine.sensor().look(NOW)
    assert (look.facts, look.gap) == ((), None)


def test_more_than_a_machine_has_is_a_gap(machine: PlacedPlace, monkeypatch: pytest.MonkeyPatch):
    """Bounded, and said so."""
    monkeypatch.setattr(bounded, "MOST_NAMES", 3)
    for number in range(5):
        program(machine.bin / f"tool{number}x")
    gap = machine.sensor().look(NOW).gap
    assert gap
    assert "too_many" in gap.reason
