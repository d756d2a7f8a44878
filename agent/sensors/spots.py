"""Events of few folders, each with what is worth hearing there; none of what lies below them.

A browser writes into its profile all day, so a spot names the kinds of events that it wants: the kernel wakes nobody
for the rest. What an event shows may be another spot (a new profile has a folder of extensions of its own). When the
kernel's queue of events runs over, all that listen look again.
"""

import logging
import os
import stat
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from watchdog import events
from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from agent.sensors.base import Again

MOST = 64  # watches of one sensor; what is past them is seen by the hourly look
Events = tuple[type[FileSystemEvent], ...]
APPEARS: Events = (DirCreatedEvent, DirMovedEvent)
# Windows does not say what it was that went: watchdog calls that a file.
GOES: Events = (DirDeletedEvent, FileDeletedEvent) if sys.platform == "win32" else (DirDeletedEvent,)
COMES_AND_GOES: Events = (*APPEARS, *GOES)
# A changed time or mode: an event of its own from watchdog 7 on, which its filter asks the kernel for as modified.
_ATTRIBUTES: type[FileSystemEvent] = getattr(events, "FileAttribEvent", FileModifiedEvent)
# Not who opens or reads something: a look would wake itself.
ANY: Events = (
    *COMES_AND_GOES,
    FileCreatedEvent,
    FileModifiedEvent,
    _ATTRIBUTES,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
)
Wants = Callable[[FileSystemEvent, str], bool]
_Inode = tuple[int, int]

log = logging.getLogger(__name__)


class _RunOver(logging.Filter):
    """Tells all that listen that events were lost. The library says so in its log alone."""

    def __init__(self) -> None:
        super().__init__()
        self.listening = weakref.WeakSet["Spots"]()

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through."""
        if RUN_OVER in record.getMessage():
            for spots in list(self.listening):
                spots.later(0.0)
        return True


RUN_OVER = "queue overflowed; filesystem events were lost"
_run_over = _RunOver()
logging.getLogger("watchdog.observers.inotify_c").addFilter(_run_over)


class Spot(NamedTuple):
    """A folder, what is heard of what lies directly in it, and of which names; none: of any.

    wants: of the event and the name of what lies in the folder, where that is not all that counts.
    """

    folder: Path
    events: Events = COMES_AND_GOES
    names: frozenset[str] = frozenset()
    wants: Wants | None = None

    def hears(self, event: FileSystemEvent, name: str) -> bool:
        """Whether that is worth a look."""
        named = not self.names or name in self.names
        return named and isinstance(event, self.events) and (self.wants is None or self.wants(event, name))


class _Watch(NamedTuple):
    spots: tuple[Spot, ...]
    inode: _Inode
    watch: ObservedWatch


class Spots(FileSystemEventHandler):
    """Calls `again` after an event of a spot. spots: where they are now. settle: seconds until that is worth a look."""

    def __init__(self, spots: Callable[[], Iterable[Spot]], settle: float) -> None:
        self._spots, self._settle = spots, settle
        self._again: Again = _nobody
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, _Watch] = {}
        self._asked = self._warned = False
        self._gone = deque[Path]()  # folders that ended, as watchdog's thread tells
        self._arming = threading.Lock()  # never waited for by watchdog's thread: that has a lock which arming needs

    def start(self, again: Again) -> None:
        """Raises OSError where the machine has no more to give."""
        self._again = again
        _run_over.listening.add(self)
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

    def later(self, seconds: float) -> None:
        """Look again in so many seconds, whatever happens."""
        self._again(seconds)

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
        told = [Path(os.fsdecode(path)) for path in (event.src_path, event.dest_path) if path]
        if isinstance(event, DirDeletedEvent):
            self._gone.extend(path for path in told if path in self._watches)
        if self._gone or any(self._is_wanted(event, path) for path in told):
            self.arm()
            self._again(self._settle)

    def _is_wanted(self, event: FileSystemEvent, told: Path) -> bool:
        watch = self._watches.get(told.parent)
        return watch is not None and any(spot.hears(event, told.name) for spot in watch.spots)

    def _arm_once(self, observer: BaseObserver) -> bool:
        there = dict(_there(self._spots()))
        stale = {path for path, old in self._watches.items() if there.get(path) != old[:2]}
        stale |= self._deaf(observer) & set(self._watches)
        for path in stale:
            observer.unschedule(self._watches.pop(path).watch)
        changed = bool(stale)  # a folder may have gone after its spots were asked for
        for path, (spots, inode) in there.items():
            if path not in self._watches and len(self._watches) < MOST:
                changed |= self._watch(observer, path, spots, inode)
        return changed

    def _deaf(self, observer: BaseObserver) -> set[Path]:
        """A watch ends with its folder, and a folder made anew can have the same inode."""
        listening = {emitter.watch for emitter in observer.emitters if emitter.should_keep_running()}
        ended = {path for path, old in self._watches.items() if old.watch not in listening}
        while self._gone:
            ended.add(self._gone.popleft())
        return ended

    def _watch(self, observer: BaseObserver, path: Path, spots: tuple[Spot, ...], inode: _Inode) -> bool:
        kinds = list(dict.fromkeys(kind for spot in spots for kind in spot.events))
        try:
            watch = observer.schedule(self, str(path), event_filter=kinds)
        except OSError as error:
            if not self._warned:
                log.warning("no events of a folder (%s): looked at once an hour", error.strerror)
            self._warned = True
            return False
        self._watches[path] = _Watch(spots, inode, watch)
        return True


class Listening:
    """What sensors of files do alike. `_where` says where its spots are now; settle: seconds from an event to a look.

    Never busy: what is half done is a gap about itself, and its end is an event.
    """

    settle: float
    _spots: Spots | None = None

    def _where(self) -> Iterable[Spot]:
        raise NotImplementedError

    def start(self, again: Again) -> None:
        """Listen, until `stop`."""
        self._spots = Spots(self._where, self.settle)
        self._spots.start(again)

    def stop(self) -> None:
        """Listen no more."""
        spots, self._spots = self._spots, None
        if spots:
            spots.stop()

    def busy(self) -> bool:
        return False

    def arm(self) -> None:
        """Listen where its spots are now."""
        if self._spots:
            self._spots.arm()

    def later(self, seconds: float | None = None) -> None:
        """What a look saw is not settled yet: once more in so many seconds."""
        if self._spots:
            self._spots.later(self.settle if seconds is None else seconds)


def each(folders: Iterable[Path], wants: Wants | None = None) -> Iterator[Spot]:
    """Each folder, or where it will show."""
    for folder in folders:
        yield from towards(folder)
        yield Spot(folder, ANY, wants=wants)


def towards(place: Path) -> Iterator[Spot]:
    """Where a place will show once it is made; nothing if it is there."""
    for missing in (place, *place.parents):
        if os.path.isdir(missing):  # noqa: PTH112 - what may not be seen is no folder: Path raises there
            return
        if os.path.isdir(missing.parent):  # noqa: PTH112 - as above
            yield Spot(missing.parent, APPEARS, frozenset({missing.name}))
            return


def _there(spots: Iterable[Spot]) -> Iterator[tuple[Path, tuple[tuple[Spot, ...], _Inode]]]:
    """Each folder once, by where it really is: a watch does not follow links."""
    found: dict[Path, list[Spot]] = {}
    for spot in spots:
        try:
            found.setdefault(spot.folder.resolve(), []).append(spot)
        except (OSError, RuntimeError):  # a loop of links
            continue
    for real, those in found.items():
        try:
            status = real.stat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode):
            yield real, (tuple(dict.fromkeys(those)), (status.st_dev, status.st_ino))


def _nobody(_seconds: float) -> None:
    """Nobody listens."""
