"""Whose the accounts of a client are, by what its own configuration says."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection
from typing import Literal

from msgspec import Struct

Whose = Literal["company", "private", "unknown"]
# Mail that anybody has at home: no company's, whatever a company says of itself.
_ANYBODYS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.nl", "live.com", "live.nl", "msn.com",
    "icloud.com", "me.com", "mac.com", "yahoo.com", "proton.me", "protonmail.com", "gmx.com", "gmx.net", "mail.ru",
    "yandex.ru", "aol.com", "ziggo.nl", "kpnmail.nl", "planet.nl", "hetnet.nl", "xs4all.nl",
})  # fmt: skip
_TENANT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_THIS_MACHINE = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")


class Told(Struct, frozen=True):
    """One thing that a client's configuration says of one of its accounts.

    kind: who it is outright (`private`, `company`), the `domain` of its mail address, its `tenant`, the `server` or
    the `remote` (a back end, and its host behind a space) that it speaks to; `linked`: it is there and no more is told
    (value of Syncthing's: `internet` where it finds others by servers of others, else `local`); `unread`: its
    configuration is there and can't be read. value: small letters, and of a server its host alone. account: what has
    the same number speaks of one account; 0: of one of its own.
    """

    kind: Literal["private", "company", "domain", "tenant", "server", "remote", "linked", "unread"]
    value: str = ""
    account: int = 0


def owner(told: tuple[Told, ...], domains: Collection[str], servers: Collection[str]) -> Whose:
    """Private if any account is, the company's if all are.

    domains: the company's own, of mail addresses and of tenants, and its tenants' ids; servers: hosts of its own. What
    lies below one is the company's too. An empty one says nothing: what it would tell is unknown then.
    """
    groups: dict[int, list[Told]] = defaultdict(list)
    for number, one in enumerate(told, 1):
        groups[one.account or -number].append(one)
    said = {_account(group, domains, servers) for group in groups.values()}
    if "private" in said:
        return "private"
    return "company" if said == {"company"} else "unknown"


def _account(told: Collection[Told], domains: Collection[str], servers: Collection[str]) -> Whose:
    """Whose this one is; what contradicts itself is unknown."""
    if any(one.kind == "private" for one in told):
        return "private"
    said = {_one(one, domains, servers) for one in told} - {"unknown"}
    if len(said) != 1 or any(one.kind == "unread" for one in told):
        return "unknown"
    return "company" if "company" in said else "private"


def _one(told: Told, domains: Collection[str], servers: Collection[str]) -> Whose:
    match told.kind:
        case "private" | "company":
            return told.kind
        case "domain":
            return "private" if _within(told.value, _ANYBODYS) else _of(told.value, domains)
        case "tenant":
            by_id = bool(_TENANT.fullmatch(told.value))
            return _of(told.value, [one for one in domains if bool(_TENANT.fullmatch(one.lower())) == by_id])
        case "server":
            return _server(told.value, servers)
        case "remote":  # a back end that companies have too: told by its host or not at all
            return "company" if _within(told.value.rpartition(" ")[2], servers) else "unknown"
    return "unknown"


def _server(host: str, servers: Collection[str]) -> Whose:
    whose = _of(host, servers)
    return "unknown" if whose == "private" and _THIS_MACHINE.fullmatch(host) else whose


def _of(name: str, own: Collection[str]) -> Whose:
    if _within(name, own):
        return "company"
    return "private" if own else "unknown"


def _within(name: str, of: Collection[str]) -> bool:
    """Whether it is one of these or lies below one: whole labels, so that evilkpn.com is not kpn.com."""
    name = _plain(name)
    return bool(name) and any(name == one or name.endswith(f".{one}") for one in map(_plain, of) if one)


def _plain(name: str) -> str:
    """As a name server is asked: small letters, no dot at its end, other letters than a to z by their xn-- form."""
    labels = unicodedata.normalize("NFC", name).lower().rstrip(".").split(".")
    return ".".join(one if one.isascii() else "xn--" + one.encode("punycode").decode("ascii") for one in labels)
