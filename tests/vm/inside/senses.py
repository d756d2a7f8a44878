"""In the guest: makes sources as a test asks, and says what they say. A line each way, the source's number first.

senses.py PORT

Orders: 1 make logind GNOME; 1 start; 1 watch 4 60; 1 stop; 1 lock. Each is answered: 1 done, 1 Blind WHY, or
1 failed WHY. What is seen stands between: 1 LockIs {"lock":"locked"}.
"""

import os
import sys
import threading
from collections.abc import Callable

import msgspec

from agent.bus.lockers import LogindLocker
from agent.bus.logind import Logind
from agent.bus.thread import Thread
from agent.platforms.base import Blind, Sense
from agent.platforms.x11_idle import XSyncIdle
from agent.platforms.x11_people import XPeopleIdle
from policy.seen import Seen


class Senses:
    """Those that were made so far."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._thread = say, Thread()
        self._every: dict[str, Sense] = {}

    def do(self, number: str, order: str, *words: str) -> None:
        """Do what a line asks."""
        try:
            getattr(self, order)(number, *words)
            self._say(f"{number} done")
        except Blind as blind:
            self._say(f"{number} Blind {blind.why}")
        except Exception as error:  # noqa: BLE001 - the test has to hear of it
            self._say(f"{number} failed {error!r}")

    def make(self, number: str, name: str, *words: str) -> None:
        kinds: dict[str, Callable[[], Sense]] = {
            "logind": lambda: Logind(self._thread, *words),
            "xsync": XSyncIdle,
            "xinput": XPeopleIdle,
        }
        self._every[number] = kinds[name]()

    def start(self, number: str) -> None:
        def hear(seen: Seen) -> None:
            self._say(f"{number} {type(seen).__name__} {msgspec.json.encode(seen).decode()}")

        self._every[number].start(hear)

    def watch(self, number: str, *spans: str) -> None:
        self._every[number].watch(tuple(float(span) for span in spans))  # type: ignore[attr-defined]

    def stop(self, number: str) -> None:
        self._every[number].stop()

    def lock(self, _: str) -> None:
        LogindLocker(self._thread).lock()


def main() -> None:
    port, writing = os.open(sys.argv[1], os.O_RDWR), threading.Lock()

    def say(line: str) -> None:
        with writing:
            os.write(port, f"{line}\n".encode())

    senses = Senses(say)
    say("0 here")
    with os.fdopen(port, buffering=1, closefd=False) as orders:
        for line in orders:
            senses.do(*line.split())


if __name__ == "__main__":
    main()
