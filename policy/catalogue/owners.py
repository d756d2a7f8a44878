"""Whose the accounts of a client are, by what its own configuration says."""

from collections.abc import Collection
from typing import Literal

from msgspec import Struct


class Told(Struct, frozen=True):
    """One account. kind: `domain` of its mail address, `server` or `remote` it speaks to, or who it is outright."""

    kind: Literal["private", "company", "domain", "server", "remote", "linked"]
    value: str = ""


def owner(
    told: tuple[Told, ...], domains: Collection[str], servers: Collection[str]
) -> Literal["company", "private", "unknown"]:
    """Private if any account is, the company's if all are."""
    said = {_one(one, domains, servers) for one in told}
    if "private" in said:
        return "private"
    return "company" if said == {"company"} else "unknown"


def _one(told: Told, domains: Collection[str], servers: Collection[str]) -> str:
    if told.kind in {"private", "company"}:
        return told.kind
    if told.kind == "domain":
        return "company" if _within(told.value, domains) else "private"
    if told.kind == "server" and _within(told.value, servers):
        return "company"
    return "private" if told.kind == "remote" else "unknown"


def _within(name: str, of: Collection[str]) -> bool:
    name = name.lower().rstrip(".")
    return any(name == one or name.endswith(f".{one}") for one in of)
