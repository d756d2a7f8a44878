"""One boot a run; each test begins at the same moment of it, with nothing of the others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.senses import Senses
from tests.support.vm import Machine
from tests.support.vm_desk import Desk
from tests.vm.disk import entry

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "tests" / ".evidence" / "vm"
CODE = ("agent", "feed", "policy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for the boot, which takes two minutes beside another stage."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def booted() -> Iterator[Machine]:
    """Anna's desktop, and our code, which is no part of the disk."""
    assert entry().exists(), "the VM's disk is not built; `make setup` builds it"
    with Machine(entry()) as machine:
        machine.boot()
        machine.put(ROOT, CODE, "/opt/deskwarden/code")
        machine.put(Path(__file__).parent, ("inside",), "/opt/deskwarden")
        machine.root.sh("python3 -I -m compileall -q -j 2 /opt/deskwarden/code", seconds=300)
        machine.keep("start")
        yield machine


@pytest.fixture
def laptop(booted: Machine, request: pytest.FixtureRequest) -> Iterator[Machine]:
    """Where a test fails, its last screen and its journal are kept."""
    booted.back("start")
    failed = request.session.testsfailed
    yield booted
    if request.session.testsfailed != failed:
        booted.picture(EVIDENCE / f"{request.node.name}.png")
        (EVIDENCE / f"{request.node.name}.txt").write_text(booted.root.sh("journalctl -b --no-pager | tail -200"))


@pytest.fixture
def evidence() -> Path:
    """Where pictures are left for the docs and for eyes."""
    return EVIDENCE


@pytest.fixture
def senses(laptop: Machine) -> Iterator[Senses]:
    with Senses(laptop) as made:
        yield made


@pytest.fixture
def desk(laptop: Machine, senses: Senses) -> Desk:
    return Desk(laptop, senses)
