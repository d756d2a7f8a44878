"""When somebody may be spoken to: not at night, a few times a day, not twice in half an hour; what is held is one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from policy import calendar, ranks
from policy.desk import Desk
from policy.events import Tell
from policy.model import Finding

URGENT_WAITS = 600.0  # awake seconds: a call or a film may keep back a notice so long, and what is urgent no longer


def speak(desk: Desk) -> None:
    """Ask the sessions to tell what was not yet told, and to remind once a day of what still stands."""
    new, again = _by_session(desk, reminder=False), _by_session(desk, reminder=True)
    for session in {**new, **again}:
        uids = (*new.get(session, ()), *again.get(session, ()))
        desk.set(asked=desk.state.asked | set(uids))
        desk.effects.append(Tell(session, uids, reminder=session not in new))


def _by_session(desk: Desk, *, reminder: bool) -> dict[str, list[UUID]]:
    out: dict[str, list[UUID]] = {}
    for finding in _to_tell(desk, reminder=reminder):
        session = whom(desk, finding)
        if session is not None and not held(desk, session):
            out.setdefault(session, []).append(finding.uid)
    return out


def whom(desk: Desk, finding: Finding) -> str | None:
    """The session of the user who brought it, else the first active one; a user's own finding to that user alone."""
    sessions = desk.state.sessions
    if finding.told_to:
        return finding.told_to if finding.told_to in sessions else None
    own = finding.private.get("by", "")
    if finding.subject.scope.startswith("user:"):
        own = finding.subject.scope
        return own if own in sessions else None
    return own if own in sessions else next(iter(sessions), None)


def held(desk: Desk, session: str) -> bool:
    """Whether no notice that names a finding may be put before this session's person now."""
    words, _ = desk.state.quiet.get(session, (frozenset(), 0.0))
    # Who tries it out may sit at a terminal elsewhere, where the screen is not touched.
    return bool(words if desk.policy.calm else words - {"idle"})


def held_until(desk: Desk, session: str) -> float:
    """The awake time at which what may not wait is reported, although it could not be told."""
    return desk.state.quiet[session][1] + URGENT_WAITS


def speakable(desk: Desk, *, urgent: bool) -> datetime:
    """The first moment (UTC) from now on at which a notice may be put on the screen."""
    hours, now = desk.policy.calm, desk.now.wall
    if hours is None:
        return now
    last = max((at for at, was_urgent in desk.state.notices if was_urgent or not urgent), default=None)
    if urgent:
        return max(now, last + timedelta(seconds=hours.urgent_apart)) if last else now
    earliest = max(now, last + timedelta(seconds=hours.apart)) if last else now
    today = calendar.local(now, desk.state.zone).date()
    spoken = sum(calendar.local(t, desk.state.zone).date() == today for t, _ in desk.state.notices)
    if spoken >= hours.a_day:
        midnight = calendar.local(now, desk.state.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        earliest = max(earliest, midnight + timedelta(days=1))
    return calendar.speakable_from(earliest, desk.state.zone, hours)


def reminder_at(desk: Desk, finding: Finding) -> float | None:
    """The awake time at which a standing finding is mentioned again."""
    rule = desk.rule(finding)
    if rule is None or finding.reminded is None or finding.phase != "noticed" or not rule.respond.remind_every:
        return None
    return finding.reminded.awake + rule.respond.remind_every


def _to_tell(desk: Desk, *, reminder: bool) -> Iterator[Finding]:
    for finding in desk.findings("noticed", "reported"):
        if finding.uid in desk.state.asked or not ranks.is_told(finding) or desk.held_back(finding):
            continue
        if desk.now.awake < finding.tell_from:
            continue
        again = reminder_at(desk, finding)
        due = again is not None and desk.now.awake >= again if reminder else finding.told is None
        if due and desk.now.wall >= speakable(desk, urgent=finding.at_once):
            yield finding
