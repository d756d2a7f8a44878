"""PDF's objects: bytes -> names, texts, numbers, references, arrays and dictionaries (ISO 32000-1, 7.2 and 7.3)."""

import re
from typing import Any, NamedTuple

from agent.sensors.bounded import Unreadable

DEEPEST = 20
MOST_TOKENS = 50_000  # of one object
_SPACE = rb"\x00\t\n\x0c\r "
_TOKEN = re.compile(
    rb"(?:[" + _SPACE + rb"]++|%[^\r\n]*+)*+"  # never given back: a row of % would be tried in all ways
    rb"(?:(?P<mark><<|>>|[\[\]])|(?P<name>/[^" + _SPACE + rb"/<>\[\](){}%]*)|(?P<hex><[0-9A-Fa-f" + _SPACE + rb"]*>)"
    rb"|(?P<text>\()|(?P<word>[^" + _SPACE + rb"/<>\[\](){}%]+))"
)
# Where PDFDocEncoding differs from Latin 1: dashes and quotes, from 0x80.
_LATIN = dict(enumerate("•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž", 0x80)) | {0xA0: "€"}
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_ESCAPED = re.compile(rb"\\(?:([0-7]{1,3})|(\r\n|.))", re.DOTALL)
_PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)


class Ref(NamedTuple):
    """A reference to an object, by its number."""

    number: int


class Name(str):
    """A name without its slash."""

    __slots__ = ()


class Objects:
    """Reads objects one after another. `at`: where the next begins."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self._data, self.at, self._left = data, at, MOST_TOKENS

    def next(self) -> Any:
        """The object here: dict, list, bytes (a text as written), Name, int, float, Ref, True, False or None.

        A word that is none of these is told as bytes in a tuple. Raises Unreadable where there is no object.
        """
        return self._value(self._token(), 0)

    def _value(self, token: "re.Match[bytes]", depth: int) -> Any:
        if depth > DEEPEST:
            raise Unreadable("not_readable")
        if token["mark"] == b"<<":
            flat = self._until(b">>", depth)
            return dict(zip(map(str, flat[::2]), flat[1::2], strict=False))
        if token["mark"] == b"[":
            return self._until(b"]", depth)
        if token["name"]:
            return Name(re.sub(r"#([0-9A-Fa-f]{2})", lambda m: chr(int(m[1], 16)), token["name"][1:].decode("latin-1")))
        if token["hex"]:
            digits = re.sub(rb"[^0-9A-Fa-f]", b"", token["hex"])
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        if token["text"]:
            return self._text()
        if token["word"]:
            return _word(token["word"])
        raise Unreadable("not_readable")

    def _until(self, end: bytes, depth: int) -> list[Any]:
        found: list[Any] = []
        while (token := self._token())["mark"] != end:
            value = self._value(token, depth + 1)
            if value == (b"R",) and len(found) > 1 and isinstance(found[-2], int):
                found[-2:] = [Ref(found[-2])]
            else:
                found.append(value)
        return found

    def _token(self) -> "re.Match[bytes]":
        self._left -= 1
        token = _TOKEN.match(self._data, self.at)
        if token is None or self._left < 0:
            raise Unreadable("not_readable")
        self.at = token.end()
        return token

    def _text(self) -> bytes:
        """What stands in parentheses; those within it are balanced."""
        start, depth = self.at, 1
        for found in _PARENTHESIS.finditer(self._data, start):
            depth += {b"(": 1, b")": -1}.get(found[0], 0)
            if not depth:
                self.at = found.end()
                return _ESCAPED.sub(_unescaped, self._data[start : found.start()])
        raise Unreadable("not_readable")


def text(value: Any) -> str:
    """A text as a person reads it: UTF-16 or UTF-8 by its mark, else PDFDocEncoding (annex D)."""
    if not isinstance(value, bytes):
        return value if isinstance(value, Name) else ""
    for mark, encoding in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8")):
        if value.startswith(mark):
            return value[len(mark) :].decode(encoding, "replace")
    return value.decode("latin-1").translate(_LATIN)


def _unescaped(found: "re.Match[bytes]") -> bytes:
    if found[1]:
        return bytes((int(found[1], 8) & 0xFF,))
    return b"" if found[2] in {b"\n", b"\r", b"\r\n"} else _ESCAPES.get(found[2], found[2])


def _word(word: bytes) -> Any:
    if word in {b"true", b"false", b"null"}:
        return {b"true": True, b"false": False, b"null": None}[word]
    try:
        return int(word) if len(word) < 20 and word.lstrip(b"+-").isdigit() else float(word)
    except ValueError:
        return (word,)
