"""Events of few folders, never of what lies below them: each says no more than "look again".

A folder that is not there yet is waited for in the nearest one above it. What is lost when the kernel's queue of events
runs over is seen by the hourly look.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

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

# A changed time or mode: an event of its own from watchdog 7 on, which its filter asks the kernel for as modified.
_ATTRIBUTES: type[FileSystemEvent] = getattr(events, "FileAttribEvent", FileModifiedEvent)
# Not who opens or reads something: a look would wake itself.
TELL: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    _ATTRIBUTES,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
Identity = tuple[int, int]

log = logging.getLogger(__name__)


class Folders(FileSystemEventHandler):
    """Calls `again` once something that `wants` is true of happens directly in one of the folders.

    wants: of the event and the name of the file in the folder. settle: seconds from an event until it is worth a look.
    """

    def __init__(self, folders: Iterable[Path], wants: Callable[[FileSystemEvent, str], bool], settle: float) -> None:
        self._folders, self._wants, self._settle = tuple(folders), wants, settle
        self._again: Again = _nobody
        self._observer: BaseObserver | None = None
        self._watches: dict[Path, tuple[Identity, ObservedWatch]] = {}
        self._arming = threading.Lock()

    def start(self, again: Again) -> None:
        """Raises OSError where the machine has no watch left to give."""
        self._again = again
        self._observer = Observer()
        self._observer.start()
        try:
            self._arm()
        except OSError:
            self.stop()
            raise

    def stop(self) -> None:
        """No event comes after this."""
        self._again = _nobody
        with self._arming:
            observer, self._observer = self._observer, None
            self._watches = {}
        if observer is not None:
            observer.stop()
            observer.join(5)

    def on_any_event(self, event: FileSystemEvent) -> None:
        """From watchdog's thread."""
        try:
            moved = self._arm()
        except OSError as error:
            log.warning("no events of %s (%s): looked at once an hour", self._folders, error)
            moved = True
        if moved or any(self._is_wanted(event, path) for path in (event.src_path, event.dest_path) if path):
            self._again(self._settle)

    def _is_wanted(self, event: FileSystemEvent, path: bytes | str) -> bool:
        told = Path(os.fsdecode(path))
        return told.parent in self._watches and self._is_ours(told.parent) and self._wants(event, told.name)

    def _is_ours(self, folder: Path) -> bool:
        return any(folder == _resolved(one) for one in self._folders)

    def _arm(self) -> bool:
        """Watch each folder, or what is nearest above it; whether that changed anything.

        Once more if it did: what came between the looking and the watching has told nobody.
        """
        changed = False
        with self._arming:
            while self._observer is not None and self._arm_once(self._observer):
                changed = True
        return changed

    def _arm_once(self, observer: BaseObserver) -> bool:
        wanted = dict(_there(folder) for folder in self._folders)
        stale = [path for path, (identity, _) in self._watches.items() if wanted.get(path) != identity]
        for path in stale:
            observer.unschedule(self._watches.pop(path)[1])
        new = [path for path in wanted if path not in self._watches]
        for path in new:
            self._watches[path] = (wanted[path], observer.schedule(self, str(path), event_filter=TELL))
        return bool(stale or new)


def _there(folder: Path) -> tuple[Path, Identity]:
    """The folder, or the nearest one above it that is there; links followed, since a watch does not follow them."""
    for path in (folder, *folder.parents):
        try:
            real = path.resolve()
            stat = real.stat()
        except (OSError, RuntimeError):  # a loop of links
            continue
        if real.is_dir():
            return real, (stat.st_dev, stat.st_ino)
    raise FileNotFoundError(folder)


def _resolved(folder: Path) -> Path:
    try:
        return folder.resolve()
    except (OSError, RuntimeError):
        return folder


def _nobody(_seconds: float) -> None:
    """Nobody listens."""
