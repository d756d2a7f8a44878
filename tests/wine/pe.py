"""The smallest program for Windows of 64 bits: it ends at once, and says in its resources what it is.

By Microsoft's description of the PE format and of VS_VERSIONINFO; Wine starts it, and reads what it says.
"""

import struct
from collections.abc import Mapping
from types import MappingProxyType

FILE, PAGE = 0x200, 0x1000
CODE = b"\x31\xc0\xc3"  # xor eax, eax; ret
PROGRAM, LIBRARY = 0x22, 0x2022


def program(kind: int = PROGRAM, says: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """says: CompanyName, ProductName, ProductVersion, FileDescription and the like."""
    sections = [(b".text", CODE, 0x60000020)]
    if says:
        sections.append((b".rsrc", _resources(_version(says), at=2 * PAGE), 0x40000040))
    headers, bodies, at = b"", b"", FILE * 2
    for number, (name, body, flags) in enumerate(sections, 1):
        long = _up(len(body), FILE)
        headers += struct.pack("<8sIIIIIIHHI", name, len(body), number * PAGE, long, at, 0, 0, 0, 0, flags)
        bodies += body.ljust(long, b"\0")
        at += long
    start = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, len(sections), 0, 0, 0, 240, kind)
    optional = struct.pack("<HBBIIIII", 0x20B, 1, 0, FILE, 0, 0, PAGE, PAGE)
    size = (len(sections) + 1) * PAGE
    optional += struct.pack(
        "<QIIHHHHHHIIIIHH", 0x140000000, PAGE, FILE, 6, 0, 0, 0, 6, 0, 0, size, FILE * 2, 0, 2, 0x8100
    )
    optional += struct.pack("<QQQQII", 1 << 20, PAGE, 1 << 20, PAGE, 0, 16)
    folders = [(0, 0)] * 16
    if says:
        folders[2] = 2 * PAGE, len(sections[1][1])
    optional += b"".join(struct.pack("<II", *one) for one in folders)
    return (start + coff + optional + headers).ljust(FILE * 2, b"\0") + bodies


def _up(size: int, step: int) -> int:
    return -(-size // step) * step


def _resources(body: bytes, at: int) -> bytes:
    """One resource: type 16 (a version), number 1, in English."""
    tree = b""
    for level, number in enumerate((16, 1, 0x409)):
        below = (level + 1) * 24
        tree += struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, number, below | (0x80000000 if level < 2 else 0))
    return tree + struct.pack("<IIII", at + 88, len(body), 0, 0) + body


def _version(says: Mapping[str, str]) -> bytes:
    strings = [
        _block(name, text.encode("utf-16-le") + b"\0\0", len(text) + 1, text=True) for name, text in says.items()
    ]
    table = _block("040904b0", _joined(strings), 0, text=True)
    of_strings = _block("StringFileInfo", table, 0, text=True)
    languages = _block("Translation", struct.pack("<HH", 0x409, 0x4B0), 4)
    of_variables = _block("VarFileInfo", languages, 0, text=True)
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, 0, 0, 0, 0, 0x3F, 0, 0x40004, 1, 0, 0, 0)
    return _block("VS_VERSION_INFO", _joined([fixed, of_strings, of_variables]), len(fixed))


def _block(name: str, body: bytes, long: int, *, text: bool = False) -> bytes:
    """long: of its own value, in letters where that is text; 0 where the body is blocks alone."""
    head = _padded(b"\0" * 6 + name.encode("utf-16-le") + b"\0\0")[6:]
    return struct.pack("<HHH", 6 + len(head) + len(body), long, text) + head + body


def _joined(parts: list[bytes]) -> bytes:
    return b"".join(map(_padded, parts[:-1])) + parts[-1]


def _padded(part: bytes) -> bytes:
    return part + b"\0" * (-len(part) % 4)
