"""Events of few folders in a home, each with what is worth hearing there; none of what lies below them.

A browser writes into its profile all day, so a spot names the kinds of events that it wants: the kernel wakes nobody
for the rest. What an event shows may be another spot (a new profile has a folder of extensions of its own).
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from watchdog.events import DirCreatedEvent, DirDeletedEvent, DirMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from agent.sensors.base import Again

MOST = 64  # watches of one sensor; what is past them is seen by the hourly look
Events = tuple[type[FileSystemEvent], ...]
APPEARS: Events = (DirCreatedEvent, DirMovedEvent)
COMES_AND_GOES: Events = (*APPEARS, DirDeletedEvent)

log = logging.getLogger(__name__)


class Spot(NamedTuple):
    """A folder, what is heard of what lies directly in it, and of which names; none: of any."""

    folder: Path
    events: Events = COMES_AND_GOES
    names: frozenset[str] = frozenset()


class _Watch(NamedTuple):
    spot: Spot
    inode: tuple[int, int]
    watch: ObservedWatch


class Spots(FileSystemEventHandler):
    """Calls `again` after an event of a spot. spots: where they are now. settle: seconds until that is worth a look."""

    def __init__(self, spots: Callable[[], Iterable[Spot]], settle: float) -> None:
        self._spots, self._settle = spots, settle
        self._again: Again = _nobody
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, _Watch] = {}
        self._asked = False
        self._arming = threading.Lock()  # never waited for by watchdog's thread: that has a lock which arming needs

    def start(self, again: Again) -> None:
        """Raises OSError where the machine has no more to give."""
        self._again = again
        self._observer = Observer()
        self._observer.start()
        self.arm()

    def stop(self) -> None:
        """No event comes after this."""
        self._again = _nobody
        with self._arming:
            observer, self._observer = self._observer, None
            self._watches = {}
        if observer is not None:
            observer.stop()
            observer.join(5)

    def later(self) -> None:
        """What a look saw is not settled yet."""
        self._again(self._settle)

    def arm(self) -> None:
        """Watch the spots that are there now. A look does so before it reads: what comes in between is seen by one."""
        self._asked = True
        while self._asked and self._arming.acquire(blocking=False):  # who has it does it once more
            try:
                self._asked = False
                while self._observer is not None and self._arm_once(self._observer):
                    pass  # once more: what came before the watch has told nobody
            finally:
                self._arming.release()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """From watchdog's thread."""
        if any(self._is_wanted(event, Path(os.fsdecode(path))) for path in (event.src_path, event.dest_path) if path):
            self.arm()
            self._again(self._settle)

    def _is_wanted(self, event: FileSystemEvent, told: Path) -> bool:
        if told in self._watches and isinstance(event, DirDeletedEvent):
            return True  # the folder itself
        watch = self._watches.get(told.parent)
        return bool(watch and (not watch.spot.names or told.name in watch.spot.names))

    def _arm_once(self, observer: BaseObserver) -> bool:
        there = dict(_there(self._spots()))
        stale = [path for path, old in self._watches.items() if (found := there.get(path)) is None or found != old[:2]]
        for path in stale:
            observer.unschedule(self._watches.pop(path).watch)
        changed = False
        for path, (spot, inode) in there.items():
            if path not in self._watches and len(self._watches) < MOST:
                changed |= self._watch(observer, path, spot, inode)
        return changed

    def _watch(self, observer: BaseObserver, path: Path, spot: Spot, inode: tuple[int, int]) -> bool:
        try:
            watch = observer.schedule(self, str(path), event_filter=list(spot.events))
        except OSError as error:
            log.warning("no events of a folder of extensions (%s): looked at once an hour", error.strerror)
            return False
        self._watches[path] = _Watch(spot, inode, watch)
        return True


def towards(home: Path, place: Path) -> Iterator[Spot]:
    """Where a place in the home will show once it is made; nothing if it is there."""
    if not place.is_relative_to(home):
        return
    above = home
    for name in place.relative_to(home).parts:
        if not (above / name).is_dir():
            yield Spot(above, APPEARS, frozenset({name}))
            return
        above /= name


def _there(spots: Iterable[Spot]) -> Iterator[tuple[Path, tuple[Spot, tuple[int, int]]]]:
    """Each folder once, by where it really is: a watch does not follow links."""
    found: dict[Path, Spot] = {}
    for spot in spots:
        try:
            real = spot.folder.resolve()
        except (OSError, RuntimeError):  # a loop of links
            continue
        old = found.get(real)
        found[real] = _both(old, spot) if old else spot
    for real, spot in found.items():
        try:
            stat = real.stat()
        except OSError:
            continue
        if real.is_dir():
            yield real, (spot, (stat.st_dev, stat.st_ino))


def _both(one: Spot, other: Spot) -> Spot:
    names = one.names | other.names if one.names and other.names else frozenset[str]()
    return Spot(one.folder, tuple(dict.fromkeys((*one.events, *other.events))), names)


def _nobody(_seconds: float) -> None:
    """Nobody listens."""
