"""Keeps every forwarder up with the store: one task each, in order, again after a failure, never two of one at once."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec.structs import replace

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
            try:
                newest = await self.store.changed(seen)
                good = await self._all()
            except Exception as error:  # the store's trouble passes, and then there is work
                log.exception("%s failed", self.forwarder.name)
                self._failed(str(error))
                good = False
            if good:
                seen, pause = newest, FIRST_RETRY
            else:
                await asyncio.sleep(pause)
                pause = min(LAST_RETRY, pause * 2)

    async def _all(self) -> bool:
        """Everything that waits; False where one could not be done. One that is refused does not hold up the next."""
        good, seq = True, 0
        while batch := await self.store.pending(self.forwarder.name, after=seq):
            seq = batch[-1].row.seq
            for pending in batch:
                try:
                    await self._one(pending)
                except CannotForward as error:
                    good = False
                    self._failed(str(error))
                    if error.away:
                        return False
        return good

    async def _one(self, pending: Pending) -> None:
        intent = self.forwarder.intent(pending) if pending.done is None else None
        if intent:
            pending = replace(pending, done=Forwarded(pending.row.uid, 0, intent))
            await self.store.forwarded(self.forwarder.name, Forwarded(pending.row.uid, 0, intent))
        try:
            ticket = await asyncio.to_thread(self.forwarder.ensure, pending)
        except CannotForward:
            raise
        except Exception as error:  # a bug that one incident wakes
            log.exception("%s failed", self.forwarder.name)
            raise CannotForward(str(error), away=False) from error
        await self.store.forwarded(self.forwarder.name, Forwarded(pending.row.uid, pending.row.revision, ticket))
        self.standing.last_success, self.standing.error = datetime.now(UTC), ""

    def _failed(self, reason: str) -> None:
        if self.standing.error != reason:
            log.warning("%s: %s; it is tried again", self.forwarder.name, reason)
        self.standing.error = reason
