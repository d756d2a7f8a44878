"""Office's documents (OOXML): labels in docMetadata/LabelInfo.xml, properties in docProps/custom.xml; encrypted ones.

Forms: [MS-OFFCRYPTO] 2.6.4 (LabelInfo) and 2.3.4 (EncryptedPackage), ECMA-376 part 1 22.3 (custom properties), [MS-CFB]
for the container of an encrypted one. Only these two parts are opened.
"""

import struct
from typing import IO

from agent.documents import Told
from agent.documents.archive import Bounded, Zip
from agent.documents.properties import labels, wanted
from agent.documents.xml import elements
from agent.sensors.bounded import Unreadable
from policy.labels import Read

CONTENT_TYPES = "[content_types].xml"
LABEL_INFO = "docMetadata/LabelInfo.xml"
CUSTOM = "docProps/custom.xml"
CFB = bytes.fromhex("d0cf11e0a1b11ae1")
_TRUE = {"1", "true"}
_PACKAGE = "EncryptedPackage\0".encode("utf-16-le")
_END = 0xFFFFFFFA  # of a chain: this and above are no sectors
_MOST_SECTORS = 64  # of a directory: an encrypted package has a dozen entries


def told(inside: Zip) -> Told:
    """What a package says.

    Raises:
        Unreadable: Neither part can be read.

    """
    reads: list[Read] = []
    trouble: Unreadable | None = None
    for name, of_part in ((LABEL_INFO, _of_label_info), (CUSTOM, _of_custom)):
        try:
            reads += of_part(inside.part(name) or b"")
        except Unreadable as error:
            trouble = error
    if trouble and not reads:
        raise trouble
    return Told(tuple(reads))


def _of_label_info(data: bytes) -> list[Read]:
    found = elements(data, lambda name: name == "label") if data else ()
    return [
        Read(
            "labelinfo",
            id=one.attributes.get("id", ""),
            tenant=one.attributes.get("siteId", ""),
            stands=one.attributes.get("enabled", "").lower() in _TRUE
            and one.attributes.get("removed", "").lower() not in _TRUE,
        )
        for one in found
    ]


def _of_custom(data: bytes) -> list[Read]:
    found = elements(data, lambda name: name == "property") if data else ()
    pairs = [(one.attributes.get("name", ""), one.text) for one in found]
    return list(labels(pair for pair in pairs if wanted(pair[0])))


def told_encrypted(file: IO[bytes]) -> Told:
    """What a compound file says: whether it is the container of an encrypted package; its directory alone is read.

    Raises:
        Unreadable: It is torn.

    """
    bounded = Bounded(file)
    bounded.seek(0)
    head = bounded.read(512)
    if len(head) < 512:
        raise Unreadable("not_readable")
    shift, sector = struct.unpack_from("<H", head, 30)[0], struct.unpack_from("<I", head, 48)[0]
    if shift not in {9, 12}:
        raise Unreadable("not_readable")
    for _ in range(_MOST_SECTORS):
        if sector >= _END:
            break
        bounded.seek((sector + 1) << shift)
        data = bounded.read(1 << shift)
        if any(data[at : at + len(_PACKAGE)] == _PACKAGE for at in range(0, len(data), 128)):
            return Told(protected=True, why_not="protected")
        sector = _next(bounded, head, shift, sector)
    return Told(why_not="not_a_document")


def _next(file: Bounded, head: bytes, shift: int, sector: int) -> int:
    """The sector after this one by the file's table, as far as the header's own list of its sectors goes."""
    a_sector = 1 << (shift - 2)
    index, place = divmod(sector, a_sector)
    table: int = struct.unpack_from("<I", head, 76 + 4 * index)[0] if index < 109 else _END
    if table >= _END:
        return _END
    file.seek(((table + 1) << shift) + 4 * place)
    entry = file.read(4)
    return int.from_bytes(entry, "little") if len(entry) == 4 else _END
