"""One event's work at the judge's desk: the state as it becomes, and the effects in their order."""

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from policy import grace, ranks, report
from policy.events import Effect, Emit, Retract
from policy.model import Ending, Finding, Instant, Policy, Rule, State, Subject
from policy.wire import finding_uid


class Desk:
    """Lives for one call of judge(); nothing outside sees it change."""

    def __init__(self, policy: Policy, state: State, now: Instant) -> None:
        self.policy, self.state, self.now = policy, state, now
        self.effects: list[Effect] = []

    def set(self, **fields: object) -> None:
        """Change the state itself."""
        self.state = replace(self.state, **fields)

    def put(self, finding: Finding) -> Finding:
        """Keep a finding as it now is."""
        key = (finding.rule, finding.subject)
        if self.state.findings.get(key) != finding:
            self.set(findings={**self.state.findings, key: finding})
        return finding

    def forget(self, finding: Finding) -> None:
        """Let go of an ended finding."""
        self.set(findings={k: f for k, f in self.state.findings.items() if f.uid != finding.uid})

    def findings(self, *phases: str) -> list[Finding]:
        """Those in one of these phases; a list, since the caller changes them."""
        return [f for f in self.state.findings.values() if f.phase in phases]

    def by_uid(self, uid: UUID) -> Finding | None:
        """The finding of a uid, if it is remembered."""
        return next((f for f in self.state.findings.values() if f.uid == uid), None)

    def rule(self, finding: Finding) -> Rule | None:
        """The finding's rule, if the policy still has it."""
        return self.policy.rules.get(finding.rule)

    def open(self, rule: Rule, subject: Subject, before: Finding | None, **fields: Any) -> None:
        """A finding at its first sight, or the next generation of what had ended."""
        generation = self.state.generations + 1
        self.set(generations=generation)
        made: dict[str, Any] = {
            "rule": rule.id,
            "subject": subject,
            "generation": generation,
            "uid": finding_uid(self.state.ledger, rule.id, subject, generation),
            "kind": rule.kind,
            "clause": rule.clause,
            "policy": self.policy.name,
            "digest": self.policy.digest,
            "severity": rule.respond.severity,
            "opened": self.now,
            "last_seen": self.now.wall,
            "follows": before.uid if before and before.revision else None,
        }
        self.put(Finding(**{**made, **fields}))
        self._take_back()

    def _take_back(self) -> None:
        """What another finding speaks for now is taken off the screen."""
        for finding in self.findings("noticed"):
            if (finding.told or finding.uid in self.state.asked) and self.held_back(finding):
                self.set(asked=self.state.asked - {finding.uid})
                self.effects.append(Retract(finding.uid))

    def held_back(self, finding: Finding) -> bool:
        """Whether another finding speaks for this one."""
        return ranks.held_back(self.state.findings.values(), finding)

    def excepted(self, rule: Rule, subject: Subject) -> bool:
        """Whether a leave holds for it now."""
        return any(
            (leave.rule, leave.subject) == (rule.id, subject) and leave.until > self.now.wall
            for leave in self.state.leaves.values()
        )

    def emit(self, finding: Finding) -> None:
        """A snapshot leaves under the next revision."""
        out = self.put(replace(finding, revision=finding.revision + 1))
        self.effects.append(Emit(report.incident(out, self.state.ledger)))

    def end(self, finding: Finding, ending: Ending) -> None:
        """Put right may still turn out to be none for `settle` seconds; every other ending is final at once."""
        rule = self.rule(finding)
        settle = float(rule.respond.settle) if rule and ending == "put_right" else 0.0
        ended = replace(
            grace.stand_still(finding, self.now),
            phase="ended",
            ending=ending,
            ended=self.now,
            last_seen=self.now.wall,
            closing=self.now.awake + settle,
            seen_by=frozenset(),
        )
        self.put(ended)
        self.set(asked=self.state.asked - {finding.uid})
        self.effects.append(Retract(finding.uid))
