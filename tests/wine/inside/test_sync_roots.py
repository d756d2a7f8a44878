"""Clouds that Windows shows as a folder, by their documented form: no real client runs under Wine."""

import sys
import winreg
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy import catalogue

assert sys.platform == "win32"
from agent.clouds.sync_roots import CLASSES, PANE, ROOTS, seen  # noqa: E402
from tests.wine.registry import remove, write  # noqa: E402

ALL = catalogue.read((Path(catalogue.__file__).with_name("clouds.toml")).read_bytes())
SID, OTHER = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"
GUID = "{2F4B9A61-3C0D-4E58-9B1A-6D7C8E9F0A12}"
BAG = PANE._replace(path=rf"{CLASSES}\{GUID}")

pytestmark = pytest.mark.wine


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    """Neither roots nor entries at first, nor after."""
    for place in (ROOTS, PANE, BAG):
        remove(place)
    yield
    for place in (ROOTS, PANE, BAG):
        remove(place)


def root(name: str, folder: Path | str, display: str = "", sid: str = SID) -> None:
    write(ROOTS, name, DisplayNameResource=display)
    write(ROOTS, rf"{name}\UserSyncRoots", **{sid: str(folder)})


def pane(called: str, folder: Path) -> None:
    write(PANE, GUID, **{"": called})
    write(BAG, r"Instance\InitPropertyBag", TargetFolderPath=str(folder))


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ("Personal|1", ("private", "")),
        ("Personal", ("private", "")),
        ("Business1|ab", ("linked", "")),
        ("", ("linked", "")),
    ],
)
def test_a_root_of_onedrive_tells_whether_it_is_private(tmp_path: Path, account: str, told: tuple[str, str]):
    root(f"OneDrive!{SID}!{account}", tmp_path, "OneDrive")
    (sight,) = seen(ALL, SID)
    assert (sight.client, sight.signal, sight.value, sight.state) == ("onedrive", "sync_root", "OneDrive", "syncing")
    assert (sight.told, sight.root) == ((told,), str(tmp_path))


def test_a_root_that_the_catalogue_does_not_know_has_its_own_name(tmp_path: Path):
    root(f"Cloudling!{SID}!Personal!", tmp_path, "Cloudling Drive")
    (sight,) = seen(ALL, SID)
    assert (sight.client, sight.name, sight.value, sight.told) == (
        "",
        "Cloudling Drive",
        "Cloudling",
        (("linked", ""),),
    )


@pytest.mark.parametrize("display", ["", r"@C:\cloudling.dll,-100", "Cloudling alice@cloud.example.org"])
def test_a_name_that_is_none_or_tells_who_it_is_gives_way_to_the_providers(tmp_path: Path, display: str):
    root(f"Cloudling!{SID}!x", tmp_path, display)
    assert [sight.name for sight in seen(ALL, SID)] == ["Cloudling"]


def test_another_users_root_and_one_whose_folder_is_gone_are_none(tmp_path: Path):
    root(f"OneDrive!{OTHER}!Personal", tmp_path, sid=OTHER)
    root(f"Dropbox!{SID}!1", tmp_path / "gone")
    root(f"Box!{SID}!1", r"\\server.example\share")
    root(f"Cloudling!{OTHER}!1", tmp_path, sid=SID)
    write(ROOTS, "nonsense", DisplayNameResource="x")
    write(ROOTS, f"!{SID}!", DisplayNameResource="x")
    assert seen(ALL, SID) == ()


def test_a_value_of_another_kind_or_far_too_long_tells_nothing(tmp_path: Path):
    write(ROOTS, rf"Dropbox!{SID}!1\UserSyncRoots", **{SID: 7})
    write(ROOTS, rf"Box!{SID}!1\UserSyncRoots", **{SID: "C:\\" + "x" * 5000})
    assert seen(ALL, SID) == ()


def test_an_entry_of_the_side_pane_tells_a_folder(tmp_path: Path):
    pane("Cloudling", tmp_path)
    (sight,) = seen(ALL, SID)
    assert (sight.name, sight.state, sight.root) == ("Cloudling", "running", str(tmp_path))


def test_an_entry_without_a_folder_or_a_name_is_no_cloud(tmp_path: Path):
    pane("Cloudling", tmp_path / "gone")
    assert seen(ALL, SID) == ()
    pane("", tmp_path)
    assert seen(ALL, SID) == ()
    write(PANE, GUID, **{"": "Control Panel"})
    remove(BAG)
    assert seen(ALL, SID) == ()


def test_what_is_both_is_one(tmp_path: Path):
    root(f"Cloudling!{SID}!1", tmp_path, "Cloudling")
    pane("Cloudling - alice", tmp_path)
    assert [sight.state for sight in seen(ALL, SID)] == ["syncing"]


def test_where_windows_has_neither_there_is_nothing():
    with pytest.raises(FileNotFoundError):
        winreg.OpenKey(ROOTS.root, ROOTS.path).Close()
    assert seen(ALL, SID) == ()
