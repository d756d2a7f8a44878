"""Whether a file is a program of Windows' own form, by its first bytes: PE, and no library."""

from pathlib import Path

from agent.sensors.bounded import Unreadable, head

HEAD = 64 * 1024
LARGE = 4096  # where nearly each linker has put its header by then
EXECUTABLE, LIBRARY = 0x0002, 0x2000  # IMAGE_FILE_*


def is_program(file: Path) -> bool:
    """Whether it is one; False too where it can't be read."""
    try:
        return is_one(head(file, LARGE)) or is_one(head(file, HEAD))
    except (Unreadable, ValueError):
        return False


def is_one(start: bytes) -> bool:
    """By the form that Microsoft documents: `MZ`, at 0x3C where `PE` is, 22 bytes on what kind of image."""
    at = int.from_bytes(start[0x3C:0x40], "little")
    if start[:2] != b"MZ" or start[at : at + 4] != b"PE\0\0" or len(start) < at + 24:
        return False
    kind = int.from_bytes(start[at + 22 : at + 24], "little")
    return bool(kind & EXECUTABLE) and not kind & LIBRARY
