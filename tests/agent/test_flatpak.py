"""The flatpak sensor over the real flatpak, with an installation of its own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.sensors.flatpak import Flatpak
from tests.contracts.sensor import SensorContract
from tests.support.flatpaks import Flatpaks
from tests.support.packages import NOW, names, seen

TOY, OTHER = "nl.example.Toy", "nl.example.Other"


class FlatpakPlace:
    """As the contract asks."""

    names = (TOY, OTHER)
    versioned = True

    def __init__(self, flatpaks: Flatpaks) -> None:
        self._flatpaks, self._folder = flatpaks, flatpaks.folder

    def sensor(self) -> Flatpak:
        return Flatpak(self._folder)

    def install(self, name: str, version: str) -> None:
        self._flatpaks.install(name, version)

    def remove(self, name: str) -> None:
        self._flatpaks.remove(name)

    def key(self, name: str) -> str:
        return name.lower()

    def spoil(self) -> None:
        (self._folder / "app").rename(self._folder / "whole")
        (self._folder / "app").symlink_to("app")

    def mend(self) -> None:
        (self._folder / "app").unlink()
        (self._folder / "whole").rename(self._folder / "app")

    def vanish(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class TestContract(SensorContract):
    @pytest.fixture
    def place(self, flatpaks: Flatpaks) -> FlatpakPlace:
        return FlatpakPlace(flatpaks)


@pytest.fixture
def flatpaks(tmp_path: Path) -> Iterator[Flatpaks]:
    """One in which nothing is installed."""
    with Flatpaks(tmp_path) as made:
        yield made


def active(flatpaks: Flatpaks, name: str) -> Path:
    """The folder of what runs, by its own name."""
    return (flatpaks.folder / "app" / name / "current/active").resolve()


def test_the_remote_counts_where_its_signatures_are_checked(flatpaks: Flatpaks):
    """Anybody can give a remote any name: one without signatures vouches for nothing."""
    flatpaks.install(TOY, remote="store")
    assert seen(Flatpak(flatpaks.folder).look(NOW))[TOY].origin == ""
    config = flatpaks.folder / "repo/config"
    config.write_text(config.read_text().replace("gpg-verify=false", "gpg-verify=true"))
    assert seen(Flatpak(flatpaks.folder).look(NOW))[TOY].origin == "store"
    config.unlink()
    assert seen(Flatpak(flatpaks.folder).look(NOW))[TOY].origin is None


def test_a_users_own_installation(flatpaks: Flatpaks):
    """The same folder as a user has it: their scope, their source."""
    flatpaks.install(TOY)
    (fact,) = seen(Flatpak(flatpaks.folder, "user").look(NOW)).values()
    assert (fact.subject.scope, fact.source, fact.brought_by) == ("user", "flatpak_user", "user")


def test_one_that_tells_no_version(flatpaks: Flatpaks):
    """There is none then, rather than something beside it."""
    flatpaks.install(TOY)
    assert seen(Flatpak(flatpaks.folder).look(NOW))[TOY].version == ""


def test_a_runtime_is_no_program(flatpaks: Flatpaks):
    """It came with the application."""
    flatpaks.install(TOY)
    assert list((flatpaks.folder / "runtime").iterdir()), "else this tests nothing"
    assert names(Flatpak(flatpaks.folder).look(NOW)) == [TOY]


@pytest.mark.parametrize("file", ["metadata", "deploy"])
@pytest.mark.parametrize("how", ["gone", "pipe", "huge", "loop", "folder"])
def test_one_that_is_torn_is_a_gap_about_itself(flatpaks: Flatpaks, file: str, how: str):
    """Whatever lies there: no wait, no memory; the other is seen."""
    flatpaks.install(TOY)
    flatpaks.install(OTHER)
    path = active(flatpaks, TOY) / file
    path.unlink()
    if how == "pipe":
        os.mkfifo(path)
    elif how == "huge":
        path.touch()
        os.truncate(path, 1 << 40)
    elif how == "loop":
        path.symlink_to(path.name)
    elif how == "folder":
        path.mkdir()
    look = Flatpak(flatpaks.folder).look(NOW)
    assert names(look) == [OTHER]
    assert look.gap
    assert [subject.key for subject in look.gap.about] == [TOY.lower()]


def test_what_is_no_application_is_left_out(flatpaks: Flatpaks):
    """Names that flatpak takes for none, and a folder without anything that runs."""
    flatpaks.install(TOY)
    for name in ("nodots", "..x.y", "a b.c", "nl.example.Begun"):
        (flatpaks.folder / "app" / name).mkdir()
    look = Flatpak(flatpaks.folder).look(NOW)
    assert (names(look), look.gap) == ([TOY], None)


def test_a_configuration_that_is_nonsense_vouches_for_nothing(flatpaks: Flatpaks):
    flatpaks.install(TOY)
    (flatpaks.folder / "repo/config").write_bytes(b"[[\0 = \xff")
    assert seen(Flatpak(flatpaks.folder).look(NOW))[TOY].origin == ""
