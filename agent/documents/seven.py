"""7z: whether what is in it takes a password. Its list of members is packed too; no member is unpacked.

Form: 7zFormat.txt of the 7-Zip sources: the signature header, and a header that is plain or packed by LZMA. A password
shows as the id of the AES coder, of the members or of the list itself.
"""

import lzma
import struct
from typing import IO

from agent.documents import Told
from agent.documents.archive import Bounded
from agent.sensors.bounded import Unreadable

MAGIC = b"7z\xbc\xaf\x27\x1c"
MOST = 1024 * 1024  # bytes of a header, packed and unpacked
_AES = bytes.fromhex("06f10701")
_LZMA = bytes.fromhex("030101")
_MOST_MEMORY = 16 * 1024 * 1024  # that unpacking may take; a list's dictionary is no larger than the list
_PACKED, _PACK_INFO, _SIZE = 0x17, 0x06, 0x09


def told(file: IO[bytes]) -> Told:
    """An archive has no label, and can be protected.

    Raises:
        Unreadable: It is torn, or its list is past the bound.

    """
    bounded = Bounded(file)
    bounded.seek(0)
    start = bounded.read(32)
    if len(start) < 32:
        raise Unreadable("not_readable")
    place, size = struct.unpack_from("<QQ", start, 12)
    if size > MOST:
        raise Unreadable("too_large")
    bounded.seek(min(32 + place, 2**62))
    header = bounded.read(size)
    if len(header) < size:
        raise Unreadable("not_readable")
    protected = _AES in header or (header[:1] == bytes((_PACKED,)) and _AES in _unpacked(bounded, header))
    return Told(protected=protected, why_not="protected" if protected else "not_a_document")


def _unpacked(file: Bounded, header: bytes) -> bytes:
    """The list that one LZMA stream holds; nothing where it was packed otherwise."""
    at = header.find(_LZMA)
    if header[1:2] != bytes((_PACK_INFO,)) or at < 0:
        return b""
    place, behind = _number(header, 2)
    streams, behind = _number(header, behind)
    if streams != 1 or header[behind : behind + 1] != bytes((_SIZE,)):
        return b""
    size, _ = _number(header, behind + 1)
    file.seek(min(32 + place, 2**62))
    return _lzma(file.read(min(size, MOST)), header[at + 4 : at + 9])


def _lzma(data: bytes, properties: bytes) -> bytes:
    if len(properties) < 5:
        return b""
    memory = int.from_bytes(properties[1:], "little")
    if memory > _MOST_MEMORY:
        raise Unreadable("too_large")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    how = {"id": lzma.FILTER_LZMA1, "dict_size": max(memory, 4096), "lc": lc, "lp": lp, "pb": pb}
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[how]).decompress(data, MOST)
    except (lzma.LZMAError, ValueError, OverflowError) as error:
        raise Unreadable("not_readable") from error


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where what follows begins: as many bytes as the first has leading ones."""
    if at >= len(data):
        raise Unreadable("not_readable")
    first, mask, value = data[at], 0x80, 0
    for more in range(8):
        if not first & mask:
            return value | ((first & (mask - 1)) << (8 * more)), at + 1 + more
        value |= int.from_bytes(data[at + 1 + more : at + 2 + more], "little") << (8 * more)
        mask >>= 1
    return value, at + 9
