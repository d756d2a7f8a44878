"""The clouds of a Windows session: what is installed for all, and what a user's own half sees of it."""

import os
import sys
import winreg
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.sensors.clouds import Clouds
from policy.kinds.cloud import CloudClient
from policy.model import Instant

assert sys.platform == "win32"
from agent.clouds.windows import clouds  # noqa: E402

UNINSTALL = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Dropbox"
NOW = Instant(datetime(2026, 11, 24, tzinfo=UTC), 0.0)


@pytest.mark.wine
def test_a_client_that_windows_lists_is_installed_and_linked_by_its_own_file(tmp_path: Path) -> None:
    sensor = clouds(Path.home(), (), Path("/"))
    with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, UNINSTALL) as key:
        winreg.SetValueEx(key, "DisplayName", 0, winreg.REG_SZ, "Dropbox")
    info = Path(os.environ["LOCALAPPDATA"], "Dropbox/info.json")
    try:
        assert _look(sensor)["dropbox"].state == "installed"
        info.parent.mkdir(parents=True, exist_ok=True)
        info.write_text('{"business": {"path": "C:/x", "subscription_type": "Business"}}')
        linked = _look(sensor)["dropbox"]
        assert (linked.state, [one.kind for one in linked.told]) == ("syncing", ["company"])
    finally:
        info.unlink(missing_ok=True)
        winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, UNINSTALL)
    assert "dropbox" not in _look(sensor)


def _look(sensor: Clouds) -> dict[str, CloudClient]:
    look = sensor.look(NOW)
    assert look.gap is None
    return {fact.subject.key: fact for fact in look.facts if isinstance(fact, CloudClient)}
