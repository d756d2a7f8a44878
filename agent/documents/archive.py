"""Zip and 7z: the list of what is in it, never what is in those; and one named member for who reads its metadata.

A zip's member is unpacked by deflate alone and up to a bound: those that OOXML and ODF may use. Forms: PKWARE's APPNOTE
(4.3 central directory, 4.4.4 general purpose bits) and Igor Pavlov's 7zFormat.txt.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from agent.documents import Told
from agent.sensors.bounded import Unreadable

MOST_READ = 8 * 1024 * 1024  # bytes of a file, over all that is read of it
MOST_ZIP = 3 * 1024 * 1024  # bytes of its list and metadata: some 60,000 members
MOST_PART = 1024 * 1024  # bytes that a member of metadata unpacks to
_FORMS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others unpack without a bound
_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, LookupError)


class Bounded(io.RawIOBase):
    """A file of which no more than so many bytes are read: past that it is Unreadable."""

    def __init__(self, file: IO[bytes], most: int = MOST_READ) -> None:
        self._file, self._left = file, most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = io.SEEK_SET, /) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1, /) -> bytes:
        if size > self._left:
            size = self._left + 1
        data = self._file.read(self._left + 1 if size < 0 else size)
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable("too_large")
        return data


class Zip:
    """The members by name, lower case as OPC compares them; of two with one name the last, as zipfile has it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.members = {info.filename.lower().lstrip("/"): info for info in archive.infolist()}

    def part(self, name: str) -> bytes | None:
        """What is in one member; None where there is none of that name.

        Raises:
            Unreadable: It is packed otherwise, encrypted, torn, or larger than MOST_PART.

        """
        info = self.members.get(name.lower())
        if info is None:
            return None
        if info.flag_bits & _ENCRYPTED:
            raise Unreadable("protected")
        if info.compress_type not in _FORMS:
            raise Unreadable("not_readable")
        with self._archive.open(info) as member:
            data = member.read(MOST_PART + 1)
        if len(data) > MOST_PART:
            raise Unreadable("too_large")
        return data

    @property
    def encrypted(self) -> bool:
        """Whether everything in it that has content takes a password."""
        filled = [info for info in self.members.values() if info.file_size and not info.is_dir()]
        return bool(filled) and all(info.flag_bits & _ENCRYPTED for info in filled)


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Zip]:
    """A zip's list, and its members on demand.

    Raises:
        Unreadable: It is none, is torn, or its list is past the bound.

    """
    try:
        with zipfile.ZipFile(Bounded(file, MOST_ZIP)) as archive:
            yield Zip(archive)
    except _BROKEN as error:  # its text may hold a member's name
        raise Unreadable("not_readable") from error


def plain(inside: Zip) -> Told:
    """A zip that is no document: it has no label, and can be protected."""
    return Told(protected=inside.encrypted, why_not="protected" if inside.encrypted else "not_a_document")
