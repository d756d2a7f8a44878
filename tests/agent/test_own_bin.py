"""Programs in a user's own folders: real files in a home of their own, AppImages and ELF by their first bytes."""

import os
import shutil
from pathlib import Path

import msgspec
import pytest
from watchdog.events import FileModifiedEvent

from agent.sensors import bounded, own_bin
from agent.sensors.own_bin import OwnBin
from policy.kinds.software import InstalledProgram
from policy.model import Look
from tests.contracts.sensor import SensorContract, programs
from tests.support.own_tools import APPIMAGE, ELF, executable, npm_module, pip_user, pipx_record, wheel
from tests.support.packages import NOW
from tests.support.until import until


class OwnPlace:
    """As the contract asks: AppImages, by the names that they are published under."""

    names = ("Toy", "Other-Tool")
    versioned = True

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / "Applications"
        self.folder.mkdir(parents=True)

    def sensor(self) -> OwnBin:
        return OwnBin(self.home)

    def install(self, name: str, version: str) -> None:
        self.remove(name)
        executable(self.folder / f"{name}-{version}-x86_64.AppImage", APPIMAGE)

    def remove(self, name: str) -> None:
        for file in self.folder.glob(f"{name}-*") if self.folder.exists() else ():
            file.unlink()

    def key(self, name: str) -> str:
        return name.lower()

    def spoil(self) -> None:
        """A folder that leads to itself: nobody can read that, root neither."""
        self.folder.rename(self.home / "whole")
        self.folder.symlink_to(self.folder)

    def mend(self) -> None:
        self.folder.unlink()
        (self.home / "whole").rename(self.folder)

    def vanish(self) -> None:
        shutil.rmtree(self.folder)


class TestContract(SensorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> OwnPlace:
        return OwnPlace(tmp_path / "home")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


def look(home: Path) -> Look:
    return OwnBin(home).look(NOW)


def seen(home: Path) -> dict[str, InstalledProgram]:
    found = look(home)
    assert found.gap is None
    return programs(found)


@pytest.mark.parametrize("folder", [".local/bin", "bin", "Applications", "Downloads", "Desktop"])
def test_appimages_and_programs_in_each_folder(home: Path, folder: str):
    """Told apart by source, since they are removed each in their own way; neither has a publisher."""
    executable(home / folder / "Obsidian-1.5.3.AppImage", APPIMAGE)
    executable(home / folder / "rclone", ELF)
    found = seen(home)
    assert {key: fact.source for key, fact in found.items()} == {"obsidian": "appimage", "rclone": "own_bin"}
    assert found["obsidian"].version == "1.5.3"
    assert all((fact.publisher, fact.proven, fact.observed) == ("", False, False) for fact in found.values())


@pytest.mark.parametrize("name", ["obsidian", "picture.png", "Obsidian-1.5.3.AppImage (1)"])
def test_an_appimage_is_told_by_its_bytes_not_by_its_name(home: Path, name: str):
    """And one of the first type too."""
    executable(home / "Downloads" / name, APPIMAGE.replace(b"AI\x02", b"AI\x01"))
    (fact,) = seen(home).values()
    assert fact.source == "appimage"


@pytest.mark.parametrize(
    ("start", "mode", "name"),
    [
        (APPIMAGE, 0o644, "Obsidian.AppImage"),  # downloaded, and not yet made executable
        (b"#!/bin/sh\n", 0o755, "install.sh"),
        (b"%PDF-1.7", 0o777, "report.AppImage"),  # a stick's file system makes all of it executable
        (b"MZ\x90", 0o755, "setup.exe"),
        (b"", 0o755, "rclone"),
        (b"\x7fELF", 0o755, "rclone"),
        (ELF, 0o755, "libtoy.so.1.2"),
        (ELF.replace(b"\x03\x00", b"\x01\x00", 1), 0o755, "toy.o"),
    ],
)
def test_what_is_no_program_in_downloads(home: Path, start: bytes, mode: int, name: str):
    executable(home / "Downloads" / name, start, mode)
    assert seen(home) == {}


def test_a_script_counts_where_commands_are_and_its_user_alone_is_told(home: Path):
    """It is as likely their own work; a zip behind the first line is a program in one file, and nobody's own work."""
    executable(home / "bin/backup.sh", b"#!/bin/sh\ntrue\n")
    executable(home / ".local/bin/yt-dlp", b"#!/usr/bin/env python3\nPK\x03\x04" + bytes(90))
    found = seen(home)
    assert {key: fact.observed for key, fact in found.items()} == {"backup": True, "yt-dlp": False}


def test_one_program_in_two_folders_is_one_subject_with_its_newest_version(home: Path):
    executable(home / "Downloads/Obsidian-1.10.0.AppImage", APPIMAGE)
    executable(home / "Applications/Obsidian-1.9.2.AppImage", APPIMAGE)
    (home / "bin").mkdir()
    (home / "bin/obsidian").symlink_to(home / "Applications/Obsidian-1.9.2.AppImage")
    (home / "bin/notes").symlink_to(home / "Applications/Obsidian-1.9.2.AppImage")
    found = seen(home)
    assert {key: fact.version for key, fact in found.items()} == {"obsidian": "1.10.0"}


def test_a_link_to_a_program_elsewhere_in_the_home_has_the_links_name(home: Path):
    """`kitty` leads to `kitty.app/bin/kitty-1.0`; what leads out of the home is another source's."""
    executable(home / ".local/kitty.app/bin/kitty-0.1-real", ELF)
    (home / "bin").mkdir()
    (home / "bin/kitty").symlink_to(home / ".local/kitty.app/bin/kitty-0.1-real")
    (home / "bin/machine").symlink_to("/bin/true")
    (home / "bin/nothing").symlink_to(home / "gone")
    (home / "bin/loop").symlink_to(home / "bin/loop")
    assert set(seen(home)) == {"kitty"}


def test_what_a_developers_tool_put_there_is_not_told_here(home: Path, tmp_path: Path):
    """The real pip's script, pipx's and npm's links, cargo's program, a link into a project's own environment."""
    pip_user(home, "install", "--user", "--no-index", str(wheel(tmp_path, "Toy-Tool", "1.2")))
    assert os.access(home / ".local/bin/toy-tool", os.X_OK), "else this tests nothing"
    pipx_record(home, "Black", "24.1")
    npm_module(home / ".local", "prettier", "3.0")
    executable(home / ".local/bin/rg", ELF)
    (home / ".local/.crates.toml").write_text('[v1]\n"ripgrep 14.1.0 (registry+x)" = ["rg"]\n')
    executable(home / "work/.venv/bin/mine", ELF)
    (home / "work/.venv/pyvenv.cfg").touch()
    (home / ".local/bin/mine").symlink_to(home / "work/.venv/bin/mine")
    executable(home / ".local/bin/own", ELF)
    assert set(seen(home)) == {"own"}


def test_a_desktop_in_dutch_says_what_its_folders_are_called(home: Path):
    """As xdg-user-dirs writes it; one that is switched off is the home itself, which is not looked through."""
    executable(home / "Bureaublad/toy", ELF)
    executable(home / "rclone", ELF)
    (home / ".config").mkdir()
    (home / ".config/user-dirs.dirs").write_text('XDG_DESKTOP_DIR="$HOME/Bureaublad"\nXDG_DOWNLOAD_DIR="$HOME/"\n')
    assert set(seen(home)) == {"toy"}


@pytest.mark.parametrize(
    "file", ["Applications/Foo-1.2/foo", "Applications/Foo-1.2/bin/x", ".local/foo-1.2/bin/foo", ".local/foo.app/foo"]
)
def test_a_folder_of_a_program_is_one_program_by_its_name(home: Path, file: str):
    """Whatever else is in it, and with the command that leads to it."""
    executable(home / file, ELF)
    executable((home / file).with_name("helper"), ELF)
    (home / "bin").mkdir()
    (home / "bin/foo-cli").symlink_to(home / file)
    (fact,) = seen(home).values()
    assert (fact.subject.key, fact.source) == ("foo", "own_bin")
    assert fact.version == ("1.2" if "1.2" in file else "")


def test_a_folder_without_a_program_is_none(home: Path):
    """Scripts and data; what tools have among their own; a link to elsewhere; a program deeper down."""
    executable(home / "Applications/notes/run.sh", b"#!/bin/sh\n")
    executable(home / "Applications/data/picture", b"\x89PNG", 0o644)
    executable(home / ".local/lib/tool", ELF)
    executable(home / ".local/share/tool", ELF)
    executable(home / "work/build/bin/tool", ELF)
    (home / "Applications/link").symlink_to(home / "work/build")
    executable(home / "Applications/deep/a/b/tool", ELF)
    assert seen(home) == {}


def test_a_command_that_leads_to_a_script_in_a_folder_is_told_as_one(home: Path):
    """The folder itself is none for a script."""
    executable(home / "Applications/notes/run.sh", b"#!/bin/sh\n")
    (home / "bin").mkdir()
    (home / "bin/notes").symlink_to(home / "Applications/notes/run.sh")
    (fact,) = seen(home).values()
    assert (fact.name, fact.observed) == ("notes", True)


def test_a_program_that_comes_into_its_folder_later_is_told(home: Path):
    """The folder is an event, and from then on what lies in it."""
    sensor = OwnBin(home)
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        for place in ("Applications/foo", ".local/bar"):
            (home / place).mkdir(parents=True)
            until(lambda: sensor._spots and (home / place) in sensor._spots._watches)  # noqa: B023
            heard.clear()
            executable(home / place / "run", ELF)
            until(lambda: heard, what="no event")
    finally:
        sensor.stop()


def test_a_folder_of_a_program_that_cannot_be_read_is_a_gap_about_itself(home: Path):
    executable(home / "Applications/foo-1.0/foo", ELF)
    (home / "Applications/bar").mkdir()
    (home / "Applications/bar/bin").symlink_to("bin")
    found = look(home)
    assert set(programs(found)) == {"foo"}
    assert found.gap
    assert [subject.key for subject in found.gap.about] == ["bar"]


def test_nothing_below_a_folder_is_looked_at(home: Path):
    executable(home / "Downloads/project/build/toy", ELF)
    assert seen(home) == {}


# --- hostile


def test_names_of_any_bytes_are_shown_and_sent(home: Path):
    """No path, no control character, nothing that JSON can't hold."""
    executable(home / "bin" / os.fsdecode(b"t\xff\n\x1b[31m" + b"x" * 200), ELF)
    (fact,) = seen(home).values()
    assert fact.name.isprintable()
    assert len(fact.name) <= 80
    assert str(home) not in msgspec.json.encode(fact).decode()


def test_a_pipe_with_nobody_at_its_end_is_passed(home: Path):
    (home / "bin").mkdir()
    os.mkfifo(home / "bin/pipe", 0o755)
    executable(home / "bin/toy", ELF)
    assert set(seen(home)) == {"toy"}


def test_no_more_than_the_first_kib_of_a_huge_file_is_read(home: Path, monkeypatch: pytest.MonkeyPatch):
    with executable(home / "Downloads/huge.AppImage", APPIMAGE).open("r+b") as file:
        file.truncate(1 << 40)
    asked: list[int] = []

    def counted(path: Path, most: int) -> bytes:
        asked.append(most)
        return bounded.head(path, most)

    monkeypatch.setattr(own_bin, "head", counted)
    assert set(seen(home)) == {"huge"}
    assert asked == [1024]


def test_a_program_that_cannot_be_read_is_a_gap_about_itself(home: Path, monkeypatch: pytest.MonkeyPatch):
    """Root reads all, so the refusal is made: no test here may need to be run by another."""
    executable(home / "bin/toy-1.0", ELF)
    executable(home / "bin/other", ELF)
    real = os.open

    def refuse(path: Path, flags: int) -> int:
        if Path(path).name == "toy-1.0":
            raise PermissionError(13, "Permission denied")
        return real(path, flags)

    monkeypatch.setattr(os, "open", refuse)
    found = look(home)
    assert set(programs(found)) == {"other"}
    assert found.gap
    assert [subject.key for subject in found.gap.about] == ["toy"]


def test_a_folder_that_cannot_be_read_leaves_the_others_seen(home: Path):
    executable(home / "bin/toy", ELF)
    (home / "Downloads").symlink_to(home / "Downloads")
    found = look(home)
    assert set(programs(found)) == {"toy"}
    assert found.gap
    assert not found.gap.about


def test_too_many_are_a_gap(home: Path, monkeypatch: pytest.MonkeyPatch):
    """Of names in a folder, and of programs."""
    for name in "abcd":
        executable(home / "bin" / name, ELF)
    monkeypatch.setattr(own_bin, "MOST", 3)
    found = look(home)
    assert (len(found.facts), found.gap and found.gap.reason) == (3, "too_many")
    monkeypatch.setattr(bounded, "MOST_NAMES", 3)
    found = look(home)
    assert (found.facts, found.gap and found.gap.reason) == ((), "unreadable: too_many")


# --- when it is looked again


def test_a_file_that_is_written_wakes_nobody_unless_it_can_be_started(home: Path):
    """A download tells of each write; a chmod is told as the same kind of event."""
    for mode, wanted in ((0o644, False), (0o755, True)):
        file = executable(home / "Downloads/toy.part", ELF, mode)
        assert own_bin._tells(FileModifiedEvent(str(file)), file.name) is wanted
    assert not own_bin._tells(FileModifiedEvent(str(home / "gone")), "gone")


def test_made_executable_is_told_and_a_growing_download_is_not(home: Path):
    """The browser's name, then the real one, then `chmod +x`; the folder is made in front of our eyes."""
    sensor = OwnBin(home)
    count: list[float] = []
    sensor.start(count.append)
    try:
        (home / "Downloads").mkdir()
        until(lambda: count, what="the folder came")
        part = home / "Downloads/Toy.AppImage.part"
        with part.open("wb") as file:
            until(lambda: sensor._spots and (home / "Downloads") in sensor._spots._watches)
            before = len(count)
            for _ in range(50):
                file.write(APPIMAGE * 100)
                file.flush()
        part.rename(home / "Downloads/Toy.AppImage")
        until(lambda: len(count) > before, what="renamed")
        assert len(count) - before < 10, "each write was told"
        assert look(home).facts == ()
        before = len(count)
        (home / "Downloads/Toy.AppImage").chmod(0o755)
        until(lambda: len(count) > before, what="made executable")
        assert set(seen(home)) == {"toy"}
    finally:
        sensor.stop()
