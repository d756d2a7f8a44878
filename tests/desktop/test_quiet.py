"""Reasons to be quiet on D-Bus: do-not-disturb of real notification servers, and what keeps a session awake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent.bus.quiet import DoNotDisturb, LogindInhibitors, SessionInhibitors
from agent.bus.thread import Thread
from agent.platforms.base import QuietSource
from policy.seen import Quiet, Seen
from tests.contracts.quiet import QuietContract, Reason, words
from tests.support.buses import end_session_bus, enter, keep_settings
from tests.support.desktop import Room
from tests.support.logind import Logind
from tests.support.until import until

SUPPORT = Path(__file__).resolve().parents[1] / "support"
NOTICES = "org.freedesktop.Notifications"
MANAGER = "org.gnome.SessionManager"
POWER = "org.freedesktop.PowerManagement"
POWER_PATH = "/org/freedesktop/PowerManagement/Inhibit"


@pytest.fixture
def here(quiet: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    return enter(quiet, monkeypatch)


class OnSession:
    """A reason that hangs on the session bus."""

    word: Quiet = "do_not_disturb"

    def __init__(self, room: Room) -> None:
        self._room = room
        self._server = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    def source(self) -> QuietSource:
        return DoNotDisturb(Thread())

    def take_away(self) -> None:
        self._room.end(self._server)

    def end_all(self) -> None:
        end_session_bus(self._room)


class Dunst(OnSession):
    def _start(self) -> subprocess.Popen[bytes]:
        return self._room.dunst()

    def begin(self) -> None:
        self._room.ask("dunstctl", "set-paused", "true")

    def cease(self) -> None:
        self._room.ask("dunstctl", "set-paused", "false")


class Notifyd(OnSession):
    def _start(self) -> subprocess.Popen[bytes]:
        self._set("false")
        return self._room.notifyd()

    def begin(self) -> None:
        self._set("true")

    def cease(self) -> None:
        self._set("false")

    def _set(self, value: str) -> None:
        xfconf = "org.xfce.Xfconf"
        key = ("xfce4-notifyd", "/do-not-disturb", f"<{value}>")
        self._room.call(xfconf, "/org/xfce/Xfconf", f"{xfconf}.SetProperty", *key)


class Gnome(OnSession):
    """GNOME's setting, kept by a real dconf; a server that has the name of GNOME's."""

    def _start(self) -> subprocess.Popen[bytes]:
        keep_settings(self._room)
        given = json.dumps({"name": "gnome-shell", "log": str(self._room.folder / "calls")})
        process = self._room.start(sys.executable, "-I", str(SUPPORT / "notice_server.py"), given)
        until(lambda: self._room.owned(NOTICES))
        return process

    def begin(self) -> None:
        self._set("false")

    def cease(self) -> None:
        self._set("true")

    def _set(self, value: str) -> None:
        self._room.ask("gsettings", "set", "org.gnome.desktop.notifications", "show-banners", value)


class Session(OnSession):
    """MATE's session manager, and a program that inhibits."""

    word: Quiet = "kept_awake"

    def source(self) -> QuietSource:
        return SessionInhibitors(Thread())

    def _start(self) -> subprocess.Popen[bytes]:
        process = self._room.start("mate-session", "--autostart=/nowhere", "--disable-acceleration-check")
        until(lambda: self._inhibited() == "false", what="no session manager")
        return process

    def begin(self) -> None:
        command = ("mate-session-inhibit", "--inhibit", "idle", "--reason", "a film", "sleep", "3600")
        self._film = self._room.start(*command)
        until(lambda: self._inhibited() == "true")

    def cease(self) -> None:
        self._room.end(self._film)
        until(lambda: self._inhibited() == "false")

    def _inhibited(self) -> str:
        return self._room.call(MANAGER, "/org/gnome/SessionManager", f"{MANAGER}.IsInhibited", "8").strip("(),\n")


class Power(OnSession):
    word: Quiet = "kept_awake"

    def source(self) -> QuietSource:
        return SessionInhibitors(Thread())

    def _start(self) -> subprocess.Popen[bytes]:
        process = self._room.start(sys.executable, "-I", str(SUPPORT / "power_manager.py"))
        until(lambda: self._room.owned(POWER))
        return process

    def begin(self) -> None:
        self._room.call(POWER, POWER_PATH, f"{POWER}.Inhibit.TestInhibit", "true")

    def cease(self) -> None:
        self._room.call(POWER, POWER_PATH, f"{POWER}.Inhibit.TestInhibit", "false")


class Login:
    """logind. A lid that is blocked is no reason."""

    word: Quiet = "kept_awake"

    def __init__(self, room: Room) -> None:
        self._room, self._logind = room, Logind(room)
        self._logind.begin()
        self.cease()

    def source(self) -> QuietSource:
        return LogindInhibitors(Thread())

    def begin(self) -> None:
        self._logind.manager(BlockInhibited="'handle-lid-switch:idle'")

    def cease(self) -> None:
        self._logind.manager(BlockInhibited="'handle-lid-switch'")

    def take_away(self) -> None:
        self._logind.end()

    def end_all(self) -> None:
        self._room.end(self._logind.bus)


class TestDunst(QuietContract):
    @pytest.fixture
    def reason(self, here: Room) -> Reason:
        return Dunst(here)


class TestNotifyd(QuietContract):
    @pytest.fixture
    def reason(self, here: Room) -> Reason:
        return Notifyd(here)


class TestGnome(QuietContract):
    @pytest.fixture
    def reason(self, here: Room) -> Reason:
        return Gnome(here)


class TestSession(QuietContract):
    @pytest.fixture
    def reason(self, here: Room) -> Reason:
        return Session(here)


class TestPower(QuietContract):
    @pytest.fixture
    def reason(self, here: Room) -> Reason:
        return Power(here)


class TestLogind(QuietContract):
    @pytest.fixture
    def reason(self, here: Room) -> Reason:
        return Login(here)


def test_who_tells_may_come_later(here: Room):
    """Until then it sees nothing, and says so."""
    source, heard = DoNotDisturb(Thread()), list[Seen]()
    source.start(heard.append)
    try:
        until(lambda: words(heard) == [set()])
        assert source.sees == frozenset()
        Dunst(here).begin()
        until(lambda: words(heard) == [set(), {"do_not_disturb"}])
        assert source.sees == {"do_not_disturb"}
    finally:
        source.stop()


def test_none_is_started_by_asking(here: Room):
    """The bus could, and is not asked to."""
    started, names = here.folder / "started", (NOTICES, MANAGER, POWER)
    for name in names:
        service = f"[D-BUS Service]\nName={name}\nExec=/usr/bin/touch {started}\n"
        (here.folder / "services" / f"{name}.service").write_text(service)
    here.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.ReloadConfig")
    assert NOTICES in here.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.ListActivatableNames")
    for source in (DoNotDisturb(Thread()), SessionInhibitors(Thread())):
        heard = list[Seen]()
        source.start(heard.append)
        try:
            until(lambda heard=heard: words(heard) == [set()])  # type: ignore[misc]
        finally:
            source.stop()
    assert not started.exists()
