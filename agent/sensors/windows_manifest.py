"""What a package of Windows' own form (MSIX) says of itself: its full name, and the AppxManifest.xml in its folder.

By Microsoft's description of package identity and of the manifest; no such package can be installed under Wine.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from agent.sensors.bounded import Unreadable, whole

FULL_NAME = re.compile(
    r"(?P<name>[-.A-Za-z0-9]{3,50})_(?P<version>\d{1,5}(?:\.\d{1,5}){3})_(?P<bits>[a-z0-9]{1,10})_"
    r"(?P<resource>[-.~A-Za-z0-9]{0,30})_(?P<publisher>[a-hjkmnp-tv-z0-9]{13})"
)
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_COMMON = re.compile(r'(?:^|,)\s*CN=(?:"([^"]+)"|([^,]+))')
_STORE = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.IGNORECASE)
MOST_BYTES = 4 * 1024 * 1024
# Where in the document: (the elements from the root, the attribute; none means its text).
_WANTED = {
    (("Package", "Identity"), "Name"): "name",
    (("Package", "Identity"), "Publisher"): "publisher",
    (("Bundle", "Identity"), "Name"): "name",
    (("Bundle", "Identity"), "Publisher"): "publisher",
    (("Package", "Properties", "DisplayName"), ""): "shown",
    (("Package", "Properties", "PublisherDisplayName"), ""): "publisher_shown",
    (("Package", "Properties", "Framework"), ""): "framework",
    (("Package", "Properties", "ResourcePackage"), ""): "resources",
}


class Identity(NamedTuple):
    """Of a package, by its full name. family: the same for every version and kind of machine."""

    name: str
    version: str
    publisher: str
    part: bool

    @property
    def family(self) -> str:
        """As Windows calls it, in lower case."""
        return f"{self.name}_{self.publisher}".lower()


@dataclass
class Manifest:
    """Each "" where it says nothing. publisher: as the certificate has it that the package must be signed with."""

    name: str = ""
    publisher: str = ""
    shown: str = ""
    publisher_shown: str = ""
    framework: str = ""
    resources: str = ""

    @property
    def is_program(self) -> bool:
        """Not what other packages share, nor the words and pictures of one."""
        return not any(said.strip().lower() in {"true", "1"} for said in (self.framework, self.resources))

    def maker(self) -> str:
        """Who signed it; of a package that the store signed, under a number, whom the store took it from."""
        found = _COMMON.search(self.publisher)
        common = (found[1] or found[2]).strip() if found else self.publisher
        return _plain(self.publisher_shown) if _STORE.fullmatch(common) else common

    def title(self) -> str:
        """What it is called; of one that is called so in each language otherwise, its own name."""
        return _plain(self.shown) or self.name

    def is_of(self, identity: Identity) -> bool:
        """Whether it is this package's: a full name carries a hash of the publisher."""
        return self.name.lower() == identity.name.lower() and publisher_id(self.publisher) == identity.publisher


def identity(full_name: str) -> Identity | None:
    """None where Windows would not take it for one."""
    found = FULL_NAME.fullmatch(full_name)
    if not found:
        return None
    return Identity(found["name"], found["version"], found["publisher"], found["resource"].startswith("split."))


def publisher_id(publisher: str) -> str:
    """The 13 letters that stand for a publisher: the first 64 bits of its SHA-256, five at a time."""
    start = hashlib.sha256(publisher.encode("utf-16-le", "surrogatepass")).digest()[:8]
    bits = int.from_bytes(start, "big") << 1
    return "".join(_LETTERS[bits >> (60 - 5 * at) & 31] for at in range(13))


def manifest(file: Path) -> Manifest:
    """Read it.

    Raises:
        Unreadable: It can't be read, is too large, or is no such document.

    """
    found = Manifest()
    path: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        path.append(name.rpartition(" ")[2])
        if len(path) > 100:
            raise Unreadable("too deep")
        for (place, attribute), field in _WANTED.items():
            if attribute and place == tuple(path):
                setattr(found, field, attributes.get(attribute, "")[:1000])

    def words(said: str) -> None:
        if field := _WANTED.get((tuple(path), "")):
            setattr(found, field, (getattr(found, field) + said)[:1000])

    def refuse(*_: object) -> None:
        raise Unreadable("not as expected")

    reader = expat.ParserCreate(namespace_separator=" ")
    reader.StartElementHandler, reader.CharacterDataHandler = begin, words
    reader.EndElementHandler = lambda _name: path.pop()
    reader.StartDoctypeDeclHandler = refuse  # by which XML does harm
    try:
        reader.Parse(whole(file, MOST_BYTES), True)  # noqa: FBT003 - it takes no name for it
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Unreadable("not as expected") from error
    return found


def _plain(text: str) -> str:
    """Not a reference to a text in each language."""
    return "" if text.strip().lower().startswith(("ms-resource:", "@{")) else text.strip()
