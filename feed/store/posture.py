"""What a laptop says of itself: the newest is kept, nothing of before."""

import sqlite3

from feed.store import Device, Unseen
from policy.wire import Envelope, Posture, Result

COUNTED = "select what, why, count(*) from unseen group by what, why order by count(*) desc, what, why"


def take(db: sqlite3.Connection, device: Device, envelope: Envelope, posture: Posture) -> Result:
    """Overwrite what was kept, unless that is newer. Under another uid it is newer: its ledger was lost."""
    query = "select uid, revision, id from posture where device = ?"
    known = db.execute(query, (str(device.uid),)).fetchone()
    if known and known[2] == envelope.id:
        return Result(envelope.id, "stored")
    if known and known[0] == str(posture.uid) and known[1] >= posture.revision:
        return Result(envelope.id, "older", uid=posture.uid, revision=known[1])
    row = (str(device.uid), str(posture.uid), posture.revision, envelope.id, bytes(envelope.body))
    db.execute("insert or replace into posture values (?, ?, ?, ?, ?)", row)
    db.execute("delete from unseen where device = ?", row[:1])
    rows = [(str(device.uid), one.what, one.why) for one in _unseen(posture)]
    db.executemany("insert or ignore into unseen values (?, ?, ?)", rows)
    return Result(envelope.id, "stored")


def _unseen(posture: Posture) -> list[Unseen]:
    blind = [text.partition(": ") for text in posture.blind]
    return [Unseen(rule, "") for rule in posture.unsupported] + [Unseen(kind, why) for kind, _, why in blind]
