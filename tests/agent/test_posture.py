"""What the agent says of itself goes by outbox and commit as incidents do, once; the employee reads its very bytes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from agent import cli
from agent.clock import Clock
from agent.ipc import Eye, Hello, Sight, pair
from agent.ledger import Ledger
from agent.loop import Loop
from agent.posture import META, PostureWatch
from agent.sensors.dpkg import Dpkg
from agent.service import Options, Service
from feed.store import Unseen
from policy import document
from policy.events import Tick
from policy.model import Gap, Unsupported
from policy.posture import Kept
from policy.wire import Posture, Result, unseal
from tests.support.judging import ME, OTHER, subject
from tests.support.loops import POLICY, Broken, begun, look, rest, synced
from tests.support.machines import Ear, Machine
from tests.support.packages import Packages
from tests.support.real_feed import RealFeed
from tests.support.until import until

SEES = Sight(idle=Eye(by="xsync"))
BLIND = Sight(idle=Eye(why_not="xsync: no_display, mutter: no_server"))
WHYS = ("screen: mutter: no_server", "screen: xsync: no_display")
RULES = """
format = 1
id = "p"
version = "2"
company = "C"
[[clauses]]
number = "1.5"
title = { nl = "t", en = "t" }
quote = { nl = "q", en = "q" }
[[rules]]
id = "screen.locked"
kind = "screen"
clause = "1.5"
title = { nl = "Scherm", en = "Screen" }
[[rules]]
id = "phone.known"
kind = "phone"
clause = "1.5"
title = { nl = "Telefoon", en = "Phone" }
"""
SCREEN = document.read(RULES.encode())


def watch(ledger: Ledger, machine: Packages, sights: dict[str, Sight] | None = None) -> PostureWatch:
    """As the composition root makes it."""
    return PostureWatch(
        [Dpkg(machine.root, ())], sights or {}, "1.0", ledger.state().ledger, ledger.meta().get(META, "")
    )


def started(ledger: Ledger, machine: Packages, sights: dict[str, Sight] | None = None, policy=POLICY) -> Loop:
    """A loop over a ledger, with a watch."""
    loop = Loop(policy, ledger, Clock(Machine()), Ear(), posture=watch(ledger, machine, sights))
    loop.start()
    return loop


@pytest.fixture
def loop(ledger: Ledger, machine: Packages) -> Iterator[Loop]:
    """One that looked at its machine once, and has said so."""
    made = started(ledger, machine)
    made.put(look(made))
    rest(made)
    yield made
    made.stop()


def waiting(loop: Loop) -> list[Posture]:
    rest(loop)
    found = [unseal(envelope) for envelope in loop.call(loop.outgoing).envelopes]
    return [one for one in found if isinstance(one, Posture)]


def answered(loop: Loop, outcome: str, **more: object) -> None:
    """The feed says this of all that waits."""
    names = [envelope.id for envelope in loop.call(loop.outgoing).envelopes]
    assert names
    results = tuple(Result(name, outcome, **more) for name in names)  # type: ignore[arg-type]  # as the feed says it
    loop.put(synced(results=results, time=loop.call(loop.clock.now).wall))
    rest(loop)


def pass_days(loop: Loop, days: int) -> None:
    def on() -> None:
        loop.clock.offset += timedelta(days=days).total_seconds()

    loop.call(on)
    loop.put(Tick())
    rest(loop)


# --- what is said


def test_it_leaves_once_all_was_looked_at(ledger: Ledger, machine: Packages, caplog: pytest.LogCaptureFixture):
    """Not before: a first look under way is no gap, and no trouble."""
    loop = started(ledger, machine)
    loop.put(Tick())
    assert waiting(loop) == []
    assert caplog.records == []
    loop.put(look(loop))
    (posture,) = waiting(loop)
    assert (posture.revision, posture.policy, posture.agent, posture.blind) == (1, POLICY.name, "1.0", ())
    assert posture.on == f"{datetime.now(UTC):%Y-%m-%d}"
    assert ("leaves", None) in loop.audience.heard  # type: ignore[attr-defined]  # an Ear
    loop.stop()


def test_without_a_feed_there_is_none(ledger: Ledger):
    """Nothing is made, and nothing kept."""
    loop = begun(ledger, Machine(), Ear())
    loop.put(look(loop, gap=Gap("failed")))
    assert waiting(loop) == []
    assert META not in loop.call(ledger.meta)
    loop.stop()


def test_a_look_that_fails_and_a_rule_that_is_not_known_are_told_the_next_day(loop: Loop):
    answered(loop, "stored")
    loop.call(lambda: loop.follow(replace(loop.policy, unsupported=(Unsupported("r9", "expected one of ..."),))))
    loop.put(look(loop, gap=Gap("failed")))
    assert waiting(loop) == []
    pass_days(loop, 1)
    (posture,) = waiting(loop)
    assert (posture.revision, posture.unsupported, posture.blind) == (2, ("r9",), ("software: failed",))
    assert posture.on == f"{datetime.now(UTC):%Y-%m-%d}", "since when, not when it left"


def test_a_kind_that_has_no_sensor_here_is_told(loop: Loop):
    """As programs are on a system whose packages can't be read."""
    answered(loop, "stored")
    loop.call(loop.posture.sensors.clear)  # type: ignore[union-attr]  # it has one
    pass_days(loop, 0)
    pass_days(loop, 1)
    assert [one.blind for one in waiting(loop)] == [("software: no_sensor",)]


def test_a_look_that_left_out_one_package_is_a_look(loop: Loop):
    answered(loop, "stored")
    loop.put(look(loop, gap=Gap("half_configured", frozenset({subject("x")}))))
    pass_days(loop, 1)
    assert waiting(loop) == []


def test_what_comes_and_goes_within_a_day_says_nothing(loop: Loop):
    """The package manager is at work each day."""
    answered(loop, "stored")
    for _ in range(3):
        loop.put(look(loop, gap=Gap("locked")))
        loop.put(look(loop))
        pass_days(loop, 1)
    assert waiting(loop) == []


# --- sessions


def test_a_session_that_sees_no_input_is_told(ledger: Ledger, machine: Packages):
    """By source, as short words; a rule of a kind that is not known goes by its id."""
    loop = started(ledger, machine, {ME: BLIND}, SCREEN)
    loop.put(look(loop))
    (posture,) = waiting(loop)
    assert (posture.unsupported, posture.blind) == (("phone.known",), WHYS)
    loop.stop()


def test_of_a_session_that_is_gone_its_last_word_holds(ledger: Ledger, machine: Packages):
    """Also over a restart: nobody can tell from it when somebody was there."""
    sights = {ME: BLIND}
    loop = started(ledger, machine, sights, SCREEN)
    loop.put(look(loop))
    answered(loop, "stored")
    sights.clear()
    pass_days(loop, 1)
    pass_days(loop, 1)
    assert waiting(loop) == []
    loop.stop()
    again = started(Ledger(ledger.path), machine, {}, SCREEN)
    again.put(look(again))
    pass_days(again, 1)
    pass_days(again, 1)
    assert waiting(again) == []
    again.stop()


def test_who_of_two_is_there_does_not_change_it(ledger: Ledger, machine: Packages):
    """One sees input and the other does not: what each said last counts, whoever comes on which day."""
    sights = {ME: SEES}
    loop = started(ledger, machine, sights, SCREEN)
    loop.put(look(loop))
    assert [one.blind for one in waiting(loop)] == [()]
    answered(loop, "stored")
    sights[OTHER] = BLIND
    pass_days(loop, 0)
    pass_days(loop, 1)
    assert [one.blind for one in waiting(loop)] == [WHYS]
    answered(loop, "stored")
    for scope, sight in ((ME, SEES), (OTHER, BLIND)) * 3:
        sights.clear()
        sights[scope] = sight
        pass_days(loop, 1)
    assert waiting(loop) == []
    loop.stop()


def test_a_session_that_was_not_asked_yet_says_nothing(ledger: Ledger, machine: Packages):
    """It follows no rule so far: the first waits for it, until the next day at most."""
    loop = started(ledger, machine, {ME: Sight()}, SCREEN)
    loop.put(look(loop))
    assert waiting(loop) == []
    pass_days(loop, 1)
    assert [one.blind for one in waiting(loop)] == [("screen: never_seen",)]
    loop.stop()


# --- one commit


def test_a_restart_sends_nothing_anew(loop: Loop, ledger: Ledger, machine: Packages):
    answered(loop, "stored")
    loop.stop()
    again = started(Ledger(ledger.path), machine)
    again.put(look(again))
    assert waiting(again) == []
    again.stop()


def test_what_waited_at_a_crash_leaves_after_it(loop: Loop, ledger: Ledger, machine: Packages):
    """The same bytes: it was committed with what is kept of it."""
    (posture,) = waiting(loop)
    loop.stop()
    again = started(Ledger(ledger.path), machine)
    again.put(look(again))
    assert waiting(again) == [posture]
    again.stop()


def test_where_it_can_not_be_committed_it_is_there_at_the_next_message(
    ledger: Ledger, machine: Packages, monkeypatch: pytest.MonkeyPatch
):
    """Nothing leaves, nothing is kept, and the trouble is shown; then it goes by itself."""
    loop = started(ledger, machine)
    rest(loop)
    disk = Broken(monkeypatch)
    loop.call(lambda: loop.looks.update({("dpkg", "machine"): look(loop)}))
    assert waiting(loop) == []
    assert loop.call(lambda: loop.trouble) == "database or disk is full"
    assert loop.posture
    assert loop.posture.kept == Kept()
    disk.on = False
    loop.put(Tick())
    assert [one.revision for one in waiting(loop)] == [1]
    assert loop.call(lambda: loop.trouble) == ""
    loop.stop()


def test_a_feed_of_before_refuses_it_and_takes_the_rest(loop: Loop, ledger: Ledger):
    """It stays, is said to be refused, and is not offered again; the next one takes its place."""
    answered(loop, "refused", reason="Invalid value 'posture'")
    loop.put(look(loop, "evil"))
    assert len(loop.call(loop.outgoing).envelopes) == 1, "an incident leaves as ever"
    assert waiting(loop) == []
    assert [w.refused for w in loop.call(ledger.outbox)] == ["Invalid value 'posture'", None]
    loop.put(look(loop, gap=Gap("failed")))
    pass_days(loop, 1)
    assert [one.revision for one in waiting(loop)] == [2]
    assert [w.refused for w in loop.call(ledger.outbox)] == [None, None]


def test_a_ledger_that_was_put_back_goes_on_above_what_the_feed_has(loop: Loop):
    uid = waiting(loop)[0].uid
    answered(loop, "older", uid=uid, revision=8)
    assert [one.revision for one in waiting(loop)] == [9]
    answered(loop, "stored")
    pass_days(loop, 1)
    assert waiting(loop) == []


# --- the whole way


def test_it_reaches_the_feed_and_the_employee_reads_the_very_bytes(
    tmp_path: Path, machine: Packages, capsysbinary: pytest.CaptureFixture[bytes]
):
    """A session whose desktop tells nothing of input, a service, and a real feed."""
    state = tmp_path / "state"
    state.mkdir()
    with RealFeed(tmp_path / "feed", SCREEN) as feed:
        half = Service(Options(state, SCREEN, machine.root, feed.url, feed.token()), Machine())
        mine, theirs = pair()
        half.attach(theirs, ME)
        half.start()
        mine.send(Hello("UTC", "nl"))
        mine.send(BLIND)
        found = until(lambda: feed.do(feed.store.unseen()))
        half.stop()
        theirs.close()
    assert found == [
        Unseen("phone.known", "", 1),
        Unseen("screen", "mutter: no_server", 1),
        Unseen("screen", "xsync: no_display", 1),
    ]
    assert cli.main(["sent", "--state", str(state)]) == 0
    first, body = capsysbinary.readouterr().out.splitlines()
    assert b"sha256:" in first
    message = json.loads(body)["message"]
    assert (message["type"], message["blind"]) == ("posture", list(WHYS))
    assert not {b"1000", ME.encode()} & set(body.split(b'"'))
    assert msgspec.json.encode(json.loads(body), order="sorted") == body
