"""Sockets that somebody listens at, and names on a bus."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from agent.bus.line import DAEMON, Call
from agent.bus.thread import Thread
from agent.clouds import sockets
from agent.clouds.sockets import MOST_NAMES, bus_names, seen
from policy import catalogue
from tests.support.buses import end_session_bus, enter
from tests.support.desktop import Room
from tests.support.until import until

ALL = catalogue.read((Path(catalogue.__file__).with_name("clouds.toml")).read_bytes())


@pytest.fixture
def runtime() -> Iterator[Path]:
    """Short: a socket's path has 108 bytes."""
    with TemporaryDirectory(prefix="dw-") as folder:
        yield Path(folder)


def bound(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    return made


def clients(runtime: Path) -> list[tuple[str, str, str]]:
    return [(one.client, one.signal, one.state) for one in seen(ALL, runtime)]


@pytest.mark.parametrize(
    ("name", "client"),
    [("Nextcloud/socket", "nextcloud"), ("ownCloud/socket", "owncloud"), ("maestral/work.sock", "maestral")],
)
def test_a_client_that_listens_runs(runtime: Path, name: str, client: str):
    with closing(bound(runtime / name)) as server:
        server.listen()
        assert clients(runtime) == [(client, "socket", "running")]


def test_a_socket_at_which_nobody_listens_tells_nothing(runtime: Path):
    with closing(bound(runtime / "Nextcloud/socket")):
        assert clients(runtime) == []
    assert (runtime / "Nextcloud/socket").is_socket()
    assert clients(runtime) == []


def test_what_is_no_socket_or_anothers_tells_nothing(runtime: Path):
    with closing(bound(runtime / "other/socket")) as server:
        server.listen()
        (runtime / "Nextcloud").mkdir()
        (runtime / "Nextcloud/socket").touch()
        (runtime / "maestral").symlink_to(runtime / "other")
        (runtime / "ownCloud").mkdir()
        os.mkfifo(runtime / "ownCloud/socket")
        assert clients(runtime) == []


def test_a_folder_with_very_many_names_is_read_so_far(runtime: Path):
    for number in range(MOST_NAMES):
        (runtime / "maestral").mkdir(exist_ok=True)
        (runtime / f"maestral/a{number:02}").touch()
    with closing(bound(runtime / "maestral/z")) as server:
        server.listen()
        assert clients(runtime) == []


@pytest.mark.parametrize("text", [b"", b"Num\nx\n1: 2 3 zz 1 1 7 /a\n\xff\n"])
def test_a_table_that_is_none_tells_nothing(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes
):
    (tmp_path / "unix").write_bytes(text)
    with closing(bound(runtime / "Nextcloud/socket")) as server:
        server.listen()
        for table in (tmp_path / "unix", tmp_path / "none"):
            monkeypatch.setattr(sockets, "LISTENING", table)
            assert clients(runtime) == []


def test_a_name_on_the_bus_tells_its_client_and_none_without_a_runtime_directory():
    names = ("org.kde.kdeconnect", "org.freedesktop.DBus", "org.kde.kdeconnect2")
    assert [(one.client, one.signal, one.value) for one in seen(ALL, None, names)] == [
        ("kdeconnect", "dbus", "org.kde.kdeconnect")
    ]


def test_the_names_of_a_real_bus_are_read_and_none_when_it_is_gone(monkeypatch: pytest.MonkeyPatch):
    with Room() as room:
        room.bus()
        enter(room, monkeypatch)
        thread = Thread()
        thread.start()
        try:
            assert bus_names(thread) == {"org.freedesktop.DBus"}
            thread.do(_take(thread, "org.telegram.desktop"))
            assert [one.client for one in seen(ALL, None, bus_names(thread))] == ["telegram"]
            end_session_bus(room)
            until(lambda: not bus_names(thread), what="names of a bus that is gone")
        finally:
            thread.stop()


async def _take(thread: Thread, name: str) -> None:
    await thread.session.ask(Call(DAEMON, "/org/freedesktop/DBus", DAEMON, "RequestName", "su", (name, 0)))


def test_where_there_is_no_bus_there_are_no_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    thread = Thread()
    thread.start()
    try:
        assert bus_names(thread) == frozenset()
    finally:
        thread.stop()
