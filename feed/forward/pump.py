"""Keeps every forwarder up with the store: one task each, in order, again after a failure, never two of one at once."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

from feed.forward.base import CannotForward, Forwarder
from feed.store import Forwarded, Pending, Store

FIRST_RETRY, LAST_RETRY = 1.0, 60.0  # seconds

log = logging.getLogger(__name__)


@dataclass
class Standing:
    """How a forwarder is doing, for the page."""

    name: str
    last_success: datetime | None = None
    error: str = ""


@dataclass
class Pump:
    """One forwarder's task."""

    store: Store
    forwarder: Forwarder
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self.standing = Standing(self.forwarder.name)

    async def run(self) -> None:
        """Until it is cancelled."""
        seen, pause = -1, FIRST_RETRY
        while True:
            newest = await self.store.changed(seen)
            if await self._all():
                seen, pause = newest, FIRST_RETRY
            else:
                await asyncio.sleep(pause)
                pause = min(LAST_RETRY, pause * 2)

    async def _all(self) -> bool:
        """Everything that waits; False where one could not be done."""
        while batch := await self.store.pending(self.forwarder.name):
            for pending in batch:
                if not await self._one(pending):
                    return False
        return True

    async def _one(self, pending: Pending) -> bool:
        try:
            ticket = await asyncio.to_thread(self.forwarder.ensure, pending)
        except CannotForward as error:
            return self._failed(str(error))
        except Exception as error:  # a bug in one adapter must not stop the others
            log.exception("%s failed", self.forwarder.name)
            return self._failed(str(error))
        await self.store.forwarded(self.forwarder.name, Forwarded(pending.row.uid, pending.row.revision, ticket))
        self.standing.last_success, self.standing.error = datetime.now(UTC), ""
        return True

    def _failed(self, reason: str) -> bool:
        if self.standing.error != reason:
            log.warning("%s: %s; it is tried again", self.forwarder.name, reason)
        self.standing.error = reason
        return False
