"""The suites that every LockSource and every Locker runs: agent/platforms/base.py.

A test module of one has a class that inherits `LockContract` with a fixture `screen`, or `LockerContract` with a
fixture `locking`.
"""

import threading
from collections.abc import Iterator
from typing import Protocol

import pytest

from agent.platforms.base import Blind, Locker, LockSource
from policy.seen import LockIs, Lost, Seen
from tests.support.until import until


class Screen(Protocol):
    """A screen that a test locks and unlocks for real, and whose word on it can be taken away."""

    def source(self) -> LockSource:
        """What tells of it; not started."""

    def lock(self) -> None:
        """Lock it."""

    def unlock(self) -> None:
        """Unlock it."""

    def take_away(self) -> None:
        """The server that tells is gone."""

    def bring_back(self) -> None:
        """It is there again, and the screen is unlocked."""

    def end_all(self) -> None:
        """All that it hangs on is gone, and does not come back."""


def locks(heard: list[Seen]) -> list[str]:
    """What was said of the lock so far."""
    return [seen.lock for seen in heard if isinstance(seen, LockIs)]


class LockContract:
    """Each test names the promise."""

    @pytest.fixture
    def heard(self) -> list[Seen]:
        return []

    @pytest.fixture
    def source(self, screen: Screen) -> Iterator[LockSource]:
        before = {thread.ident for thread in threading.enumerate()}
        made = screen.source()
        yield made
        made.stop()
        until(lambda: {thread.ident for thread in threading.enumerate()} <= before, what="a thread is left")

    def test_it_has_a_name(self, source: LockSource) -> None:
        assert source.name

    def test_unlocked_is_said_at_the_start(self, source: LockSource, heard: list[Seen]) -> None:
        source.start(heard.append)
        until(lambda: locks(heard) == ["unlocked"])

    def test_locked_is_said_at_the_start(self, screen: Screen, source: LockSource, heard: list[Seen]) -> None:
        screen.lock()
        source.start(heard.append)
        until(lambda: locks(heard) == ["locked"])

    def test_each_change_is_said_once(self, screen: Screen, source: LockSource, heard: list[Seen]) -> None:
        source.start(heard.append)
        until(lambda: locks(heard))
        for times in (1, 2):
            screen.lock()
            until(lambda times=times: len(locks(heard)) == 2 * times)  # type: ignore[misc]
            screen.unlock()
            until(lambda times=times: len(locks(heard)) == 2 * times + 1)  # type: ignore[misc]
        assert locks(heard) == ["unlocked", "locked", "unlocked", "locked", "unlocked"]

    def test_it_is_unknown_while_its_server_is_gone(
        self, screen: Screen, source: LockSource, heard: list[Seen]
    ) -> None:
        screen.lock()
        source.start(heard.append)
        until(lambda: locks(heard) == ["locked"])
        screen.take_away()
        until(lambda: locks(heard) == ["locked", "unknown"])
        screen.bring_back()
        until(lambda: locks(heard) == ["locked", "unknown", "unlocked"])

    def test_one_whose_bus_is_gone_is_lost(self, screen: Screen, source: LockSource, heard: list[Seen]) -> None:
        source.start(heard.append)
        until(lambda: locks(heard))
        screen.end_all()
        until(lambda: isinstance(heard[-1], Lost))
        assert [seen.source for seen in heard if isinstance(seen, Lost)] == [source.name]

    def test_without_its_bus_it_is_blind(self, screen: Screen, source: LockSource, heard: list[Seen]) -> None:
        screen.end_all()
        with pytest.raises(Blind):
            source.start(heard.append)
        assert heard == []

    def test_stopped_it_says_nothing(self, screen: Screen, source: LockSource, heard: list[Seen]) -> None:
        source.start(heard.append)
        until(lambda: locks(heard))
        source.stop()
        source.stop()
        said = list(heard)
        screen.lock()
        assert heard == said

    def test_it_can_start_again(self, source: LockSource, heard: list[Seen]) -> None:
        for times in (1, 2):
            source.start(heard.append)
            until(lambda times=times: len(locks(heard)) == times)  # type: ignore[misc]
            source.stop()


class Locking(Protocol):
    """Somewhere to lock: a locker, and how the screen is seen."""

    def locker(self) -> Locker:
        """The one under test."""

    def source(self) -> LockSource:
        """What sees it; not started."""

    def refuse(self) -> None:
        """Who is asked says no."""

    def deaf(self) -> None:
        """Who would lock is gone, or does nothing."""


class LockerContract:
    """Each test names the promise."""

    def test_it_has_a_name(self, locking: Locking) -> None:
        assert locking.locker().name

    def test_it_locks_for_real(self, locking: Locking) -> None:
        heard: list[Seen] = []
        source = locking.source()
        source.start(heard.append)
        try:
            until(lambda: locks(heard) == ["unlocked"])
            locking.locker().lock()
            until(lambda: locks(heard) == ["unlocked", "locked"])
            locking.locker().lock()  # what is locked can be asked again
        finally:
            source.stop()
        assert locks(heard) == ["unlocked", "locked"]

    def test_one_that_is_refused_says_so(self, locking: Locking) -> None:
        locking.refuse()
        with pytest.raises(Blind):
            locking.locker().lock()

    def test_one_whom_nobody_hears_says_so(self, locking: Locking) -> None:
        locking.deaf()
        with pytest.raises(Blind):
            locking.locker().lock()
