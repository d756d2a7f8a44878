"""What a client leaves on disk: each trace of the catalogue, in homes made for it; paths as the catalogue has them."""

import json
import os
from pathlib import Path

import pytest

from agent.clouds.traces import traces
from policy.catalogue import OS, Client, Signs, read

CATALOGUE = read((Path(__file__).parents[2] / "policy/catalogue/clouds.toml").read_bytes())
WITHIN = {"%LOCALAPPDATA%": "AppData/Local", "%APPDATA%": "AppData/Roaming", "%USERPROFILE%": "."}


def left(home: Path, client: str, system: OS = "linux") -> frozenset[tuple[str, str]]:
    return traces(CATALOGUE.clients[client], system, home)


def client(**signs: tuple[str, ...]) -> Client:
    return Client("toy", "Toy", "Nobody", "sync", linux=Signs(("made up",), **signs))  # type: ignore[arg-type]


def touch(file: Path, text: str = "") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def at(home: Path, value: str) -> Path:
    for name, folder in WITHIN.items():
        value = value.replace(name, folder)
    return home / value.replace("*", "1")


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_every_file_and_folder_of_the_catalogue_is_found_where_it_says(tmp_path: Path, system: OS):
    count = 0
    for made in CATALOGUE.clients.values():
        signs = made.on(system)
        for name in ("config", "linked") if signs else ():
            for value in signs.of(name):  # type: ignore[union-attr]
                if not value.startswith(("%ProgramData%", "/")):
                    home = tmp_path / str(count)
                    at(home, value).mkdir(parents=True)
                    assert (name, value) in traces(made, system, home)
                    count += 1
    assert count > 20


def test_an_empty_home_and_no_home_hold_no_trace(tmp_path: Path):
    for made in CATALOGUE.clients.values():
        for system in ("linux", "windows"):
            assert traces(made, system, tmp_path) == traces(made, system, tmp_path / "gone") == frozenset()


def test_a_folder_with_a_clients_name_is_no_trace_until_its_marker_is_in_it(tmp_path: Path):
    (tmp_path / "Sync").mkdir()
    (tmp_path / "Dropbox").mkdir()
    assert left(tmp_path, "syncthing") == left(tmp_path, "dropbox") == frozenset()
    (tmp_path / "Sync/.stfolder").mkdir()
    assert left(tmp_path, "syncthing") == {("marker", ".stfolder")}
    assert left(tmp_path, "sync-com") == frozenset()


def test_a_flatpaks_things_are_found_in_its_own_folder(tmp_path: Path):
    touch(tmp_path / ".var/app/com.nextcloud.desktopclient.nextcloud/config/Nextcloud/nextcloud.cfg")
    assert ("config", ".config/Nextcloud/nextcloud.cfg") in left(tmp_path, "nextcloud")


@pytest.mark.parametrize(
    ("line", "expected"),
    [("", True), ("Hidden=true", False), ("X-GNOME-Autostart-enabled=false", False), ("Hidden=false", True)],
)
def test_a_start_at_sign_in_counts_unless_it_is_switched_off(tmp_path: Path, line: str, expected: bool):
    """By the Desktop Application Autostart Specification; GNOME's own word besides."""
    file = ".config/autostart/dropbox.desktop"
    touch(tmp_path / file, f"[Desktop Entry]\nType=Application\nExec=dropbox start -i\n{line}\n")
    assert (("autostart", file) in left(tmp_path, "dropbox")) is expected


def test_a_start_that_the_machine_has_for_everybody_is_nobodys(tmp_path: Path):
    everybodys = touch(tmp_path / "xdg/toy.desktop", "[Desktop Entry]\nExec=toy\n")
    assert traces(client(autostart=(str(everybodys),)), "linux", tmp_path) == frozenset()


def test_a_unit_that_a_person_enabled_or_wrote_counts_and_one_switched_off_does_not(tmp_path: Path):
    """By systemd.unit(5): what is enabled is a link in a target's .wants, that may lead to what this root has not."""
    units = tmp_path / ".config/systemd/user"
    wants = units / "default.target.wants"
    wants.mkdir(parents=True)
    assert left(tmp_path, "syncthing") == frozenset()
    (units / "syncthing.service").symlink_to("/dev/null")
    assert left(tmp_path, "syncthing") == frozenset()
    (wants / "syncthing.service").symlink_to("/nowhere/syncthing.service")
    assert left(tmp_path, "syncthing") == {("unit", "syncthing.service")}
    (wants / "maestral-daemon@mine.service").symlink_to("/nowhere/x")
    assert left(tmp_path, "maestral") == {("unit", "maestral-daemon@.service")}
    touch(units / "onedrive.service")
    assert left(tmp_path, "onedrive") == {("unit", "onedrive.service")}


def test_what_leads_to_itself_or_may_not_be_read_raises_nothing_and_is_not_followed(tmp_path: Path):
    (tmp_path / ".config").symlink_to(tmp_path / ".config")
    (tmp_path / ".local").symlink_to("/proc/self/fd")
    (tmp_path / "Sync").symlink_to(tmp_path)
    os.mkfifo(tmp_path / ".dropbox")
    for made in CATALOGUE.clients.values():
        for system in ("linux", "windows"):
            assert {name for name, _ in traces(made, system, tmp_path)} <= {"config"}


def test_a_start_file_that_is_a_pipe_or_very_large_is_not_waited_for(tmp_path: Path):
    file = tmp_path / ".config/autostart/dropbox.desktop"
    file.parent.mkdir(parents=True)
    os.mkfifo(file)
    assert left(tmp_path, "dropbox") == frozenset()
    file.unlink()
    with file.open("wb") as opened:
        opened.truncate(64 * 1024 * 1024)
    assert left(tmp_path, "dropbox") == frozenset()


def test_what_a_file_holds_is_in_no_trace(tmp_path: Path):
    touch(tmp_path / ".dropbox/info.json", json.dumps({"personal": {"path": "/secret"}}))
    assert left(tmp_path, "dropbox") == {("config", ".dropbox"), ("linked", ".dropbox/info.json")}


def test_a_pattern_stands_for_any_one_name(tmp_path: Path):
    made = client(linked=(".toy/[0-9]*/account",))
    touch(tmp_path / ".toy/logs/account")
    assert traces(made, "linux", tmp_path) == frozenset()
    touch(tmp_path / ".toy/12/account")
    assert traces(made, "linux", tmp_path) == {("linked", ".toy/[0-9]*/account")}
