"""Windows under the agent."""

import os
import sys
import winreg
from pathlib import Path

import pytest

from tests.contracts.system import SystemContract

assert sys.platform == "win32"
from agent.platforms import windows  # noqa: E402 - a type check for Linux passes this by
from agent.platforms.windows import ZONE, TimeOfDay, Windows, boot_name  # noqa: E402

HOUR = 36_000_000_000  # of 100 ns


@pytest.mark.wine
class TestWindows(SystemContract):
    @pytest.fixture
    def system(self) -> Windows:
        return Windows()


@pytest.mark.wine
def test_the_scope_is_the_sid_whose_own_part_of_the_registry_is_there():
    """Windows names each user's hive for their SID, and ours is loaded."""
    with winreg.OpenKey(winreg.HKEY_USERS, Windows().user_scope().removeprefix("user:")) as key:
        assert winreg.QueryInfoKey(key)[0] > 0


@pytest.mark.wine
def test_a_zone_has_its_international_name():
    """What Windows calls W. Europe Standard Time is Berlin's to all others; Dutch laptops have it too."""
    with winreg.OpenKeyEx(winreg.HKEY_LOCAL_MACHINE, ZONE, 0, winreg.KEY_ALL_ACCESS) as key:
        before = winreg.QueryValueEx(key, "TimeZoneKeyName")[0]
        winreg.SetValueEx(key, "TimeZoneKeyName", 0, winreg.REG_SZ, "W. Europe Standard Time")
        try:
            assert Windows().zone() == "Europe/Berlin"
            winreg.SetValueEx(key, "TimeZoneKeyName", 0, winreg.REG_SZ, "Nowhere Standard Time")
            assert Windows().zone() == "UTC"
        finally:
            winreg.SetValueEx(key, "TimeZoneKeyName", 0, winreg.REG_SZ, before)


@pytest.mark.wine
def test_a_user_keeps_it_in_their_own_folder(monkeypatch: pytest.MonkeyPatch):
    """Where Windows says, and not the environment."""
    monkeypatch.setenv("LOCALAPPDATA", "C:\\elsewhere")
    assert str(Windows().default_state()).endswith("\\AppData\\Local\\Deskwarden")


@pytest.mark.fake("The service (LocalSystem) keeps its state in `C:\\ProgramData\\Deskwarden`.")
def test_the_service_keeps_it_with_the_machine(monkeypatch: pytest.MonkeyPatch):
    """As LocalSystem, which a test can't be."""
    monkeypatch.setattr(windows, "_sid", lambda: windows.LOCAL_SYSTEM)
    assert str(Windows().default_state()).lower() == "c:\\programdata\\deskwarden"


@pytest.mark.fake("Start `deskwarden run` twice: the second names the pid of the first.")
def test_what_is_locked_is_not_what_others_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Windows lets nobody read a locked byte; Wine does."""
    at: list[int] = []
    monkeypatch.setattr("msvcrt.locking", lambda handle, *_: at.append(os.lseek(handle, 0, os.SEEK_CUR)))
    os.close(Windows().hold(tmp_path))
    assert at[0] > len(str(1 << 32))


@pytest.mark.fake("After setting the clock an hour ahead, and after sleep, `Windows().boot_id()` is as before.")
def test_a_clock_that_is_set_is_no_new_boot():
    """Windows moves the time of the boot along, and says by how much."""
    began, noon = 12_000 * HOUR, 12_003 * HOUR
    before = TimeOfDay(boot=began, now=noon)
    after = TimeOfDay(boot=began + HOUR, now=noon + HOUR, bias=HOUR)
    assert boot_name(before) == boot_name(after) != boot_name(TimeOfDay(boot=noon))
