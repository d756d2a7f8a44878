"""A finding as it leaves, and as the employee reads it."""

from datetime import UTC
from uuid import UUID

from msgspec.structs import replace

from policy import grace, privacy
from policy.kinds import KINDS
from policy.model import Finding, Instant, Policy, Rule, State, Subject, Text
from policy.reference import reference
from policy.wire import Incident
from policy.words import Notice

ROOT = "user:0"
_NONE = Text("", "")


def incident(finding: Finding, ledger: UUID) -> Incident:
    """The full snapshot under the finding's present revision, times rounded as policy/privacy.py says.

    ledger: its id, which never leaves, is the key under which a user's own names are hashed.
    """
    kind = KINDS[finding.kind]
    exact = kind.tier_a(finding.attrs)
    leaving, subject = kind.leaves(finding.attrs, finding.subject, ledger.bytes)
    attrs = privacy.clipped(leaving)
    if finding.told:
        attrs["told"] = privacy.when(finding.told.wall, exact=False)
    if finding.deadline and finding.deadline.wall:
        attrs["deadline"] = privacy.when(finding.deadline.wall, exact=False)
    return Incident(
        uid=finding.uid,
        follows=finding.follows,
        revision=finding.revision,
        kind=finding.kind,
        rule=finding.rule,
        subject=_subject(subject),
        clause=finding.clause,
        policy=finding.policy,
        severity=finding.severity,
        state="resolved" if finding.phase == "ended" else "open",
        ending=finding.ending,
        first_seen=privacy.when(finding.opened.wall, exact=exact),
        last_seen=privacy.when(finding.last_seen, exact=exact),
        attrs=attrs,
    )


def _subject(subject: Subject) -> Subject:
    """Never whose: a user's scope leaves as `user`. A text longer than the register allows is cut."""
    scope = "machine" if subject.scope == "machine" else "user"
    return Subject(subject.type, privacy.plain(subject.key), scope)


def notice(policy: Policy, finding: Finding, now: Instant, state: State) -> Notice:
    """What the employee may read of a finding. Before it was told: the deadline that telling now would give."""
    rule, clause = policy.rules.get(finding.rule), policy.clauses.get(finding.clause)
    deadline = grace.ends_about(finding, now)
    if rule and not finding.told and finding.phase == "noticed" and _reports(rule, finding, now, state):
        fresh = replace(finding, deadline=grace.deadline_from(policy, state, rule, finding, now))
        deadline = grace.ends_about(fresh, now)
    return Notice(
        uid=finding.uid,
        reference=reference(finding.uid),
        kind=finding.kind,
        rule=finding.rule,
        title=rule.title if rule else _NONE,
        clause=finding.clause,
        clause_title=clause.title if clause else _NONE,
        clause_quote=clause.quote if clause else _NONE,
        attrs=finding.attrs,
        phase=finding.phase,
        opened=finding.opened.wall.astimezone(UTC),
        route=rule.respond.route if rule and not finding.observed else "none",
        private=dict(finding.private),
        why=rule.why if rule else None,
        fix=rule.fix if rule else None,
        ending=finding.ending,
        told=finding.told.wall if finding.told else None,
        deadline=deadline,
        at_once=finding.at_once,
        superuser=(finding.told_to or next(iter(state.sessions), "")) == ROOT,
        ticket=finding.ticket,
        ended=finding.ended.wall if finding.ended else None,
    )


def _reports(rule: Rule, finding: Finding, now: Instant, state: State) -> bool:
    """Whether telling it now would start its grace."""
    observed = grace.observed_until(state, rule)
    leaves = rule.respond.route != "none" and not finding.observed
    return leaves and not finding.at_once and (observed is None or now.wall >= observed)
