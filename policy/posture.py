"""When an agent says which rules it can't look for, and what. Pure; agent/posture.py keeps it and lets it leave.

No time clock is made of it. The first leaves once all was looked at. From then on only what is still so on a later day
leaves, so that no exchange tells an hour, and what comes and goes within a day says nothing. What hangs on a person
being there is not told at all: why a session can't see input is remembered from the last time that it could tell.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from policy import privacy
from policy.wire import Posture

Whys = tuple[str, ...]
NEVER_SEEN = "never_seen"  # no session ever said what it can see: it may be that none runs where it should


class Kept(Struct, frozen=True):
    """What the ledger keeps. told: the last that left. waits: one that says something else, not yet old enough.

    sights: by session, why it can't see input, as it last said; it never leaves as such.
    """

    told: Posture | None = None
    waits: Posture | None = None
    sights: Mapping[str, Whys] = {}


class Seen(Struct, frozen=True):
    """How things stand. blind: of each kind, why it can't be looked at. whole: nothing has still to be looked at."""

    policy: str
    agent: str
    unsupported: Whys = ()
    blind: Mapping[str, Whys] = {}
    whole: bool = True


def step(kept: Kept, uid: UUID, seen: Seen, today: str) -> tuple[Kept, Posture | None]:
    """What is kept from now on, and what is to leave."""
    told, waits = kept.told, kept.waits
    now = _posture(uid, seen, told.revision + 1 if told else 1, today)
    if told and _same(now, told):
        return replace(kept, waits=None), None
    if waits is None or not _same(now, waits) or waits.on > today:
        waits = now
    if waits.on < today or (told is None and seen.whole):
        return replace(kept, told=waits, waits=None), waits
    return replace(kept, waits=waits), None


def above(kept: Kept, revision: int) -> tuple[Kept, Posture | None]:
    """The last one again, above a revision that the feed has: an older ledger was put back here."""
    if kept.told is None or not kept.told.revision <= revision < privacy.MOST_COUNTED - 1:
        return kept, None
    told = replace(kept.told, revision=revision + 1)
    return replace(kept, told=told, waits=None), told


def _posture(uid: UUID, seen: Seen, revision: int, today: str) -> Posture:
    unsupported, blind = _texts(seen.unsupported), _texts(_codes(seen.blind))
    return Posture(
        uid=uid,
        revision=revision,
        policy=privacy.plain(seen.policy),
        agent=privacy.plain(seen.agent),
        on=today,
        unsupported=unsupported[: privacy.MOST_NAMES],
        unsupported_more=max(0, len(unsupported) - privacy.MOST_NAMES),
        blind=blind[: privacy.MOST_NAMES],
        blind_more=max(0, len(blind) - privacy.MOST_NAMES),
    )


def _codes(blind: Mapping[str, Whys]) -> Iterable[str]:
    """A session is a person's own program, and could say anything: what is no code is none of ours."""
    for kind, whys in blind.items():
        for why in whys:
            text = f"{kind}: {why}"
            yield text if privacy.is_code(text) else f"{kind}: other"


def _texts(texts: Iterable[str]) -> Whys:
    """The same for the same, in whatever order they came."""
    return tuple(sorted(set(map(privacy.plain, texts))))


def _same(one: Posture, other: Posture) -> bool:
    return replace(one, revision=0, on="") == replace(other, revision=0, on="")
