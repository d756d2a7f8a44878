"""Composition root of the user half: what one person is told, and what they can ask.

Everything it knows is touched on the main thread alone (agent/desktop/mainthread.py). The line and the bus have a
thread each, which only hand messages over. Toolkits are imported when the desktop turns out to need them.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from msgspec.structs import replace

from agent import words
from agent.clouds.packages import marked
from agent.desktop import cards, clock, desk, entry, terminal
from agent.desktop.coach import Coach
from agent.desktop.mainthread import MainThread
from agent.desktop.menu import Act, Choices
from agent.desktop.notifier import Card, Drawn, Failed, Heard, Notifier, Pressed, Room
from agent.desktop.presence import Audience, Presence
from agent.desktop.senses import Senses, senses
from agent.desktop.tray import Tray
from agent.ipc import Answered, Away, Eye, Hello, Lapsed, Line, Looked, Message, Ran, Retract, Shown, Sight, Tell, View
from agent.platforms import screen, this_system
from agent.sensors.base import Sensor
from agent.sensors.chromium_extensions import ChromiumExtensions
from agent.sensors.clouds import Clouds
from agent.sensors.code_extensions import CodeExtensions
from agent.sensors.developer import Developer
from agent.sensors.firefox_extensions import FirefoxExtensions
from agent.sensors.flatpak import Flatpak
from agent.sensors.own_bin import OwnBin
from agent.sensors.settings import UserSettings
from agent.sensors.watching import Watching
from policy.kinds import KINDS
from policy.model import Gap, Instant, Look
from policy.words import Language, Notice, Translate, Words

# These log what we tell in our own words, and to stderr where no handler is set.
NOISY = ("agent.bus", "asyncio", "desktop_notifier", "dbus_fast", "pystray", "PIL")


@dataclass(frozen=True)
class Options:
    """How a session behaves.

    state: where the page is written. language: None means the person's choice, the locale's, else the policy's.
    terminal: whether lines are printed. quit: whether the menu has "Quit" (in `run` alone). python: what starts this
    Python, for the menu of programs. desktop: whether screen, tray and notices are used where there are any. looks:
    whether this user's own places are looked at. home: where these are; None means this user's own. root: whose
    programs are everybody's.
    """

    state: Path
    language: Language | None = None
    terminal: bool = False
    quit: bool = False
    python: tuple[str, ...] = (sys.executable, "-I")
    desktop: bool = True
    looks: bool = True
    root: Path = Path("/")
    home: Path | None = None


def sensors(options: Options) -> list[Sensor]:
    """The sensors of this half: places that its user can write. A new one is its module and one line here."""
    if not options.looks:
        return []
    home = options.home or Path.home()
    if sys.platform == "win32":
        from agent.clouds.windows import clouds  # noqa: PLC0415 - does not import elsewhere
        from agent.sensors.windows_settings import WindowsUserSettings  # noqa: PLC0415 - as above
        from agent.sensors.windows_software import of_the_user  # noqa: PLC0415 - as above

        own: list[Sensor] = [*of_the_user(options.home), WindowsUserSettings()]
    else:
        from agent.clouds.linux import clouds  # noqa: PLC0415 - does not import on Windows

        own = _of_linux(options, home)
    return [*own, clouds(home, own, options.root)]


def _of_linux(options: Options, home: Path) -> list[Sensor]:
    return [
        ChromiumExtensions(home),
        FirefoxExtensions(home),
        CodeExtensions(home),
        OwnBin(home),
        Developer(home),
        Flatpak(home / ".local/share/flatpak", "user"),
        UserSettings(_config(options), os.environ.get("XDG_CURRENT_DESKTOP", "")),
    ]


def _not_yet(sensor: Sensor, now: Instant) -> Look:
    return Look(sensor.kind, sensor.source, sensor.scope, now, (), Gap("not_yet"))


def _config(options: Options) -> Path:
    """Where this user's desktop keeps its settings."""
    own = None if options.home else os.environ.get("XDG_CONFIG_HOME")
    return Path(own) if own else (options.home or Path.home()) / ".config"


class Session:
    """One person's session. `run` has the main thread until the line closes or `stop` is called.

    leave: what "Quit" in the menu does besides ending this session.
    """

    def __init__(self, line: Line, options: Options, leave: Callable[[], None]) -> None:
        self._line, self._options, self._leave = line, options, leave
        self._main = MainThread()
        self._terminal = terminal.Terminal(sys.stdout) if options.terminal else None
        self._zone = clock.zone()
        self._folder = options.state / "desktop"
        self._language = options.language or words.remembered(self._folder) or words.chosen(os.environ)
        self._view: View | None = None
        self._room: Room | None = None
        self._untold: set[UUID] = set()  # asked to tell, and not yet before anybody's eyes
        thread = desk.bus_thread()
        self._desk = desk.desk(self._hear, self._folder, thread) if options.desktop and screen.display() else None
        self._notifier = Notifier(self._desk, self._card, self._was_shown) if self._desk else None
        self._tray = Tray(self._main, self._picked)
        self._watching = [Watching(sensor, self._instant, self._looked) for sensor in sensors(options)]
        self._here, self._quiet = True, tuple[str, ...]()
        self._assistive = words.assistive(self._folder)
        self._coach = Coach(self._desk, self._translate, self._say) if self._desk else None
        self._presence = self._watch(self._coach, senses(thread)) if self._coach else None

    def run(self) -> None:
        """Speak and listen until the end. Main thread only."""
        for name in NOISY:
            logging.getLogger(name).addHandler(logging.NullHandler())
        self._hello()
        reader = threading.Thread(target=self._read, name="session-line", daemon=True)
        reader.start()
        mine = self._begin()
        for watching in self._watching:  # what is looked at is known before anything was
            self._looked(_not_yet(watching.sensor, self._instant()))
        for watching in self._watching:
            watching.start()
        try:
            self._main.run()
        finally:
            self._tray.stop()
            for watching in self._watching:
                watching.stop()
            if self._presence:
                self._presence.stop()
            if self._desk:
                self._desk.stop()
            entry.take_away(mine)
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

    # --- the line ----------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """The line's thread: hands every message to the main thread."""
        while (message := self._line.receive()) is not None:
            self._main.post(self._later(message))
        self._main.stop()

    def _later(self, message: Message) -> Callable[[], None]:
        return lambda: self._take(message)

    def _take(self, message: Message) -> None:
        match message:
            case View():
                self._viewed(message)
            case Tell(notices=notices) if notices:
                self._tell(notices)
            case Retract(uids=uids):
                self._untold.difference_update(uids)
                if self._notifier:
                    self._notifier.retract(uids)
            case Ran(pids=pids):
                for one in self._clouds():
                    one.ran(pids)
            case _:  # a message of a newer service
                pass

    def _hello(self) -> None:
        if self._here:
            self._line.send(Hello(zone=self._zone, language=self.language, quiet=self._quiet))

    def _viewed(self, view: View) -> None:
        before, spoken, self._view = self._view, self.language, view
        if self.language != spoken:
            self._hello()
        _ = self._translate()
        if before is None:
            self._say([terminal.no_language(_)] if self._language is None else [])
        else:
            for line in terminal.change_lines(before, view, _):
                self._say([line])
        self._show_tray()
        self._follow()

    def _tell(self, notices: tuple[Notice, ...]) -> None:
        self._untold.update(notice.uid for notice in notices)
        if self._notifier:
            self._notifier.tell(notices)
        card = self._card("", notices)
        steps = (step for notice in notices for step in self._words(notice).steps)
        if self._say(terminal.notice_lines(card, steps)):
            self._was_shown(tuple(notice.uid for notice in notices))

    def _was_shown(self, uids: tuple[UUID, ...]) -> None:
        """Say so, once for each time that it was asked."""
        new = tuple(uid for uid in uids if uid in self._untold)
        self._untold.difference_update(new)
        if new:
            self._line.send(Shown(new))

    # --- the desktop -------------------------------------------------------------------------------------------------

    def _begin(self) -> Path:
        """Start what the desktop has; the entry in the menu of programs is where this says."""
        where = entry.path()
        if self._desk is None:
            self._say([terminal.no_screen(self._translate())] if self._options.desktop else [])
            self._line.send(Sight(idle=Eye(why_not="no_screen" if self._options.desktop else "switched_off")))
            return where
        state = str(self._options.state.absolute())
        command = (*self._options.python, "-m", "agent.cli", "mine", "--state", state)
        entry.put(where, entry.text(command, desk.picture("ok", self._folder)))
        self._desk.start()
        if self._presence:
            self._presence.start()
        return where

    def _hear(self, heard: Heard) -> None:
        """What the desk found out, from its thread."""
        self._main.post(lambda: self._heard(heard))

    def _heard(self, heard: Heard) -> None:
        if self._notifier is None:
            return
        match heard:
            case Room():
                self._enter(heard)
            case Pressed(key=key, action=action) if self._presence and self._coach and self._coach.owns(key):
                self._presence.press(action)
            case Drawn() | Failed():
                self._notifier.became(heard)
            case Pressed(key=key, action=action):
                about = self._notifier.on(key)
                if about and action == cards.ANSWER:
                    self._line.send(Answered(about[0].uid))
                    return
                self._open(about[0].uid if about and action == cards.STEPS else None)

    def _enter(self, room: Room) -> None:
        first, self._room = self._room is None, room
        old = first and not room.tray and screen.x_tray()
        if first:
            for line in terminal.missing(room, tray=room.tray or old, _=self._translate()):
                self._say([line])
        if self._notifier:
            self._notifier.room(room)
        self._show_tray()
        if room.bus and not self._tray.raise_where(notifier=room.tray, old=old):
            self._say([terminal.no_toolkit(self._translate())])

    def _show_tray(self) -> None:
        choices = Choices(self._options.quit, may_lock=self._presence is not None, assistive=self._assistive)
        self._tray.show(self._view, self.language, self._translate(), self._now(), choices)

    def _picked(self, act: Act) -> None:
        """Something in the menu."""
        match act.name:
            case "page":
                self._open(act.about)
            case "answer" if act.about:
                self._line.send(Answered(act.about))
            case "language" if act.language:
                self._language = act.language
                words.remember(self._folder, act.language)
                self._hello()
                self._show_tray()
            case "lock" if self._presence:
                self._presence.press("lock")
            case "assistive":
                self._assistive = not self._assistive
                words.keep_assistive(self._folder, on=self._assistive)
                self._follow()
                self._show_tray()
            case "quit":
                self._leave()
                self.stop()

    def _open(self, about: UUID | None) -> None:
        """Write the page as it is now, and have the browser show it."""
        if self._view is None:
            return
        _ = self._translate()
        from agent.desktop import page  # noqa: PLC0415 - it draws a picture

        text = page.page(self._view, self.language, _, self._now(), about)
        try:
            path = page.write(page.folder(self._options.state), text)
        except OSError as error:
            self._say([_("My Deskwarden can't be written: {error}.").format(error=error)])
            return
        if not page.show(path):
            self._say([_("My Deskwarden is here, to open in a browser: {path}").format(path=path)])

    # --- this user's own places --------------------------------------------------------------------------------------

    def _instant(self) -> Instant:
        """A look's own time is the receiver's; this one only orders them here."""
        return Instant(datetime.now(UTC), this_system().awake())

    def _looked(self, look: Look) -> None:
        """A look goes to the other half, which knows whose it is. From the sensor's own thread."""
        for one in self._clouds():
            one.heard(look)
        look = marked(look)
        what = next(watching.sensor.watched() for watching in self._watching if watching.sensor.source == look.source)
        self._line.send(Looked(kind=look.kind, source=look.source, what=what, facts=look.facts, gap=look.gap))

    def _clouds(self) -> list[Clouds]:
        return [one.sensor for one in self._watching if isinstance(one.sensor, Clouds)]

    # --- the screen --------------------------------------------------------------------------------------------------

    def _watch(self, coach: Coach, seen_by: Senses) -> Presence:
        audience = Audience(
            do=coach.do,
            lapsed=lambda seconds: self._line.send(Lapsed(seconds)),
            open=self._opened,
            sees=self._line.send,
        )
        return Presence(self._main, this_system(), seen_by, self._now, audience)

    def _opened(self, here: bool, quiet: tuple[str, ...]) -> None:  # noqa: FBT001 - as it is told
        """The screen is open or not, and findings may be named or not."""
        was, self._here, self._quiet = self._here, here, quiet
        if here:
            self._hello()
        elif was:
            self._line.send(Away())

    def _follow(self) -> None:
        """The rule on the screen as it is now."""
        if self._presence and self._coach and self._view:
            rule = self._coach.rule = self._view.screen
            people = bool(rule and rule.settings.people_only and not self._assistive)
            self._presence.follow(replace(rule.settings, people_only=people) if rule else None)

    # --- words -------------------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return clock.now(self._zone)

    def _translate(self) -> Translate:
        return words.load(self.language)

    def _words(self, notice: Notice) -> Words:
        return KINDS[notice.kind].words(notice, self.language, self._translate(), self._now())

    def _card(self, key: str, notices: tuple[Notice, ...]) -> Card:
        return cards.card(key, notices, self.language, self._translate(), self._now())

    def _say(self, lines: Iterable[str]) -> bool:
        """Print these under one time; whether a terminal took them."""
        return self._terminal is not None and self._terminal.say(lines, self._now())
