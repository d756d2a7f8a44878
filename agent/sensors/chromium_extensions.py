"""Source `chromium_extensions` of kind `software`: extensions in the profiles of Chromium and its kin.

What lies in a profile's folder of extensions is installed; the profile's preferences tell who brought it. Seen with
Debian's Chromium 156: by policy, by a file beside the browser, a theme. Chrome, Edge, Brave, Vivaldi and Opera have the
same forms by osquery's tables; stores and what is unpacked by Chromium's source.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from agent.sensors.bounded import MOST_BYTES, Unreadable, is_there
from agent.sensors.extensions import (
    MOST_EXTENSIONS,
    MOST_PROFILES,
    SCOPE,
    SETTINGS,
    Found,
    folders,
    json,
    parsed,
    text,
)
from agent.sensors.spots import APPEARS, Listening, Spot, towards
from policy.kinds.software import InstalledProgram
from policy.model import Instant, Look, Subject, Text

LINUX: dict[str, tuple[str, ...]] = {
    "chrome": (
        ".config/google-chrome",
        ".config/google-chrome-beta",
        ".config/google-chrome-unstable",
        ".var/app/com.google.Chrome/config/google-chrome",
    ),
    "chromium": (
        ".config/chromium",
        "snap/chromium/common/chromium",
        ".var/app/org.chromium.Chromium/config/chromium",
    ),
    "edge": (
        ".config/microsoft-edge",
        ".config/microsoft-edge-beta",
        ".config/microsoft-edge-dev",
        ".var/app/com.microsoft.Edge/config/microsoft-edge",
    ),
    "brave": (
        ".config/BraveSoftware/Brave-Browser",
        "snap/brave/current/.config/BraveSoftware/Brave-Browser",
        ".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser",
    ),
    "vivaldi": (".config/vivaldi", ".config/vivaldi-snapshot", ".var/app/com.vivaldi.Vivaldi/config/vivaldi"),
    "opera": (".config/opera", "snap/opera/current/.config/opera", ".var/app/com.opera.Opera/config/opera"),
}
WINDOWS: dict[str, tuple[str, ...]] = {
    "chrome": ("AppData/Local/Google/Chrome/User Data",),
    "chromium": ("AppData/Local/Chromium/User Data",),
    "edge": ("AppData/Local/Microsoft/Edge/User Data",),
    "brave": ("AppData/Local/BraveSoftware/Brave-Browser/User Data",),
    "vivaldi": ("AppData/Local/Vivaldi/User Data",),
    "opera": ("AppData/Roaming/Opera Software/Opera Stable",),
}
# Where an extension says that its updates come from, and the store that is.
STORES = {
    "clients2.google.com": "chrome-web-store",
    "edge.microsoft.com": "edge-add-ons",
    "extension-updates.opera.com": "opera-add-ons",
}
SETTLE = 12.0  # seconds: a new folder is in the preferences after 9 (measured), the pause between two writings
EXTENSIONS, UNPACKING = "Extensions", "Temp"
_ID = re.compile(r"[a-p]{32}")
_VERSION = re.compile(r"\d+(?:\.\d+){0,3}_\d+")
_MESSAGE = re.compile(r"__MSG_([\w@]{1,200})__")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z0-9]{2,8})*")
# Chromium's ManifestLocation: how an extension came.
UNPACKED = 4
USER = 1
MANAGEMENT = {7, 9}
COMPONENT = {5, 10}


class Manifest(Struct):
    """The part of manifest.json that is told."""

    name: str
    version: str
    default_locale: Any = None
    author: Any = None
    update_url: Any = None
    theme: Any = None


class Setting(Struct):
    """What a profile's preferences say of an extension. path: in the folder of extensions, or a whole one."""

    location: int = 0
    path: str = ""
    from_webstore: bool = False
    was_installed_by_default: bool = False


class _Settings(Struct):
    settings: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)


class _Preferences(Struct):
    extensions: _Settings = msgspec.field(default_factory=_Settings)


class _Message(Struct):
    message: str


@dataclass
class ChromiumExtensions(Listening):
    """The sensor. home: of the user whose profiles these are. settle: seconds from an event to a look."""

    home: Path
    places: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: WINDOWS if sys.platform == "win32" else LINUX)
    settle: float = SETTLE
    kind: str = "software"
    source: str = "chromium_extensions"
    scope: str = SCOPE
    _waiting: frozenset[Subject] = frozenset()

    def watched(self) -> Text:
        return Text(
            "extensies van Chrome, Edge, Brave, Chromium, Vivaldi en Opera",
            "extensions of Chrome, Edge, Brave, Chromium, Vivaldi and Opera",
        )

    def look(self, now: Instant) -> Look:
        self.arm()
        found = Found()
        for browser, data in self._data():
            try:
                for profile in _profiles(data):
                    _look_into(profile, browser, found)
            except Unreadable as error:
                found.gaps.append(str(error))
        waiting = frozenset(found.unseen)
        if waiting - self._waiting:
            self.later()
        self._waiting = waiting
        return found.look(self.kind, self.source, now)

    def _data(self) -> Iterator[tuple[str, Path]]:
        for browser, places in self.places.items():
            for place in places:
                yield browser, self.home / place

    def _where(self) -> Iterator[Spot]:
        """Few: what changes all day in a profile is not heard."""
        for _, data in self._data():
            yield from towards(data)
            yield Spot(data, APPEARS)
            try:
                profiles = list(_profiles(data))
            except Unreadable:
                continue
            for profile in profiles:
                yield from towards(profile / EXTENSIONS)
                yield Spot(profile / EXTENSIONS)
                yield Spot(profile / EXTENSIONS / UNPACKING)  # a newer version passes through it


def _profiles(data: Path) -> Iterator[Path]:
    """The profiles in a browser's folder of data; Opera's folder was one itself."""
    for folder in (data, *folders(data, MOST_PROFILES)):
        if is_there(folder / "Preferences") or is_there(folder / EXTENSIONS):
            yield folder


def _look_into(profile: Path, browser: str, found: Found) -> None:
    """Raises Unreadable where the profile's own record can't be read: who brought what is not told then."""
    settings = _settings(profile)
    for folder in folders(profile / EXTENSIONS, MOST_EXTENSIONS):
        if _ID.fullmatch(folder.name):
            _look_at_packed(folder, settings, browser, found)
    for id_, setting in (settings or {}).items():
        if setting.location == UNPACKED and _ID.fullmatch(id_):
            _look_at_unpacked(id_, setting, browser, found)


def _look_at_packed(folder: Path, settings: Mapping[str, Setting] | None, browser: str, found: Found) -> None:
    setting = settings.get(folder.name) if settings else None
    path = _current(folder, setting)
    if path is None or (setting and setting.location in COMPONENT):
        return
    if (
        settings is not None and setting is None
    ):  # the browser is about to note it, or to clear it away: it does not run
        found.unseen.add(_subject(folder.name))
        return
    _read(path, folder.name, setting, browser, found)


def _settings(profile: Path) -> dict[str, Setting] | None:
    """By id; Windows keeps some of them in the second file, with a signature. None where the profile has no record."""
    files = [profile / name for name in ("Preferences", "Secure Preferences") if is_there(profile / name)]
    found: dict[str, Setting] = {}
    for file in files:
        for id_, one in json(file, _Preferences, SETTINGS).extensions.settings.items():
            try:
                found[id_] = parsed(one, Setting)
            except Unreadable:  # of one extension
                continue
    return found if files else None


def _current(folder: Path, setting: Setting | None) -> Path | None:
    """The folder of the version that is used: the one that the preferences name, else the newest."""
    there = [path for path in folders(folder, MOST_PROFILES) if _VERSION.fullmatch(path.name)]
    named = re.split(r"[\\/]", setting.path)[-1] if setting else ""
    used = [path for path in there if path.name == named]
    return used[0] if used else max(there, key=_numbers, default=None)


def _numbers(path: Path) -> tuple[int, ...]:
    return tuple(int(part[:9]) for part in re.split(r"[._]", path.name))


def _look_at_unpacked(id_: str, setting: Setting, browser: str, found: Found) -> None:
    """Where its maker works on it; gone with the folder."""
    path = Path(setting.path)
    try:
        if path.is_absolute() and is_there(path / "manifest.json"):
            _read(path, id_, setting, browser, found)
    except Unreadable:
        found.unseen.add(_subject(id_))


def _read(path: Path, id_: str, setting: Setting | None, browser: str, found: Found) -> None:
    subject = _subject(id_)
    try:
        manifest = json(path / "manifest.json", Manifest, MOST_BYTES)
    except Unreadable:
        found.unseen.add(subject)
        return
    if manifest.theme is not None:
        return
    origin = _origin(manifest, setting)
    found.copies.append(
        InstalledProgram(
            subject=subject,
            name=_name(path, manifest) or id_,
            version=manifest.version,
            chosen=not (setting and setting.was_installed_by_default),
            brought_by=_brought_by(setting),
            origin=origin,
            source=browser,
            publisher=_author(manifest),  # as it says itself: the stores have another record of who sent it in
        )
    )


def _subject(id_: str) -> Subject:
    return Subject("extension", f"chromium:{id_}", SCOPE)


def _brought_by(setting: Setting | None) -> Literal["user", "management", "unknown"]:
    if setting and setting.location in MANAGEMENT:
        return "management"
    return "user" if setting and setting.location in {USER, UNPACKED} else "unknown"


def _origin(manifest: Manifest, setting: Setting | None) -> str | None:
    """The store, where the browser says too that it came from one; a manifest alone may claim any."""
    try:
        store = STORES.get(urlsplit(text(manifest.update_url)).hostname or "", "")
    except ValueError:
        return ""
    if not store or (setting and setting.location == UNPACKED):
        return ""
    return store if setting and setting.from_webstore else None


def _author(manifest: Manifest) -> str:
    author = manifest.author
    return text(author.get("email")) if isinstance(author, dict) else text(author)


def _name(path: Path, manifest: Manifest) -> str:
    """In its own default language, so that it is the same for each employee and in the company's list."""
    if "__MSG_" not in manifest.name:
        return manifest.name
    locale = text(manifest.default_locale)
    if not _LOCALE.fullmatch(locale):
        return ""
    try:
        messages = json(path / "_locales" / locale / "messages.json", dict[str, msgspec.Raw], MOST_BYTES)
    except Unreadable:
        return ""
    by_key = {key.lower(): said for key, said in messages.items()}
    return _MESSAGE.sub(lambda match: _said(by_key.get(match[1].lower())), manifest.name)


def _said(message: msgspec.Raw | None) -> str:
    try:
        return parsed(message, _Message).message if message is not None else ""
    except Unreadable:
        return ""
