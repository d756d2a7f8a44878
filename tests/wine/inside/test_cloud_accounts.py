"""Whose an account is, in Windows' own registry and folders: Wine answers the calls; the clients did not run here.

What OneDrive, Google Drive and Box write is of documented forms, as the catalogue's `source` of each says.
"""

import sqlite3
import sys
import winreg
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from agent.clouds.accounts import accounts
from agent.clouds.traces import traces
from policy.catalogue import read
from policy.catalogue.owners import Told, Whose, owner

assert sys.platform == "win32"

CATALOGUE = read((Path(__file__).parents[3] / "policy/catalogue/clouds.toml").read_bytes())
ONEDRIVE, DRIVEFS = r"Software\Microsoft\OneDrive", r"Software\Google\DriveFS"
TENANT = "0f1e2d3c-1111-4222-8333-444455556666"
Write = Callable[..., None]


def _take_away(path: str) -> None:
    with suppress(FileNotFoundError):
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
            names = [winreg.EnumKey(key, n) for n in range(winreg.QueryInfoKey(key)[0])]
        for name in names:
            _take_away(rf"{path}\{name}")
        winreg.DeleteKey(winreg.HKEY_CURRENT_USER, path)


@pytest.fixture
def write() -> Iterator[Write]:
    """Writes text values of a key of this user's; afterwards the clients' keys are gone."""

    def make(path: str, **values: str) -> None:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, path) as key:
            for name, value in values.items():
                winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value)

    yield make
    for path in (ONEDRIVE, DRIVEFS):
        _take_away(path)


def told(home: Path, client: str) -> tuple[Told, ...]:
    return accounts(CATALOGUE.clients[client], "windows", home)


def whose(home: Path, client: str) -> Whose:
    return owner(told(home, client), {"company.example", TENANT}, ())


def business(write: Write, number: int, mail: str, tenant: str = TENANT) -> None:
    path = rf"{ONEDRIVE}\Accounts\Business{number}"
    write(path, UserEmail=mail, ConfiguredTenantId=tenant.upper(), UserFolder="C:\\x", SPOResourceID="https://x")


@pytest.mark.wine
def test_onedrive_without_an_account_has_empty_keys_and_tells_nothing(tmp_path: Path, write: Write):
    assert told(tmp_path, "onedrive") == ()
    write(rf"{ONEDRIVE}\Accounts\Personal", UserFolder="")
    write(rf"{ONEDRIVE}\Accounts\Business1")
    assert told(tmp_path, "onedrive") == ()
    assert traces(CATALOGUE.clients["onedrive"], "windows", tmp_path) == {
        ("registry", "HKCU/Software/Microsoft/OneDrive/Accounts")
    }


@pytest.mark.wine
def test_onedrive_tells_the_companys_account_from_a_personal_one(tmp_path: Path, write: Write):
    business(write, 1, "Me@Company.example")
    assert told(tmp_path, "onedrive") == (Told("domain", "company.example", 1), Told("tenant", TENANT, 1))
    assert whose(tmp_path, "onedrive") == "company"
    write(rf"{ONEDRIVE}\Accounts\Personal", UserFolder="C:\\Users\\me\\OneDrive", UserEmail="me@company.example")
    assert whose(tmp_path, "onedrive") == "private"


@pytest.mark.wine
def test_a_second_business_account_of_another_tenant_is_not_the_companys(tmp_path: Path, write: Write):
    business(write, 1, "me@company.example")
    business(write, 2, "me@other.example", "99999999-1111-4222-8333-444455556666")
    assert whose(tmp_path, "onedrive") == "private"
    business(write, 2, "me@company.example", "99999999-1111-4222-8333-444455556666")
    assert whose(tmp_path, "onedrive") == "unknown"


@pytest.mark.wine
def test_a_value_of_another_form_or_very_long_is_no_account(tmp_path: Path, write: Write):
    write(rf"{ONEDRIVE}\Accounts\Business1", UserEmail="x" * 100_000)
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, rf"{ONEDRIVE}\Accounts\Business1", 0, winreg.KEY_WRITE) as key:
        winreg.SetValueEx(key, "ConfiguredTenantId", 0, winreg.REG_BINARY, b"\xff" * 64)
    assert told(tmp_path, "onedrive") == ()


@pytest.mark.wine
def test_google_drive_tells_the_domain_in_its_record_and_its_key_that_it_was_used(tmp_path: Path, write: Write):
    write(rf"{DRIVEFS}\Share", BasePath="C:\\x", MountPoint="G")
    folder = tmp_path / "AppData/Local/Google/DriveFS/117000000000000000000"
    folder.mkdir(parents=True)
    assert told(tmp_path, "google-drive") == (Told("linked"),)
    with closing(sqlite3.connect(folder / "metadata_sqlite_db")) as base:
        base.execute("CREATE TABLE properties (property TEXT PRIMARY KEY, value BLOB)")
        base.execute("INSERT INTO properties VALUES ('driveway_account', ?)", (b"\x0a\x12me@company.example2\x08\x01",))
        base.commit()
    assert whose(tmp_path, "google-drive") == "company"
    assert ("registry", "HKCU/Software/Google/DriveFS") in traces(
        CATALOGUE.clients["google-drive"], "windows", tmp_path
    )


@pytest.mark.wine
def test_box_is_linked_by_its_folder_and_tells_the_domain_of_a_login(tmp_path: Path):
    data = tmp_path / "AppData/Local/Box/Box/data"
    (data / "shell").mkdir(parents=True)
    (data / "shell/sync_root_folder.txt").write_text("C:\\Users\\me\\Box")
    assert told(tmp_path, "box") == (Told("linked"),)
    with closing(sqlite3.connect(data / "metrics.db")) as base:
        base.execute("CREATE TABLE user (login TEXT)")
        base.execute("INSERT INTO user VALUES ('me@elsewhere.example')")
        base.commit()
    assert whose(tmp_path, "box") == "private"


@pytest.mark.wine
def test_dropbox_tells_its_kind_of_account_in_this_users_folders(tmp_path: Path):
    info = tmp_path / "AppData/Local/Dropbox/info.json"
    info.parent.mkdir(parents=True)
    info.write_text('{"business": {"path": "C:\\\\x"}, "personal": {"path": "C:\\\\y"}}')
    assert told(tmp_path, "dropbox") == (Told("company"), Told("private"))
