"""Which clients are there, by all that was seen of them: what is installed, what runs, whose accounts are linked.

Settings that a client left behind are no client: something installed or running must be among the signals.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from policy.catalogue import INSTALLED, OS, SIGNS, Catalogue, Client, Signs
from policy.catalogue.owners import Told
from policy.catalogue.weigh import Seen, weigh

LIVES = frozenset({"socket", "dbus", "mount", "site", "app_id"})  # there only while it runs
State = Literal["installed", "running", "syncing"]


class Evidence(Struct, frozen=True):
    """What was seen of one client; `program`: a file of that name in a place for programs.

    runs: the signals of a process that is surely this client, () where none is.

    told: what its configuration says of its accounts.
    """

    seen: frozenset[Seen] = frozenset()
    runs: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


class Found(Struct, frozen=True):
    """A client that is there: its state, the ids of what told it, and its accounts."""

    client: str
    state: State
    signals: tuple[str, ...]
    told: tuple[Told, ...] = ()


def found(catalogue: Catalogue, os: OS, evidence: Mapping[str, Evidence]) -> tuple[Found, ...]:
    """Those that are there, in the catalogue's order."""
    out = []
    for client in catalogue.clients.values():
        signs, seen = client.on(os), evidence.get(client.id)
        if signs is not None and seen is not None and (one := _found(client, signs, seen)):
            out.append(one)
    return tuple(out)


def _found(client: Client, signs: Signs, evidence: Evidence) -> Found | None:
    weight = weigh(signs, evidence.seen)
    ids = {name for name, _ in evidence.seen}
    here = evidence.runs or (weight is not None and ids & {*INSTALLED, *LIVES, "program"})
    if not here:
        return None
    linked = any(one.kind != "unread" for one in evidence.told) or any(
        name == "linked" and _holds(signs, value) for name, value in evidence.seen
    )
    told = evidence.told or ((Told("linked"),) if linked else ())
    every = {*evidence.runs, *ids}
    signals = (*(name for name in SIGNS if name in every), *sorted(every - set(SIGNS)))
    return _of(client, "syncing" if linked else _runs(client, evidence, ids), signals, told)


def _of(client: Client, state: State, signals: tuple[str, ...], told: tuple[Told, ...]) -> Found | None:
    """What a desktop starts for everybody that has it says nothing of this person until an account is linked."""
    if client.starts == "itself" and state != "syncing":
        return None
    return Found(client.id, state, signals, told)


def _runs(client: Client, evidence: Evidence, ids: set[str]) -> State:
    if client.starts == "itself":
        return "installed"
    return "running" if evidence.runs or ids & LIVES else "installed"


def _holds(signs: Signs, value: str) -> bool:
    """Whether a source confirmed that an account is linked where this file is."""
    return not {"linked", value} & set(signs.unconfirmed)


def installed(catalogue: Catalogue, os: OS, programs: Iterable[tuple[str, str]]) -> dict[str, frozenset[Seen]]:
    """Which clients these are packages of: pairs of (signal, name) as their sources give them."""
    names = _values(catalogue, os)
    out: dict[str, set[Seen]] = defaultdict(set)
    for signal, name in programs:
        for client_id, value in names.get((signal, name.lower()), ()):
            out[client_id].add((signal, value))
    return {client_id: frozenset(seen) for client_id, seen in out.items()}


def by_package(catalogue: Catalogue, os: OS) -> dict[Seen, str]:
    """The client of each (signal, name in small letters) that tells alone."""
    out = {}
    for (signal, name), owners in _values(catalogue, os).items():
        client_id, value = owners[0]
        signs = catalogue.clients[client_id].on(os)
        if signs and signs.decides(signal, value):
            out[signal, name] = client_id
    return out


def _values(catalogue: Catalogue, os: OS) -> dict[Seen, list[tuple[str, str]]]:
    """By (signal, name in small letters): each client's id, and the name as the catalogue has it."""
    names: dict[Seen, list[tuple[str, str]]] = defaultdict(list)
    for client in catalogue.clients.values():
        signs = client.on(os)
        for signal in (*INSTALLED, "program") if signs else ():
            for value in signs.of(signal) if signs else ():
                names[signal, value.lower()].append((client.id, value))
    return names
