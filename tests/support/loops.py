"""A loop that runs over a real ledger, what is put on its queue, and a disk that is full as long as a test says so."""

import sqlite3
from datetime import UTC, datetime

import pytest

from agent import ledger as ledger_module
from agent.clock import Clock
from agent.ledger import Ledger
from agent.loop import Loop
from policy.document import trying_out
from policy.events import Active
from policy.model import Gap, Look
from policy.wire import Synced
from tests.support.judging import ME, ZONE, policy, program
from tests.support.machines import Ear, Machine

POLICY = trying_out(policy("grace = { hours = 1 }", deny='{ name = "evil*" }'), grace=None, immediate=True)


def begun(ledger: Ledger, machine: Machine, ear: Ear) -> Loop:
    made = Loop(POLICY, ledger, Clock(machine), ear)
    made.start()
    made.put(look(made))
    made.put(Active((ME,), ZONE))
    made.call(ear.heard.clear)
    return made


def look(loop: Loop, *names: str, gap: Gap | None = None) -> Look:
    return Look("software", "dpkg", "machine", loop.clock.now(), tuple(map(program, names)), gap)


def rest(loop: Loop) -> None:
    """All that was on the queue was taken."""
    loop.call(lambda: None)


def found(loop: Loop) -> dict[str, str]:
    """Names and phases."""
    return {f.subject.key: f.phase for f in loop.call(lambda: loop.state).findings.values()}


class Broken:
    """A ledger in which no transaction begins until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.on, self.tried = True, 0
        real = ledger_module._Transaction.__enter__

        def begin(transaction: ledger_module._Transaction) -> None:
            if self.on:
                self.tried += 1
                raise sqlite3.OperationalError("database or disk is full")
            real(transaction)

        monkeypatch.setattr(ledger_module._Transaction, "__enter__", begin)


def synced(**changes: object) -> Synced:
    fields: dict[str, object] = {"epoch": 1, "time": datetime.now(UTC), "next_in": 60.0}
    return Synced(**(fields | changes))  # type: ignore[arg-type]  # as the feed says it


def sent(loop: Loop) -> str:
    (envelope,) = loop.call(loop.outgoing).envelopes
    return str(envelope.id)
