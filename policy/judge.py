"""The life of findings: (policy, state, one event, now) -> (state, effects). Pure; what property tests hammer.

A finding is noticed at its first sight, told once, reported when its grace is over, and ended by a complete look that
does not see it any more. If the commit of the new state fails, the caller throws it away and runs no effect.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from policy import calendar, calm, grace, occurring
from policy.desk import Desk
from policy.events import (
    Active,
    Adopted,
    Answered,
    Effect,
    Event,
    LeaveGiven,
    LeaveTakenBack,
    PolicyChanged,
    Shown,
    Started,
    Ticketed,
    WakeAt,
)
from policy.kinds import KINDS
from policy.looking import judge_look
from policy.model import Finding, Instant, Leave, Look, Occurrence, Policy, Rule, State

REMEMBERED = timedelta(days=30)  # how long an ended finding stays on the laptop
ANSWER_HOLDS = timedelta(days=90)  # then the question is asked again


def judge(policy: Policy, state: State, event: Event, now: Instant) -> tuple[State, tuple[Effect, ...]]:  # noqa: C901, PLR0912 - a line an event
    """The state after one event, and what follows from it."""
    desk = Desk(policy, state, now)
    _know_rules(desk)
    for finding in desk.findings("ended"):  # before a look can begin its next generation
        _settle_or_forget(desk, finding)
    match event:
        case Look():
            judge_look(desk, event)
        case Occurrence():
            occurring.judge_occurrence(desk, event)
        case Started():
            _start(desk)
        case Active():
            _active(desk, event)
        case Shown():
            _shown(desk, event)
        case Answered():
            _answered(desk, event)
        case PolicyChanged():
            _policy_changed(desk)
        case Ticketed():
            _ticketed(desk, event)
        case Adopted():
            _adopted(desk, event)
        case LeaveGiven():
            _leave(desk, event)
        case LeaveTakenBack():
            desk.set(leaves={k: leave for k, leave in desk.state.leaves.items() if k != event.id})
        case _:
            pass  # only time passed
    _due(desk)
    return desk.state, tuple(desk.effects)


def _know_rules(desk: Desk) -> None:
    """A rule that is new here is observed from now on."""
    new = {rule: desk.now.wall for rule in desk.policy.rules if rule not in desk.state.rules}
    if new:
        desk.set(rules={**desk.state.rules, **new})


def _start(desk: Desk) -> None:
    """What was in memory is gone; a clock that ran when the agent died gives its time back."""
    desk.set(sessions=(), asked=frozenset(), quiet={})
    for finding in desk.findings("noticed", "reported", "ended"):
        desk.put(replace(finding, running=None))
    _policy_changed(desk)  # it may have, while nothing ran


def _active(desk: Desk, event: Active) -> None:
    came = frozenset(event.sessions) - frozenset(desk.state.sessions)
    untold = {f.uid for f in desk.findings("noticed", "reported") if f.told is None or f.told_to in came}
    desk.set(sessions=event.sessions, zone=event.zone, asked=desk.state.asked - untold if came else desk.state.asked)
    desk.set(quiet={session: _quiet(desk, session, words) for session, words in event.quiet.items() if words})
    for finding in desk.findings("noticed"):
        active = finding.told_to in event.sessions
        desk.put((grace.run_on if active else grace.stand_still)(finding, desk.now))


def _quiet(desk: Desk, session: str, words: frozenset[str]) -> tuple[frozenset[str], float]:
    """The words, and since when it is quiet without a break."""
    before = desk.state.quiet.get(session)
    return words, before[1] if before else desk.now.awake


def _days(desk: Desk) -> None:
    """The last active day of each session, one date, kept only while a deadline on the calendar hangs on it."""
    counting = {f.told_to for f in desk.findings("noticed") if f.deadline and f.deadline.wall}
    kept = {session: day for session, day in desk.state.active_on.items() if session in counting}
    if kept != desk.state.active_on:
        desk.set(active_on=kept)
    for session in desk.state.sessions:
        if session in counting:
            _day_of(desk, session)


def _day_of(desk: Desk, session: str) -> None:
    """A session's first activity of a day: deadlines move a day for each whole working day that had none."""
    today, last = calendar.local(desk.now.wall, desk.state.zone).date(), desk.state.active_on.get(session)
    if last == today.isoformat():
        return
    desk.set(active_on={**desk.state.active_on, session: today.isoformat()})
    missed = calendar.working_days_between(date.fromisoformat(last), today, desk.policy.holidays) if last else 0
    for finding in desk.findings("noticed") if missed else ():
        deadline = finding.deadline
        if finding.told_to == session and deadline and deadline.wall:
            later = calendar.end_of_working_day(deadline.wall, missed, deadline.zone, desk.policy.holidays)
            wall = max(deadline.wall, min(later, deadline.cap))
            desk.put(replace(finding, deadline=replace(deadline, wall=wall)))


def _shown(desk: Desk, event: Shown) -> None:
    shown = [f for f in map(desk.by_uid, event.uids) if f is not None and f.phase != "ended"]
    desk.set(asked=desk.state.asked - set(event.uids))
    for finding in shown:
        first = {} if finding.told else {"told": desk.now, "told_to": event.session}
        desk.put(replace(finding, reminded=desk.now, **first))
    if shown and desk.policy.calm:
        day_ago = desk.now.wall - timedelta(days=1)
        recent = tuple(spoken for spoken in desk.state.notices if spoken[0] > day_ago)
        desk.set(notices=(*recent, (desk.now.wall, any(f.at_once for f in shown))))


def _answered(desk: Desk, event: Answered) -> None:
    """Their word is taken where the policy asks for it, for their own finding alone."""
    finding = desk.by_uid(event.uid)
    if finding is None or finding.phase == "ended" or not finding.private.get("asks"):
        return
    if finding.subject.scope != event.session:
        return
    leave = Leave(f"answer:{finding.uid}", finding.rule, finding.subject, desk.now.wall + ANSWER_HOLDS)
    desk.set(leaves={**desk.state.leaves, leave.id: leave})
    desk.end(finding, "excepted")


def _policy_changed(desk: Desk) -> None:
    """A rule that is gone ends its findings as that, never as put right; a loosened one does at its next look."""
    unknown_here = {rule.id for rule in desk.policy.unsupported}
    for finding in desk.findings("noticed", "reported"):
        if desk.rule(finding) is None and finding.rule not in unknown_here:
            desk.end(finding, "rule_gone")


def _ticketed(desk: Desk, event: Ticketed) -> None:
    finding = desk.by_uid(event.uid)
    if finding is not None:
        desk.put(replace(finding, ticket=event.ticket))


def _adopted(desk: Desk, event: Adopted) -> None:
    finding = desk.by_uid(event.uid)
    if finding is not None:
        desk.emit(replace(finding, uid=event.as_uid, revision=max(finding.revision, event.revision)))


def _leave(desk: Desk, event: LeaveGiven) -> None:
    leave = event.leave
    desk.set(leaves={**desk.state.leaves, leave.id: leave})
    finding = desk.state.findings.get((leave.rule, leave.subject))
    if finding is not None and finding.phase != "ended" and leave.until > desk.now.wall:
        desk.end(finding, "excepted")


# --- what time alone brings: the same after every event ----------------------------------------------------------


def _due(desk: Desk) -> None:
    _days(desk)
    occurring.forget_and_end(desk)
    calm.speak(desk)
    for finding in desk.findings("noticed"):
        rule = desk.rule(finding)
        if rule is not None and _leaves(rule, finding) and not _observing(desk, rule) and not desk.held_back(finding):
            _report_or_wait(desk, rule, _with_deadline(desk, rule, finding))
    for finding in desk.findings("ended"):
        _settle_or_forget(desk, finding)
    over = [k for k, leave in desk.state.leaves.items() if leave.until <= desk.now.wall]
    if over:
        desk.set(leaves={k: leave for k, leave in desk.state.leaves.items() if k not in over})
    _days(desk)  # a deadline may be new
    desk.effects.append(_wake(desk))


def _leaves(rule: Rule, finding: Finding) -> bool:
    """Whether anybody but the employee will ever hear of it."""
    return rule.respond.route != "none" and not finding.observed


def _observing(desk: Desk, rule: Rule) -> bool:
    until = grace.observed_until(desk.state, rule)
    return until is not None and desk.now.wall < until


def _with_deadline(desk: Desk, rule: Rule, finding: Finding) -> Finding:
    """Grace starts when it was told, or, for what was told while its rule was observed, when that ended."""
    if finding.told is None or finding.at_once:
        return finding
    if finding.deadline is None:
        deadline = grace.deadline_from(desk.policy, desk.state, rule, finding, desk.now)
        finding = replace(finding, deadline=deadline)
    if finding.told_to in desk.state.sessions:
        finding = grace.rolled(grace.run_on(finding, desk.now), desk.now)
    return desk.put(finding)


def _report_or_wait(desk: Desk, rule: Rule, finding: Finding) -> None:
    if _another_day(desk, finding) > desk.now.wall:
        return
    unseen = grace.unseen_until(desk.state, rule, finding)
    at_once = finding.at_once and _told_first(desk, finding)
    if at_once or grace.over(desk.state, finding, desk.now) or (unseen and desk.now.wall >= unseen):
        reported = grace.stand_still(finding, desk.now)
        desk.emit(replace(reported, phase="reported", last_seen=desk.now.wall))


def _another_day(desk: Desk, finding: Finding) -> datetime:
    """From when it may be reported: of what is told by day alone, a later working day, so that no hour can be told."""
    seen = (finding.told or finding.opened).wall
    return calendar.next_working_day(seen, desk.state.zone, desk.policy.holidays) if _by_day(finding) else seen


def _by_day(finding: Finding) -> bool:
    return finding.kind in KINDS and KINDS[finding.kind].by_day


def _told_first(desk: Desk, finding: Finding) -> bool:
    """Whether the employee was told or is being told just now; where nobody is there to tell, nobody is waited for."""
    session = calm.whom(desk, finding)
    if finding.told is not None or finding.uid in desk.state.asked or session is None:
        return True
    return calm.held(desk, session) and desk.now.awake >= calm.held_until(desk, session)


def _settle_or_forget(desk: Desk, finding: Finding) -> None:
    if finding.closing is not None and desk.now.awake >= finding.closing:
        final = replace(finding, closing=None)
        if finding.revision:
            desk.emit(final)
        else:
            desk.put(final)
    elif finding.closing is None and _is_old(desk, finding) and not _still_excepted(desk, finding):
        desk.forget(finding)


def _is_old(desk: Desk, finding: Finding) -> bool:
    return finding.ended is not None and desk.now.wall - finding.ended.wall > REMEMBERED


def _still_excepted(desk: Desk, finding: Finding) -> bool:
    """It speaks for what other kinds find of the same, as long as its leave holds."""
    rule = desk.rule(finding)
    return finding.ending == "excepted" and rule is not None and desk.excepted(rule, finding.subject)


def _wake(desk: Desk) -> WakeAt:
    """The next time at which anything is due by itself."""
    awake: list[float] = []
    wall: list[datetime] = []
    for finding in desk.state.findings.values():
        awake += _awake_times(desk, finding)
        wall += _wall_times(desk, finding)
    tomorrow = occurring.looked_at_again(desk)
    wall += [desk.now.wall + timedelta(seconds=tomorrow)] if tomorrow else []
    coming = [t for t in wall if t > desk.now.wall]
    return WakeAt(awake=min(awake, default=None), wall=min(coming, default=None))


def _awake_times(desk: Desk, finding: Finding) -> Iterator[float]:
    if finding.closing is not None:
        yield finding.closing
    yield from _held_times(desk, finding)
    if finding.phase != "ended" and finding.tell_from > desk.now.awake:
        yield finding.tell_from
    rule = desk.rule(finding)
    waits = rule is not None and _leaves(rule, finding) and not _observing(desk, rule)
    if waits and finding.running is not None and finding.deadline and finding.deadline.awake is not None:
        left = finding.deadline.awake - grace.used(finding, desk.now)
        if left > 0:  # else it is over, and only another day is waited for
            yield desk.now.awake + min(left, grace.TICK)
    again = calm.reminder_at(desk, finding)
    if again is not None and finding.uid not in desk.state.asked and again > desk.now.awake:
        yield again


def _held_times(desk: Desk, finding: Finding) -> Iterator[float]:
    session = calm.whom(desk, finding)
    if finding.at_once and finding.phase == "noticed" and session is not None and calm.held(desk, session):
        until = calm.held_until(desk, session)
        yield from (until,) if until > desk.now.awake else ()


def _wall_times(desk: Desk, finding: Finding) -> Iterator[datetime]:
    rule = desk.rule(finding)
    if rule is None or finding.phase == "ended":
        return
    if finding.deadline and finding.phase == "noticed":
        yield from (t for t in (finding.deadline.wall, finding.deadline.cap) if t)
    until = grace.observed_until(desk.state, rule)
    if until and finding.phase == "noticed":
        yield until
    if _by_day(finding) and finding.phase == "noticed":
        yield _another_day(desk, finding)
    if finding.told is None:
        yield grace.unseen_until(desk.state, rule, finding) or desk.now.wall
    if finding.uid not in desk.state.asked:
        yield calm.speakable(desk, urgent=finding.at_once)
