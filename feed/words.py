"""The catalogues of the product's own words: `nl` and `en`. The words in the code are English."""

from functools import cache
from gettext import NullTranslations, translation
from importlib.resources import files
from pathlib import Path
from typing import get_args

from policy.words import Language, Translate

LANGUAGES: tuple[Language, ...] = get_args(Language)


@cache
def catalogue(language: Language) -> NullTranslations:
    """The catalogue of a language; where none was compiled, the words of the code."""
    return translation("deskwarden", Path(str(files("policy"))) / "locale", [language], fallback=True)


def translate(language: Language) -> Translate:
    """The function that the code calls `_`."""
    return catalogue(language).gettext


def wanted(header: str, otherwise: Language) -> Language:
    """The language that an Accept-Language header asks for most, of those that there are."""
    best, weight = otherwise, 0.0
    for part in header.split(","):
        tag, _, quality = part.partition(";q=")
        found = next((one for one in LANGUAGES if tag.strip().lower().split("-")[0] == one), None)
        q = _quality(quality)
        if found and q > weight:
            best, weight = found, q
    return best


def _quality(text: str) -> float:
    """RFC 9110, 12.4.2: no weight is 1; what is no number counts for nothing."""
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
