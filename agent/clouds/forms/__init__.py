"""The forms that clients keep their accounts in: each reads what stands at one field, within bounds.

A reader gives Found: what was there and which account it speaks of. It raises Unreadable where the form is not what it
should be; it keeps nothing, and no text of an error holds what a file holds.
"""

from typing import NamedTuple

MOST = 500  # values of one file; past it nobody linked that by hand


class Found(NamedTuple):
    """A value, and the key that a pattern stood for: of one account they are alike."""

    value: str
    account: str = ""
