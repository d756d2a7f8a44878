"""What is momentary before the judge: counted by day, a finding once there are too many, ended when they are few again.

A rule that tells nobody keeps nothing: what its session told its person then and there was all.
"""

from datetime import date, timedelta

from msgspec.structs import replace

from policy import calendar
from policy.desk import Desk
from policy.kinds import KINDS
from policy.model import Fact, Finding, Kept, Occurrence, Rule, Subject

MOST = 1_000  # that are kept: past it a session is broken


def judge_occurrence(desk: Desk, occurrence: Occurrence) -> None:
    """Keep it where a rule counts it, and open a finding where that made too many."""
    kind = KINDS[occurrence.kind]
    today = calendar.local(desk.now.wall, desk.state.zone).date().isoformat()
    for rule in desk.policy.rules.values():
        if rule.kind == occurrence.kind and rule.respond.route != "none" and len(desk.state.occurrences) < MOST:
            if not kind.verdict(rule.match, occurrence.fact).breaks or desk.excepted(rule, occurrence.fact.subject):
                continue
            kept = Kept(rule.id, occurrence.fact.subject, today, kind.weigh(occurrence.fact))
            desk.set(occurrences=(*desk.state.occurrences, kept))
            _judge(desk, rule, occurrence.fact)


def forget_and_end(desk: Desk) -> None:
    """What is too long ago counts no more, nor does what no rule counts; a finding of too few ends as expired."""
    kept = tuple(one for one in desk.state.occurrences if _counts(desk, one))
    if kept != desk.state.occurrences:
        desk.set(occurrences=kept)
    for finding in desk.findings("noticed", "reported"):
        rule = desk.rule(finding)
        if rule is None or not _momentary(rule, finding):
            continue
        if len(_of(desk, rule, finding.subject)) < rule.respond.lapses:
            desk.end(finding, "expired")


def looked_at_again(desk: Desk) -> float | None:
    """In how many seconds the next day begins, where that may change anything."""
    if not desk.state.occurrences:
        return None
    here = calendar.local(desk.now.wall, desk.state.zone)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - here).total_seconds()


def _counts(desk: Desk, one: Kept) -> bool:
    rule = desk.policy.rules.get(one.rule)
    if rule is None or rule.respond.route == "none":
        return False
    today = calendar.local(desk.now.wall, desk.state.zone).date()
    return today - date.fromisoformat(one.day) < timedelta(seconds=rule.respond.within)


def _of(desk: Desk, rule: Rule, subject: Subject) -> tuple[Kept, ...]:
    return tuple(one for one in desk.state.occurrences if (one.rule, one.subject) == (rule.id, subject))


def _judge(desk: Desk, rule: Rule, fact: Fact) -> None:
    subject = fact.subject
    gathered, kind = _of(desk, rule, subject), KINDS[rule.kind]
    if kind.gather is None or len(gathered) < rule.respond.lapses:
        return
    said = kind.verdict(rule.match, fact)
    attrs = {**kind.attrs(fact, said), **kind.gather(gathered)}
    before = desk.state.findings.get((rule.id, subject))
    if before is not None and before.closing is not None and desk.now.awake < before.closing:
        return  # a look saw this run too, and its end
    if before is not None and before.phase != "ended":
        desk.put(replace(before, attrs=kind.rises(before.attrs, attrs), last_seen=desk.now.wall))
        return
    desk.open(
        rule,
        subject,
        before,
        seen_by=frozenset(),
        severity=max(rule.respond.severity, said.severity),
        attrs=attrs,
        private={**kind.private(fact, said), "by": subject.scope},
        grace=said.grace,
        names=kind.names(fact),
    )


def _momentary(rule: Rule, finding: Finding) -> bool:
    """Whether no sensor sees it stand: it is made of occurrences alone."""
    return KINDS[rule.kind].gather is not None and not finding.seen_by
