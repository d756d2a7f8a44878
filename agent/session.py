"""Composition root of the user half: what one person is told, and what they can ask.

Everything it knows is touched on the main thread alone (agent/desktop/mainthread.py); a thread reads the line.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from agent import words
from agent.desktop import clock
from agent.desktop.mainthread import MainThread
from agent.desktop.terminal import Terminal, change_lines, notice_lines
from agent.ipc import Away, Hello, Line, Message, Retract, Shown, Tell, View
from policy.kinds import KINDS
from policy.words import Language, Notice, Translate, Words


@dataclass(frozen=True)
class Options:
    """How a session behaves.

    state: where the page is written. language: None means the locale's, else the policy's. terminal: whether lines are
    printed. quit: whether the menu has "Quit" (in `run` alone). python: what starts this Python, for the app menu.
    desktop: whether screen, tray and notices are used where there are any.
    """

    state: Path
    language: Language | None = None
    terminal: bool = False
    quit: bool = False
    python: tuple[str, ...] = (sys.executable,)
    desktop: bool = True


class Session:
    """One person's session. `run` has the main thread until the line closes or `stop` is called.

    leave: what "Quit" in the menu does besides ending this session.
    """

    def __init__(self, line: Line, options: Options, leave: Callable[[], None]) -> None:
        self._line, self._options, self._leave = line, options, leave
        self._main = MainThread()
        self._terminal = Terminal(sys.stdout) if options.terminal else None
        self._zone = clock.zone()
        self._language: Language | None = options.language or words.chosen(os.environ)
        self._view: View | None = None
        self._untold: set[UUID] = set()  # asked to tell, and not yet before anybody's eyes

    def run(self) -> None:
        """Speak and listen until the end. Main thread only."""
        self._hello()
        reader = threading.Thread(target=self._read, name="session-line", daemon=True)
        reader.start()
        try:
            self._main.run()
        finally:
            self._line.send(Away())
            self._line.close()
            reader.join()

    def stop(self) -> None:
        """End `run`. From any thread, and from a signal handler."""
        self._main.stop()

    @property
    def language(self) -> Language:
        """What is spoken now: the person's choice, the locale's, or the policy's."""
        if self._language:
            return self._language
        return self._view.language if self._view else "nl"

    def _now(self) -> datetime:
        return clock.now(self._zone)

    def _translate(self) -> Translate:
        return words.load(self.language)

    def _hello(self) -> None:
        self._line.send(Hello(zone=self._zone, language=self.language))

    def _read(self) -> None:
        """The line's thread: hands every message to the main thread."""
        while (message := self._line.receive()) is not None:
            self._main.post(lambda message=message: self._take(message))  # type: ignore[misc]
        self._main.stop()

    def _take(self, message: Message) -> None:
        match message:
            case View():
                self._viewed(message)
            case Tell(notices=notices) if notices:
                self._tell(notices)
            case Retract(uids=uids):
                self._untold.difference_update(uids)
            case _:  # a message of a newer service
                pass

    def _viewed(self, view: View) -> None:
        before, spoken, self._view = self._view, self.language, view
        if self.language != spoken:
            self._hello()
        if before is not None:
            for line in change_lines(before, view, self._translate()):
                self._say((line,))

    def _tell(self, notices: tuple[Notice, ...]) -> None:
        self._untold.update(notice.uid for notice in notices)
        for notice in notices:
            if self._say(notice_lines(self._words(notice))):
                self._was_shown((notice.uid,))

    def _words(self, notice: Notice) -> Words:
        return KINDS[notice.kind].words(notice, self.language, self._translate(), self._now())

    def _was_shown(self, uids: tuple[UUID, ...]) -> None:
        """Say so, once for each time that it was asked."""
        new = tuple(uid for uid in uids if uid in self._untold)
        self._untold.difference_update(new)
        if new:
            self._line.send(Shown(new))

    def _say(self, lines: Iterable[str]) -> bool:
        """Print these under one time; whether a terminal took them."""
        return self._terminal is not None and self._terminal.say(lines, self._now())
