"""The rpm sensor over the real rpm, with a database of its own."""

import shutil
from pathlib import Path

import pytest

from agent.sensors.bounded import Unreadable
from agent.sensors.rpm import Rpm, owned
from tests.contracts.sensor import SensorContract
from tests.support.packages import NOW, names, seen
from tests.support.rpms import Rpms
from tests.support.until import until


class RpmPlace:
    """As the contract asks."""

    names = ("toy", "Other-Tool")
    versioned = True

    def __init__(self, rpms: Rpms) -> None:
        self.rpms = rpms

    def sensor(self) -> Rpm:
        return Rpm(self.rpms.root)

    def install(self, name: str, version: str) -> None:
        self.rpms.install(self.rpms.build(name, version))

    def remove(self, name: str) -> None:
        self.rpms.erase(name)

    def key(self, name: str) -> str:
        return name.lower()

    @property
    def _file(self) -> Path:
        return self.rpms.database / "rpmdb.sqlite"

    def spoil(self) -> None:
        self._file.rename(self.rpms.root / "whole")
        for other in self.rpms.database.glob("rpmdb.sqlite-*"):
            other.unlink()
        self._file.write_bytes(b"no database" * 1000)

    def mend(self) -> None:
        (self.rpms.root / "whole").replace(self._file)

    def vanish(self) -> None:
        shutil.rmtree(self.rpms.root / "usr")


class TestContract(SensorContract):
    @pytest.fixture
    def place(self, rpms: Rpms) -> RpmPlace:
        made = RpmPlace(rpms)
        made.install("left", "1.0")  # rpm makes its database and its lock at its first run
        made.remove("left")
        return made


@pytest.fixture
def rpms(tmp_path: Path) -> Rpms:
    return Rpms(tmp_path)


def test_what_came_with_another_was_not_chosen(rpms: Rpms):
    """One run: a program, what it needs, and what that needs. A later run is another choice."""
    needs = (
        rpms.build("toy", "1.0", "Requires: engine"),
        rpms.build("motor", "1.0", "Provides: engine", "Requires: lib"),
    )
    rpms.install(*needs, rpms.build("lib"), rpms.build("alone"))
    rpms.install(rpms.build("later", "1.0", "Requires: lib"))
    found = seen(Rpm(rpms.root).look(NOW))
    assert {name: fact.chosen for name, fact in found.items()} == {
        "toy": True,
        "motor": False,
        "lib": False,
        "alone": True,
        "later": True,
    }


def test_those_that_need_each_other_are_not_all_left_out(rpms: Rpms):
    """Somebody asked for one of them."""
    rpms.install(rpms.build("hen", "1", "Requires: egg"), rpms.build("egg", "1", "Requires: hen"))
    assert all(fact.chosen for fact in seen(Rpm(rpms.root).look(NOW)).values())


def test_epoch_release_and_vendor(rpms: Rpms):
    """The vendor is what the package says of itself."""
    rpms.install(rpms.build("toy", "1.2", epoch=3))
    toy = seen(Rpm(rpms.root).look(NOW))["toy"]
    assert (toy.version, toy.publisher, toy.proven, toy.origin) == ("3:1.2-1", "Example BV", False, None)


def test_two_versions_beside_each_other_are_one_program(rpms: Rpms):
    """As a kernel has it: the one that came last speaks."""
    rpms.install(rpms.build("kernel", "6.1"))
    rpms.beside(rpms.build("kernel", "6.2"))
    (fact,) = Rpm(rpms.root).look(NOW).facts
    assert seen(Rpm(rpms.root).look(NOW))["kernel"].version == "6.2-1"
    assert fact.subject.key == "kernel"


def test_a_database_at_its_older_place_behind_a_link_is_found(tmp_path: Path):
    """Fedora's /var/lib/rpm is a link; older machines have it there for real."""
    rpms = Rpms(tmp_path, at="var/lib/rpm")
    rpms.install(rpms.build("toy"))
    assert names(Rpm(rpms.root).look(NOW)) == ["toy"]
    (rpms.root / "usr/lib").mkdir(parents=True)
    rpms.database.rename(rpms.root / "elsewhere")
    rpms.database.symlink_to("../../elsewhere")
    assert names(Rpm(rpms.root).look(NOW)) == ["toy"]


def test_a_machine_without_rpm_has_nothing_of_it(rpms: Rpms, monkeypatch: pytest.MonkeyPatch):
    """No command, though somebody left a database: nothing there. Where it was there before: a gap."""
    rpms.install(rpms.build("toy"))
    before = Rpm(rpms.root)
    assert names(before.look(NOW)) == ["toy"]
    monkeypatch.setenv("PATH", str(rpms.root))
    look = Rpm(rpms.root).look(NOW)
    assert (look.facts, look.gap) == ((), None)
    for sensor in (before, Rpm(rpms.root, known=frozenset({"toy"}))):
        gap = sensor.look(NOW).gap
        assert gap
        assert gap.reason == "unreadable: there is no rpm"


def test_a_lost_database_of_a_machine_of_rpm_is_a_gap(rpms: Rpms):
    """Not taken for one on which everything was removed."""
    rpms.install(rpms.build("rpm"), rpms.build("toy"))
    sensor = Rpm(rpms.root)
    sensor.look(NOW)
    rpms.erase("rpm", "toy")
    gap = sensor.look(NOW).gap
    assert gap
    assert "nothing is in it" in gap.reason


def test_to_look_makes_no_database(rpms: Rpms):
    """The command would make one."""
    Rpm(rpms.root).look(NOW)
    assert list(rpms.root.iterdir()) == []


def test_a_run_is_one_event_and_a_look_is_none(rpms: Rpms):
    """Else each look would lead to the next."""
    rpms.install(rpms.build("toy"))
    sensor, heard = Rpm(rpms.root), list[float]()
    sensor.start(heard.append)
    try:
        for count in (1, 2):
            for _ in range(5):
                sensor.look(NOW)
            rpms.install(rpms.build("toy", f"2.{count}"))
            until(lambda: len(heard) >= count)  # noqa: B023
            assert len(heard) == count
    finally:
        sensor.stop()


def test_whose_a_path_is(rpms: Rpms):
    """Asked by path, of files that need not be there."""
    rpms.install(rpms.build("toy", folder="/opt/toy"))
    assert owned(rpms.root, {"/opt/toy", "/opt/other"}) == {"/opt/toy"}
    assert owned(rpms.root, set()) == frozenset()
    assert owned(rpms.root / "none", {"/opt/toy"}) == frozenset()
    RpmPlace(rpms).spoil()
    with pytest.raises(Unreadable):
        owned(rpms.root, {"/opt/toy"})
