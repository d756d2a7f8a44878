"""Source `code_extensions` of kind `software`: extensions of VS Code and its kin.

Each lies in a folder of its own with its package.json, whatever profile uses it; extensions.json beside them (and one
in each further profile) tells where it came from. By VS Code's documentation and source: none of these editors is in
Debian, so none was run.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from watchdog.events import FileClosedEvent, FileMovedEvent

from agent.sensors.bounded import MOST_BYTES, Unreadable, is_there
from agent.sensors.extensions import (
    MOST_EXTENSIONS,
    MOST_PROFILES,
    SCOPE,
    Found,
    folders,
    json,
    parsed,
    text,
)
from agent.sensors.spots import COMES_AND_GOES, Listening, Spot, towards
from policy.kinds.software import InstalledProgram
from policy.model import Instant, Look, Subject, Text


class Editor(NamedTuple):
    """extensions: its folders of them. users: where its further profiles are. store: None where it changed."""

    source: str
    extensions: tuple[str, ...]
    users: tuple[str, ...]
    store: str | None


EDITORS = (
    Editor(
        "vscode",
        (".vscode/extensions", ".var/app/com.visualstudio.code/data/vscode/extensions"),
        (".config/Code/User", ".var/app/com.visualstudio.code/config/Code/User", "AppData/Roaming/Code/User"),
        "vs-marketplace",
    ),
    Editor(
        "vscode-insiders",
        (".vscode-insiders/extensions",),
        (".config/Code - Insiders/User", "AppData/Roaming/Code - Insiders/User"),
        "vs-marketplace",
    ),
    Editor(  # Code - OSS as distributions build it has the same folder
        "vscodium",
        (".vscode-oss/extensions", ".var/app/com.vscodium.codium/data/codium/extensions"),
        (
            ".config/VSCodium/User",
            ".config/Code - OSS/User",
            ".var/app/com.vscodium.codium/config/VSCodium/User",
            "AppData/Roaming/VSCodium/User",
        ),
        "open-vsx",
    ),
    Editor("cursor", (".cursor/extensions",), (".config/Cursor/User", "AppData/Roaming/Cursor/User"), None),
)
SETTLE = 2.0  # seconds: the folder comes before its line in the list
LIST, GONE = "extensions.json", ".obsolete"
LARGE = 8 * MOST_BYTES  # a list, or the package.json of an extension with hundreds of commands
_FOLDER = re.compile(r"([\w-]+\.[\w-]+)-\d+\.\d+\.\d+.*", re.ASCII)
_KEY = re.compile(r"%([^%]{1,200})%")
_ID = re.compile(r"[\w-]+\.[\w.-]+", re.ASCII)


class Package(Struct, rename="camel"):
    """The part of package.json that is told."""

    name: str
    publisher: str
    version: str
    display_name: Any = None


class Metadata(Struct, rename="camel"):
    """source: `gallery` from the editor's store, `vsix` from a file; older ones have none."""

    source: Any = None
    is_builtin: Any = None
    is_system: Any = None


class Identifier(Struct):
    """publisher.name, as the store has it."""

    id: str


class Listed(Struct, rename="camel"):
    """A line of extensions.json."""

    identifier: Identifier
    version: str = ""
    metadata: Metadata = msgspec.field(default_factory=Metadata)


@dataclass
class CodeExtensions(Listening):
    """The sensor. home: of the user whose extensions these are. settle: seconds from an event to a look."""

    home: Path
    editors: tuple[Editor, ...] = EDITORS
    settle: float = SETTLE
    kind: str = "software"
    source: str = "code_extensions"
    scope: str = SCOPE

    def watched(self) -> Text:
        return Text("extensies van VS Code, VSCodium en Cursor", "extensions of VS Code, VSCodium and Cursor")

    def look(self, now: Instant) -> Look:
        self.arm()
        found = Found()
        for editor in self.editors:
            for place in editor.extensions:
                try:
                    _look_into(self.home, self.home / place, editor, found)
                except Unreadable as error:
                    found.gaps.append(str(error))
        return found.look(self.kind, self.source, now)

    def _where(self) -> Iterator[Spot]:
        for editor in self.editors:
            for place in editor.extensions:
                yield from towards(self.home / place)
                yield Spot(self.home / place, (*COMES_AND_GOES, FileMovedEvent, FileClosedEvent))


def _look_into(home: Path, place: Path, editor: Editor, found: Found) -> None:
    """Raises Unreadable where the place or its list can't be read: where something came from is not told then."""
    if not is_there(place):
        return
    listed = _listed(place / LIST)
    for user in editor.users:
        if is_there(home / user / "profiles"):
            for profile in folders(home / user / "profiles", MOST_PROFILES):
                listed = _listed(profile / LIST) | listed
    gone = json(place / GONE, dict[str, Any], LARGE) if is_there(place / GONE) else {}
    for folder in folders(place, MOST_EXTENSIONS):
        if not folder.name.startswith(".") and not gone.get(folder.name) and is_there(folder / "package.json"):
            _read(folder, editor, listed, found)


def _listed(path: Path) -> dict[tuple[str, str], Metadata]:
    """By id and version: two profiles may have two versions of one extension."""
    if not is_there(path):
        return {}
    found = {}
    for raw in json(path, list[msgspec.Raw], LARGE):
        try:
            line = parsed(raw, Listed)
        except Unreadable:  # of one extension: it is told without
            continue
        found[line.identifier.id.lower(), line.version] = line.metadata
    return found


def _read(folder: Path, editor: Editor, listed: dict[tuple[str, str], Metadata], found: Found) -> None:
    try:
        package = json(folder / "package.json", Package, LARGE)
        id_ = f"{package.publisher}.{package.name}".lower()
        if not _ID.fullmatch(id_):
            raise Unreadable("not as expected")  # noqa: TRY301 - the editor takes no such name either
    except Unreadable:
        if match := _FOLDER.fullmatch(folder.name):
            found.unseen.add(_subject(match[1].lower()))
        return
    metadata = listed.get((id_, package.version))
    origin = _origin(metadata, editor)
    found.copies.append(
        InstalledProgram(
            subject=_subject(id_),
            name=_name(folder, package) or id_,
            version=package.version,
            chosen=not (metadata and (metadata.is_builtin is True or metadata.is_system is True)),
            brought_by="user",
            origin=origin,
            source=editor.source,
            publisher=package.publisher,  # the store gives this name to one publisher; the name for people is anybody's
            proven=bool(origin),
        )
    )


def _subject(id_: str) -> Subject:
    return Subject("extension", f"vscode:{id_}", SCOPE)


def _origin(metadata: Metadata | None, editor: Editor) -> str | None:
    source = metadata.source if metadata else None
    if source == "gallery":
        return editor.store
    return None if source is None else ""


def _name(folder: Path, package: Package) -> str:
    """In its own default language."""
    name = text(package.display_name)
    if not (match := _KEY.fullmatch(name)):
        return name
    try:
        said = json(folder / "package.nls.json", dict[str, Any], MOST_BYTES).get(match[1])
    except Unreadable:
        return ""
    return text(said.get("message") if isinstance(said, dict) else said)
