"""Where programs lie on Windows, as Windows itself says: folders can be moved, to another disk or into OneDrive."""

import sys
from contextlib import suppress
from pathlib import Path
from uuid import UUID

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.windows import LOCAL_APP_DATA, _known_folder  # noqa: E402

PROGRAM_FILES = UUID("905e63b6-c1bf-494e-b29c-65b732d3d21a"), UUID("7c5a40ef-a0fb-4bfc-874a-c0f2e0b9fa8e")
DOWNLOADS = UUID("374de290-123f-4565-9164-39c4925e467b")
DESKTOP = UUID("b4bfcc3a-db2c-424c-b029-7fe99a87c641")


def local_app_data() -> Path:
    """Where a user's programs keep what is of this machine."""
    return _known_folder(LOCAL_APP_DATA)


def program_files() -> tuple[Path, ...]:
    """Where an administrator alone can write."""
    return _those(*PROGRAM_FILES)


def loose() -> tuple[Path, ...]:
    """Where a user keeps what was downloaded."""
    return _those(DOWNLOADS, DESKTOP)


def _those(*folders: UUID) -> tuple[Path, ...]:
    found = []
    for folder in folders:
        with suppress(OSError):
            found.append(_known_folder(folder))
    return tuple(dict.fromkeys(found))
