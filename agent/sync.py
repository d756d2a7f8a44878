"""The exchange's thread: sends what waits as soon as it is committed, and asks again when the feed said to.

It owns no state: it asks the loop what waits (`collect`) and gives it what came back (`take`), which commits it.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from agent import keys as keystore
from agent.exchange import Exchange, Refused, Unreachable
from agent.keys import Keys
from policy.wire import Envelope, Sync, Synced

BATCH = 100
SOONEST, LATEST = 1.0, 3600.0  # seconds; whatever a feed says of its next exchange
FIRST_RETRY, LAST_RETRY = 1.0, 120.0  # seconds, doubled each time, spread so that a fleet does not come at once

log = logging.getLogger(__name__)


class Outgoing(Struct, frozen=True):
    """What the loop says is to be sent."""

    epoch: int
    cursor: int
    envelopes: tuple[Envelope, ...]
    language: str


class Standing(Struct, frozen=True):
    """How the exchange stands, for status and page."""

    url: str
    contact: datetime | None = None
    error: str = ""
    refused: bool = False


class Syncer:
    """The thread. token, asset_tag: for enrolling, where this laptop has no keys for this feed yet."""

    def __init__(
        self,
        url: str,
        key_file: Path,
        *,
        token: str = "",
        asset_tag: str = "",
        collect: Callable[[], Outgoing],
        take: Callable[[Synced], None],
        changed: Callable[[Standing], None],
    ) -> None:
        self._exchange, self._key_file = Exchange(url), key_file
        self._token, self._asset_tag = token, asset_tag
        self._collect, self._take, self._changed = collect, take, changed
        self.standing = Standing(url)
        self._wake = threading.Event()
        self._ending = False
        self._failures = 0
        self._wary = False  # the feed asked for something anew: not again at once, however often it asks
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def start(self) -> None:
        """Begin with an exchange at once."""
        self._thread.start()

    def wake(self) -> None:
        """Something waits."""
        self._wake.set()

    def stop(self) -> None:
        """End after the exchange under way; what waits stays in the ledger."""
        self._ending = True
        self._wake.set()
        self._thread.join(3)
        self._exchange.close()

    def _run(self) -> None:
        while not self._ending:
            self._wake.clear()
            pause = self._once()
            if self._failures or self._wary:
                # A commit must not turn a feed that is away into a busy loop.
                end = time.monotonic() + pause
                while not self._ending and (left := end - time.monotonic()) > 0:
                    self._wake.wait(left)
                    if not self._ending:
                        self._wake.clear()
            else:
                self._wake.wait(pause)

    def _once(self) -> float:
        """One exchange; seconds until the next."""
        try:
            keys = self._keys()
            outgoing = self._collect()
            synced = self._send(keys, outgoing)
            self._take(synced)
        except (Unreachable, Refused) as error:
            self._failures += 1
            self._stand(error=str(error), refused=isinstance(error, Refused))
            pause: float = FIRST_RETRY * 2 ** min(self._failures - 1, 7)
            return min(LAST_RETRY, pause) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        except Exception:  # a bug here must not end the exchange for good
            self._failures += 1
            log.exception("the exchange failed")
            self._stand(error="internal")
            return LAST_RETRY
        self._failures = 0
        self._stand(contact=datetime.now(UTC))
        self._wary = any(result.outcome in {"adopted", "older"} for result in synced.results)
        if self._wary:
            return SOONEST
        answered = {result.id for result in synced.results}
        if len(outgoing.envelopes) == BATCH and answered & {e.id for e in outgoing.envelopes}:
            return 0.0  # there may be more; a feed that answered nothing of it is no reason to hurry
        return min(max(synced.next_in, SOONEST), LATEST)

    def _send(self, keys: Keys, outgoing: Outgoing) -> Synced:
        up = Sync(outgoing.epoch, outgoing.cursor, outgoing.language, outgoing.envelopes)
        token = keys.next_token or keys.token
        try:
            synced = self._exchange.sync(token, up)
        except Refused:
            if not keys.next_token:
                raise
            synced = self._exchange.sync(keys.token, up)  # the feed forgot its offer; the old one holds
            keys = replace(keys, next_token=None)
            keystore.save(self._key_file, keys)
            token = keys.token
        if token != keys.token:
            keys = replace(keys, token=token, next_token=None)
            keystore.save(self._key_file, keys)
        if synced.token:
            keystore.save(self._key_file, replace(keys, next_token=synced.token))
        return synced

    def _keys(self) -> Keys:
        keys = keystore.load(self._key_file)
        if keys is not None and _host(keys.feed) == _host(self._exchange.url):
            return keys
        if not self._token:
            raise Refused
        enrolled = self._exchange.enrol(self._token, self._asset_tag)
        keys = Keys(self._exchange.url, enrolled.device, enrolled.token)
        keystore.save(self._key_file, keys)
        return keys

    def _stand(self, *, contact: datetime | None = None, error: str = "", refused: bool = False) -> None:
        before = self.standing
        self.standing = replace(before, contact=contact or before.contact, error=error, refused=refused)
        if (before.error, before.contact is None) != (error, self.standing.contact is None):
            self._changed(self.standing)


def _host(url: str) -> str | None:
    """A feed that moves to another port or path is the same; another host never gets to see its token."""
    return urlsplit(url).hostname
