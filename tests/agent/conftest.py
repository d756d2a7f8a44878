"""Roots of dpkg, ledgers and small clocks for the agent's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.ledger import Ledger
from tests.support.packages import Debs, Packages


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
