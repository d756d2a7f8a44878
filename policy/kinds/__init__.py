"""The kinds of rule, each a module. A new kind is its module and one line here; order is rank: the first speaks."""

from policy.kinds import screen, software
from policy.kinds.base import Kind, Row, Verdict

__all__ = ["KINDS", "Kind", "Row", "Verdict"]

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        software.KIND,
        screen.KIND,
    )
}  # fmt: skip
