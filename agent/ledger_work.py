"""The statements that make one stored state another. What is the same object did not change."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from policy.model import Finding, State, Subject

Work = tuple[str, tuple[Any, ...]]
Place = tuple[str, str]


def state_work(old: State, new: State) -> list[Work]:
    """All statements for the change from old to new; none where they are the same."""
    work: list[Work] = []
    if old.findings is not new.findings:
        work += _findings_work(old.findings, new.findings)
    if old.baseline is not new.baseline:
        work += _baseline_work(old.baseline, new.baseline)
    for gone in old.leaves.keys() - new.leaves.keys():
        work.append(("delete from leave where id = ?", (gone,)))
    for leave in new.leaves.values():
        if old.leaves.get(leave.id) != leave:
            work.append(("insert or replace into leave values (?, ?)", (leave.id, _json(leave))))
    for name in ("generations", "rules", "notices", "active_on", "occurrences"):
        if getattr(old, name) != getattr(new, name):
            work.append(("insert or replace into meta values (?, ?)", (name, _json(getattr(new, name)))))
    return work


def _findings_work(
    old: Mapping[tuple[str, Subject], Finding], new: Mapping[tuple[str, Subject], Finding]
) -> Iterable[Work]:
    for rule, subject in old.keys() - new.keys():
        where = (rule, subject.type, subject.key, subject.scope)
        yield "delete from finding where rule = ? and type = ? and subject = ? and scope = ?", where
    for key, finding in new.items():
        if old.get(key) != finding:
            rule, subject = key
            row = (rule, subject.type, subject.key, subject.scope, _json(finding))
            yield "insert or replace into finding values (?, ?, ?, ?, ?)", row


def _baseline_work(old: Mapping[Place, frozenset[Subject]], new: Mapping[Place, frozenset[Subject]]) -> Iterable[Work]:
    for place, subjects in new.items():
        before = old.get(place)
        if before is None:
            yield "insert or replace into place values (?, ?)", place
        for subject in subjects - (before or frozenset()):
            row = (*place, subject.type, subject.key, subject.scope)
            yield "insert or replace into baseline values (?, ?, ?, ?, ?)", row
        for subject in (before or frozenset()) - subjects:
            row = (*place, subject.type, subject.key, subject.scope)
            yield (
                "delete from baseline where source = ? and place = ? and type = ? and subject = ? and scope = ?",
                row,
            )


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()
