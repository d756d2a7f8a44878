"""What this agent says of itself to the feed: looks with a gap, sessions that see no input, rules that it can't read.

It only looks and remembers. The loop asks it after each message, and commits what it says as it commits everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from agent.ipc import Sight
from agent.sensors.base import Sensor
from policy import posture, privacy
from policy.kinds import cloud, screen
from policy.model import Look, Policy
from policy.posture import Kept, Seen, Whys
from policy.wire import Posture, posture_uid

META = "posture"  # where the ledger keeps it
Said = tuple[Kept, Posture | None]


@dataclass
class PostureWatch:
    """sights: what each session that is here can see. kept: as the ledger has it; the loop sets it after its commit."""

    sensors: list[Sensor]
    sights: Mapping[str, Sight]
    agent: str
    ledger: UUID
    meta: str = ""
    kept: Kept = field(init=False)

    def __post_init__(self) -> None:
        self.kept = msgspec.json.decode(self.meta, type=Kept) if self.meta else Kept()

    @property
    def uid(self) -> UUID:
        """The posture's name."""
        return posture_uid(self.ledger)

    def next(self, policy: Policy, looks: Mapping[tuple[str, str], Look], now: datetime) -> Said | None:
        """What is to be committed; None where nothing is, or a first look is still under way."""
        if any((sensor.source, sensor.scope) not in looks for sensor in self.sensors):
            return None
        kept = self._remembering()
        seen = self._seen(policy, looks, kept)
        kept, out = posture.step(kept, self.uid, seen, privacy.when(now, exact=False))
        return None if kept == self.kept else (kept, out)

    def above(self, revision: int) -> Said:
        """The same again, above a revision that the feed has."""
        return posture.above(self.kept, revision)

    def _remembering(self) -> Kept:
        """What sessions say now takes the place of what they said before; one that is not here said its last."""
        said = {scope: whys for scope, sight in dict(self.sights).items() if (whys := _whys(sight)) is not None}
        return replace(self.kept, sights={**self.kept.sights, **said})

    def _seen(self, policy: Policy, looks: Mapping[tuple[str, str], Look], kept: Kept) -> Seen:
        kinds = {rule.kind for rule in policy.rules.values()}
        blind = {kind: self._blind(kind, looks) for kind in kinds - {screen.KIND.name}}
        if screen.KIND.name in kinds:
            whys = [why for whys in kept.sights.values() for why in whys]
            blind[screen.KIND.name] = tuple(whys) if kept.sights else (posture.NEVER_SEEN,)
        return Seen(
            policy=policy.name,
            agent=self.agent,
            unsupported=tuple(one.id for one in policy.unsupported),
            blind=blind,
            whole=bool(kept.sights) or screen.KIND.name not in kinds,
        )

    def _blind(self, kind: str, looks: Mapping[tuple[str, str], Look]) -> Whys:
        """Why a kind can't be looked at; a look that left out a known part of it is one."""
        places = [(sensor.source, sensor.scope) for sensor in self.sensors if sensor.kind == kind]
        if not places:  # a session's own look hangs on a person being there
            return () if kind == cloud.KIND.name else ("no_sensor",)
        gaps = [gap for place in places if (gap := looks[place].gap) and not gap.about]
        return tuple(gap.reason for gap in gaps)


def _whys(sight: Sight) -> Whys | None:
    """Why a session can't see input; nothing where it can; None where it was not asked yet."""
    if sight.idle.by:
        return ()
    return tuple(sight.idle.why_not.split(", ")) if sight.idle.why_not else None
