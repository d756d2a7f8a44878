"""What is seen of a session, and what follows from it: the words that policy/presence.py speaks in."""

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


class NotSeen(Struct, frozen=True):
    """From now on it can't be told whether there is input."""

    people: bool = False


class Asked(Struct, frozen=True):
    """The so-manyth way of locking took the request; whether it did it is seen by `LockIs`."""

    way: int


class CarriersAre(Struct, frozen=True):
    """So many carriers are mounted."""

    count: int


class Pressed(Struct, frozen=True):
    """A button of a card of ours."""

    button: Literal["lock", "extend"]


class Tick(Struct, frozen=True):
    """Only time passed."""


Event = Seen | NotSeen | Asked | CarriersAre | Pressed | Tick


# --- what follows ------------------------------------------------------------------------------------------------


class Remind(Struct, frozen=True):
    """Put the reminder on the screen."""


class CountDown(Struct, frozen=True):
    """Put the countdown on the screen in the reminder's place. more: how often it may still be put off."""

    seconds: float
    more: int


class TakeBack(Struct, frozen=True):
    """Take reminder or countdown off the screen."""


class Back(Struct, frozen=True):
    """Tell that the screen stood open for so many seconds."""

    seconds: float


class Lapsed(Struct, frozen=True):
    """The screen stood open, with nobody there, for so many seconds: the only thing that leaves this memory."""

    seconds: float


class LockScreen(Struct, frozen=True):
    """Lock by this way, or by the first after it that takes the request: `Asked` says which, `NotLocked` that none."""

    way: int


class CantLock(Struct, frozen=True):
    """Tell that the screen can't be locked from here."""

    why: str


class TakeCarrier(Struct, frozen=True):
    """Tell to take the carriers along."""

    count: int


Effect = Remind | CountDown | TakeBack | Back | Lapsed | LockScreen | CantLock | TakeCarrier
