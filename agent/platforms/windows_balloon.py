"""A balloon of the task bar: a title and a text, and no buttons. What Windows has without its newer runtime."""

import ctypes
import sys
from collections.abc import Callable
from ctypes import wintypes
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.windows_window import WM_APP, WM_TIMER, Window  # noqa: E402

ADD, CHANGE, DELETE = 0, 1, 2
MESSAGE, ICON, TIP, INFO = 1, 2, 4, 0x10
OWN_PICTURE, LARGE = 4, 0x20
CALLBACK = WM_APP + 1
CLICKED = (0x202, 0x405)  # the icon (WM_LBUTTONUP), the balloon (NIN_BALLOONUSERCLICK)
FROM_FILE, PICTURE = 0x10, 1  # LoadImage: LR_LOADFROMFILE, IMAGE_ICON
TITLE, TEXT = 64, 256  # characters, with a zero at the end


class IconData(ctypes.Structure):
    """NOTIFYICONDATAW."""

    _fields_ = (
        ("size", wintypes.DWORD),
        ("window", wintypes.HWND),
        ("number", wintypes.UINT),
        ("flags", wintypes.UINT),
        ("callback", wintypes.UINT),
        ("icon", wintypes.HANDLE),
        ("tip", wintypes.WCHAR * 128),
        ("state", wintypes.DWORD),
        ("state_mask", wintypes.DWORD),
        ("text", wintypes.WCHAR * TEXT),
        ("version", wintypes.UINT),
        ("title", wintypes.WCHAR * TITLE),
        ("info_flags", wintypes.DWORD),
        ("guid", ctypes.c_byte * 16),
        ("balloon_icon", wintypes.HANDLE),
    )


class Balloon:
    """One at a time, beside an icon that is there as long. Methods return at once.

    clicked: called on its thread. picture: a file of Windows' own kind (.ico).
    """

    def __init__(self, clicked: Callable[[], None], picture: Path | None) -> None:
        self._clicked, self._file = clicked, picture
        self._window = Window("balloon", self._on, self._begin, self._end)
        self._there = False

    def start(self) -> None:
        """Be able to show.

        Raises:
            Blind: There are no windows here.

        """
        self._window.start()

    def stop(self) -> None:
        """Take away what is shown, and end."""
        self._window.stop()

    def show(self, title: str, text: str, seconds: float | None, shown: Callable[[bool], None]) -> None:
        """Show this in the place of what is there. shown: told, on its thread, whether the task bar took it."""
        self._window.call(lambda: shown(self._show(title, text, seconds)))

    def hide(self) -> None:
        """Take it away."""
        self._window.call(self._hide)

    # --- the window's thread -----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._shell = ctypes.WinDLL("shell32", use_last_error=True)
        user = ctypes.WinDLL("user32", use_last_error=True)
        user.LoadImageW.restype = user.LoadIconW.restype = wintypes.HANDLE
        own = user.LoadImageW(None, str(self._file), PICTURE, 0, 0, FROM_FILE) if self._file else None
        self._own = bool(own)
        self._picture = own or user.LoadIconW(None, ctypes.c_void_p(32512))

    def _end(self) -> None:
        self._hide()

    def _show(self, title: str, text: str, seconds: float | None) -> bool:
        self._hide()  # the task bar would queue the new one behind it
        data = self._data(MESSAGE | ICON | TIP | INFO)
        data.callback, data.icon, data.tip = CALLBACK, self._picture, "Deskwarden"
        data.title, data.text = cut(title, TITLE - 1), cut(text, TEXT - 1)
        if self._own:
            data.info_flags, data.balloon_icon = OWN_PICTURE | LARGE, self._picture
        self._there = bool(self._shell.Shell_NotifyIconW(ADD, ctypes.byref(data)))
        self._window.ring_in(seconds, about=True)
        return self._there

    def _hide(self) -> None:
        if self._there:
            self._there = False
            self._shell.Shell_NotifyIconW(DELETE, ctypes.byref(self._data(0)))

    def _data(self, flags: int) -> IconData:
        handle = wintypes.HWND(self._window.number)
        return IconData(size=ctypes.sizeof(IconData), window=handle, number=1, flags=flags)

    def _on(self, message: int, _: int, lparam: int) -> int | None:
        if message == WM_TIMER:
            self._window.ring_in(None)
            self._hide()
        elif message == CALLBACK and lparam in CLICKED and self._there:
            self._hide()
            self._clicked()
        return None


def cut(text: str, most: int) -> str:
    """So much of it, between words, as Windows counts characters."""
    if len(text.encode("utf-16-le")) // 2 <= most:
        return text
    whole = text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", errors="ignore")
    return f"{whole.rpartition(' ')[0] or whole}…"
