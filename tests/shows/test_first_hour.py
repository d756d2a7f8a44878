"""What a newcomer sees is what docs/first-hour.md says: every word, in both languages."""

from tests.shows import first_hour


def test_the_first_hour_is_told_as_it_is():
    """The doc's blocks are the words of a real run; `tests/shows/first_hour.py --write` refreshes them."""
    differs = first_hour.difference(first_hour.DOC.read_text(encoding="utf-8"), first_hour.hours())
    assert not differs, f"\n{differs}"
