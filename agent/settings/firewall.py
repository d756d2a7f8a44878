"""Whether a firewall stands between this laptop and its network: by what the kernel filters, else by who sets it.

Root alone may ask nftables; there, a rule set in which nothing that comes in is dropped or refused is none. What an
ordinary user sees, ufw's own word and that firewalld runs, can tell that there is one and never that there is none.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.sensors.bounded import Unreadable
from agent.settings.asking import Ask
from agent.settings.files import is_yes, sections, text
from agent.settings.units import running
from policy.kinds.settings import Setting, setting

NFT = ("nft", "--json", "list", "ruleset")
LEGACY = "proc/net/ip_tables_names"  # tables of the older iptables, which nftables does not list
FAMILIES = {"ip", "ip6", "inet"}
STOPS = {"drop", "reject"}


def look(root: Path, ask: Ask | None) -> Setting:
    """How it is. ask: asks as root, of the machine under root; None: nobody may."""
    by = _set_by(root)
    if by:
        return setting("firewall", "on", by)
    filters = _filters(ask(NFT)) if ask else None
    if filters:
        return setting("firewall", "on", "nftables")
    if filters is None or _legacy(root):
        return setting("firewall", "unknown")
    return setting("firewall", "off", "nftables")


def _set_by(root: Path) -> str:
    if running(root, ("firewalld",)):
        return "firewalld"
    try:
        said = sections([root / "etc/ufw/ufw.conf"]).get("", {})
    except Unreadable:
        return ""
    return "ufw" if is_yes(said.get("enabled")) else ""


def _legacy(root: Path) -> bool:
    """Whether there are rules that can't be seen from here."""
    try:
        return bool(text(root / LEGACY).strip())
    except Unreadable:
        return True


def _filters(said: str | None) -> bool | None:
    """Whether anything that comes in is dropped or refused by this rule set; None where it is none."""
    try:
        listed = json.loads(said or "")["nftables"]
        return _stops([one for one in listed if isinstance(one, dict)])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _stops(listed: list[dict[str, Any]]) -> bool:
    chains = {_key(one["chain"], "name"): one["chain"] for one in listed if "chain" in one}
    rules: dict[tuple[str, ...], list[Any]] = {}
    for one in listed:
        if "rule" in one:
            rules.setdefault(_key(one["rule"], "chain"), []).append(one["rule"].get("expr", []))
    seen: set[tuple[str, ...]] = set()
    waiting = [key for key, chain in chains.items() if chain.get("hook") == "input" and key[0] in FAMILIES]
    if any(chains[key].get("policy") in STOPS for key in waiting):
        return True
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        for word, what in _statements(rules.get(key, [])):
            if word in STOPS:
                return True
            if word in {"jump", "goto"} and isinstance(what, dict):
                waiting.append((*key[:2], str(what.get("target"))))
    return False


def _key(one: dict[str, Any], name: str) -> tuple[str, str, str]:
    return str(one.get("family")), str(one.get("table")), str(one.get(name))


def _statements(expressions: list[Any]) -> Iterator[tuple[str, Any]]:
    for expression in expressions:
        for statement in expression if isinstance(expression, list) else ():
            if isinstance(statement, dict):
                yield from statement.items()
