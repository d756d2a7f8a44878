"""7z: whether what is in it takes a password. Its list of members is packed too; no member is unpacked.

Form: 7zFormat.txt of the 7-Zip sources: the signature header, then a header, plain or packed by LZMA or LZMA2. One with
a password has the id of the AES coder, for the members or for the list itself.
"""

import lzma
import struct
from typing import IO

from agent.documents import Told
from agent.documents.archive import Bounded
from agent.sensors.bounded import Unreadable

MAGIC = b"7z\xbc\xaf\x27\x1c"
MOST = 1024 * 1024  # bytes of a packed header, and that it unpacks to
_AES = bytes.fromhex("06f10701")
_ONE_CODER = bytes.fromhex("070b010001")  # coders' part, folders, one of them, not elsewhere, one coder
_LZMA = bytes.fromhex("2303010105")  # as a coder: how long its id is, its id, how long its properties are
_LZMA2 = bytes.fromhex("212101")
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
    bounded.seek(min(32 + place, 2**62))
    header = bounded.read(size)
    if len(header) < size:
        raise Unreadable("not_readable")
    protected = _AES in header or (header[:1] == bytes((_PACKED,)) and _AES in _unpacked(bounded, header))
    return Told(protected=protected, why_not="protected" if protected else "not_a_document")


def _unpacked(file: Bounded, header: bytes) -> bytes:
    """The list that one stream of LZMA or LZMA2 holds; nothing where it was packed otherwise."""
    coder = header.find(_ONE_CODER)
    if header[1:2] != bytes((_PACK_INFO,)) or coder < 0:
        return b""
    place, behind = _number(header, 2)
    streams, behind = _number(header, behind)
    how = _coder(header[coder + len(_ONE_CODER) :])
    if streams != 1 or header[behind : behind + 1] != bytes((_SIZE,)) or how is None:
        return b""
    size, _ = _number(header, behind + 1)
    file.seek(min(32 + place, 2**62))
    data = file.read(min(size, MOST))
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[how]).decompress(data, MOST)
    except (lzma.LZMAError, ValueError, OverflowError) as error:
        raise Unreadable("not_readable") from error


def _coder(said: bytes) -> dict[str, int] | None:
    """A coder as lzma takes it. Its memory is what we unpack: further back no list refers."""
    if said.startswith(_LZMA) and len(said) >= len(_LZMA) + 5:
        rest, lc = divmod(said[len(_LZMA)], 9)
        pb, lp = divmod(rest, 5)
        return {"id": lzma.FILTER_LZMA1, "dict_size": MOST, "lc": lc, "lp": lp, "pb": pb}
    return {"id": lzma.FILTER_LZMA2, "dict_size": MOST} if said.startswith(_LZMA2) else None


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
