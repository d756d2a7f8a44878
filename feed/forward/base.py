"""What a forwarder to the helpdesk or a SIEM is; tests/contracts/forwarder.py is the suite that each one runs."""

from typing import Protocol

from feed.store import Pending


class CannotForward(Exception):
    """Not now: try again later. The message is for the page and the log.

    away: the receiver can't be reached, so that there is no use in trying the next one; else it refused this one.
    """

    def __init__(self, reason: str, *, away: bool = True) -> None:
        super().__init__(reason)
        self.away = away


class Forwarder(Protocol):
    """A receiver. Done again after a crash, it must find what it did before: by uid, then by `follows`, then create."""

    @property
    def name(self) -> str:
        """Its name in the store and on the page."""

    def intent(self, pending: Pending) -> str | None:
        """The ticket's name that `ensure` will give, where that can be told before; remembered before it is called."""

    def ensure(self, pending: Pending) -> str | None:
        """Make the receiver's side as the incident is; the ticket's name there, None where there is none to make.

        Runs on a thread of its own.

        Raises:
            CannotForward: See there.

        """
