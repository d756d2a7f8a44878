"""The kinds of rule, each a module. A new kind is its module and one line here; order is rank: the first speaks."""

from typing import TYPE_CHECKING, Union

from policy.kinds import cloud, screen, settings, software
from policy.kinds.base import Kind, Row, Verdict

__all__ = ["KINDS", "AnyFact", "Kind", "Row", "Verdict"]

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        cloud.KIND,
        software.KIND,
        settings.KIND,
        screen.KIND,
    )
}  # fmt: skip

# Any kind's fact, told apart by its tag: what comes over the line from a session.
if TYPE_CHECKING:
    from policy.model import Fact as AnyFact
else:
    AnyFact = Union[tuple(kind.fact for kind in KINDS.values())]  # noqa: UP007 - made of a list
