"""GNOME Online Accounts whose files are on: the file manager shows a cloud without any client.

~/.config/goa-1.0/accounts.conf as goa-daemon 3.46.0 itself wrote it on Debian 12 (AddAccount on its bus for google and
owncloud; nobody's real account); ms_graph, windows_live and webdav, which that one has not, by the source of goa.
`FilesEnabled` that is not there is off. Mail or calendar alone is no cloud of files.
"""

from collections.abc import Iterator
from pathlib import Path

from agent.clouds.forms.ini import sections
from agent.clouds.hosts import host, mail_domain
from agent.clouds.sight import Sight, Tells, is_here, named
from agent.sensors.bounded import Unreadable, whole
from agent.sensors.spots import ANY, Spot, towards
from policy.catalogue import Catalogue

PLACE = Path(".config/goa-1.0/accounts.conf")
# The provider's name -> the client's id, and what a person calls it.
PROVIDERS = {
    "google": ("google-drive", "Google Drive"),
    "ms_graph": ("onedrive", "OneDrive"),
    "windows_live": ("onedrive", "OneDrive"),
    "owncloud": ("nextcloud", "Nextcloud"),
    "webdav": ("", "WebDAV"),
}


def seen(catalogue: Catalogue, home: Path) -> tuple[Sight, ...]:
    """The accounts whose files are on; nothing where that can't be read."""
    try:
        found = sections(whole(home / PLACE))
    except Unreadable:
        return ()
    sights = (_sight(catalogue, keys) for name, keys in found.items() if name.startswith("Account "))
    return tuple(dict.fromkeys(sight for sight in sights if sight))


def spots(home: Path) -> Iterator[Spot]:
    """Where a change shows: the daemon writes the file anew and renames it."""
    folder = (home / PLACE).parent
    yield Spot(folder, ANY, frozenset({PLACE.name}))
    yield from towards(folder)


def _sight(catalogue: Catalogue, keys: dict[str, str]) -> Sight | None:
    provider = keys.get("Provider", "")
    if provider not in PROVIDERS or keys.get("FilesEnabled", "").lower() not in {"true", "1"}:
        return None
    client, called = PROVIDERS[provider]
    told = tuple(_told(provider, keys))
    if any(is_here(value) for _, value in told):
        return None
    return Sight(client, named(catalogue, client, called), "goa", provider, "syncing", told)


def _told(provider: str, keys: dict[str, str]) -> Iterator[tuple[Tells, str]]:
    """Whose it is: of a server of somebody's own the server, else the domain of the mail address."""
    if provider in {"owncloud", "webdav"}:
        server = host(keys.get("Uri", ""))
        yield ("server", server) if server else ("linked", "")
    else:
        domain = mail_domain(keys.get("PresentationIdentity", ""))
        yield ("domain", domain) if domain else ("linked", "")
