"""What stands in an executable: in made files, and in real clients under another name where they are installed."""

import os
import shutil
import threading

import pytest

from agent.clouds import strings
from agent.clouds.catalogue import catalogue
from agent.clouds.strings import Strings
from policy.catalogue.processes import Processes
from tests.support.until import until

GO, PLAIN = "github.com/rclone/rclone", "g.api.mega.co.nz"
TEXTS = {GO, PLAIN}
MAIN = b"\x00path\tgithub.com/rclone/rclone\nbuild\t-compiler=gc\n"


@pytest.fixture
def started():
    """One that reads in its thread."""
    made = Strings(TEXTS)
    made.start()
    yield made
    made.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "clouds-strings"]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (MAIN, {GO}),
        (b"\x7fELF" + b"\x00" * 9_000_000 + MAIN, {GO}),
        (b"path\tgithub.com/rclone/rclone/cmd/other\nx", {GO}),
        (b"xg.api.mega.co.nzx" + MAIN, {GO, PLAIN}),
        (b"path\tgithub.com/other/other\ndep\tgithub.com/rclone/rclone\tv1.60.0\n", set()),  # a library of another
        (b"path\tgithub.com/rclone/rclone-browser\n", set()),
        (b"see github.com/rclone/rclone", set()),
        (b"g.api.mega.co", set()),
        (b"", set()),
    ],
)
def test_a_text_is_found_and_a_go_program_by_its_own_name_alone(tmp_path, data, found):
    path = tmp_path / "updater"
    path.write_bytes(data)
    assert Strings(TEXTS).of(str(path)) == found


@pytest.mark.parametrize("at", range(-40, 1, 5))
def test_a_text_over_the_edge_of_two_pieces_is_found(tmp_path, monkeypatch, at):
    monkeypatch.setattr(strings, "CHUNK", 4096)
    path = tmp_path / "updater"
    path.write_bytes(b"\x00" * (4096 + at) + MAIN + b"\x00" * 4096)
    assert Strings(TEXTS).of(str(path)) == {GO}


def test_no_more_of_a_huge_file_is_read_than_its_first_part(tmp_path, monkeypatch):
    monkeypatch.setattr(strings, "MOST_BYTES", 10_000)
    monkeypatch.setattr(strings, "CHUNK", 4096)
    path = tmp_path / "huge"
    with path.open("wb") as file:
        file.truncate(2**40)  # a terabyte of nothing
        file.seek(10_000)
        file.write(MAIN)
    assert Strings(TEXTS).of(str(path)) == set()


def test_a_file_is_read_once_and_again_when_it_changed(tmp_path, monkeypatch):
    reads = list[int]()
    search = Strings._search

    def counted(self, read):
        reads.append(1)
        return search(self, read)

    monkeypatch.setattr(Strings, "_search", counted)
    path, other = tmp_path / "updater", tmp_path / "linked"
    path.write_bytes(MAIN)
    other.hardlink_to(path)
    one = Strings(TEXTS)
    assert [one.of(str(path)), one.of(str(other)), one.of(str(path))] == [{GO}] * 3
    assert len(reads) == 1
    path.write_bytes(b"something else")
    assert one.of(str(path)) == set()
    assert len(reads) == 2


def test_only_so_many_files_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(strings, "REMEMBERED", 3)
    one = Strings(TEXTS)
    for n in range(10):
        path = tmp_path / str(n)
        path.write_bytes(MAIN)
        assert one.of(str(path)) == {GO}
    assert len(one._read) == 3


def test_what_is_no_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(Strings, "_search", lambda _self, _read: pytest.fail("read"))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "around").symlink_to(tmp_path / "around")
    (tmp_path / "folder").mkdir()
    one = Strings(TEXTS)
    for path in (*tmp_path.iterdir(), tmp_path / "missing", "/dev/zero", ""):
        assert one.of(str(path)) == set()


def test_who_asks_is_told_by_a_thread_and_only_of_something(tmp_path, started):
    path, other = tmp_path / "updater", tmp_path / "innocent"
    path.write_bytes(MAIN)
    other.write_bytes(b"nothing")
    told = list[tuple[str, frozenset[str]]]()
    started.ask(str(other), lambda found: told.append(("innocent", found)))
    started.ask(str(path), lambda found: told.append((threading.current_thread().name, found)))
    until(lambda: told)
    assert told == [("clouds-strings", frozenset({GO}))]


def test_more_than_can_wait_are_not_kept(monkeypatch):
    monkeypatch.setattr(strings, "WAITING", 3)
    one = Strings(TEXTS)
    for _ in range(10):
        one.ask("x", lambda _found: None)
    assert one._queue.qsize() == 3
    one.stop()


@pytest.mark.parametrize("client", ["rclone", "syncthing"])
def test_a_real_client_under_another_name(tmp_path, client):
    """As Debian builds it; its own catalogue entry tells it."""
    program = shutil.which(client)
    assert program, "the set-up installs it"
    renamed = tmp_path / "svchost"
    shutil.copy(program, renamed)
    texts = Strings(Processes(catalogue(), "linux").texts()).of(str(renamed))
    assert any(f"/{client}" in text for text in texts)
    assert len(texts) == 1


def test_programs_of_the_system_are_none():
    one = Strings(Processes(catalogue(), "linux").texts())
    for name in ("sh", "sleep", "git", "dpkg", "tail"):
        assert one.of(shutil.which(name) or "") == set()
