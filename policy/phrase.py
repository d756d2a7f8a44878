"""Words that are chosen where no language is known yet: a message with its details, said later in the reader's own."""

from collections.abc import Mapping
from typing import Union

from msgspec import Struct

from policy.words import Translate


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for marking a word for later
    """Mark words for translation."""
    return text


def english(text: str) -> str:
    """The language of the code itself, where a message goes to a log or an exception's text."""
    return text


class Phrase(Struct, frozen=True):
    """A message with {placeholders}; a detail that is a Phrase is said in the same language."""

    text: str
    details: Mapping[str, Union[str, "Phrase"]] = {}

    def said(self, _: Translate) -> str:
        """In a language."""
        found = {
            name: detail.said(_) if isinstance(detail, Phrase) else detail for name, detail in self.details.items()
        }
        return _(self.text).format(**found)

    def __str__(self) -> str:
        """In English."""
        return self.said(english)


class BadValue(ValueError):
    """A value that is none of its kind; the phrase says what was expected."""

    def __init__(self, text: str, **details: str | Phrase) -> None:
        self.phrase = Phrase(text, details)
        super().__init__(str(self.phrase))
