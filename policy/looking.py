"""A look before the judge: what is seen, what is gone, what was there all along."""

from collections.abc import Collection

from msgspec.structs import replace

from policy import calm, grace
from policy.desk import Desk
from policy.events import Tell
from policy.kinds import KINDS, Verdict
from policy.model import Fact, Finding, Look, Rule, Subject

MOST_AT_ONCE = 5_000  # open findings; past it a sensor is broken, and no more are opened


def judge_look(desk: Desk, look: Look) -> None:
    """Facts open findings, also those of a look with a gap; only what a look fully saw can end any."""
    facts = {fact.subject: fact for fact in look.facts}
    for rule in desk.policy.rules.values():
        if rule.kind == look.kind:
            for fact in facts.values():
                _judge_fact(desk, rule, look, fact)
    _judge_absent(desk, look, facts.keys())
    _keep_baseline(desk, look, frozenset(facts))


def _judge_fact(desk: Desk, rule: Rule, look: Look, fact: Fact) -> None:
    said = KINDS[rule.kind].verdict(rule.match, fact)
    finding = desk.state.findings.get((rule.id, fact.subject))
    if finding is not None and finding.phase != "ended":
        _still_there(desk, finding, rule, look, fact, said)
    elif said.breaks and not _hidden(desk, look, fact, said) and not desk.excepted(rule, fact.subject):
        if finding is not None and _within_settle(desk, finding):
            _back(desk, finding, look)
        else:
            _notice(desk, rule, look, fact, said, finding)


def _hidden(desk: Desk, look: Look, fact: Fact, said: Verdict) -> bool:
    """The baseline hides lack of approval, never a deny; before there is one, all may have been there."""
    known = desk.state.baseline.get(look.place)
    return said.word != "denied" and not said.stands and (known is None or fact.subject in known)


def _within_settle(desk: Desk, finding: Finding) -> bool:
    return finding.ending == "put_right" and finding.closing is not None and desk.now.awake < finding.closing


def _still_there(desk: Desk, finding: Finding, rule: Rule, look: Look, fact: Fact, said: Verdict) -> None:
    if said.word == "approved" or _mended(desk, finding, rule, look, fact, said):
        desk.end(finding, "put_right" if finding.digest == desk.policy.digest else "rule_gone")
        return
    if not said.breaks:  # it is there, and nothing that is known now approves of it
        return
    kind = KINDS[rule.kind]
    as_seen = replace(
        finding,
        attrs=kind.rises(finding.attrs, kind.attrs(fact, said)),
        private={**kind.private(fact, said), "by": kind.brought_by(fact)},
        severity=max(finding.severity, rule.respond.severity, said.severity),  # it only rises
        digest=desk.policy.digest,
        at_once=finding.at_once or (said.word == "denied" and finding.told is None),  # given grace stays given
        seen_by=finding.seen_by | {look.place},
    )
    desk.put(as_seen)
    if as_seen.severity == finding.severity:
        return
    if finding.revision:
        desk.emit(as_seen)
    elif said.grace:
        _told_anew(desk, as_seen, said)


def _told_anew(desk: Desk, finding: Finding, said: Verdict) -> None:
    """It weighs more than what was told: the person hears of that first, and has the time that goes with it."""
    desk.set(asked=desk.state.asked - {finding.uid})
    fresh = replace(finding, grace=said.grace, told=None, told_to=None, reminded=None, deadline=None)
    desk.put(replace(fresh, grace_used=0.0, running=None))


def _mended(desk: Desk, finding: Finding, rule: Rule, look: Look, fact: Fact, said: Verdict) -> bool:
    """Whether what is left is what was there all along, so that what was found is put right."""
    known = desk.state.baseline.get(look.place, frozenset())
    rests = fact.subject in known and finding.seen_by <= {look.place} and _hidden(desk, look, fact, said)
    return said.breaks and rests and KINDS[rule.kind].mended(finding.attrs, fact)


def _back(desk: Desk, finding: Finding, look: Look) -> None:
    """Gone and back within `settle`: it never ended. What the employee read still holds; the notice is put back."""
    back = replace(
        finding,
        phase="reported" if finding.revision else "noticed",
        ending=None,
        ended=None,
        closing=None,
        seen_by=frozenset({look.place}),
    )
    active = finding.told_to in desk.state.sessions
    desk.put(grace.run_on(back, desk.now) if active and back.phase == "noticed" else back)
    if finding.told_to and active and not calm.held(desk, finding.told_to):
        desk.effects.append(Tell(finding.told_to, (finding.uid,)))


def _notice(desk: Desk, rule: Rule, look: Look, fact: Fact, said: Verdict, before: Finding | None) -> None:
    """First sight, or the next generation of what had ended."""
    if len(desk.findings("noticed", "reported")) >= MOST_AT_ONCE:
        return
    kind = KINDS[rule.kind]
    desk.open(
        rule,
        fact.subject,
        before,
        severity=max(rule.respond.severity, said.severity),
        seen_by=frozenset({look.place}),
        attrs=kind.attrs(fact, said),
        private={**kind.private(fact, said), "by": kind.brought_by(fact)},
        at_once=said.word == "denied",
        observed=said.observed,
        grace=said.grace,
        tell_from=desk.now.awake + said.after if said.after else 0.0,
        names=kind.names(fact),
    )


def _judge_absent(desk: Desk, look: Look, there: Collection[Subject]) -> None:
    """Absence is repair only where the source and scope that had seen a subject saw everything, and not it."""
    for finding in desk.findings("noticed", "reported"):
        if look.place not in finding.seen_by or finding.subject in there or look.unseen(finding.subject):
            continue
        rest = finding.seen_by - {look.place}
        if rest:
            desk.put(replace(finding, seen_by=rest))
        else:
            desk.end(finding, "put_right")


def _keep_baseline(desk: Desk, look: Look, there: frozenset[Subject]) -> None:
    """Taken at a place's first complete look. What leaves it comes back as new; an upgrade is the same subject."""
    if look.gap is not None and not look.gap.about:
        return
    seen = there | (look.gap.about if look.gap else frozenset())
    known = desk.state.baseline.get(look.place)
    if known is None or not known <= seen:
        desk.set(baseline={**desk.state.baseline, look.place: seen if known is None else known & seen})
