"""XML that anybody may have written: a bounded part of a document, no entity of its own, nothing fetched.

Expat's own limits on growth stay on beside it; with no declared entity there is nothing to grow.
"""

from collections.abc import Callable
from xml.parsers import expat

from msgspec import Struct

from agent.sensors.bounded import Unreadable

MOST_ELEMENTS = 100_000
MOST_FOUND = 1000  # a person's own properties are a handful
LONGEST = 2048  # characters of a value that is kept


class Element(Struct, frozen=True):
    """An element without the prefix of its name or attributes. text: all that stands in it, cut at LONGEST."""

    name: str
    attributes: dict[str, str]
    text: str


def elements(data: bytes, wanted: Callable[[str], bool]) -> tuple[Element, ...]:
    """Those whose name is wanted, in order; one within a wanted one is part of it.

    Raises:
        Unreadable: It is no XML, declares entities, or is past the bounds.

    """
    reading = _Reading(wanted)
    try:
        reading.parser.Parse(data, True)  # noqa: FBT003 - expat takes no names: this was all
    except (expat.ExpatError, ValueError, LookupError) as error:  # an encoding that Python has not is a LookupError
        raise Unreadable("not_readable") from error
    return tuple(reading.found)


class _Reading:
    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self.found: list[Element] = []
        self._wanted = wanted
        self._seen = self._depth = self._since = self._length = 0
        self._open: tuple[str, dict[str, str]] | None = None
        self._text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._said
        self.parser.EntityDeclHandler = _refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._seen += 1
        if self._seen > MOST_ELEMENTS:
            raise Unreadable("too_large")
        if self._open is None and self._wanted(_local(name)):
            if len(self.found) >= MOST_FOUND:
                raise Unreadable("too_large")
            self._open = _local(name), {_local(key): value[:LONGEST] for key, value in attributes.items()}
            self._text, self._since, self._length = [], self._depth, 0

    def _end(self, _name: str) -> None:
        if self._open is not None and self._depth == self._since:
            self.found.append(Element(*self._open, "".join(self._text)[:LONGEST].strip()))
            self._open = None
        self._depth -= 1

    def _said(self, text: str) -> None:
        if self._open is not None and self._length < LONGEST:
            self._text.append(text)
            self._length += len(text)


def _refuse(*_declared: object) -> None:
    raise Unreadable("entities")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
