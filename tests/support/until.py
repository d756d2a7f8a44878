"""Waiting for something that another process or thread does, instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
STEP = 0.02  # seconds between two looks


def until(look: Callable[[], T], seconds: float = 30, what: str = "") -> T:
    """What `look` returned once that was true. Where it never was, say what it last returned or raised."""
    end = time.monotonic() + seconds
    while True:
        try:
            last: T | Exception = look()
            if last:
                return last  # type: ignore[return-value] # an exception is never returned, only kept
        except Exception as error:  # noqa: BLE001 - what it was is told below
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"{what or 'not what was waited for'}; last seen: {last!r}")
        time.sleep(STEP)
