"""Something that a person has to know of: a title, a cause and a way out, in their language."""

from collections.abc import Mapping
from typing import NamedTuple

from policy.words import Translate


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for marking a word for later
    """Mark words for translation where no language is known yet."""
    return text


class Told(NamedTuple):
    """The words of one trouble, with {placeholders}; exit_code: what a command ends with."""

    title: str
    cause: str
    way_out: str
    exit_code: int = 1


class Trouble(Exception):
    """One of a program's troubles. Each program has its table of them and a subclass that names it."""

    table: Mapping[str, Told] = {}

    def __init__(self, key: str, **details: str) -> None:
        super().__init__(f"{key} {details}" if details else key)
        self.key, self.details = key, details

    @property
    def exit_code(self) -> int:
        """What a command ends with."""
        return self.table[self.key].exit_code

    def words(self, _: Translate) -> tuple[str, str, str]:
        """Title, cause and way out."""
        told = self.table[self.key]
        title, cause, way_out = (_(text).format(**self.details) for text in told[:3])
        return title, cause, way_out
