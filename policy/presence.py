"""Idle, lock and quiet as they are seen -> reminder, countdown, lapse. Pure; in the user half's memory alone.

Nothing here is written to disk, and nothing leaves it but a Lapse.
"""

from typing import Literal

from msgspec import Struct

Lock = Literal["locked", "unlocked", "unknown"]
# presenting, call, sharing: somebody is there. full_screen, do_not_disturb, kept_awake: no words now, and no presence.
Quiet = Literal["presenting", "call", "sharing", "full_screen", "do_not_disturb", "kept_awake"]


# --- what is seen ------------------------------------------------------------------------------------------------


class Idled(Struct, frozen=True):
    """No input for so many seconds up to now. people: only what a person's own devices said counts."""

    seconds: float
    people: bool = False


class Touched(Struct, frozen=True):
    """The first input after an Idled."""

    people: bool = False


class LockIs(Struct, frozen=True):
    """Whether this session's screen is locked, where it can be told."""

    lock: Lock


class ActiveIs(Struct, frozen=True):
    """Whether this session has its seat's screen: not while another user has it, or it is left by remote desktop."""

    active: bool


class QuietIs(Struct, frozen=True):
    """All that one source sees just now of reasons to be quiet."""

    source: str
    words: frozenset[Quiet]


class Woke(Struct, frozen=True):
    """The machine slept, and woke."""


class NotLocked(Struct, frozen=True):
    """It was asked to lock, and can't: a word for status and log."""

    why: str


class Lost(Struct, frozen=True):
    """A source ended by itself (its server is gone): what it said is no longer known."""

    source: str
    why: str


Seen = Idled | Touched | LockIs | ActiveIs | QuietIs | Woke | NotLocked | Lost
