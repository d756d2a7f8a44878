"""PDF: labels among the properties of its Info dictionary and its XMP; whether it is encrypted; no page is read.

Forms: ISO 32000-1 (14.3.3 Info, 14.3.2 metadata streams, 7.6 encryption), ISO 16684 (XMP), and pdfx, where Acrobat
keeps properties of the writer's own: a character that a name in XML can't have is U+2182 and four hex digits there.
"""

import re
from collections.abc import Iterator
from typing import IO, Any

from agent.documents import Told
from agent.documents.pdf_file import PdfFile
from agent.documents.pdf_objects import text
from agent.documents.properties import labels, wanted
from agent.documents.xml import elements
from agent.sensors.bounded import Unreadable

MAGIC = b"%PDF-"
_ESCAPED = re.compile("ↂ([0-9A-Fa-f]{4})")


def told(file: IO[bytes]) -> Told:
    """What a file says; of an encrypted one only what its XMP says, where that was left open.

    Raises:
        Unreadable: Its tables are torn, or past the bounds.

    """
    found = PdfFile(file)
    lock = found.value(found.trailer.get("Encrypt"))
    if lock is None:
        return _open(found)
    left_open = isinstance(lock, dict) and lock.get("EncryptMetadata") is False
    reads = tuple(labels(_of_xmp(found))) if left_open else ()
    return Told(reads, protected=True, why_not="" if reads else "protected")


def _open(file: PdfFile) -> Told:
    """Info speaks over XMP; what one of them says stands though the other is torn."""
    pairs: dict[str, str] = {}
    trouble: Unreadable | None = None
    for part in (_of_xmp, _of_info):
        try:
            pairs.update(part(file))
        except Unreadable as error:
            trouble = error
    if trouble and not pairs:
        raise trouble
    return Told(tuple(labels(pairs.items())))


def _of_info(file: PdfFile) -> dict[str, str]:
    info = file.value(file.trailer.get("Info"))
    if not isinstance(info, dict):
        return {}
    return {name: text(file.value(value)) for name, value in info.items() if wanted(name)}


def _of_xmp(file: PdfFile) -> Iterator[tuple[str, str]]:
    root: Any = file.value(file.trailer.get("Root"))
    data = file.stream(root.get("Metadata")) if isinstance(root, dict) else b""
    if not data:
        return
    within = elements(data.strip(b"\0"), lambda name: wanted(_name(name)))
    above = elements(data.strip(b"\0"), lambda name: name == "Description")
    yield from ((_name(one.name), one.text) for one in within)
    for one in above:
        yield from ((_name(key), value) for key, value in one.attributes.items() if wanted(_name(key)))


def _name(name: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), name)
