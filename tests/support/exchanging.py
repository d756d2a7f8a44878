"""The loop as the exchange sees it, without a loop."""

import msgspec

from agent.sync import Outgoing, Standing
from policy.wire import Envelope, Synced
from tests.support.lying_feed import Raw

NO = Raw(b'{"error":"unknown","detail":"This laptop is not known here."}', 401)


class Loop:
    """The loop as the exchange sees it: what waits, and what came back."""

    def __init__(self) -> None:
        self.waiting: list[Envelope] = []
        self.taken: list[Synced] = []
        self.standings: list[Standing] = []

    def collect(self) -> Outgoing:
        return Outgoing(1, len(self.taken), tuple(self.waiting), "nl")

    def take(self, synced: Synced) -> None:
        done = {result.id for result in synced.results}
        self.waiting = [one for one in self.waiting if one.id not in done]
        self.taken.append(synced)

    def commit(self, name: str) -> None:
        self.waiting.append(Envelope(name, msgspec.Raw(b"{}")))
