"""What a document says of itself: told by its first bytes which form it is, read by that form's reader.

A file's name says nothing here. A pipe or a device is never opened, so nothing is waited for.
"""

import os
import stat
from pathlib import Path
from typing import IO

from agent.documents import Told, archive, odf, ooxml, pdf, seven
from agent.sensors.bounded import Unreadable

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
# Windows' FILE_ATTRIBUTE_OFFLINE and FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS: a cloud's client has only its name here.
_FETCHED = 0x1000 | 0x400000
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # with members; empty


def read(path: Path) -> Told:
    """Never raises for what a file holds or what becomes of it.

    why_not is one of: protected, not_a_document, not_a_file, not_here (to read it would fetch it from a cloud), gone,
    not_allowed, not_readable, too_large, entities.
    """
    try:
        return _read(path)
    except Unreadable as error:
        return Told(why_not=str(error))
    except PermissionError:
        return Told(why_not="not_allowed")
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no path has a zero in it
        return Told(why_not="gone")
    except OSError:  # links in a circle, a carrier that was pulled
        return Told(why_not="not_readable")


def _read(path: Path) -> Told:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("not_a_file")
    if getattr(status, "st_file_attributes", 0) & _FETCHED:
        raise Unreadable("not_here")
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # another was put there in between
            raise Unreadable("not_a_file")
        return _told(file)


def _told(file: IO[bytes]) -> Told:
    head = file.read(1024)
    if head.startswith(_ZIP):
        return _of_zip(file)
    if head.startswith(ooxml.CFB):
        return ooxml.told_encrypted(file)
    if head.startswith(seven.MAGIC):
        return seven.told(file)
    if pdf.MAGIC in head:  # some writers put something before it
        return pdf.told(file)
    return Told(why_not="not_a_document")


def _of_zip(file: IO[bytes]) -> Told:
    with archive.opened(file) as inside:
        if inside.encrypted:
            return archive.plain(inside)
        if ooxml.CONTENT_TYPES in inside.members:
            return ooxml.told(inside)
        if odf.MANIFEST.lower() in inside.members:
            return odf.told(inside)
        return archive.plain(inside)
