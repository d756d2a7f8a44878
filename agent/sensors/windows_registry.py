"""The registry, read within bounds, and the events of a few of its keys.

A key that is not there yet is waited for in the nearest one above it, whose names are watched: that also tells when the
key itself is taken away, of which its own watch says nothing (RegNotifyChangeKeyValue).
"""

import ctypes
import logging
import sys
import threading
import winreg
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ctypes import wintypes
from typing import NamedTuple

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.sensors.base import Again  # noqa: E402
from agent.sensors.bounded import Unreadable  # noqa: E402

MOST_KEYS = 2_000  # in one key; past it nobody installed that by hand
LONGEST = 2_048  # characters of a value
ANEW = 3600  # seconds: a watch that was lost, whatever the reason, is back after this
NAME, VALUE, ANY_THREAD = 1, 4, 0x10000000  # REG_NOTIFY_*
TEXT, AS_IT_IS, NUMBER = 2 | 4, 0x10000000, 0x10  # RRF_*
GONE = {2, 1018}  # ERROR_FILE_NOT_FOUND, ERROR_KEY_DELETED
NO_MORE = 259

log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A key. view: which of the two registries of a machine of 64 bits."""

    root: int
    path: str
    view: int = winreg.KEY_WOW64_64KEY

    def open(self, rights: int = winreg.KEY_READ) -> winreg.HKEYType:
        """Raises OSError."""
        return winreg.OpenKeyEx(self.root, self.path, 0, rights | self.view)

    def above(self) -> Iterator["Place"]:
        """The keys that it lies in, the nearest first."""
        path = self.path
        while path := path.rpartition("\\")[0]:
            yield self._replace(path=path)


def children(place: Place) -> Iterator[tuple[str, winreg.HKEYType]]:
    """The keys in a place, each open, by name; nothing where there is no such place.

    Raises:
        Unreadable: It may not be read, or holds more than MOST_KEYS.

    """
    with suppress(FileNotFoundError):
        try:
            with place.open() as key:
                for name in _names(key):
                    try:
                        with winreg.OpenKeyEx(key, name, 0, winreg.KEY_READ | place.view) as child:
                            yield name, child
                    except OSError as error:
                        if error.winerror not in GONE:  # else taken away in between
                            raise
        except FileNotFoundError:
            raise
        except OSError as error:
            raise Unreadable(error.strerror or "no reason") from error


def text(key: winreg.HKEYType, name: str) -> str:
    """A value that is text; "" where there is none, or one of more than LONGEST characters."""
    buffer = ctypes.create_unicode_buffer(LONGEST)
    return buffer.value.strip() if _get(key, name, TEXT | AS_IT_IS, buffer) else ""


def number(key: winreg.HKEYType, name: str) -> int:
    """A value of 32 bits; 0 where there is none."""
    value = wintypes.DWORD(0)
    return value.value if _get(key, name, NUMBER, value) else 0


def _get(key: winreg.HKEYType, name: str, kinds: int, into: ctypes.Array[ctypes.c_wchar] | wintypes.DWORD) -> bool:
    """RegGetValueW: it takes no more than there is room for, however large a value somebody wrote."""
    size = wintypes.DWORD(ctypes.sizeof(into))
    failed = ctypes.WinDLL("advapi32").RegGetValueW(
        wintypes.HKEY(key.handle),
        None,
        wintypes.LPCWSTR(name),
        wintypes.DWORD(kinds),
        None,
        ctypes.byref(into),
        ctypes.byref(size),
    )
    return not failed


def _names(key: winreg.HKEYType) -> list[str]:
    names: list[str] = []
    while len(names) <= MOST_KEYS:
        try:
            names.append(winreg.EnumKey(key, len(names)))
        except OSError as error:
            if error.winerror == NO_MORE:
                return sorted(names)
            raise
    raise Unreadable("too_many")


class Keys:
    """Calls `again` once something changed in one of these keys. settle: seconds from a change until it is told.

    What changes meanwhile wakes nobody: an installer writes twenty values. The watches are set anew before it is told,
    so that a look sees either the change or its event.
    """

    def __init__(self, places: Iterable[Place], settle: float) -> None:
        self._places, self._settle = tuple(places), settle
        self._watches: list[_Watch] = []
        self._thread: threading.Thread | None = None

    def start(self, again: Again) -> None:
        """Raises OSError where the machine has no watch left to give."""
        self._again = again
        self._end = _event()
        self._arm()
        self._thread = threading.Thread(target=self._run, name="registry", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No event comes after this."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        ctypes.WinDLL("kernel32").SetEvent(wintypes.HANDLE(self._end))
        if thread is not threading.current_thread():
            thread.join(10)

    def _run(self) -> None:
        settle = int(self._settle * 1000)
        try:
            while which := _wait([self._end, *(watch.event for watch in self._watches)], ANEW * 1000):
                changed = which > 0
                if changed and _wait([self._end], settle) == 0:
                    return
                try:
                    self._arm()
                except OSError as error:
                    log.warning("no events of the registry (%s): looked at once an hour", error.strerror)
                if changed:
                    self._again(0.0)
        finally:
            self._disarm()
            _close(self._end)

    def _arm(self) -> None:
        self._disarm()
        for place in self._places:
            self._watches += _watches(place)

    def _disarm(self) -> None:
        for watch in self._watches:
            watch.key.Close()
            _close(watch.event)
        self._watches = []


class _Watch(NamedTuple):
    key: winreg.HKEYType
    event: int


def _watches(place: Place) -> Iterator[_Watch]:
    """Of a key with all below, where it is there; and of the names in the nearest one above."""
    with suppress(FileNotFoundError):
        yield _watch(place, below=True)
    for above in place.above():
        with suppress(FileNotFoundError):
            yield _watch(above, below=False)
            return


def _watch(place: Place, *, below: bool) -> _Watch:
    key = place.open(winreg.KEY_NOTIFY)
    event = _event()
    what = wintypes.DWORD((NAME | VALUE if below else NAME) | ANY_THREAD)
    failed = ctypes.WinDLL("advapi32").RegNotifyChangeKeyValue(
        wintypes.HKEY(key.handle), wintypes.BOOL(below), what, wintypes.HANDLE(event), wintypes.BOOL(1)
    )
    if failed:
        key.Close()
        _close(event)
        raise FileNotFoundError if failed in GONE else ctypes.WinError(failed)
    return _Watch(key, event)


def _event() -> int:
    make = ctypes.WinDLL("kernel32", use_last_error=True).CreateEventW
    make.restype = wintypes.HANDLE
    made = make(None, 0, 0, None)
    if not made:
        raise ctypes.WinError(ctypes.get_last_error())
    return int(made)


def _close(handle: int) -> None:
    ctypes.WinDLL("kernel32").CloseHandle(wintypes.HANDLE(handle))


def _wait(handles: list[int], milliseconds: int) -> int:
    """Which of them is signalled; -1 none in that time."""
    all_of_them = (wintypes.HANDLE * len(handles))(*handles)
    wait = ctypes.WinDLL("kernel32").WaitForMultipleObjects
    wait.restype = wintypes.DWORD
    which = int(wait(len(handles), all_of_them, 0, wintypes.DWORD(milliseconds)))
    return which if which < len(handles) else -1
