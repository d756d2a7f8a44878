"""What every page is made from. The composition root gives it; nothing here is global."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from feed.store import Store
from policy.model import Policy


def utc() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Site:
    """The parts. stopping: set when the server begins to stop. secure: people reach it by https alone."""

    store: Store
    policy: Policy
    stopping: asyncio.Event
    secure: bool = False
    clock: Callable[[], datetime] = utc
