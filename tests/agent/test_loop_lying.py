"""What a feed may say wrongly costs the laptop neither its clock nor what comes after it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from agent.clock import Clock
from agent.ledger import Ledger
from agent.loop import Loop
from policy.wire import Result, Synced
from tests.support.loops import POLICY, begun, found, look, sent, synced
from tests.support.machines import Ear, Machine

WILD = (datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 58, tzinfo=UTC))


@pytest.fixture
def loop(ledger: Ledger) -> Iterator[Loop]:
    made = begun(ledger, Machine(), Ear())
    yield made
    made.stop()


@pytest.mark.parametrize("time", WILD)
def test_a_wild_time_moves_no_clock_and_the_rest_of_the_answer_is_taken(loop: Loop, ledger: Ledger, time: datetime):
    """What was stored leaves, and what comes is found."""
    loop.put(look(loop, "evil"))
    loop.put(synced(time=time, results=(Result(sent(loop), "stored"),)))
    loop.put(look(loop, "evil", "bad"))
    assert found(loop) == {"evil": "reported", "bad": "noticed"}
    assert loop.call(loop.outgoing).envelopes == ()
    assert "offset" not in loop.call(ledger.meta)


@pytest.mark.parametrize("time", WILD)
def test_after_a_wild_time_the_agent_starts_again(loop: Loop, ledger: Ledger, time: datetime):
    """With the clocks that were kept."""
    loop.put(look(loop, "bad"))
    loop.put(synced(time=time))
    loop.stop()
    kept = Ledger(ledger.path)
    meta = kept.meta()
    again = Loop(POLICY, kept, Clock(Machine(), meta["awake"], float(meta.get("offset", "0"))), Ear())
    again.start()
    again.put(look(again, "bad", "worse"))
    assert found(again) == {"bad": "noticed", "worse": "noticed"}
    again.stop()


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
def test_a_leave_until_a_wild_date_holds_up_nothing_behind_it(loop: Loop, date: str):
    """At both ends of the calendar, and past them in UTC: the cursor passes, and looks are judged."""
    subject = {"type": "program", "key": "bad"}
    leave = {"directive": "leave", "leave": {"id": "l", "rule": "r", "subject": subject, "until": date}}
    said = {"epoch": 1, "time": datetime.now(UTC), "next_in": 60.0}
    answer = msgspec.json.encode({**said, "directives": [(1, leave), (2, {"directive": "leave_ended", "id": "other"})]})
    loop.put(msgspec.json.decode(answer, type=Synced))
    loop.put(look(loop, "evil"))
    assert found(loop) == {"evil": "reported"}
    assert loop.call(loop.outgoing).cursor == 2
