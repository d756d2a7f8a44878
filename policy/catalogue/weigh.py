"""Whether what was seen of a client is enough: two signals of different ids, or one that tells alone.

A folder of settings stays when a client goes, a port and a verb are nobody's: of these no number is enough.
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet

from msgspec import Struct

from policy.catalogue import SIGNS, Signs

Seen = tuple[str, str]  # a signal's id and the value that was seen
WEAK = frozenset({"verb", "option", "port", "below", "config", "marker", "registry"})


class Weight(Struct, frozen=True, order=True):
    """How sure: how many signals tell alone, how many there are, and their ids in the catalogue's order."""

    alone: int
    count: int
    signals: tuple[str, ...]


def weigh(
    signs: Signs, seen: Collection[Seen], deciding: Collection[str] = SIGNS, needs: Collection[str] = ()
) -> Weight | None:
    """None where it is not enough.

    deciding: the signals that may tell alone here. needs: of which one must be among several; none: one that is not
    weak.
    """
    ids = {name for name, _ in seen}
    alone = {name for name, value in seen if name in deciding and signs.decides(name, value)}
    strong = ids & set(needs) if needs else ids - WEAK
    if not alone and (len(ids) < 2 or not strong):
        return None
    return Weight(len(alone), len(ids), tuple(name for name in SIGNS if name in ids))


def found(signs: Signs, seen: AbstractSet[Seen]) -> bool:
    """Whether a client with these signs is there, by what was seen: of its own values alone."""
    own = {(name, value) for name in signs.given() for value in signs.of(name)}
    return weigh(signs, seen & own) is not None
