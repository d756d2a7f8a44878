"""The tray icon, by pystray. It is imported late: it picks its toolkit at import, and a toolkit costs memory.

Backends: `win32` on Windows. Elsewhere `appindicator` where a panel speaks StatusNotifier; `gtk`, else `xorg` (a
picture without a menu), where there is only a place of the old kind. `appindicator` and `gtk` need the main thread for
GTK's loop: they are a `Loop`.
"""

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.desktop.face import State
from agent.desktop.mainthread import Job
from agent.desktop.menu import LINE, Act, Entry, Pick
from agent.platforms import screen

NAME = "deskwarden"
PAGE = Act("page")
PATIENCE = 10.0  # seconds for an icon to come up
ASIDE = ("win32", "xorg")  # these have a thread of their own
# What each backend raises where its toolkit is not there: gi says ValueError for a missing typelib.
MISSING = (ImportError, ValueError, AttributeError, OSError)


@dataclass(frozen=True)
class Face:
    """All that the icon shows."""

    state: State
    title: str
    menu: tuple[Entry, ...]


class NoIcon(Exception):
    """No backend works here."""


def backends(*, notifier: bool, old: bool) -> tuple[str, ...]:
    """The backends to try: for a panel that speaks StatusNotifier, and for a place of the old kind."""
    if sys.platform == "win32":
        return ("win32",)
    return (("appindicator",) if notifier else ()) + (("gtk", "xorg") if old else ())


def load(names: tuple[str, ...]) -> tuple[str, Any]:
    """The first of these backends that can be loaded, and pystray with it.

    Raises:
        NoIcon: None can.

    """
    screen.quiet_glib()
    for name in names:
        os.environ["PYSTRAY_BACKEND"] = name
        try:
            with screen.without_at_bridge():
                import pystray  # noqa: PLC0415 - see above
        except MISSING:
            continue
        return name, pystray
    raise NoIcon(", ".join(names))


class Icon:
    """One icon in the tray. `show` may be called from the loop's thread alone.

    Raises:
        NoIcon: No backend works here.

    """

    def __init__(self, names: tuple[str, ...], face: Face, pick: Pick) -> None:
        self.backend, self._pystray = load(names)
        from agent.desktop import art  # noqa: PLC0415 - the library is large, and loaded with pystray

        self._picture = art.picture
        self._pick = pick
        self._up = threading.Event()
        self._face = face
        kind = self._pystray.Icon if self.backend in ASIDE else _in_our_loop(self._pystray.Icon)
        self._icon = kind(NAME, self._picture(face.state), face.title, self._menu(face.menu))

    @property
    def has_loop(self) -> bool:
        """Whether it needs the main thread."""
        return self.backend not in ASIDE

    def show(self, face: Face) -> None:
        """Change what is shown, where it differs."""
        before, self._face = self._face, face
        if face.state != before.state:
            self._icon.icon = self._picture(face.state)
        if face.title != before.title:
            self._icon.title = face.title
        if face.menu != before.menu:
            self._icon.menu = self._menu(face.menu)

    def run(self, started: Job) -> None:
        """Have the toolkit's loop on this thread until `quit`."""
        started()
        self._icon.run(self._came_up)

    def wake(self, job: Job) -> None:
        """Have the loop do this soon."""
        from gi.repository import GLib  # noqa: PLC0415 - loaded with the backend

        def once() -> bool:
            job()
            return False

        GLib.idle_add(once)

    def quit(self) -> None:
        """Take the icon away and end the loop."""
        if not self.has_loop:
            self._up.wait(PATIENCE)  # before that it would not hear of it
        self._icon.stop()

    def _came_up(self, icon: Any) -> None:
        icon.visible = True
        self._up.set()

    def _menu(self, entries: tuple[Entry, ...]) -> Any:
        return self._pystray.Menu(*(self._item(entry) for entry in entries))

    def _item(self, entry: Entry) -> Any:
        if entry == LINE:
            return self._pystray.Menu.SEPARATOR
        if entry.children:
            return self._pystray.MenuItem(entry.label, self._menu(entry.children))
        marked = None if entry.checked is None else lambda _, on=entry.checked: on
        return self._pystray.MenuItem(
            entry.label,
            self._action(entry.act),
            checked=marked,
            radio=entry.checked is not None,
            enabled=entry.act is not None,
            default=entry.act == PAGE,  # a click on the icon itself, where there is such a thing
        )

    def _action(self, act: Act | None) -> Callable[[], None]:
        def act_on() -> None:
            if act is not None:
                self._pick(act)

        return act_on


def _in_our_loop(base: type) -> type:
    """Give pystray's GTK icon without two things that it does at its start and end.

    It puts SIGINT back to its default, so that Ctrl-C would end the process without a word; PyGObject's loop lets
    Python's own handlers run. And it calls the notification server, which may not be there: notices are agent/bus's.
    """

    class Silent:
        def hide(self) -> None:
            """Nothing was shown."""

    class Ours(base):  # type: ignore[misc]
        def _initialize(self) -> None:
            self._notifier = Silent()
            self._mark_ready()

    return Ours
