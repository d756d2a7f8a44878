"""Source `firefox_extensions` of kind `software`: extensions in the profiles of Firefox.

Firefox keeps a list in each profile and writes it anew beside it at each change. Seen with Debian's Firefox 153: its
new place (.config/mozilla), extensions by policy, a theme, its own parts; the values of signedState and the names of
locations in its own code. What the store's extensions write, and snap's and flatpak's places, were read, not run.
"""

import configparser
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from watchdog.events import FileMovedEvent

from agent.sensors.bounded import MOST_BYTES, Unreadable, is_there, whole
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

LINUX = (
    ".config/mozilla/firefox",
    ".mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/config/mozilla/firefox",
)
WINDOWS = ("AppData/Roaming/Mozilla/Firefox",)
STORE = "addons.mozilla.org"
LIST = "extensions.json"
SETTLE = 1.0  # seconds: one installation writes the list two or three times
OWN_PLACES = {"app-builtin", "app-builtin-addons", "app-system-defaults", "app-system-addons", "app-system-profile"}
SIGNED, BY_MOZILLA = {2, 3, 4}, {3, 4}  # signedState: 2 the store's key; 3 and 4 the keys of Mozilla's own extensions


_NO_KEY = re.compile(r"[^\w@.{}+-]")  # never in an id that Firefox takes


class Locale(Struct):
    """How an extension names itself. developers: where there are several."""

    name: Any = None
    creator: Any = None


class Telemetry(Struct):
    """What Firefox notes of how it came."""

    source: Any = None


class Addon(Struct, rename="camel"):
    """The part of an entry that is told. path: of its file or folder. rootURI: `resource:` for Firefox's own parts."""

    id: str
    type: str = ""
    version: str = ""
    location: str = ""
    path: str | None = None
    root_uri: str | None = msgspec.field(default=None, name="rootURI")
    source_uri: str | None = msgspec.field(default=None, name="sourceURI")
    update_url: str | None = msgspec.field(default=None, name="updateURL")
    signed_state: int | None = None
    foreign_install: bool = False
    default_locale: Locale = msgspec.field(default_factory=Locale)
    install_telemetry_info: Telemetry | None = None


class _List(Struct):
    addons: list[msgspec.Raw]


class _Named(Struct):
    id: str
    type: str = ""


@dataclass
class FirefoxExtensions(Listening):
    """The sensor. home: of the user whose profiles these are. settle: seconds from an event to a look."""

    home: Path
    places: tuple[str, ...] = WINDOWS if sys.platform == "win32" else LINUX
    settle: float = SETTLE
    kind: str = "software"
    source: str = "firefox_extensions"
    scope: str = SCOPE

    def watched(self) -> Text:
        return Text("extensies van Firefox", "extensions of Firefox")

    def look(self, now: Instant) -> Look:
        self.arm()
        found = Found()
        for place in self.places:
            try:
                for profile in _profiles(self.home / place):
                    _look_into(profile, self.home, found)
            except Unreadable as error:
                found.gaps.append(str(error))
        return found.look(self.kind, self.source, now)

    def _where(self) -> Iterator[Spot]:
        """The list is renamed into place; nothing else of a profile is heard."""
        for place in self.places:
            data = self.home / place
            yield from towards(data)
            yield Spot(data, APPEARS)
            try:
                yield from (Spot(one, (FileMovedEvent,), frozenset({LIST})) for one in _profiles(data))
            except Unreadable:
                continue


def _profiles(data: Path) -> list[Path]:
    """The folders that may be profiles, and what Firefox's own list of them says beside."""
    if not is_there(data):
        return []
    found = [data, *folders(data, MOST_PROFILES)]
    if is_there(data / "Profiles"):
        found += folders(data / "Profiles", MOST_PROFILES)
    found += _listed(data)
    return list({path: None for path in found if is_there(path)})


def _listed(data: Path) -> Iterator[Path]:
    """A profile can be anywhere."""
    if not is_there(data / "profiles.ini"):
        return
    ini = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        ini.read_string(whole(data / "profiles.ini", MOST_BYTES).decode("utf-8-sig"))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise Unreadable("not as expected") from error
    for section in ini.sections()[:MOST_PROFILES]:
        if section.startswith("Profile") and (path := ini[section].get("Path")):
            yield data / path  # a whole path stays as it is


def _look_into(profile: Path, home: Path, found: Found) -> None:
    """Raises Unreadable where there is a list that can't be read. A profile that was never used has none."""
    if not is_there(profile / LIST):
        return
    addons = json(profile / LIST, _List, SETTINGS).addons
    if len(addons) > MOST_EXTENSIONS:
        raise Unreadable("too_many")
    for raw in addons:
        try:
            addon = parsed(raw, Addon)
        except Unreadable:
            found.unseen.add(_subject(parsed(raw, _Named).id))  # who has no id either makes the whole list unreadable
            continue
        if addon.type == "extension" and not _is_own(addon, profile):
            found.copies.append(_fact(addon, home))


def _is_own(addon: Addon, profile: Path) -> bool:
    """A part of Firefox itself. Its name for such a place is no proof: what hides may use it for a file elsewhere."""
    if (addon.root_uri or "").startswith("resource:") and not addon.path:
        return True
    inside = bool(addon.path) and Path(addon.path or "").is_relative_to(profile)
    return addon.location in OWN_PLACES and (not inside or addon.signed_state in BY_MOZILLA)


def _fact(addon: Addon, home: Path) -> InstalledProgram:
    from_mozilla = addon.signed_state in BY_MOZILLA
    return InstalledProgram(
        subject=_subject(addon.id),
        name=text(addon.default_locale.name) or addon.id,
        version=addon.version,
        chosen=_is_chosen(addon, home),
        brought_by=_brought_by(addon),
        origin=_origin(addon),
        source="firefox",
        publisher="Mozilla" if from_mozilla else text(addon.default_locale.creator),
        proven=from_mozilla,  # a store's key is of the file, not of a name in it
    )


def _subject(id_: str) -> Subject:
    return Subject("extension", f"firefox:{_NO_KEY.sub('?', id_.lower())}", SCOPE)


def _came(addon: Addon) -> str:
    return text(addon.install_telemetry_info.source) if addon.install_telemetry_info else ""


def _is_chosen(addon: Addon, home: Path) -> bool:
    """Not what came with Firefox, or with a package of the machine: that is seen as a program."""
    of_machine = addon.location in {"app-global", "app-system-share", "app-system-local"}
    return _came(addon) != "distribution" and not (of_machine and not Path(addon.path or "/").is_relative_to(home))


def _brought_by(addon: Addon) -> Literal["user", "management", "unknown"]:
    if _came(addon) == "enterprise-policy":
        return "management"
    return "user" if addon.location == "app-profile" and not addon.foreign_install else "unknown"


def _origin(addon: Addon) -> str:
    """The store, for what has its signature, came from it and gets its updates there."""
    if addon.signed_state not in SIGNED or addon.update_url:
        return ""
    try:
        host = urlsplit(addon.source_uri or "").hostname
    except ValueError:
        return ""
    return "mozilla-add-ons" if host == STORE or _came(addon) == "amo" else ""
