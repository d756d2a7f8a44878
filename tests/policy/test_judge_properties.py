"""The judge over random histories of looks, gaps, sessions, restarts, policies and both clocks."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from policy.document import read, trying_out
from policy.events import (
    Active,
    Emit,
    PolicyChanged,
    Retract,
    Shown,
    Started,
    Tell,
    Tick,
)
from policy.grace import CAP
from policy.judge import judge
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, State, Subject

POLICY_TEXT = b"""
format = 1
id = "p"
version = "1"
company = "C"
[[clauses]]
number = "3"
title = { nl = "t", en = "t" }
quote = { nl = "q", en = "q" }
[[rules]]
id = "r"
kind = "software"
clause = "3"
title = { nl = "t", en = "t" }
[rules.respond]
grace = { hours = 1 }
settle = "60s"
report_unseen_after = "2d"
[rules.match]
approve = [ { name = "good" } ]
deny = [ { name = "evil" } ]
"""
POLICY = trying_out(read(POLICY_TEXT, strict=True), grace=None, immediate=True)
WITHOUT = replace(POLICY, rules={}, digest="other")
GRACE, SETTLE, UNSEEN = 3600.0, 60.0, timedelta(days=2)
NAMES = ("good", "bad", "worse", "evil")
START = datetime(2026, 11, 24, 9, tzinfo=UTC)
ME = "user:1000"


def subject(name: str) -> Subject:
    return Subject("program", name)


look = st.tuples(st.just("look"), st.sampled_from(["dpkg", "rpm"]), st.sets(st.sampled_from(NAMES)),
                 st.sampled_from([None, "all", "bad"]))  # fmt: skip
step = st.one_of(
    look,
    look,
    look,
    st.tuples(st.just("shown")),
    st.tuples(st.just("shown")),
    st.tuples(st.just("active"), st.sampled_from([True, True, True, False])),
    st.tuples(st.just("quiet"), st.sampled_from(["call", "full_screen", ""])),
    st.tuples(st.just("restart")),
    st.tuples(st.just("policy"), st.sampled_from([True, True, True, False])),
    st.tuples(st.just("tick")),
)
# How long until it happens: awake and wall seconds differ by suspends and by clocks that are put forward.
pause = st.tuples(st.sampled_from([1.0, 30.0, 61.0, 900.0, 1800.0]), st.sampled_from([0.0] * 6 + [7200.0, 90_000.0]))


class History:
    """Runs steps through the judge and keeps what an onlooker would have seen."""

    def __init__(self) -> None:
        self.policy = POLICY
        self.state = State(ledger=UUID(int=7))
        self.now = Instant(START, 0.0)
        self.told: Counter[UUID] = Counter()
        self.tells: Counter[UUID] = Counter()
        self.open: Counter[UUID] = Counter()
        self.resolved: Counter[UUID] = Counter()
        self.pending: set[UUID] = set()
        self.active_awake: dict[UUID, float] = {}
        self.first_told: dict[UUID, Instant] = {}
        self.opened: dict[UUID, Instant] = {}
        self.revisions: dict[UUID, list[int]] = {}
        self.last_look: Look | None = None
        self.quiet = False

    def do(self, event, before_sessions=None):
        old = self.state
        self.state, effects = judge(self.policy, old, event, self.now)
        self._watch(event, old, effects)

    def _watch(self, event, old, effects):  # noqa: C901 - an onlooker sees everything
        for finding in self.state.findings.values():
            self.opened.setdefault(finding.uid, self.now)
            if finding.told and finding.uid not in self.first_told:
                self.told[finding.uid] += 1
                self.first_told[finding.uid] = finding.told
            if finding.uid in self.first_told:
                assert finding.told == self.first_told[finding.uid], "told is set once"
            was = next((f for f in old.findings.values() if f.uid == finding.uid), None)
            if was and was.phase != "ended" and finding.phase == "ended" and finding.ending == "put_right":
                assert isinstance(event, Look), "only a look puts right"
                assert (event.source, event.scope) in was.seen_by, "ended by a place that never saw it"
                assert not event.unseen(finding.subject), "ended by a look that could not see it"
                gone = all(fact.subject != finding.subject for fact in event.facts)
                assert gone, "ended while it is there"
        for effect in effects:
            match effect:
                case Emit(incident):
                    self.revisions.setdefault(incident.uid, []).append(incident.revision)
                    if incident.state == "open":
                        self.open[incident.uid] += 1
                        self._reported(incident.uid)
                    else:
                        self.resolved[incident.uid] += 1
                        assert self.open[incident.uid] == 1, "what never was open does not resolve"
                case Tell(_, uids, reminder):
                    assert not self.quiet, "told over a call or a film"
                    self.pending |= set(uids)
                    if not reminder:
                        self.tells.update(uids)
                case Retract(uid):
                    self.pending.discard(uid)

    def _reported(self, uid: UUID) -> None:
        finding = next(f for f in self.state.findings.values() if f.uid == uid)
        if finding.at_once:
            return
        if finding.told:
            capped = self.now.wall >= self.opened[uid].wall + CAP
            enough = self.active_awake.get(uid, 0.0) >= GRACE - 1e-6
            assert enough or capped, "reported before its grace was over"
        else:
            waited = self.now.wall - self.opened[uid].wall
            assert waited >= UNSEEN, "reported unseen before report_unseen_after"

    def wait(self, awake: float, asleep: float) -> None:
        """Pass time in small steps, as the agent does: it asks again when the judge said it should."""
        for chunk in (awake / 3,) * 3:
            self.now = Instant(self.now.wall + timedelta(seconds=chunk), self.now.awake + chunk)
            if self.state.sessions:
                for uid in self.first_told:
                    self.active_awake[uid] = self.active_awake.get(uid, 0.0) + chunk
            self.do(Tick())
        if asleep:
            self.now = Instant(self.now.wall + timedelta(seconds=asleep), self.now.awake)
            self.do(Tick())

    def take(self, step) -> None:
        match step:
            case ("look", source, names, gap):
                about = frozenset({subject("bad")}) if gap == "bad" else frozenset()
                facts = tuple(
                    InstalledProgram(subject=subject(n), name=n, version="1", origin="") for n in sorted(names)
                )
                self.do(Look("software", source, "machine", self.now, facts, Gap("g", about) if gap else None))
            case ("shown",):
                if self.state.sessions and self.pending:
                    uids, self.pending = tuple(sorted(self.pending, key=str)), set()
                    self.do(Shown(uids, ME))
            case ("active", on):
                self.quiet = False
                self.do(Active((ME,) if on else ()))
            case ("quiet", word):
                if self.state.sessions:
                    self.quiet = bool(word)
                    self.do(Active((ME,), quiet={ME: frozenset(filter(None, [word]))}))
            case ("restart",):
                # Only what is kept survives.
                self.state = replace(self.state, sessions=(), asked=frozenset(), zone="UTC")
                self.pending, self.quiet = set(), False
                self.do(Started())
            case ("policy", there):
                self.policy = POLICY if there else WITHOUT
                self.do(PolicyChanged())
            case ("tick",):
                self.do(Tick())


def begun() -> History:
    """A laptop with a baseline at both sources, and a person before it."""
    history = History()
    history.do(Started())
    history.take(("look", "dpkg", set(), None))
    history.take(("look", "rpm", set(), None))
    history.take(("active", True))
    return history


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.tuples(step, pause), min_size=15, max_size=60))
def test_told_reported_and_ended_at_most_once_a_generation_and_never_before_its_grace(steps):
    """Whatever happens, in whatever order: once each, only by a complete look, never early, no revision left out."""
    history = begun()
    for one, (awake, asleep) in steps:
        history.take(one)
        history.wait(awake, asleep)
    assert all(count == 1 for count in history.told.values())
    assert all(count == 1 for count in history.open.values()), "reported at most once"
    assert all(count <= 1 for count in history.resolved.values()), "ended at most once"
    for revisions in history.revisions.values():
        assert revisions == list(range(1, len(revisions) + 1)), "revisions rise by one"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(step, pause), min_size=10, max_size=40))
def test_at_rest_the_judge_agrees_with_what_is_there(steps):
    """After any history, a complete look with all in order ends all, and resolves all that was reported."""
    history = begun()
    for one, (awake, asleep) in steps:
        history.take(one)
        history.wait(awake, asleep)
    history.take(("policy", True))
    history.take(("look", "dpkg", set(), None))
    history.take(("look", "rpm", set(), None))
    history.wait(61.0, 0.0)
    assert all(f.phase == "ended" and f.closing is None for f in history.state.findings.values())
    assert history.open == history.resolved, "all that was reported is resolved"
