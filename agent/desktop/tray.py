"""The place of the icon in a session: raised once there is a tray, and kept up to date."""

import threading
from collections.abc import Callable
from datetime import datetime

from agent.desktop.face import headline, state
from agent.desktop.icon import Face, Icon, NoIcon, backends
from agent.desktop.mainthread import MainThread
from agent.desktop.menu import Act, Choices, menu
from agent.ipc import View
from policy.words import Language, Translate


class Tray:
    """No icon, or one. Main thread only."""

    def __init__(self, main: MainThread, picked: Callable[[Act], None]) -> None:
        self._main, self._picked = main, picked
        self._face: Face | None = None
        self._icon: Icon | None = None
        self._aside: threading.Thread | None = None
        self._failed = False

    def show(self, view: View | None, language: Language, _: Translate, now: datetime, choices: Choices) -> None:
        """What the icon shows from now on."""
        self._face = Face(state(view), f"Deskwarden: {headline(view, _)}", menu(view, language, _, now, choices))
        if self._icon:
            self._icon.show(self._face)

    def raise_where(self, *, notifier: bool, old: bool) -> bool:
        """Raise the icon where there is a place for it, and have its loop run until the end.

        Returns:
            False where nothing can draw one.

        """
        names = backends(notifier=notifier, old=old)
        if self._icon or self._failed or self._face is None or not names:
            return True
        try:
            self._icon = Icon(names, self._face, self._pick)
        except NoIcon:
            self._failed = True
            return False
        if self._icon.has_loop:
            self._main.lend(self._icon)
        else:
            self._aside = threading.Thread(target=self._icon.run, args=(lambda: None,), name="tray", daemon=True)
            self._aside.start()
        return True

    def stop(self) -> None:
        """Take an icon away that has a thread of its own; one with a loop went when that ended."""
        if self._icon and self._aside:
            self._icon.quit()
            self._aside.join()

    def _pick(self, act: Act) -> None:
        self._main.post(lambda: self._picked(act))
