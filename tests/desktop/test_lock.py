"""The lock on Linux: logind with xss-lock and i3lock, and a ScreenSaver interface of a real screensaver."""

import sys
from collections.abc import Callable, Iterator

import pytest

from agent.bus import lockers
from agent.bus.logind import Logind
from agent.bus.savers import ScreenSaver
from agent.bus.thread import Thread
from agent.platforms.base import Blind, Locker, LockSource
from policy.seen import ActiveIs, Seen, Woke
from tests.contracts.lock import LockContract, LockerContract, locks
from tests.support.buses import end_session_bus, enter, keep_settings
from tests.support.desktop import Room
from tests.support.logind import Logind as Mock
from tests.support.until import until

MATE = "org.mate.ScreenSaver"
# A saver that has a name and says no, or has it and never answers.
RUDE = """
import asyncio, sys
from dbus_fast import Message
from dbus_fast.aio.message_bus import MessageBus
def refuse(message):
    if message.path != "/org/gnome/ScreenSaver":
        return None
    return Message.new_error(message, "x.No", "no") if sys.argv[1] == "refuse" else True
async def main():
    bus = await MessageBus().connect()
    bus.add_message_handler(refuse)
    await bus.request_name("org.gnome.ScreenSaver")
    await bus.wait_for_disconnect()
asyncio.run(main())
"""


@pytest.fixture
def here(quiet: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    return enter(quiet, monkeypatch)


@pytest.fixture
def mock(here: Room) -> Mock:
    """A logind on a system bus."""
    made = Mock(here)
    made.begin()
    return made


class Plain:
    """A plain X session whose locker, xss-lock with i3lock, keeps logind's hint."""

    def __init__(self, room: Room, mock: Mock) -> None:
        self._room, self._mock, self._thread = room, mock, Thread()
        self._locker = room.start("xss-lock", "--", "i3lock", "-n")
        self.lock()
        self.unlock()

    def source(self) -> LockSource:
        return Logind(self._thread, desktop="GNOME")

    def locker(self) -> Locker:
        return lockers.lockers(self._thread)[0]

    def lock(self) -> None:
        until(self._ask_to_lock, what="not locked")  # it may not listen yet

    def _ask_to_lock(self) -> bool:
        self._mock.lock()
        return "true" in self._mock.says("LockedHint")

    def unlock(self) -> None:
        self._mock.unlock()
        until(lambda: "false" in self._mock.says("LockedHint"), what="not unlocked")

    def refuse(self) -> None:
        self._mock.refuse_to_lock()

    def deaf(self) -> None:
        self._room.end(self._locker)

    def take_away(self) -> None:
        self._mock.end()

    def bring_back(self) -> None:
        self._mock.begin()
        self._mock.session(LockedHint="false")

    def end_all(self) -> None:
        self._room.end(self._mock.bus)


class Mate:
    """A desktop with a ScreenSaver interface."""

    def __init__(self, room: Room) -> None:
        self._room, self._thread = room, Thread()
        self.bring_back()

    def source(self) -> LockSource:
        return ScreenSaver(self._thread)

    def locker(self) -> Locker:
        return lockers.lockers(self._thread)[1]

    def lock(self) -> None:
        self._room.ask("mate-screensaver-command", "--lock")
        until(self.active)

    def unlock(self) -> None:
        self._room.ask("mate-screensaver-command", "--unlock")
        until(lambda: not self.active())

    def active(self) -> bool:
        return "true" in self._room.call(MATE, "/org/mate/ScreenSaver", f"{MATE}.GetActive")

    def refuse(self) -> None:
        self.take_away()
        rude(self._room, "refuse")

    def deaf(self) -> None:
        self.take_away()
        rude(self._room, "stay silent")

    def take_away(self) -> None:
        self._room.end(self._saver)

    def bring_back(self) -> None:
        self._saver = self._room.start("mate-screensaver", "--no-daemon")
        until(lambda: self._room.owned(MATE), what="no mate-screensaver")

    def end_all(self) -> None:
        end_session_bus(self._room)


def rude(room: Room, how: str) -> None:
    """A saver that is of no use."""
    room.start(sys.executable, "-I", "-c", RUDE, how)
    until(lambda: room.owned("org.gnome.ScreenSaver"))


@pytest.fixture
def heard() -> list[Seen]:
    return []


@pytest.fixture
def logind(mock: Mock) -> Iterator[Callable[..., None]]:
    """Start a source that writes down what it says."""
    started: list[Logind] = []

    def start(heard: list[Seen], desktop: str = "GNOME") -> None:
        started.append(Logind(Thread(), desktop))
        started[0].start(heard.append)

    yield start
    for source in started:
        source.stop()


class TestLogind(LockContract):
    @pytest.fixture
    def screen(self, here: Room, mock: Mock) -> Plain:
        return Plain(here, mock)


class TestLogindLocker(LockerContract):
    @pytest.fixture
    def locking(self, here: Room, mock: Mock) -> Plain:
        return Plain(here, mock)


class TestScreenSaver(LockContract):
    @pytest.fixture
    def screen(self, here: Room) -> Mate:
        return Mate(here)


class TestSaverLocker(LockerContract):
    @pytest.fixture
    def locking(self, here: Room) -> Mate:
        return Mate(here)


# --- logind's own -----------------------------------------------------------------------------------------------------


def test_a_hint_that_nobody_keeps_says_nothing(mock: Mock, logind: Callable[..., None], heard: list[Seen]):
    """Until it was seen to be kept."""
    logind(heard, "sway")
    until(lambda: locks(heard) == ["unknown"])
    mock.session(LockedHint="true")
    until(lambda: locks(heard) == ["unknown", "locked"])
    mock.session(LockedHint="false")
    until(lambda: locks(heard) == ["unknown", "locked", "unlocked"])


def test_a_desktop_may_have_two_names(logind: Callable[..., None], heard: list[Seen]):
    """Ubuntu's GNOME keeps the hint as any."""
    logind(heard, "ubuntu:GNOME")
    until(lambda: locks(heard) == ["unlocked"])


def test_another_user_at_the_screen_is_said(mock: Mock, logind: Callable[..., None], heard: list[Seen]):
    """And who came back."""
    logind(heard)
    until(lambda: ActiveIs(True) in heard)
    mock.session(Active="false")
    until(lambda: heard[-1] == ActiveIs(False))
    mock.session(Active="true")
    until(lambda: heard[-1] == ActiveIs(True))
    assert locks(heard) == ["unlocked"]  # that is not said again


def test_a_sleep_is_said_when_it_is_over(mock: Mock, logind: Callable[..., None], heard: list[Seen]):
    """Once."""
    logind(heard)
    until(lambda: locks(heard))
    mock.sleeps(going=True)
    mock.sleeps(going=False)
    until(lambda: heard[-1] == Woke())
    assert heard.count(Woke()) == 1


def test_a_shutdown_takes_the_screen_away_and_one_that_is_called_off_gives_it_back(
    mock: Mock, logind: Callable[..., None], heard: list[Seen]
):
    """So that a stick that is still in can be named in time."""
    logind(heard)
    until(lambda: ActiveIs(True) in heard)
    mock.shuts_down(going=True)
    until(lambda: heard[-1] == ActiveIs(False))
    mock.shuts_down(going=False)
    until(lambda: heard[-1] == ActiveIs(True))


NOBODY_S = "raise dbus.exceptions.DBusException('none', name='org.freedesktop.login1.NoSessionForPID')"


def test_the_session_that_the_environment_names(
    mock: Mock, logind: Callable[..., None], heard: list[Seen], monkeypatch: pytest.MonkeyPatch
):
    """Where this process belongs to none."""
    mock.answer("GetSessionByPID", "u", NOBODY_S)
    monkeypatch.setenv("XDG_SESSION_ID", "c1")
    logind(heard)
    until(lambda: locks(heard) == ["unlocked"])


def test_the_session_of_the_user_on_a_screen(mock: Mock, logind: Callable[..., None], heard: list[Seen]):
    """As for what a user's systemd started."""
    mock.answer("GetSessionByPID", "u", NOBODY_S)
    mock.answer("GetUserByPID", "u", f"ret = '{mock.user}'")
    mock.display("c1")
    logind(heard)
    until(lambda: locks(heard) == ["unlocked"])


def test_no_session_is_said_so(mock: Mock, logind: Callable[..., None], heard: list[Seen]):
    """A word, and nothing is begun."""
    mock.answer("GetSessionByPID", "u", NOBODY_S)
    with pytest.raises(Blind, match="no_session"):
        logind(heard)


def test_no_logind_is_said_so(here: Room, heard: list[Seen]):
    """On a system bus that has none."""
    Mock(here)
    with pytest.raises(Blind, match="no_logind"):
        Logind(Thread()).start(heard.append)


def test_an_answer_that_is_nonsense_is_unknown(mock: Mock, logind: Callable[..., None], heard: list[Seen]):
    """And no end of it."""
    logind(heard)
    until(lambda: locks(heard) == ["unlocked"])
    mock.session(LockedHint="'yes'")
    until(lambda: locks(heard) == ["unlocked", "unknown"])
    mock.session(LockedHint="true")
    until(lambda: locks(heard) == ["unlocked", "unknown", "locked"])


# --- the savers' own --------------------------------------------------------------------------------------------------


def test_none_is_ever_started_by_asking(here: Room, heard: list[Seen]):
    """The bus could, and is not asked to."""
    started = here.folder / "started"
    (here.folder / "services" / "it.service").write_text(
        f"[D-BUS Service]\nName={MATE}\nExec=/usr/bin/touch {started}\n"
    )
    here.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.ReloadConfig")
    source = ScreenSaver(Thread())
    source.start(heard.append)
    try:
        until(lambda: locks(heard) == ["unknown"])
    finally:
        source.stop()
    with pytest.raises(Blind, match="no_server"):
        lockers.SaverLocker(Thread()).lock()
    assert MATE in here.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListActivatableNames")
    assert not started.exists()


def test_a_saver_that_comes_later_is_heard(here: Room, heard: list[Seen]):
    """At a login it starts beside this."""
    source = ScreenSaver(Thread())
    source.start(heard.append)
    try:
        until(lambda: locks(heard) == ["unknown"])
        Mate(here)
        until(lambda: locks(heard) == ["unknown", "unlocked"])
    finally:
        source.stop()


def test_a_blank_screen_that_asks_no_password_is_not_locked(here: Room, heard: list[Seen]):
    """Nor is it said to be unlocked: by hand it can be locked all the same."""
    keep_settings(here)
    here.ask("gsettings", "set", "org.mate.screensaver", "lock-enabled", "false")
    screen = Mate(here)
    source = screen.source()
    source.start(heard.append)
    try:
        until(lambda: locks(heard) == ["unlocked"])
        here.ask("mate-screensaver-command", "--activate")
        until(lambda: locks(heard) == ["unlocked", "unknown"])
    finally:
        source.stop()


def test_a_saver_that_never_answers_holds_nothing_up(here: Room, heard: list[Seen], monkeypatch: pytest.MonkeyPatch):
    """The others are heard."""
    monkeypatch.setattr("agent.bus.line.HASTE", 0.2)
    rude(here, "stay silent")
    Mate(here)
    source = ScreenSaver(Thread())
    source.start(heard.append)
    try:
        until(lambda: locks(heard) == ["unlocked"])
    finally:
        source.stop()


def test_a_blank_screen_is_no_proof_that_logind_was_heard(here: Room, mock: Mock, monkeypatch: pytest.MonkeyPatch):
    """It was blank before."""
    monkeypatch.setattr("agent.bus.line.HASTE", 0.5)
    screen = Mate(here)
    here.ask("mate-screensaver-command", "--activate")
    until(screen.active)
    with pytest.raises(Blind, match="unseen"):
        lockers.LogindLocker(Thread()).lock()
