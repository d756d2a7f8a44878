"""Something that a person has to know of: a title, a cause and a way out, in their language."""

from collections.abc import Mapping
from typing import NamedTuple

from policy.phrase import Phrase
from policy.words import Translate


class Told(NamedTuple):
    """The words of one trouble, with {placeholders}; exit_code: what a command ends with."""

    title: str
    cause: str
    way_out: str
    exit_code: int = 1


class Trouble(Exception):
    """One of a program's troubles. Each program has its table of them and a subclass that names it."""

    table: Mapping[str, Told] = {}

    def __init__(self, key: str, **details: str | Phrase) -> None:
        super().__init__(f"{key} {details}" if details else key)
        self.key, self.details = key, details

    @property
    def exit_code(self) -> int:
        """What a command ends with."""
        return self.table[self.key].exit_code

    def words(self, _: Translate) -> tuple[str, str, str]:
        """Title, cause and way out."""
        told = self.table[self.key]
        title, cause, way_out = (Phrase(text, self.details).said(_) for text in told[:3])
        return title, cause, way_out
