"""Which language is spoken, and the catalogue behind it."""

import gettext
from pathlib import Path

import pytest

from agent import words


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "nl_NL.UTF-8"}, "nl"),
        ({"LANG": "nl"}, "nl"),
        ({"LANG": "nl_BE@euro"}, "nl"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US"}, "en"),
        ({"LANG": "C"}, None),
        ({"LANG": "C.UTF-8"}, None),
        ({"LANG": "POSIX"}, None),
        ({"LANG": "de_DE.UTF-8"}, None),
        ({"LANG": ""}, None),
        ({}, None),
        ({"LANG": "nl_NL.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "nl_NL.UTF-8", "LC_MESSAGES": "en_GB.UTF-8", "LC_ALL": "nl_NL"}, "nl"),
        ({"LANG": "nl_NL.UTF-8", "LC_ALL": "C"}, None),
        ({"LANG": "nl_NL.UTF-8", "LC_ALL": ""}, "nl"),
    ],
)
def test_the_locale_tells_the_language(environ: dict[str, str], language: str | None):
    """The first variable that is set decides; a language that isn't spoken here is none."""
    assert words.chosen(environ) == language


def test_english_needs_no_catalogue():
    """A msgid is the English."""
    assert words.load("en")("My Deskwarden") == "My Deskwarden"


def test_dutch_without_a_catalogue_is_english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A checkout that was not compiled speaks, in English."""
    monkeypatch.setattr(words, "files", lambda _package: tmp_path)
    assert words.load.__wrapped__("nl")("My Deskwarden") == "My Deskwarden"


def test_dutch_is_read_from_the_policy_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The catalogue that lies in policy/locale is the one that is read."""
    asked: list[tuple[str, Path, list[str]]] = []

    def translation(domain: str, folder: Path, languages: list[str], *, fallback: bool) -> gettext.NullTranslations:
        asked.append((domain, folder, languages))
        assert fallback
        return gettext.NullTranslations()

    monkeypatch.setattr(gettext, "translation", translation)
    words.load.__wrapped__("nl")
    ((domain, folder, languages),) = asked
    assert (domain, folder.parts[-2:], languages) == ("deskwarden", ("policy", "locale"), ["nl"])


def test_what_was_picked_is_kept(tmp_path: Path):
    """The choice comes back; what somebody else wrote there is no choice."""
    assert words.remembered(tmp_path) is None
    words.remember(tmp_path, "en")
    assert words.remembered(tmp_path) == "en"
    (tmp_path / "language").write_bytes(b"\xff klingon")
    assert words.remembered(tmp_path) is None


def test_a_choice_that_can_not_be_kept_is_no_error(tmp_path: Path):
    """It then holds until the end of the session."""
    words.remember(tmp_path / "nowhere", "en")
