"""A Windows of its own for each test, with a desktop on a screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.wine import Windows

EVIDENCE = Path(__file__).resolve().parents[2] / ".evidence" / "wine"


@pytest.fixture
def windows() -> Iterator[Windows]:
    with Windows() as made:
        made.screen()
        yield made


@pytest.fixture(scope="session")
def evidence() -> Path:
    """Where pictures are left for the docs and for eyes."""
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    return EVIDENCE
