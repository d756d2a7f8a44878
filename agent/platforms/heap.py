"""One heap for all threads: a hundred that only wait hold less memory."""

import ctypes
import sys
from contextlib import suppress

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def one_heap() -> None:
    """Call before the first thread.

    glibc gives threads heaps of their own, up to eight a core: with 95 threads on two cores that is 5 of 62 MiB
    (tests/bench.py). Python's own lock lets one thread at a time allocate anyway.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another libc has no such thing
            ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
