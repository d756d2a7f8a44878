"""The snap sensor over a tree as snapd makes it (by snapd's documentation; there is no snapd without systemd here)."""

import os
import shutil
from pathlib import Path

import pytest

from agent.sensors.snap import Snap
from tests.contracts.sensor import SensorContract
from tests.support.packages import NOW, names, seen

APP = "name: {0}\nversion: '{1}'\nsummary: none\napps:\n  {0}:\n    command: bin/{0}\n    version: 9.9\n"


class SnapPlace:
    """As the contract asks: each change in the order in which snapd does it."""

    names = ("toy", "other-tool")
    versioned = True

    def __init__(self, root: Path, mounts: str = "snap") -> None:
        self.root, self.mounts = root, root / mounts
        self.state = root / "var/lib/snapd"
        self.kept = self.state / "snaps"
        self._number = 0

    def sensor(self) -> Snap:
        return Snap(self.root)

    def install(self, name: str, version: str, text: str = APP, revision: str = "", kept: bool = True) -> Path:
        self._number += 1
        number = revision or str(self._number)
        self.kept.mkdir(parents=True, exist_ok=True)
        for old in self.kept.glob(f"{name}_*.snap"):
            old.unlink()
        if kept:
            (self.kept / f"{name}_{number}.snap").touch()
        meta = self.mounts / name / number / "meta"
        meta.mkdir(parents=True)
        (meta / "snap.yaml").write_text(text.format(name.partition("_")[0], version))
        current = self.mounts / name / "current"
        current.with_name("new").symlink_to(number)
        current.with_name("new").rename(current)
        self._write()
        return meta

    def remove(self, name: str) -> None:
        shutil.rmtree(self.mounts / name)
        for file in self.kept.glob(f"{name}_*.snap"):
            file.unlink()
        self._write()

    def _write(self) -> None:
        new = self.state / "state.json.x~"
        new.touch(0o600)
        new.rename(self.state / "state.json")

    def key(self, name: str) -> str:
        return name

    def spoil(self) -> None:
        """Not mounted: as after a start at which that failed."""
        self.mounts.rename(self.root / "whole")

    def mend(self) -> None:
        (self.root / "whole").rename(self.mounts)

    def vanish(self) -> None:
        shutil.rmtree(self.root)
        self.root.mkdir()


class TestContract(SensorContract):
    @pytest.fixture(params=["snap", "var/lib/snapd/snap"])
    def place(self, tmp_path: Path, request: pytest.FixtureRequest) -> SnapPlace:
        (tmp_path / "root").mkdir()
        return SnapPlace(tmp_path / "root", request.param)


@pytest.fixture
def snaps(tmp_path: Path) -> SnapPlace:
    return SnapPlace(tmp_path)


def test_what_is_no_application_came_with_another(snaps: SnapPlace):
    """A base, the core, and a snap that only brings files for others."""
    snaps.install("toy", "1")
    for kind in ("base", "os", "snapd", "gadget", "kernel"):
        snaps.install(kind, "1", f"name: {kind}\nversion: 1\ntype: {kind}\napps: {{}}\n")
    snaps.install("themes", "1", "name: themes\nversion: 1\nslots:\n  themes: content\n")
    found = seen(snaps.sensor().look(NOW))
    assert [name for name, fact in found.items() if fact.chosen] == ["toy"]
    assert len(found) == 7


def test_one_without_the_stores_word(snaps: SnapPlace):
    """A revision with an x was put there by hand."""
    snaps.install("toy", "1")
    snaps.install("own", "1", revision="x3")
    assert {name: fact.origin for name, fact in seen(snaps.sensor().look(NOW)).items()} == {
        "toy": "snap-store",
        "own": "",
    }


def test_a_second_instance_is_the_same_program(snaps: SnapPlace):
    snaps.install("toy", "1")
    snaps.install("toy_two", "1")
    look = snaps.sensor().look(NOW)
    assert (names(look), look.gap) == (["toy"], None)


def test_one_that_is_disabled_is_still_there(snaps: SnapPlace):
    """Its newest revision speaks, by number."""
    for revision in ("9", "10"):
        snaps.install("toy", f"1.{revision}", revision=revision)
    (snaps.mounts / "toy/current").unlink()
    assert seen(snaps.sensor().look(NOW))["toy"].version == "1.10"


def test_what_lies_beside_the_snaps_is_none(snaps: SnapPlace):
    """A README, a folder of commands, names that are none; all that without a snap."""
    snaps.mounts.mkdir()
    (snaps.mounts / "README").touch()
    (snaps.mounts / "readme").touch()
    (snaps.mounts / "bin").mkdir()
    (snaps.mounts / "..x").mkdir()
    look = snaps.sensor().look(NOW)
    assert (look.facts, look.gap) == ((), None)


@pytest.mark.parametrize("how", ["unmounted", "pipe", "huge", "loop", "binary"])
@pytest.mark.parametrize("kept", [True, False])
def test_one_that_is_torn_is_a_gap_about_itself(snaps: SnapPlace, how: str, kept: bool):
    """No wait, no memory; the other is seen. What only is no text is still a program of that name."""
    snaps.install("other", "1")
    yaml = snaps.install("toy", "1", kept=kept) / "snap.yaml"
    yaml.unlink()
    if how == "pipe":
        os.mkfifo(yaml)
    elif how == "huge":
        yaml.touch()
        os.truncate(yaml, 1 << 40)
    elif how == "loop":
        yaml.symlink_to(yaml)
    elif how == "binary":
        yaml.write_bytes(bytes(range(256)))
    look = snaps.sensor().look(NOW)
    if how == "binary":
        assert (names(look), look.gap) == (["other", "toy"], None)
        return
    assert names(look) == ["other"]
    assert look.gap
    assert [subject.key for subject in look.gap.about] == ["toy"]


def test_a_place_in_a_circle_is_a_gap(snaps: SnapPlace):
    snaps.mounts.symlink_to("snap")
    assert snaps.sensor().look(NOW).gap
