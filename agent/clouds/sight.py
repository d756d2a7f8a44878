"""What was seen of a cloud by something that is neither a client's process nor its configuration."""

from typing import Literal

from msgspec import Struct

from policy.catalogue import Catalogue, Client

Signal = Literal["mount", "inotify", "goa", "sync_root", "socket", "dbus"]
Tells = Literal["server", "domain", "remote", "private", "company", "linked"]


class Sight(Struct, frozen=True):
    """One thing that was seen.

    client: its id, "" where the catalogue does not know it. name: as a person calls it. signal, value: as in Signs of
    the catalogue, where it knows them. state: `syncing` where an account is linked. told: whose it is, as far as this
    tells, in the form of owners.Told. root: the folder, for the
    employee's eyes alone.
    """

    client: str
    name: str
    signal: Signal
    value: str
    state: Literal["running", "syncing"]
    told: tuple[tuple[Tells, str], ...] = ()
    root: str = ""


def named(catalogue: Catalogue, client: str, otherwise: str) -> str:
    """What a person calls this client."""
    known = catalogue.clients.get(client)
    return known.name if known else otherwise


def with_value(catalogue: Catalogue, os: Literal["linux", "windows"], signal: str, value: str) -> Client | None:
    """The one client that has this value of this signal; None where there is none, or more than one."""
    found = [
        client
        for client in catalogue.clients.values()
        if (signs := client.on(os)) and value.lower() in {one.lower() for one in signs.of(signal)}
    ]
    return found[0] if len(found) == 1 else None


def is_here(server: str) -> bool:
    """Whether a host is this machine itself: what it gives is no cloud."""
    return server in {"localhost", "::1", "0.0.0.0"} or server.startswith("127.")  # noqa: S104 - compared, not bound
