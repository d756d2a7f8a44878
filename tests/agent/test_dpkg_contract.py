"""The dpkg sensor keeps what every sensor promises; there is one on a machine of dpkg alone."""

from pathlib import Path
from uuid import UUID

import pytest

from agent.sensors.dpkg import Dpkg
from agent.service import Options, sensors
from policy.model import State, Subject
from tests.contracts.sensor import Promises
from tests.support.loops import POLICY
from tests.support.packages import Packages


class DpkgPlace:
    """As the contract asks."""

    names = ("toy", "other")
    versioned = True

    def __init__(self, machine: Packages) -> None:
        self._machine = machine
        self.install("left", "1.0")  # dpkg makes its locks at its first run
        self.remove("left")

    def sensor(self) -> Dpkg:
        return Dpkg(self._machine.root)

    def install(self, name: str, version: str) -> None:
        self._machine.install(self._machine.deb(name, version))

    def remove(self, name: str) -> None:
        self._machine.remove(name, purge=True)

    def key(self, name: str) -> str:
        return name

    def spoil(self) -> None:
        self._machine.status.rename(self._machine.root / "whole")
        self._machine.status.write_bytes(bytes(200))

    def mend(self) -> None:
        (self._machine.root / "whole").replace(self._machine.status)


class TestContract(Promises):
    @pytest.fixture
    def place(self, machine: Packages) -> DpkgPlace:
        return DpkgPlace(machine)


def test_a_machine_of_another_packager_shows_no_gap_for_dpkg(tmp_path: Path):
    """Nobody looks where there never was one; where an earlier run saw one, its loss shows."""
    options = Options(state=tmp_path, policy=POLICY, root=tmp_path)
    never = State(ledger=UUID(int=1))
    once = State(ledger=UUID(int=1), baseline={("dpkg", "machine"): frozenset({Subject("program", "dpkg")})})
    assert "dpkg" not in {sensor.source for sensor in sensors(options, never)}
    assert "dpkg" in {sensor.source for sensor in sensors(options, once)}
    (tmp_path / "var/lib/dpkg").mkdir(parents=True)
    assert "dpkg" in {sensor.source for sensor in sensors(options, never)}
