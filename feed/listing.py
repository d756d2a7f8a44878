"""`deskwarden-feed incidents`: what was reported, for a person or a program."""

import asyncio
import json
from argparse import Namespace
from typing import Any

import msgspec

from feed.errors import Trouble
from feed.forward.letter import title
from feed.store import Filter, Row
from feed.store.sqlite import SqliteStore
from policy.words import Language, Translate


def incidents(options: Namespace, _: Translate, _language: Language) -> int:
    """The newest first."""
    path = options.state / "feed.db"
    if not path.exists():
        raise Trouble("no_store", path=str(options.state))
    rows = asyncio.run(_rows(options))
    if options.json:
        print(json.dumps([as_json(row) for row in rows], ensure_ascii=False, indent=2))
        return 0
    states = {"open": _("open"), "resolved": _("resolved")}
    for row in rows:
        clause = _("code {clause}").format(clause=row.clause)
        print(f"{row.reference}  {title(row, _)}  {states[row.state]}  {row.first_seen}  ({clause})")
    if not rows:
        print(_("Nothing was reported."))
    return 0


async def _rows(options: Namespace) -> list[Row]:
    store = await SqliteStore.open(options.state / "feed.db")
    try:
        return await store.incidents(Filter(state=options.state_is or ""), limit=100_000)
    finally:
        await store.close()


def as_json(row: Row) -> dict[str, Any]:
    """One incident; docs/security-team.md describes each field."""
    return {
        "reference": row.reference,
        "uid": str(row.uid),
        "rule": row.rule,
        "kind": row.kind,
        "clause": row.clause,
        "subject": msgspec.to_builtins(row.subject),
        "severity": row.severity,
        "state": row.state,
        "ending": row.ending,
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
        "revision": row.revision,
        "follows": str(row.follows) if row.follows else None,
        "device": str(row.device),
        "ticket": row.ticket,
        "attrs": msgspec.to_builtins(row.attrs),
    }
