"""A room's buses, as the process of the test itself finds them; its settings; and the end of its session bus."""

import pytest

from tests.support.desktop import Room
from tests.support.until import until

NAMES = ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "HOME")


def enter(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """From now on this process is in the room. There is no system bus until one is made (tests/support/logind.py)."""
    room.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={room.folder}/system"
    for name in NAMES:
        monkeypatch.setenv(name, room.env[name])
    for name in ("XDG_SESSION_ID", "XDG_CURRENT_DESKTOP"):
        monkeypatch.delenv(name, raising=False)
    return room


def keep_settings(room: Room) -> None:
    """Settings are kept by dconf, which says on the bus that one was written."""
    room.start("/usr/libexec/dconf-service")
    until(lambda: room.owned("ca.desrt.dconf"), what="no dconf")


def end_session_bus(room: Room) -> None:
    """It is gone, and all that hangs on it."""
    config = f"--config-file={room.folder}/bus.conf"
    room.end(next(process for process in room._running if config in process.args))  # type: ignore[operator]
