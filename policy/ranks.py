"""One program that two kinds find is one ticket: the kind that stands first in KINDS speaks, the other is held back.

So is what two people of one laptop have in common: the first who was found with it speaks.
"""

from collections.abc import Iterable

from policy.kinds import KINDS
from policy.model import Finding

_RANK = {name: rank for rank, name in enumerate(KINDS)}


def held_back(findings: Iterable[Finding], finding: Finding) -> bool:
    """Whether another open finding speaks for this one. What was reported once has a life of its own."""
    if finding.revision or finding.kind not in _RANK:
        return False
    return any(_speaks_for(other, finding) for other in findings if _speaks(other))


def _speaks(finding: Finding) -> bool:
    """One that is excepted still speaks: what may stay under one name is not asked about under another."""
    return finding.phase != "ended" or finding.ending == "excepted"


def is_told(finding: Finding) -> bool:
    """Whether its kind ever tells the employee of it."""
    return finding.kind not in KINDS or KINDS[finding.kind].tells(finding.attrs)


def _speaks_for(one: Finding, other: Finding) -> bool:
    if one.kind == other.kind:
        return one.generation < other.generation and _shared(one) and _shared(other) and _same_thing(one, other)
    first = _RANK.get(one.kind, len(_RANK)) < _RANK[other.kind]
    if one.at_once != other.at_once:  # what may not be there at all is said at once, whoever found it
        first = one.at_once
    return first and bool(one.names & other.names) and _same_place(one, other)


def _shared(finding: Finding) -> bool:
    """Whether it says no more than that the whole machine has it."""
    return finding.private.get("everybody") == "yes"


def _same_thing(one: Finding, other: Finding) -> bool:
    return (one.rule, one.subject.type, one.subject.key) == (other.rule, other.subject.type, other.subject.key)


def _same_place(one: Finding, other: Finding) -> bool:
    """Whether a person would say that it is the same program: both the machine's or one user's, or one of each."""
    scopes = {one.subject.scope, other.subject.scope}
    return len(scopes) == 1 or "machine" in scopes
