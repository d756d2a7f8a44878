"""Whether a file is a program of Windows' own form, by its first bytes: PE, and no library."""

import ctypes
import sys
from ctypes import wintypes
from pathlib import Path
from stat import S_ISREG

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.windows_signature import opened  # noqa: E402
from agent.sensors.bounded import Unreadable  # noqa: E402

HEAD = 64 * 1024
LARGE = 4096  # where nearly each linker has put its header by then
EXECUTABLE, LIBRARY = 0x0002, 0x2000  # IMAGE_FILE_*


def is_program(file: Path) -> bool:
    """Whether it is one; False too where it can't be read."""
    try:
        return is_one(head(file, LARGE)) or is_one(head(file, HEAD))
    except (Unreadable, ValueError):
        return False


def head(file: Path, most: int) -> bytes:
    """The first bytes of a plain file, which its remover can take away meanwhile.

    Raises:
        Unreadable: It is no plain file, is gone, or may not be read.

    """
    try:
        if not S_ISREG(file.stat().st_mode):
            raise Unreadable("not a file")
        with opened(file) as handle:
            buffer, size = ctypes.create_string_buffer(most), wintypes.DWORD()
            read = ctypes.WinDLL("kernel32").ReadFile
            if not read(wintypes.HANDLE(handle), buffer, wintypes.DWORD(most), ctypes.byref(size), None):
                raise Unreadable("not read")
            return buffer.raw[: size.value]
    except OSError as error:
        raise Unreadable(error.strerror or "no reason") from error


def is_one(start: bytes) -> bool:
    """By the form that Microsoft documents: `MZ`, at 0x3C where `PE` is, 22 bytes on what kind of image."""
    at = int.from_bytes(start[0x3C:0x40], "little")
    if start[:2] != b"MZ" or start[at : at + 4] != b"PE\0\0" or len(start) < at + 24:
        return False
    kind = int.from_bytes(start[at + 22 : at + 24], "little")
    return bool(kind & EXECUTABLE) and not kind & LIBRARY
