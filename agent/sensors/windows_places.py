"""Where programs lie on Windows, as Windows itself says: folders can be moved, to another disk or into OneDrive."""

import ctypes
import sys
from collections.abc import Iterable
from ctypes import wintypes
from pathlib import Path
from uuid import UUID

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.windows import LOCAL_APP_DATA  # noqa: E402

WINDOWS = UUID("f38bf404-1d43-42f2-9305-67de0b28fc23")
PROGRAM_FILES = UUID("6d809377-6af0-444b-8957-a3773f02200e"), UUID("7c5a40ef-a0fb-4bfc-874a-c0f2e0b9fa8e")
DOWNLOADS = UUID("374de290-123f-4565-9164-39c4925e467b")
DESKTOP = UUID("b4bfcc3a-db2c-424c-b029-7fe99a87c641")
NOT_MADE_YET = 0x4000  # KF_FLAG_DONT_VERIFY: where it will be, too


def local_app_data() -> Path:
    """Where a user's programs keep what is of this machine."""
    return _folder(LOCAL_APP_DATA)


def program_files() -> tuple[Path, ...]:
    """Where an administrator alone can write: of 64 bits and of 32."""
    return _those(PROGRAM_FILES)


def store_apps() -> tuple[Path, ...]:
    """Where Windows alone writes, and only packages that are signed."""
    return tuple(folder / "WindowsApps" for folder in program_files()[:1])


def windows() -> Path:
    """Windows' own."""
    return _folder(WINDOWS)


def loose() -> tuple[Path, ...]:
    """Where a user keeps what was downloaded."""
    return _those((DOWNLOADS, DESKTOP))


def _those(folders: Iterable[UUID]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(map(_folder, folders)))


def _folder(folder: UUID) -> Path:
    shell, ole = ctypes.WinDLL("shell32"), ctypes.WinDLL("ole32")
    found = wintypes.LPWSTR()
    name = (ctypes.c_byte * 16).from_buffer_copy(folder.bytes_le)
    status = shell.SHGetKnownFolderPath(ctypes.byref(name), wintypes.DWORD(NOT_MADE_YET), None, ctypes.byref(found))
    if status or not found.value:
        raise FileNotFoundError(str(folder))
    try:
        return Path(found.value)
    finally:
        ole.CoTaskMemFree(found)
