"""What a person, a command and the page see of the agent. Runs on the loop's thread; changes nothing."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from agent.ipc import FeedState, Looked, Screen, Sight, View, Watched
from agent.loop import Loop
from agent.sensors.base import Sensor
from agent.sessions import may_see
from agent.sight import IDLE
from agent.sync import Standing
from policy import ranks, report
from policy.kinds import KINDS, screen, settings
from policy.model import Finding, Instant, Look, Policy, Rule, State, Subject, Text
from policy.words import Notice

NEWEST = 50  # ended findings that are shown beside those that stand


@dataclass
class Views:
    """Looks at a loop. standing: how the exchange stands, replaced by its thread. with_session: as in Options."""

    loop: Loop
    sensors: list[Sensor]
    asset_tag: str = ""
    trying_out: bool = False
    with_session: bool = False
    standing: Standing | None = None
    problems: list[str] = field(default_factory=list)
    sights: dict[str, Sight] = field(default_factory=dict)
    watching: dict[str, dict[str, Looked]] = field(default_factory=dict)

    def notices(self, uids: tuple[Any, ...]) -> tuple[Notice, ...]:
        """The findings of these uids as a person reads them."""
        return tuple(self._notice(f) for f in self.loop.state.findings.values() if f.uid in uids)

    def view(self, scope: str) -> View:
        """All that one person may see."""
        policy = self.loop.policy
        return View(
            policy=policy.name,
            company=policy.company,
            language=policy.language,
            contacts=policy.contacts,
            watched=self._watched(scope),
            notices=tuple(map(self._notice, self._visible(scope))),
            feed=self._feed(),
            screen=_screen(policy),
            sight=self.sights.get(scope),
            asset_tag=self.asset_tag,
            trying_out=self.trying_out,
            problems=tuple(filter(None, (self.loop.trouble, *self.problems))),
        )

    def _visible(self, scope: str) -> list[Finding]:
        every = self.loop.state.findings.values()
        seen = [f for f in every if may_see(scope, f) and ranks.is_told(f)]
        findings = [f for f in seen if not ranks.held_back(every, f)]
        findings.sort(key=lambda f: (f.phase == "ended", -f.opened.wall.timestamp()))
        return findings[:NEWEST]

    def _notice(self, finding: Finding) -> Notice:
        return report.notice(self.loop.policy, finding, self.loop.clock.now(), self.loop.state)

    def _watched(self, scope: str) -> tuple[Watched, ...]:
        rows = []
        for rule in self.loop.policy.rules.values():
            sensors = [s for s in self.sensors if s.kind == rule.kind]
            mine = [looked for looked in self.watching.get(scope, {}).values() if looked.kind == rule.kind]
            gaps = [gap for s in sensors if (gap := self._gap(s))] + [one.gap.reason for one in mine if one.gap]
            why = "; ".join(dict.fromkeys(gaps)) if sensors or mine else self._unseen(rule, scope)
            own = (screen.LOOKS_AT,) if rule.kind == screen.KIND.name else ()
            looks_at = (*own, *(s.watched() for s in sensors), *(looked.what for looked in mine))
            rows.append(Watched(rule.id, rule.clause, rule.title, rule.kind, not why, why, looks_at))
        rows += [
            Watched(one.id, "", Text(one.id, one.id), "", works=False, why_not=one.why)
            for one in self.loop.policy.unsupported
        ]
        return tuple(rows)

    def _gap(self, sensor: Sensor) -> str:
        look = self.loop.looks.get((sensor.source, sensor.scope))
        return look.gap.reason if look and look.gap else ""

    def _unseen(self, rule: Rule, scope: str) -> str:
        """Why a rule that no sensor of this half serves can't be seen in somebody's session; empty: it can."""
        if rule.kind != screen.KIND.name:
            return "no_sensor"
        sight = self.sights.get(scope)
        if sight is None:
            return "no_session"
        return f"{IDLE}{sight.idle.why_not}" if sight.idle.why_not else ""

    def _feed(self) -> FeedState:
        if self.standing is None:
            return FeedState()
        waiting = self.loop.ledger.outbox()
        refused = sum(w.refused is not None for w in waiting)
        return FeedState(
            self.standing.url,
            self.standing.contact,
            len(waiting) - refused,
            refused,
            self.standing.error,
            known=not self.standing.refused,
        )

    # --- for commands, as JSON

    def status(self, scope: str) -> dict[str, Any]:
        """How everything stands. `ready`: every first look and baseline is committed, and the feed has answered."""
        view = self.view(scope)
        places = [(sensor.kind, sensor.source, sensor.scope) for sensor in self.sensors]
        looks = [self._look(*place) for place in places]
        mine = [self._look(one.kind, one.source, scope) for one in self.watching.get(scope, {}).values()]
        looked = all(look["baseline"] for look in looks) and all(look["gap"] != "not_yet" for look in mine)
        looked = looked and (bool(mine) or not self.with_session)
        ready = looked and (self.standing is None or self.standing.contact is not None)
        return {
            "ready": ready,
            "running": True,
            "policy": view.policy,
            "trying_out": view.trying_out,
            "asset_tag": view.asset_tag,
            "watched": msgspec.to_builtins(view.watched),
            "looks": looks + mine,
            "open": sum(n.phase != "ended" for n in view.notices),
            "screen": msgspec.to_builtins(self.sights.get(scope)),
            "feed": msgspec.to_builtins(view.feed),
            "problems": list(view.problems),
            "sessions": len(self.loop.state.sessions),
        }

    def _look(self, kind: str, source: str, scope: str) -> dict[str, Any]:
        place = (source, scope)
        look = self.loop.looks.get(place)
        known = self.loop.state.baseline.get(place, frozenset())
        said = _verdicts(self.loop.policy, look, known) if look else {}
        return {
            "kind": kind,
            "source": source,
            "scope": "machine" if scope == "machine" else "user",
            "looked": look is not None,
            "baseline": place in self.loop.state.baseline,
            "gap": look.gap.reason if look and look.gap else None,
            "about": sorted(s.key for s in look.gap.about) if look and look.gap else [],
            "facts": len(look.facts) if look else 0,
            "unknown": said.get("unknown", []),
            "managed": said.get("managed", []),
        }

    def findings(self, scope: str) -> list[dict[str, Any]]:
        """Those that a person may see, as `deskwarden findings --json` gives them."""
        return [as_json(self._notice(f), f) for f in self._visible(scope)]


def _screen(policy: Policy) -> Screen | None:
    """The first rule on the screen as a session follows it."""
    for rule in policy.rules.values():
        if isinstance(rule.match, screen.Match):
            return Screen(rule.match.settings, rule.clause, counts=rule.respond.route != "none")
    return None


def _verdicts(policy: Policy, look: Look, known: frozenset[Subject]) -> dict[str, list[str]]:
    """Which new facts can't be told, and which the company's management brought: for the policy's owner."""
    standing = look.kind == settings.KIND.name  # how it stands, not whether it is new
    new = [fact for fact in look.facts if standing or fact.subject not in known]
    out: dict[str, list[str]] = {}
    for rule in policy.rules.values():
        for fact in new if rule.kind == look.kind else ():
            word = KINDS[rule.kind].verdict(rule.match, fact).word
            if word in {"unknown", "managed"}:
                out.setdefault(word, []).append(fact.subject.key)
    return out


def as_json(notice: Notice, finding: Finding) -> dict[str, Any]:
    """One finding for a program to read; docs/administrator.md describes each field."""
    return {
        "reference": notice.reference,
        "uid": str(notice.uid),
        "rule": notice.rule,
        "kind": notice.kind,
        "clause": notice.clause,
        "subject": msgspec.to_builtins(finding.subject),
        "phase": notice.phase,
        "ending": notice.ending,
        "severity": finding.severity,
        "opened": notice.opened.isoformat(),
        "told": notice.told.isoformat() if notice.told else None,
        "deadline": notice.deadline.isoformat() if notice.deadline and notice.phase == "noticed" else None,
        "at_once": notice.at_once,
        "revision": finding.revision,
        "ticket": notice.ticket,
        "attrs": msgspec.to_builtins(notice.attrs),
        "brought_by": finding.private.get("brought_by", "unknown"),
    }


def at_rest(policy: Policy, state: State, now: Instant) -> list[dict[str, Any]]:
    """The same from a ledger that no agent has open."""
    newest = sorted(state.findings.values(), key=lambda f: (f.phase == "ended", -f.opened.wall.timestamp()))
    return [as_json(report.notice(policy, f, now, state), f) for f in newest]
