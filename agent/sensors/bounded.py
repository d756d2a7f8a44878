"""Reading in folders that anybody may have filled: a bounded number of names, a bounded number of bytes, no waiting."""

import os
import stat
from itertools import islice
from pathlib import Path

MOST_NAMES = 20_000  # in one folder; past it nobody installed that by hand
MOST_BYTES = 1024 * 1024  # of a file that a tool writes about itself
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)


class Unreadable(Exception):
    """Something is there and can't be read; its text says why, and names no path."""


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in the folder, by name; nothing where there is no such folder.

    Raises:
        Unreadable: It may not be read, or holds more than MOST_NAMES.

    """
    try:
        with os.scandir(folder) as found:
            some = list(islice(found, MOST_NAMES + 1))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Unreadable(error.strerror or "no reason") from error
    if len(some) > MOST_NAMES:
        raise Unreadable("too_many")
    return sorted(some, key=lambda entry: entry.name)


def is_there(path: Path) -> bool:
    """Whether something is there.

    Raises:
        Unreadable: That can't be told.

    """
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no path has a zero in it
        return False
    except OSError as error:
        raise Unreadable(error.strerror or "no reason") from error
    return True


def head(path: Path, most: int) -> bytes:
    """The first bytes of a plain file; a pipe or a device is not opened, so nothing is waited for.

    Raises:
        Unreadable: It is no plain file, is gone, or may not be read.

    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable("not a file")
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # another was put there in between
                raise Unreadable("not a file")
            return file.read(most)
    except OSError as error:
        raise Unreadable(error.strerror or "no reason") from error


def whole(path: Path, most: int = MOST_BYTES) -> bytes:
    """All of a plain file.

    Raises:
        Unreadable: As `head`, or it is larger than `most` bytes.

    """
    found = head(path, most + 1)
    if len(found) > most:
        raise Unreadable("too_large")
    return found
