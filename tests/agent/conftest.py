"""Roots of dpkg and their sensor, ledgers, and a feed for the agent's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.ledger import Ledger
from agent.sensors.dpkg import Dpkg
from tests.support.lying_feed import Feed
from tests.support.packages import NOW, Debs, Packages


@pytest.fixture(scope="session")
def debs(tmp_path_factory: pytest.TempPathFactory) -> Debs:
    """Packages that are built once a session."""
    return Debs(tmp_path_factory.mktemp("debs"))


@pytest.fixture
def machine(tmp_path: Path, debs: Debs) -> Packages:
    """A root in which nothing is installed."""
    return Packages(tmp_path / "root", debs)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new one."""
    made = Ledger(tmp_path / "state" / "ledger.db")
    yield made
    made.close()


@pytest.fixture
def sensor(machine: Packages) -> Dpkg:
    """One that took its first look at an empty machine."""
    made = Dpkg(machine.root, management=("/usr/bin/unattended-upgrade*", "/usr/bin/ansible*"))
    assert made.look(NOW).gap is None
    return made


@pytest.fixture
def feed() -> Iterator[Feed]:
    """One that says what a test tells it to."""
    with Feed() as made:
        yield made


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Where the laptop's keys will lie."""
    return tmp_path / "device.json"
