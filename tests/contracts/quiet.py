"""The suite that every QuietSource runs: agent/platforms/base.py.

A test module of one has a class that inherits `QuietContract` with a fixture `reason`.
"""

import threading
from collections.abc import Iterator
from typing import Protocol

import pytest

from agent.platforms.base import Blind, QuietSource
from policy.seen import Lost, Quiet, QuietIs, Seen
from tests.support.until import until


class Reason(Protocol):
    """A reason to be quiet that a test makes for real. word: what it is called."""

    word: Quiet

    def source(self) -> QuietSource:
        """What tells of it; not started."""

    def begin(self) -> None:
        """It is so."""

    def cease(self) -> None:
        """It is so no longer."""

    def take_away(self) -> None:
        """Who tells is gone."""

    def end_all(self) -> None:
        """All that it hangs on is gone, and does not come back."""


def words(heard: list[Seen]) -> list[set[str]]:
    """What was said so far."""
    return [set(seen.words) for seen in heard if isinstance(seen, QuietIs)]


class QuietContract:
    """Each test names the promise."""

    @pytest.fixture
    def heard(self) -> list[Seen]:
        return []

    @pytest.fixture
    def source(self, reason: Reason) -> Iterator[QuietSource]:
        before = {thread.ident for thread in threading.enumerate()}
        made = reason.source()
        yield made
        made.stop()
        until(lambda: {thread.ident for thread in threading.enumerate()} <= before, what="a thread is left")

    def test_nothing_is_said_at_the_start(self, reason: Reason, source: QuietSource, heard: list[Seen]) -> None:
        source.start(heard.append)
        until(lambda: words(heard) == [set()])
        assert reason.word in source.sees

    def test_what_is_so_is_said_at_the_start(self, reason: Reason, source: QuietSource, heard: list[Seen]) -> None:
        reason.begin()
        source.start(heard.append)
        until(lambda: words(heard) == [{reason.word}])

    def test_each_change_is_said_once(self, reason: Reason, source: QuietSource, heard: list[Seen]) -> None:
        source.start(heard.append)
        until(lambda: words(heard))
        for times in (1, 2):
            reason.begin()
            until(lambda times=times: len(words(heard)) == 2 * times)  # type: ignore[misc]
            reason.cease()
            until(lambda times=times: len(words(heard)) == 2 * times + 1)  # type: ignore[misc]
        assert words(heard) == [set(), {reason.word}, set(), {reason.word}, set()]
        assert {seen.source for seen in heard if isinstance(seen, QuietIs)} == {source.name}

    def test_it_ends_with_who_tells_it(self, reason: Reason, source: QuietSource, heard: list[Seen]) -> None:
        reason.begin()
        source.start(heard.append)
        until(lambda: words(heard) == [{reason.word}])
        reason.take_away()
        until(lambda: words(heard)[-1] == set() or isinstance(heard[-1], Lost))

    def test_one_that_ends_by_itself_is_lost(self, reason: Reason, source: QuietSource, heard: list[Seen]) -> None:
        source.start(heard.append)
        until(lambda: words(heard))
        reason.end_all()
        until(lambda: isinstance(heard[-1], Lost))
        assert [seen.source for seen in heard if isinstance(seen, Lost)] == [source.name]

    def test_where_it_hangs_on_nothing_it_is_blind(
        self, reason: Reason, source: QuietSource, heard: list[Seen]
    ) -> None:
        reason.end_all()
        with pytest.raises(Blind):
            source.start(heard.append)
        assert heard == []

    def test_stopped_it_says_nothing(self, reason: Reason, source: QuietSource, heard: list[Seen]) -> None:
        source.start(heard.append)
        until(lambda: words(heard))
        source.stop()
        source.stop()
        said = list(heard)
        reason.begin()
        assert heard == said
