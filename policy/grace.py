"""How long an employee has, on which clock it runs, and when it is over."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from policy import calendar, ranks
from policy.model import Deadline, Finding, Instant, Policy, Rule, State

CAP = timedelta(days=10)  # from opening, or from the end of observing; nothing moves a deadline past it
TICK = 600.0  # awake seconds after which used grace is committed: a crash gives time back, never takes it


def deadline_from(policy: Policy, state: State, rule: Rule, finding: Finding, now: Instant) -> Deadline:
    """The deadline of a finding whose grace starts now."""
    given, zone, cap = finding.grace or rule.respond.grace, state.zone, _counts_from(state, rule, finding) + CAP
    if given.working_days is not None:
        wall = calendar.end_of_working_day(now.wall, given.working_days, zone, policy.holidays)
        return Deadline(cap=cap, wall=min(wall, cap), zone=zone)
    return Deadline(cap=cap, awake=(given.hours or 0.0) * 3600, zone=zone)


def ends_about(finding: Finding, now: Instant) -> datetime | None:
    """When grace ends as a person is told it (UTC), should their session stay active."""
    deadline = finding.deadline
    if deadline is None:
        return None
    if deadline.wall is not None:
        return deadline.wall
    return now.wall + timedelta(seconds=max(0.0, (deadline.awake or 0.0) - used(finding, now)))


def used(finding: Finding, now: Instant) -> float:
    """Awake seconds of grace used so far."""
    return finding.grace_used + (now.awake - finding.running if finding.running is not None else 0.0)


def run_on(finding: Finding, now: Instant) -> Finding:
    """The session is active: a grace in hours runs."""
    counts = finding.deadline is not None and finding.deadline.awake is not None
    return replace(finding, running=now.awake) if counts and finding.running is None else finding


def stand_still(finding: Finding, now: Instant) -> Finding:
    """The session is not active: what was used is kept, and no more is."""
    if finding.running is None:
        return finding
    return replace(finding, grace_used=used(finding, now), running=None)


def rolled(finding: Finding, now: Instant) -> Finding:
    """The same with what was used put down, each TICK."""
    if finding.running is None or now.awake - finding.running < TICK:
        return finding
    return run_on(stand_still(finding, now), now)


def over(state: State, finding: Finding, now: Instant) -> bool:
    """Whether grace is over. Without a session on the deadline's own day it is not: nobody could have used that day."""
    deadline = finding.deadline
    if finding.told is None or deadline is None:
        return False
    if now.wall >= deadline.cap:
        return True
    if deadline.wall is None:
        return used(finding, now) >= (deadline.awake or 0.0)
    last = state.active_on.get(finding.told_to or "", "")
    return now.wall >= deadline.wall and last >= calendar.local(deadline.wall, deadline.zone).date().isoformat()


def unseen_until(state: State, rule: Rule, finding: Finding) -> datetime | None:
    """Until when a finding that nobody was shown is not reported; None once it was shown. `observe` comes first.

    What the employee is never told waits for nobody: the rule's hours, on the wall's clock, so that what is off for an
    upgrade alone is none; no hours, no wait.
    """
    if finding.told:
        return None
    waits = float(rule.respond.report_unseen_after)
    if not ranks.is_told(finding):
        waits = ((finding.grace or rule.respond.grace).hours or 0.0) * 3600
    return _counts_from(state, rule, finding) + timedelta(seconds=waits)


def _counts_from(state: State, rule: Rule, finding: Finding) -> datetime:
    """From when a finding's time counts: its opening, or the end of observing where that is later."""
    return max(finding.opened.wall, observed_until(state, rule) or finding.opened.wall)


def observed_until(state: State, rule: Rule) -> datetime | None:
    """Until when a new rule only tells the employee; None where it does not observe."""
    since = state.rules.get(rule.id)
    return since + timedelta(seconds=rule.respond.observe) if since and rule.respond.observe else None
