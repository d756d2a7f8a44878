"""A store that is killed: stores revision upon revision from eight tasks, and prints each once it is acknowledged.

python -I killed_child.py DATABASE SPACE
"""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from feed.store import Device
from feed.store.sqlite import SqliteStore
from policy.model import Subject
from policy.wire import Incident, seal

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


async def main(path: Path, space: UUID) -> None:
    store = await SqliteStore.open(path)
    await store.open_enrolment("h", "LT-1", NOW + timedelta(minutes=1))
    enrolled = await store.enrol("h", "LT-1", NOW)
    assert enrolled
    device = Device(enrolled.device, "LT-1", 0)
    await asyncio.gather(*(for_ever(store, device, space, f"program-{n}") for n in range(8)))


async def for_ever(store: SqliteStore, device: Device, space: UUID, name: str) -> None:
    uid, revision = uuid5(space, name), 0
    while True:
        revision += 1
        envelope = seal(
            Incident(
                uid=uid,
                revision=revision,
                kind="software",
                rule="software.approved",
                subject=Subject("program", name),
                clause="3",
                policy="p",
                severity=2,
                state="open",
                first_seen="2026-11-24",
                last_seen="2026-11-24",
                attrs={"name": name, "version": "1", "verdict": "unapproved"},
            )
        )
        (result,) = await store.take(device, [envelope], NOW)
        assert result.outcome == "stored"
        print(uid, revision, flush=True)


asyncio.run(main(Path(sys.argv[1]), UUID(sys.argv[2])))
