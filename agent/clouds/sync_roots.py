"""Folders that Windows shows as a cloud's: roots of the Cloud Files API, and entries of Explorer's side pane.

By their documents, and written by hand under Wine: SyncRootManager has a key `provider!SID!account` for each root that
was registered, its `DisplayNameResource`, and below it `UserSyncRoots` with the folder for each SID (StorageProvider-
SyncRootInfo.Id; CfRegisterSyncRoot). An entry of the side pane is a class of the user's with a `TargetFolderPath`
("Integrate a cloud storage provider"). Both may outlive their client: a folder that is gone tells nothing.
"""

import sys
import winreg
from collections.abc import Iterator
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.clouds.sight import Sight, Tells, with_value  # noqa: E402
from agent.sensors.bounded import Unreadable  # noqa: E402
from agent.sensors.windows_registry import Place, children, text  # noqa: E402
from policy.catalogue import Catalogue  # noqa: E402

_EXPLORER = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer"
ROOTS = Place(winreg.HKEY_LOCAL_MACHINE, rf"{_EXPLORER}\SyncRootManager")
PANE = Place(winreg.HKEY_CURRENT_USER, rf"{_EXPLORER}\Desktop\NameSpace")
CLASSES = r"Software\Classes\CLSID"
PLACES = (ROOTS, PANE)  # whose change means: look again
LONGEST_NAME = 80  # letters that a person is shown


def seen(catalogue: Catalogue, sid: str) -> tuple[Sight, ...]:
    """The roots of this user, and what else the side pane shows as theirs. sid: of who runs this."""
    roots = tuple(_roots(catalogue, sid))
    folders = {sight.root.lower() for sight in roots}
    return (*roots, *(sight for sight in _pane(catalogue) if sight.root.lower() not in folders))


def _roots(catalogue: Catalogue, sid: str) -> Iterator[Sight]:
    for name, display in _keys(ROOTS, "DisplayNameResource"):
        provider, *rest = name.split("!")
        if not provider or [part.lower() for part in rest[:1]] != [sid.lower()]:
            continue
        folder = _value(ROOTS._replace(path=rf"{ROOTS.path}\{name}\UserSyncRoots"), sid)
        if not _is_folder(folder):
            continue
        client = with_value(catalogue, "windows", "sync_root", provider)
        told = (_told(provider, rest[1] if len(rest) > 1 else ""),)
        called = client.name if client else _name(display) or _name(provider)
        yield Sight(client.id if client else "", called, "sync_root", provider, "syncing", told, folder)


def _pane(catalogue: Catalogue) -> Iterator[Sight]:
    """State `running` at most: that an account is linked is not told by this."""
    for identity, called in _keys(PANE, ""):
        bag = rf"{CLASSES}\{identity}\Instance\InitPropertyBag"
        folder = _value(PANE._replace(path=bag), "TargetFolderPath")
        if not called or not _is_folder(folder):
            continue
        client = with_value(catalogue, "windows", "sync_root", called)
        name = client.name if client else _name(called)
        if name:
            yield Sight(client.id if client else "", name, "sync_root", called, "running", (), folder)


def _told(provider: str, account: str) -> tuple[Tells, str]:
    """OneDrive says `Personal` or `Business1`; which company's that is its own settings tell."""
    private = provider.lower() == "onedrive" and account.lower().startswith("personal")
    return ("private", "") if private else ("linked", "")


def _keys(place: Place, value: str) -> list[tuple[str, str]]:
    """The keys in a place, each with one value; nothing where that can't be read."""
    try:
        return [(name, text(key, value)) for name, key in children(place)]
    except Unreadable:
        return []


def _value(place: Place, name: str) -> str:
    try:
        with place.open() as key:
            return winreg.ExpandEnvironmentStrings(text(key, name))
    except (OSError, ValueError):
        return ""


def _is_folder(path: str) -> bool:
    """On a disk of this machine: a server is not waited for."""
    try:
        return bool(path) and not path.startswith("\\\\") and Path(path).is_dir()
    except (OSError, ValueError):
        return False


def _name(said: str) -> str:
    """What may be shown: neither a reference into a file of strings (`@shell32.dll,-1`) nor somebody's address."""
    return "" if "@" in said else said[:LONGEST_NAME]
