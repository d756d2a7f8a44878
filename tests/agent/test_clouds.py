"""What is installed, runs and is linked of one client is one fact; what cannot be told is a gap."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.clouds.catalogue import catalogue
from agent.clouds.packages import Machine
from agent.clouds.sight import Sight
from agent.sensors.clouds import Clouds, Seen
from policy.catalogue.owners import Told
from policy.kinds.cloud import CloudClient
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject
from tests.support.until import until

NOW = Instant(datetime(2026, 11, 24, 10, tzinfo=UTC), 1000.0)
INFO = {"personal": {"path": "/home/someone/Dropbox", "host": 1, "is_team": False, "subscription_type": "Basic"}}


@dataclass
class Process:
    """One that a test made up: what runs is read from the machine by other tests."""

    client: str
    signals: tuple[str, ...] = ("program",)
    pid: int = 1


@dataclass
class Processes:
    """Those that a test made up."""

    some: list[Process] = field(default_factory=list)
    words: tuple[tuple[str, ...], ...] = ()
    fault: str | None = None
    asked: list[int] = field(default_factory=list)

    def executed(self, pid: int) -> None:
        self.asked.append(pid)

    def start(self) -> None:
        pass

    def now(self) -> list[Process]:
        return self.some

    def lines(self, pids: Iterable[int]) -> tuple[tuple[str, ...], ...]:
        return self.words if list(pids) else ()

    def stop(self) -> None:
        pass


@dataclass
class Room:
    """A laptop: its packages and its person's home in folders of the test."""

    root: Path
    home: Path
    running: Processes = field(default_factory=Processes)
    sights: list[Sight] = field(default_factory=list)
    after: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        machine = Machine(self.root)
        seen = Seen(
            lambda _on_change: self.running, self.running.lines, machine.packages, machine.folders, lambda: self.sights
        )
        self.sensor = Clouds(catalogue(), "linux", self.home, seen, self.after)

    def package(self, name: str, status: str = "install ok installed") -> None:
        folder = self.root / "var/lib/dpkg"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "status").open("a") as file:
            file.write(f"Package: {name}\nStatus: {status}\nVersion: 1\n\n")

    def write(self, path: str, text: str) -> None:
        where = self.home / path
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)

    def look(self) -> dict[str, CloudClient]:
        look = self.sensor.look(NOW)
        assert look.gap is None
        return {fact.subject.key: fact for fact in look.facts if isinstance(fact, CloudClient)}


@pytest.fixture
def room(tmp_path: Path) -> Room:
    (tmp_path / "root").mkdir()
    (tmp_path / "home").mkdir()
    return Room(tmp_path / "root", tmp_path / "home")


def test_a_package_then_its_process_then_its_account_are_one_fact(room: Room) -> None:
    room.package("nautilus-dropbox")
    installed = room.look()["dropbox"]
    assert (installed.state, installed.source, installed.package) == ("installed", "dpkg", "nautilus-dropbox")
    assert installed.everybody
    room.running.some.append(Process("dropbox", ("program", "below")))
    assert room.look()["dropbox"].state == "running"
    room.write(".dropbox/info.json", json.dumps(INFO))
    linked = room.look()["dropbox"]
    assert (linked.state, [one.kind for one in linked.told]) == ("syncing", ["private"])
    assert {"dpkg", "program", "linked"} <= set(linked.signals)


def test_a_package_that_is_removed_is_no_client_though_its_settings_stay(room: Room) -> None:
    room.package("nautilus-dropbox", "deinstall ok config-files")
    room.write(".dropbox/info.json", json.dumps(INFO))
    assert not room.look()


def test_a_folder_of_that_name_is_no_client(room: Room) -> None:
    (room.home / "Dropbox").mkdir()
    assert not room.look()


def test_what_another_sensor_of_this_person_saw_counts(room: Room) -> None:
    program = InstalledProgram(
        subject=Subject("program", "maestral", "user"), name="maestral", version="1", source="pipx", observed=True
    )
    room.sensor.heard(Look("software", "developer", "user", NOW, (program,)))
    found = room.look()["maestral"]
    assert (found.state, found.everybody, found.source) == ("installed", False, "pipx")


def test_until_the_other_sensors_looked_nothing_is_said_to_be_gone(tmp_path: Path) -> None:
    room = Room(tmp_path, tmp_path, after=("developer",))
    assert room.sensor.look(NOW).gap == Gap("not_yet")
    room.sensor.heard(Look("software", "developer", "user", NOW, (), Gap("unreadable")))
    assert room.sensor.look(NOW).gap == Gap("unreadable: developer")
    room.sensor.heard(Look("software", "developer", "user", NOW, ()))
    assert room.sensor.look(NOW).gap is None


def test_a_list_of_packages_that_cannot_be_read_is_a_gap(room: Room) -> None:
    (room.root / "var/lib/dpkg/status").mkdir(parents=True)
    gap = room.sensor.look(NOW).gap
    assert gap
    assert gap.reason.startswith("unreadable")


def test_processes_that_cannot_be_seen_are_a_gap(room: Room) -> None:
    room.running.fault = "Permission denied"
    assert room.sensor.look(NOW).gap == Gap("unreadable: Permission denied")


def test_what_the_kernel_told_the_other_half_is_looked_at(room: Room) -> None:
    room.sensor.ran((7, 8))
    assert room.running.asked == [7, 8]


def test_a_command_line_tells_whose_it_is_and_is_not_kept(room: Room) -> None:
    words = ("restic", "-r", "rest:https://me:s3cret@backup.kpn.com/me", "backup", "/home")
    room.running.some.append(Process("restic"))
    room.running.words = (words,)
    found = room.look()["restic"]
    assert Told("server", "backup.kpn.com") in found.told
    assert "s3cret" not in repr(found)
    room.running.words = ()
    assert "s3cret" not in repr(vars(room.sensor))


def test_what_the_catalogue_does_not_know_goes_by_its_own_name(room: Room) -> None:
    room.sights.append(Sight("", "sshfs", "mount", "fuse.sshfs", "syncing", (("server", "home.example"),)))
    found = room.look()["sshfs"]
    assert (found.client, found.state, found.signals) == ("", "syncing", ("mount",))


def test_a_new_package_or_account_is_looked_at_at_once(room: Room) -> None:
    room.package("nautilus-dropbox")
    asked: list[float] = []
    room.sensor.start(asked.append)
    room.look()
    asked.clear()
    try:
        room.write(".dropbox/info.json", json.dumps(INFO))
        assert until(lambda: bool(asked))
        room.look()
        asked.clear()
        room.package("rclone")
        assert until(lambda: bool(asked))
    finally:
        room.sensor.stop()
