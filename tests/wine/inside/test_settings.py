"""How what protects a Windows laptop is set: registry values as a person, a policy or MDM write them."""

import ctypes
import sys
import winreg
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.support.packages import NOW
from tests.support.until import until

assert sys.platform == "win32"
from agent.platforms import windows_health as health  # noqa: E402
from agent.sensors import windows_settings as settings  # noqa: E402
from agent.sensors.windows_registry import Place  # noqa: E402
from policy.kinds.settings import CHECKS, Setting  # noqa: E402


class Registry:
    """Writes values; what it wrote is gone at the end, what was there before is back."""

    def __init__(self) -> None:
        self._undo: list[tuple[Place, str, tuple[Any, int] | None]] = []

    def put(self, place: Place, name: str, value: str | int | None) -> None:
        with winreg.CreateKeyEx(place.root, place.path, 0, winreg.KEY_ALL_ACCESS | place.view) as key:
            try:
                before = winreg.QueryValueEx(key, name)
            except FileNotFoundError:
                before = None
            self._undo.append((place, name, before))
            if value is None:
                if before:
                    winreg.DeleteValue(key, name)
            else:
                form = winreg.REG_DWORD if isinstance(value, int) else winreg.REG_SZ
                winreg.SetValueEx(key, name, 0, form, value)

    def restore(self) -> None:
        for place, name, before in reversed(self._undo):
            with winreg.OpenKeyEx(place.root, place.path, 0, winreg.KEY_ALL_ACCESS | place.view) as key:
                if before:
                    winreg.SetValueEx(key, name, 0, before[1], before[0])
                else:
                    with suppress(FileNotFoundError):
                        winreg.DeleteValue(key, name)


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry()
    yield made
    made.restore()


@pytest.fixture
def saver(registry: Registry) -> Registry:
    """A screen saver that locks after ten minutes, as the settings window leaves it, and nothing else."""
    for place, name in (
        (settings.SYSTEM_POLICY, "InactivityTimeoutSecs"),
        (settings.MDM_LOCK, "MaxInactivityTimeDeviceLock"),
        *((settings.SAVER_POLICY, name) for name in settings.SAVES),
    ):
        registry.put(place, name, None)
    registry.put(settings.SAVER, "ScreenSaveActive", "1")
    registry.put(settings.SAVER, "ScreenSaverIsSecure", "1")
    registry.put(settings.SAVER, "ScreenSaveTimeOut", "600")
    registry.put(settings.SAVER, "SCRNSAVE.EXE", r"C:\Windows\system32\scrnsave.scr")
    return registry


def locks() -> tuple[str, float | None]:
    found = settings.auto_lock()
    return found.state, found.seconds


@pytest.mark.wine
def test_a_screen_saver_that_locks(saver: Registry):
    assert locks() == ("on", 600)


@pytest.mark.wine
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ScreenSaveActive", "0"),
        ("ScreenSaverIsSecure", "0"),
        ("ScreenSaveTimeOut", "0"),
        ("ScreenSaveTimeOut", "soon"),
        ("ScreenSaveTimeOut", "\u0663"),
        ("ScreenSaveTimeOut", None),
        ("SCRNSAVE.EXE", None),
        ("ScreenSaverIsSecure", "1" * 5000),
    ],
)
def test_one_that_does_not_lock_is_none(saver: Registry, name: str, value: str | None):
    saver.put(settings.SAVER, name, value)
    assert locks() == ("off", None)


@pytest.mark.wine
def test_a_policy_stands_before_what_the_user_set(saver: Registry):
    saver.put(settings.SAVER_POLICY, "ScreenSaveTimeOut", "300")
    assert locks() == ("on", 300)
    saver.put(settings.SAVER_POLICY, "ScreenSaverIsSecure", "0")
    assert locks() == ("off", None)


@pytest.mark.wine
def test_the_shortest_of_the_machines_policies_counts(saver: Registry):
    saver.put(settings.SYSTEM_POLICY, "InactivityTimeoutSecs", 240)
    assert locks() == ("on", 240)
    saver.put(settings.MDM_LOCK, "MaxInactivityTimeDeviceLock", 3)
    assert locks() == ("on", 180)
    saver.put(settings.SAVER, "ScreenSaveActive", "0")
    saver.put(settings.MDM_LOCK, "MaxInactivityTimeDeviceLock", 0)
    assert locks() == ("on", 240)
    saver.put(settings.SYSTEM_POLICY, "InactivityTimeoutSecs", 0)
    assert locks() == ("off", None)


@pytest.mark.wine
def test_windows_that_signs_somebody_in_by_itself(registry: Registry):
    registry.put(settings.WINLOGON, "AutoAdminLogon", None)
    assert settings.sign_in().state == "on"
    registry.put(settings.WINLOGON, "AutoAdminLogon", "0")
    assert settings.sign_in().state == "on"
    registry.put(settings.WINLOGON, "AutoAdminLogon", "1")
    assert settings.sign_in().state == "off"


@pytest.mark.wine
def test_updates_that_a_policy_forbids_or_whose_service_is_disabled(registry: Registry):
    registry.put(settings.UPDATES, "NoAutoUpdate", None)
    registry.put(settings.UPDATER, "Start", 3)
    assert settings.updates().state == "on"
    registry.put(settings.UPDATES, "NoAutoUpdate", 1)
    assert settings.updates().state == "off"
    registry.put(settings.UPDATES, "NoAutoUpdate", 0)
    registry.put(settings.UPDATER, "Start", 4)
    assert settings.updates().state == "off"
    registry.put(settings.UPDATER, "Start", None)
    assert settings.updates().state == "unknown"


# --- what the Security Center does not say


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows Server."""
    monkeypatch.setattr(health, "health", lambda _provider: "unknown")


def profile(name: str, *, policy: bool = False) -> Place:
    top = settings.FIREWALL_POLICY if policy else settings.FIREWALL
    return top._replace(path=f"{top.path}\\{name}")


@pytest.mark.wine
@pytest.mark.usefixtures("silent")
def test_a_firewall_that_is_off_in_one_kind_of_network_is_off(registry: Registry):
    for name in settings.PROFILES:
        registry.put(profile(name), "EnableFirewall", 1)
    assert settings.firewall().state == "on"
    registry.put(profile("PublicProfile"), "EnableFirewall", 0)
    assert settings.firewall().state == "off"
    registry.put(profile("PublicProfile", policy=True), "EnableFirewall", 1)
    assert settings.firewall().state == "on"
    registry.put(profile("DomainProfile"), "EnableFirewall", None)
    assert settings.firewall().state == "unknown"


@pytest.mark.wine
@pytest.mark.usefixtures("silent")
def test_defender_that_was_switched_off_is_no_scanner_unless_there_is_another(registry: Registry):
    real_time = settings.DEFENDER_POLICY._replace(path=settings.DEFENDER_POLICY.path + r"\Real-Time Protection")
    assert settings.scanner().state == "unknown"
    registry.put(real_time, "DisableRealtimeMonitoring", 1)
    assert settings.scanner().state == "off"
    own = settings.SCANNERS._replace(path=f"{settings.SCANNERS.path}\\{settings.DEFENDERS_OWN.lower()}")
    registry.put(own, "STATE", 1)
    assert settings.scanner().state == "off"
    other = settings.SCANNERS._replace(path=settings.SCANNERS.path + r"\{00000000-0000-0000-0000-000000000001}")
    registry.put(other, "STATE", 1)
    assert settings.scanner().state == "unknown"
    for place in (own, other):
        winreg.DeleteKeyEx(place.root, place.path, place.view)
    registry._undo = [one for one in registry._undo if one[0] not in (own, other)]


@pytest.mark.fake(
    "Turn the firewall off, then Defender's real-time protection: each is a finding for the security team."
)
@pytest.mark.parametrize(
    ("failed", "value", "state"),
    [(0, 0, "on"), (0, 1, "unknown"), (0, 2, "off"), (0, 3, "off"), (0, 99, "unknown"), (1, 2, "unknown")],
)
def test_the_security_centers_word(monkeypatch: pytest.MonkeyPatch, failed: int, value: int, state: str):
    """Where its service does not run, it says poor and that it failed."""

    class Library:
        def WscGetSecurityProviderHealth(self, _provider: object, into: Any) -> int:  # noqa: N802 - Windows' own
            into._obj.value = value  # what byref points at
            return failed

    monkeypatch.setattr(ctypes, "WinDLL", lambda _name: Library())
    assert health.health(health.FIREWALL) == state


@pytest.mark.wine
def test_where_windows_says_nothing_it_is_unknown():
    """Wine knows no BitLocker; the calls are made, and nothing is raised."""
    assert health.health(health.ANTIVIRUS) in {"on", "off", "unknown"}
    assert health.bitlocker("C:") == "unknown"
    assert health.bitlocker("Q:") == "unknown"
    assert health.bitlocker("\0") == "unknown"


@pytest.mark.fake(
    "Suspend BitLocker (manage-bde -protectors -disable C:): a finding for the security team, and none after."
)
def test_what_each_state_of_bitlocker_means():
    """As Microsoft numbers them."""
    assert [health.BITLOCKER.get(n, "unknown") for n in range(9)] == [
        "unknown", "on", "off", "on", "off", "off", "on", "unknown", "off",
    ]  # fmt: skip


@pytest.mark.wine
def test_a_function_of_an_object_is_called_by_its_place():
    """Of Windows' own allocator, since Wine has no drive as an item of the shell: GetSize is its seventh."""
    ole, allocator = ctypes.WinDLL("ole32"), ctypes.c_void_p()
    assert ole.CoGetMalloc(1, ctypes.byref(allocator)) == 0
    ole.CoTaskMemAlloc.restype = ctypes.c_void_p
    memory = ctypes.c_void_p(ole.CoTaskMemAlloc(ctypes.c_size_t(100)))
    assert health._method(allocator, 6, ctypes.c_void_p)(allocator, memory) == 100
    ole.CoTaskMemFree(memory)


@pytest.mark.wine
def test_a_look_of_each_half_has_its_checks():
    machine, user = settings.WindowsMachineSettings().look(NOW), settings.WindowsUserSettings().look(NOW)
    assert all(isinstance(fact, Setting) for fact in (*machine.facts, *user.facts))
    assert {fact.subject.key for fact in (*machine.facts, *user.facts)} == {*CHECKS}
    assert {fact.subject.scope for fact in user.facts} == {"user"}


@pytest.mark.wine
def test_a_changed_value_is_heard(saver: Registry):
    sensor, heard = settings.WindowsUserSettings(settle=0.0), list[float]()
    sensor.start(heard.append)
    saver.put(settings.SAVER, "ScreenSaveTimeOut", "900")
    until(lambda: heard, what="no event")
    sensor.stop()
