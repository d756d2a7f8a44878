"""A PDF's objects by their number, each found by the file's own table and read alone (ISO 32000-1, 7.5).

The tables are looked up, not loaded: a large file costs no more than a small one. What is read of a file, and what its
tables unpack to, has a bound; a chain of tables ends after some.
"""

import re
import zlib
from typing import IO, Any

from agent.documents.archive import Bounded
from agent.documents.pdf_objects import Objects, Ref
from agent.sensors.bounded import Unreadable

MOST_TABLES = 64  # one an edit that was saved
MOST_OBJECT = 64 * 1024  # bytes of an object without its stream
MOST_STREAM = 1024 * 1024  # bytes that a stream unpacks to
MOST_UNPACKED = 4 * 1024 * 1024  # bytes that all of a file unpack to
_START = re.compile(rb"startxref\s+(\d{1,18})")
_OBJECT = re.compile(rb"\s*(\d{1,10})\s+\d{1,5}\s+obj")
_STREAM = re.compile(rb"\s*stream\r?\n?")


class PdfFile:
    """The trailer of the last edit, and what the tables point to.

    Raises:
        Unreadable: It is torn or past the bounds; so does each method.

    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = Bounded(file), MOST_UNPACKED
        self._tables: list[_Listed | _Packed] = []
        self.trailer: dict[str, Any] = {}
        length = self._file.seek(0, 2)
        found = _START.findall(self._at(max(0, length - 2048), 2048))
        if not found:
            raise Unreadable("not_readable")
        self._follow(int(found[-1]))

    def value(self, value: Any) -> Any:
        """What a value stands for: the object of a reference, else itself."""
        for _ in range(4):
            if not isinstance(value, Ref):
                return value
            value = self._object(value.number)
        return None

    def stream(self, value: Any) -> bytes:
        """What a stream unpacks to; nothing where it is none or is packed otherwise than by deflate."""
        place = self._place(value.number) if isinstance(value, Ref) else None
        return self._stream_at(place[1])[1] if place and place[0] == 1 else b""

    def _object(self, number: int) -> Any:
        place = self._place(number)
        if place is None:
            return None
        form, where, index = place
        if form == 1:
            data = self._at(where, MOST_OBJECT)
            return Objects(data, self._begin(data, number)).next()
        return self._within(where, index)

    def _within(self, holder: int, index: int) -> Any:
        """One of the objects that a stream of objects holds."""
        place = self._place(holder)
        if place is None or place[0] != 1:  # a holder is never held itself
            return None
        head, data = self._stream_at(place[1])
        first = head.get("First")
        if not isinstance(first, int) or not 0 <= index < 10_000:
            return None
        numbers = re.findall(rb"\d{1,10}", data[:first])[: 2 * index + 2]
        return Objects(data, first + int(numbers[-1])).next() if len(numbers) == 2 * index + 2 else None

    def _follow(self, start: int) -> None:
        todo, seen = [start], set[int]()
        while todo and len(seen) < MOST_TABLES:
            place = todo.pop(0)
            if place in seen:
                continue
            seen.add(place)
            trailer = self._table(place)
            self.trailer = {**trailer, **self.trailer}
            todo += [trailer[name] for name in ("XRefStm", "Prev") if isinstance(trailer.get(name), int)]

    def _table(self, place: int) -> dict[str, Any]:
        if not self._at(place, 32).lstrip().startswith(b"xref"):
            head, data = self._stream_at(place)
            self._tables.append(_Packed(head, data))
            return head
        listed = _Listed(self._file, place)
        self._tables.append(listed)
        trailer = Objects(self._at(listed.end, MOST_OBJECT)).next()
        return trailer if isinstance(trailer, dict) else {}

    def _place(self, number: int) -> tuple[int, int, int] | None:
        """(1, offset, 0), or (2, the stream that holds it, its place there)."""
        for table in self._tables:
            found = table.find(number)
            if found is not None:
                return found if found[0] else None
        return None

    def _stream_at(self, place: int) -> tuple[dict[str, Any], bytes]:
        data = self._at(place, MOST_OBJECT)
        reading = Objects(data, self._begin(data))
        head = reading.next()
        begin = _STREAM.match(data, reading.at)
        if not isinstance(head, dict) or begin is None:
            raise Unreadable("not_readable")
        length = self.value(head.get("Length"))
        if not isinstance(length, int) or not 0 <= length <= MOST_STREAM:
            raise Unreadable("too_large")
        out = _unpacked(head, self._at(place + begin.end(), length))
        self._left -= len(out)
        if self._left < 0:
            raise Unreadable("too_large")
        return head, out

    def _begin(self, data: bytes, number: int | None = None) -> int:
        found = _OBJECT.match(data)
        if found is None or number not in {None, int(found[1])}:
            raise Unreadable("not_readable")
        return found.end()

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(min(max(0, place), 2**62))
        return self._file.read(size)


class _Listed:
    """A table of lines of 20 bytes: only its heads are read, then the line that is asked for."""

    def __init__(self, file: Bounded, place: int) -> None:
        self._file = file
        self._parts: list[tuple[int, int, int]] = []
        file.seek(place)
        head = re.match(rb"\s*xref\s+", file.read(64))
        at = place + (head.end() if head else 0)
        for _ in range(1000):
            file.seek(at)
            found = re.match(rb"\s*(\d{1,10})\s+(\d{1,10})\s*?[ ]?\r?\n?(?=\d{10} )", line := file.read(64))
            if found is None:
                empty = re.match(rb"\s*\d{1,10}\s+0\s+", line)
                trailer = re.match(rb"\s*trailer", line)
                if trailer or empty is None:
                    break
                at += empty.end()
                continue
            first, count = int(found[1]), int(found[2])
            self._parts.append((first, count, at + found.end()))
            at += found.end() + 20 * count
        file.seek(at)
        trailer = re.match(rb"\s*trailer", file.read(64))
        if trailer is None:
            raise Unreadable("not_readable")
        self.end = at + trailer.end()

    def find(self, number: int) -> tuple[int, int, int] | None:
        for first, count, at in self._parts:
            if first <= number < first + count:
                self._file.seek(at + 20 * (number - first))
                line = re.match(rb"(\d{10}) \d{5} ([nf])", self._file.read(20))
                return None if line is None else (int(line[2] == b"n"), int(line[1]), 0)
        return None


class _Packed:
    """A table in a stream: fields of so many bytes each."""

    def __init__(self, head: dict[str, Any], data: bytes) -> None:
        self._data = data
        self._widths = _numbers(head.get("W"))
        index = _numbers(head.get("Index", [0, head.get("Size", 0)]))
        if len(self._widths) != 3 or sum(self._widths) > 30:
            raise Unreadable("not_readable")
        self._parts = list(zip(index[::2], index[1::2], strict=False))[:1000]

    def find(self, number: int) -> tuple[int, int, int] | None:
        before, row = 0, sum(self._widths)
        for first, count in self._parts:
            if first <= number < first + count:
                line = self._data[(at := row * (before + number - first)) : at + row]
                return self._fields(line) if len(line) == row and row else None
            before += count
        return None

    def _fields(self, line: bytes) -> tuple[int, int, int]:
        one, two, _ = self._widths
        form = int.from_bytes(line[:one], "big") if one else 1
        return form, int.from_bytes(line[one : one + two], "big"), int.from_bytes(line[one + two :], "big")


def _numbers(value: Any) -> list[int]:
    if not isinstance(value, list) or not all(isinstance(one, int) and 0 <= one < 2**31 for one in value):
        raise Unreadable("not_readable")
    return value


def _unpacked(head: dict[str, Any], data: bytes) -> bytes:
    how = head.get("Filter")
    how = how[0] if isinstance(how, list) and len(how) == 1 else how
    if how in {None, ""} or how == []:
        return data
    if how != "FlateDecode":
        return b""
    try:
        out = zlib.decompressobj().decompress(data, MOST_STREAM + 1)
    except zlib.error as error:
        raise Unreadable("not_readable") from error
    if len(out) > MOST_STREAM:
        raise Unreadable("too_large")
    parameters = head.get("DecodeParms")
    parameters = parameters[0] if isinstance(parameters, list) and parameters else parameters
    if isinstance(parameters, dict) and parameters.get("Predictor", 1) in range(10, 16):
        return _upright(out, parameters.get("Columns", 1))
    return out


def _upright(data: bytes, columns: Any) -> bytes:
    """PNG's rows as tables have them: each as it is, or as the difference to the one above."""
    if not isinstance(columns, int) or not 0 < columns <= 64:
        raise Unreadable("not_readable")
    above, out = bytes(columns), bytearray()
    for at in range(0, len(data) - columns, columns + 1):
        row = data[at + 1 : at + 1 + columns]
        if data[at] not in {0, 2}:
            raise Unreadable("not_readable")
        above = bytes((a + b) & 0xFF for a, b in zip(above, row, strict=False)) if data[at] == 2 else row
        out += above
    return bytes(out)
