"""Notices and views as the service sends them, made by hand."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from agent.ipc import FeedState, View, Watched
from policy.model import Contact, Text
from policy.reference import reference
from policy.words import Notice

SPACE = UUID("7d6a2c1e-3c64-4c5e-9a0b-2f8a5d3b9c10")
NOW = datetime(2026, 3, 3, 10, 30, tzinfo=UTC)  # a Tuesday


def notice(name: str = "cmatrix", **changes: Any) -> Notice:
    """A program that is not on the list; its uid follows from its name."""
    uid = uuid5(SPACE, name)
    fields: dict[str, Any] = {
        "uid": uid,
        "reference": reference(uid),
        "kind": "software",
        "rule": "software.unapproved",
        "title": Text("Niet-goedgekeurd programma", "Program that is not approved"),
        "clause": "3",
        "clause_title": Text("Software", "Software"),
        "clause_quote": Text("Ik installeer alleen wat is goedgekeurd.", "I install only what is approved."),
        "attrs": {"name": name, "version": "2.0", "verdict": "unapproved", "source": "dpkg"},
        "phase": "noticed",
        "opened": NOW,
        "route": "helpdesk",
        "deadline": datetime(2026, 3, 5, 16, 0, tzinfo=UTC),
    }
    return Notice(**(fields | changes))


def view(*notices: Notice, **changes: Any) -> View:
    """What one person may see."""
    fields: dict[str, Any] = {
        "policy": "kpn 1",
        "company": "KPN",
        "language": "nl",
        "contacts": (
            Contact("it", Text("IT-helpdesk", "IT helpdesk"), phone="088 660 12 34", mail="it@example.nl"),
            Contact("security", Text("Helpdesk Security", "Security helpdesk"), phone="+31 800 024 04 25"),
        ),
        "watched": (
            Watched(
                "software.unapproved",
                "3",
                Text("Niet-goedgekeurd programma", "Program that is not approved"),
                "software",
                works=True,
            ),
        ),
        "notices": notices,
        "feed": FeedState(url="https://feed.example.nl"),
        "asset_tag": "LT-20431",
    }
    return View(**(fields | changes))
