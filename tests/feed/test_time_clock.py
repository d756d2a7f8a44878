"""No time clock: from the feed's disk after a year nobody can tell at which hours a laptop was used.

What is read are the raw bytes of the database and its log, since what SQLite no longer shows may still lie there. The
Maildir is left out: a mail has a Date of its own, which is when it was sent. That date and the day on which an incident
changed are what can still be inferred; policy/privacy.py names them.
"""

import asyncio
import random
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from feed import secrets, sync
from feed.store import Device
from feed.store.sqlite import SqliteStore
from policy.wire import Incident, Sync, seal

Made = Callable[..., Incident]
FIRST = date(2026, 1, 1)
PAGE = 4096
CLOCK = re.compile(rb"(?<![\d:+-])(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\d:])")
EPOCHS = tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (2025, 2028))
SECONDS = re.compile(rb"(?<![0-9a-f])1[789]\d{8}(?:\.\d+)?(?![0-9a-f])")


@pytest.fixture(autouse=True)
def _the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token or uid by chance: digits of one could read as a time."""
    numbers = random.Random(1)
    monkeypatch.setattr(secrets, "token", lambda: f"{numbers.getrandbits(256):064x}")
    monkeypatch.setattr("feed.store.sqlite.uuid4", lambda: UUID(int=numbers.getrandbits(128), version=4))


class Year:
    """A laptop, used on working days from about nine to about five, at minutes that chance gives."""

    def __init__(self, store: SqliteStore, made: Made) -> None:
        self.store, self.made = store, made
        self.chance = random.Random(20_260_101)
        self.used: set[str] = set()
        self.token = ""
        self.epoch = 0
        self.last = datetime(2026, 1, 1, tzinfo=UTC)

    async def enrol(self) -> None:
        midnight = datetime(2026, 1, 1, tzinfo=UTC)
        await self.store.open_enrolment("h", "LT-20431", midnight)
        enrolled = await self.store.enrol("h", "", midnight)
        assert enrolled
        self.token = secrets.hashed(enrolled.token)

    async def pass_(self, days: int) -> None:
        for n in range(days):
            day = FIRST + timedelta(days=n)
            if day.weekday() < 5:
                await self._day(day, n)

    async def _day(self, day: date, n: int) -> None:
        """Some exchanges; every tenth day a program is found, every tenth and one it is gone."""
        minutes = sorted(self.chance.sample(range(8 * 60 + 30, 18 * 60), 4))
        for at in minutes:
            now = datetime(day.year, day.month, day.day, at // 60, at % 60, self.chance.randrange(60), tzinfo=UTC)
            first = at == minutes[0]
            await self._come(now, self._found(day, n) if first else ())

    def _found(self, day: date, n: int) -> tuple[Incident, ...]:
        name = f"program-{n // 10}"
        seen = {"first_seen": f"{FIRST + timedelta(days=n // 10 * 10)}", "last_seen": f"{day}"}
        if n % 10 == 1:
            return (self.made(name, revision=1, **seen),)
        if n % 10 == 6:
            return (self.made(name, revision=2, state="resolved", ending="put_right", **seen),)
        return ()

    async def _come(self, now: datetime, incidents: tuple[Incident, ...]) -> None:
        device = await self.store.device(self.token)
        assert device
        envelopes = tuple(seal(one) for one in incidents)
        synced = await sync.exchange(self.store, device, Sync(self.epoch, 0, "nl", envelopes), now)
        assert all(result.outcome == "stored" for result in synced.results)
        self.epoch = synced.epoch
        if synced.token:
            self.token = secrets.hashed(synced.token)
        self.used.add(f"{now:%H:%M}")
        self.last = now


def lying(folder: Path) -> bytes:
    """All pages that lie in the database and in its log, with those that were overwritten since.

    The log's own headers (salts and checksums) and its index (page numbers) are left out: they are made by chance.
    """
    log = folder / "feed.db-wal"
    frames = log.read_bytes()[32:] if log.exists() else b""
    size = 24 + PAGE
    assert len(frames) % size == 0
    pages = [frames[at + 24 : at + size] for at in range(0, len(frames), size)]
    return b"\n".join([(folder / "feed.db").read_bytes(), *pages])


def clocks(data: bytes) -> set[str]:
    """Whatever reads as a time of day."""
    return {match.decode()[:5] for match in CLOCK.findall(data)}


def seconds(data: bytes) -> list[bytes]:
    """Whatever reads as a count of seconds since 1970 in those years."""
    return [n for n in SECONDS.findall(data) if EPOCHS[0] < float(n) < EPOCHS[1]]


async def a_year(store: SqliteStore, made: Made, days: int = 365) -> Year:
    year = Year(store, made)
    await year.enrol()
    await year.pass_(days)
    return year


async def test_nothing_at_the_feed_tells_when_a_laptop_was_used(
    runner: asyncio.Runner, tmp_path: Path, made: Made
) -> None:
    """While it runs, as a copy of its disk or a backup of the files would show it."""
    store = await SqliteStore.open(tmp_path / "feed.db")
    try:
        year = await a_year(store, made)
        data = lying(tmp_path)
    finally:
        await store.close()
    assert len(year.used) > 300, "the year was one of many hours"
    assert b"program-3" in data, "and these are its bytes"
    assert clocks(data) == set()
    assert seconds(data) == []


async def test_nothing_is_left_when_it_has_stopped(runner: asyncio.Runner, tmp_path: Path, made: Made) -> None:
    store = await SqliteStore.open(tmp_path / "feed.db")
    year = await a_year(store, made)
    await store.close()
    data = lying(tmp_path)
    assert b"program-3" in data
    assert clocks(data) == set()
    assert seconds(data) == []
    assert f"{year.last:%Y-%m-%d}".encode() in data, "the day of the last contact is there"


async def test_all_columns_hold_dates(runner: asyncio.Runner, tmp_path: Path, made: Made) -> None:
    """The same, column by column, so that a column that is added later is seen."""
    store = await SqliteStore.open(tmp_path / "feed.db")
    year = await a_year(store, made, days=40)
    held: dict[str, set[str]] = {}
    tables = store._read.execute("select name from sqlite_schema where type = 'table'").fetchall()
    for (table,) in tables:
        cursor = store._read.execute(f"select * from {table}")  # noqa: S608 - names of our own schema
        for row in cursor.fetchall():
            for (column, *_), value in zip(cursor.description, row, strict=True):
                raw = value if isinstance(value, bytes) else str(value).encode()
                held.setdefault(f"{table}.{column}", set()).update(clocks(raw))
    at = await store.last_contacts()
    await store.close()
    assert {column: hours for column, hours in held.items() if hours} == {}
    assert held.keys() >= {"device.last_contact", "envelope.received", "incident.first_seen"}
    assert [moment for _, _, moment in at] == [year.last], "the one last contact is in memory"


async def test_the_one_last_contact_is_gone_with_the_process(
    runner: asyncio.Runner, tmp_path: Path, made: Made
) -> None:
    store = await SqliteStore.open(tmp_path / "feed.db")
    year = await a_year(store, made, days=5)
    await store.close()
    store = await SqliteStore.open(tmp_path / "feed.db")
    at = await store.last_contacts()
    await store.close()
    assert [moment for _, _, moment in at] == [year.last.replace(hour=0, minute=0, second=0)]


async def test_the_scan_would_see_a_diary(runner: asyncio.Runner, tmp_path: Path, made: Made) -> None:
    """Tier A leaves with its times: that is what the scan finds where there is something to find."""
    store = await SqliteStore.open(tmp_path / "feed.db")
    year = Year(store, made)
    await year.enrol()
    denied = made(
        "hydra",
        attrs={"name": "hydra", "version": "9", "verdict": "denied"},
        first_seen="2026-01-05T09:13:22Z",
        last_seen="2026-01-05T09:14:00Z",
    )
    device = await store.device(year.token)
    assert isinstance(device, Device)
    await store.begin_epoch(device.uid)
    await store.take(device, [seal(denied)], datetime(2026, 1, 5, 9, 15, tzinfo=UTC))
    await store.close()
    assert clocks(lying(tmp_path)) == {"09:13", "09:14", "09:15"}
