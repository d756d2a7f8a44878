"""The dpkg sensor keeps what every sensor promises."""

import pytest

from agent.sensors.dpkg import Dpkg
from tests.contracts.sensor import SensorContract
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

    def vanish(self) -> None:
        raise NotImplementedError


class TestContract(SensorContract):
    unasked = "a machine of dpkg without its database is broken: a gap (test_dpkg.py)"

    @pytest.fixture
    def place(self, machine: Packages) -> DpkgPlace:
        return DpkgPlace(machine)
