"""Rooms for the tests: each has a screen, a bus and servers of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.desktop import Room

EVIDENCE = Path(__file__).resolve().parents[1] / ".evidence" / "desktop"


@pytest.fixture
def room() -> Iterator[Room]:
    """Nothing but a folder and an environment."""
    with Room() as made:
        yield made


@pytest.fixture
def desktop(room: Room) -> Room:
    """A screen, a bus and a panel with a tray; nobody who draws notices yet."""
    room.screen()
    room.bus()
    room.panel()
    return room


@pytest.fixture
def quiet(room: Room) -> Room:
    """A screen and a bus, and nothing more."""
    room.screen()
    room.bus()
    return room


@pytest.fixture(scope="session")
def evidence() -> Path:
    """Where pictures are left for the docs and for eyes."""
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    return EVIDENCE
