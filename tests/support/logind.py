"""A logind to try on: python-dbusmock's, on a private bus that stands for the system bus, with one session."""

import os

from tests.support.desktop import Room
from tests.support.until import until

CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/system</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
NAME = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
MANAGER = "org.freedesktop.login1.Manager"
SESSION = "org.freedesktop.login1.Session"
MOCK = "org.freedesktop.DBus.Mock"
MINE = f"{PATH}/session/c1"


class Logind:
    """Until the room ends."""

    def __init__(self, room: Room) -> None:
        self._room = room
        config = room.folder / "system.conf"
        config.write_text(CONFIG.format(folder=room.folder))
        self.bus = room.start("dbus-daemon", "--nofork", f"--config-file={config}")
        room.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={room.folder}/system"
        until((room.folder / "system").exists, what="no system bus")

    def begin(self) -> None:
        """A logind with the session c1, which everybody's processes belong to."""
        self._mock = self._room.start("/usr/bin/python3", "-I", "-m", "dbusmock", "--system", "--template", "logind")
        until(lambda: self._call(PATH, f"{MOCK}.AddSession", "c1", "seat0", str(os.getuid()), "me", "true"))
        self.answer("GetSessionByPID", "u", f"ret = '{MINE}'")
        self._call(PATH, f"{MOCK}.AddProperty", MANAGER, "BlockInhibited", "<''>")

    def end(self) -> None:
        """It is gone."""
        self._room.end(self._mock)

    def answer(self, method: str, takes: str, code: str, gives: str = "o") -> None:
        """How a method of the manager answers from now on."""
        self._call(PATH, f"{MOCK}.AddMethod", MANAGER, method, takes, gives, code)

    def refuse_to_lock(self) -> None:
        """Session.Lock says no from now on."""
        no = "raise dbus.exceptions.DBusException('no', name='org.freedesktop.DBus.Error.AccessDenied')"
        self._call(MINE, f"{MOCK}.AddMethod", SESSION, "Lock", "", "", no)

    def lock(self) -> None:
        """Ask whoever listens to lock."""
        self._call(MINE, f"{SESSION}.Lock")

    def session(self, **properties: str) -> None:
        """Change what it says of the session, and tell those who listen."""
        self._change(MINE, SESSION, properties)

    def manager(self, **properties: str) -> None:
        """Change what it says of itself."""
        self._change(PATH, MANAGER, properties)

    def sleeps(self, *, going: bool) -> None:
        """Go to sleep, or wake."""
        value = f"[<{str(going).lower()}>]"
        self._call(PATH, f"{MOCK}.EmitSignal", MANAGER, "PrepareForSleep", "b", value)

    def shuts_down(self, *, going: bool) -> None:
        """Begin to shut down, or call it off."""
        value = f"[<{str(going).lower()}>]"
        self._call(PATH, f"{MOCK}.EmitSignal", MANAGER, "PrepareForShutdown", "b", value)

    @property
    def user(self) -> str:
        """The path of the user."""
        return f"{PATH}/user/{os.getuid()}"

    def display(self, session: str) -> None:
        """Which of the user's sessions is on a screen."""
        value = f"<('{session}', objectpath '{PATH}/session/{session}')>"
        self._call(self.user, "org.freedesktop.DBus.Properties.Set", "org.freedesktop.login1.User", "Display", value)

    def unlock(self) -> None:
        """Have whoever locked it unlock it."""
        self._call(MINE, f"{SESSION}.Unlock")

    def says(self, name: str) -> str:
        """A property of the session."""
        return self._call(MINE, "org.freedesktop.DBus.Properties.Get", SESSION, name)

    def _change(self, path: str, interface: str, properties: dict[str, str]) -> None:
        values = ", ".join(f"'{name}': <{value}>" for name, value in properties.items())
        self._call(path, f"{MOCK}.UpdateProperties", interface, f"{{{values}}}")

    def _call(self, path: str, method: str, *values: str) -> str:
        return self._room.ask("gdbus", "call", "--system", "-d", NAME, "-o", path, "-m", method, "--", *values)
