"""What Windows lists as installed."""

import os
import shutil
import subprocess
import sys
import winreg
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy.kinds.software import InstalledProgram
from tests.contracts.sensor import SensorContract, programs
from tests.support.packages import NOW
from tests.support.until import until
from tests.wine.recipe import MAKER, NAME, NEW, OLD

assert sys.platform == "win32"
from agent.sensors.windows_places import local_app_data, program_files  # noqa: E402
from agent.sensors.windows_publisher import Makers, told  # noqa: E402
from agent.sensors.windows_registry import LONGEST, MOST_KEYS, Place, text  # noqa: E402
from agent.sensors.windows_uninstall import MACHINE, USER, WindowsUninstall  # noqa: E402
from tests.wine.registry import remove, write  # noqa: E402
from tests.wine.trust import MADE, trust  # noqa: E402

QUICK = 0.05
X64, X86 = MACHINE
KEY = NAME.lower()


def machine() -> WindowsUninstall:
    return WindowsUninstall(MACHINE, Makers(within=program_files()), settle=QUICK)


def user() -> WindowsUninstall:
    return WindowsUninstall(USER, Makers(), "user", settle=QUICK)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    """An empty list at first, and after."""
    trust()
    for place in (*MACHINE, *USER):
        remove(place)
        winreg.CreateKeyEx(place.root, place.path, 0, winreg.KEY_ALL_ACCESS | place.view).Close()
    yield
    for place in (*MACHINE, *USER):
        remove(place)


class Listed:
    """One of the two lists; a hand that writes there as installers do."""

    names = ("Paper Crane", "Kite 3D")
    versioned = True

    def __init__(self, place: Place, sensor: WindowsUninstall) -> None:
        self._place, self._sensor, self._spoilt = place, sensor, False

    def sensor(self) -> WindowsUninstall:
        made = self._sensor
        return WindowsUninstall(made.places, made.makers, made.scope, made.settle)

    def install(self, name: str, version: str) -> None:
        write(self._place, f"{{{name}}}_is1", DisplayName=f"{name} {version} (x64)", DisplayVersion=version)

    def remove(self, name: str) -> None:
        remove(self._place._replace(path=rf"{self._place.path}\{{{name}}}_is1"))

    def key(self, name: str) -> str:
        return name.lower()

    def spoil(self) -> None:
        """More than anybody installed: Wine lets all read all, so that a key that may not be read can't be made."""
        for number in range(MOST_KEYS):
            winreg.CreateKeyEx(
                self._place.root, rf"{self._place.path}\{number}", 0, winreg.KEY_WRITE | self._place.view
            )

    def mend(self) -> None:
        for number in range(MOST_KEYS):
            winreg.DeleteKeyEx(self._place.root, rf"{self._place.path}\{number}", self._place.view)

    def vanish(self) -> None:
        remove(self._place)


@pytest.mark.wine
class TestMachine(SensorContract):
    @pytest.fixture(params=MACHINE, ids=("64", "32"))
    def place(self, request: pytest.FixtureRequest) -> Listed:
        return Listed(request.param, machine())


@pytest.mark.wine
class TestUser(SensorContract):
    @pytest.fixture
    def place(self) -> Listed:
        return Listed(USER[0], user())


def only(sensor: WindowsUninstall) -> InstalledProgram:
    look = sensor.look(NOW)
    assert look.gap is None
    (fact,) = programs(look).values()
    return fact


def msiexec(*argv: str) -> None:
    subprocess.run(("msiexec", *argv, "/qn"), check=True, stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.wine
def test_a_real_package_is_told_by_an_event_when_it_comes_is_renewed_and_goes():
    """A package for the machine, installed by msiexec: signed, so that its publisher is proven."""
    sensor = machine()
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        msiexec("/i", str(MADE / "machine-old.msi"))
        until(lambda: heard, what="no event")
        fact = only(sensor)
        assert (fact.subject.key, fact.subject.scope, fact.name, fact.version) == (KEY, "machine", NAME, OLD)
        assert (fact.publisher, fact.proven, fact.source) == (MAKER, True, "uninstall")
        heard.clear()
        msiexec("/i", str(MADE / "machine-new.msi"))
        until(lambda: heard, what="no event of the newer one")
        newer = only(sensor)
        assert (newer.subject, newer.version) == (fact.subject, NEW)
        heard.clear()
        msiexec("/x", str(MADE / "machine-new.msi"))
        until(lambda: heard and not programs(sensor.look(NOW)), what=f"still there: {sensor.look(NOW)}")
    finally:
        sensor.stop()


@pytest.mark.wine
def test_a_real_package_of_32_bits_is_the_same_program():
    """Unsigned, so that its publisher is what the package claims."""
    msiexec("/i", str(MADE / "machine-old.msi"))
    msiexec("/i", str(MADE / "machine-32.msi"))
    try:
        fact = only(machine())
        assert fact.subject.key == KEY
        assert (fact.publisher, fact.proven) == (MAKER, False), "the copy that proves least speaks"
    finally:
        msiexec("/x", str(MADE / "machine-32.msi"))
        msiexec("/x", str(MADE / "machine-old.msi"))


@pytest.mark.wine
def test_what_a_user_installs_without_an_administrator_is_the_users():
    """By a real installer that writes into their own registry alone."""
    sensor = user()
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        for version, made in ((OLD, "user-old-setup.exe"), (NEW, "user-new-setup.exe")):
            heard.clear()
            subprocess.run((MADE / made, "/S"), check=True, stdin=subprocess.DEVNULL, timeout=60)
            until(lambda: heard, what="no event")
            fact = only(sensor)
            assert (fact.subject.key, fact.subject.scope, fact.version) == (KEY, "user", version)
            assert (fact.publisher, fact.proven) == (MAKER, False)
            assert machine().look(NOW).facts == ()
        heard.clear()
        subprocess.run((local_app_data() / "Programs" / NAME / "uninstall.exe", "/S"), check=True, timeout=60)
        until(lambda: heard and not sensor.look(NOW).facts, what="it is still there")
    finally:
        sensor.stop()


@pytest.mark.wine
def test_of_a_package_for_one_user_that_the_machine_lists_no_file_is_opened(monkeypatch: pytest.MonkeyPatch):
    """So does Wine; Windows lists it with the user."""
    opened: list[Path] = []
    makers = Makers(within=program_files())
    monkeypatch.setattr(makers.signatures, "of", opened.append)
    msiexec("/i", str(MADE / "user.msi"))
    try:
        fact = only(WindowsUninstall(MACHINE, makers))
        assert (fact.subject.key, fact.publisher, fact.proven, opened) == (KEY, MAKER, False, [])
        assert (local_app_data() / "Programs" / NAME / "PaperCrane.exe").is_file()
    finally:
        msiexec("/x", str(MADE / "user.msi"))


@pytest.mark.wine
@pytest.mark.parametrize(
    "values",
    [
        {"SystemComponent": 1},
        {"ParentKeyName": "Office"},
        {"ReleaseType": "Security Update"},
        {"ReleaseType": "Hotfix"},
    ],
)
def test_what_windows_does_not_list_is_no_program(values: dict[str, str | int]):
    write(X64, "Kite", DisplayName="Kite")
    write(X64, "Part", DisplayName="Part", **values)
    write(X64, "Nameless", DisplayVersion="3")
    assert only(machine()).name == "Kite"


@pytest.mark.wine
def test_a_value_of_another_kind_or_without_end_does_no_harm():
    """A name of a million letters is none; a number where text belongs is none either."""
    write(X64, "Endless", DisplayName="x" * 1_000_000)
    write(X64, "Number", DisplayName=7)
    write(X64, "Kite", DisplayName="Kite", DisplayVersion="x" * LONGEST * 2, SystemComponent="1", Publisher=3)
    fact = only(machine())
    assert (fact.name, fact.version, fact.publisher) == ("Kite", "", "")
    with Place(X64.root, rf"{X64.path}\Endless").open() as key:
        assert text(key, "DisplayName") == ""


@pytest.fixture
def anybodys() -> Iterator[Path]:
    """A folder beside Program Files, as anybody can make one, with a signed program."""
    folder = Path(r"C:\Kite")
    folder.mkdir()
    (folder / "kite.exe").write_bytes((MADE / "trusted.exe").read_bytes())
    yield folder
    shutil.rmtree(folder)


@pytest.mark.wine
@pytest.mark.parametrize("where", [r"C:\Kite", r"C:\Program Files\..\Kite", ""])
def test_the_service_opens_no_file_that_a_user_can_have_put_there(
    where: str, anybodys: Path, monkeypatch: pytest.MonkeyPatch
):
    """What a user installs for themselves they may open; the service may not, whatever the list says."""
    opened: list[Path] = []
    icon = rf"{where or anybodys}\kite.exe,0"
    write(X64, "Kite", DisplayName="Kite", Publisher="Kite Ltd", InstallLocation=where, DisplayIcon=icon)
    makers = Makers(within=program_files())
    monkeypatch.setattr(makers.signatures, "of", opened.append)
    fact = only(WindowsUninstall(MACHINE, makers))
    assert (fact.publisher, fact.proven, opened) == ("Kite Ltd", False, [])
    write(USER[0], "Kite", DisplayName="Kite", InstallLocation=str(anybodys))
    assert only(user()).proven


@pytest.mark.wine
@pytest.mark.parametrize(
    "path",
    [
        r"\\server\share\k.exe",
        r"\\.\pipe\k.exe",
        r"\\?\C:\k.exe",
        r"C:\k:x.exe",
        r"C:k.exe",
        "k.exe",
        r"\k.exe",
        r"C:\a\..\k.exe",
    ],
)
def test_neither_half_asks_a_share_or_a_device_for_a_file(path: str):
    """To ask tells another machine who asks."""
    assert Makers().may_open(Path(r"C:\k.exe"))
    assert not Makers().may_open(Path(path))
    assert not Makers(within=(Path("C:\\"),)).may_open(Path(path))


@pytest.mark.wine
def test_its_own_file_is_the_one_that_it_is_shown_by_and_never_its_remover(tmp_path: Path):
    makers = Makers()
    for name, made in (("Kite.exe", "strange"), ("unins000.exe", "trusted"), ("other.exe", "trusted")):
        (tmp_path / name).write_bytes((MADE / f"{made}.exe").read_bytes())
    for icon in (None, "unins000.exe", "Kite.exe"):
        found = makers.own_file(tmp_path, tmp_path / icon if icon else None, "kite")
        assert found == tmp_path / "Kite.exe"
    assert makers.own_file(tmp_path, tmp_path / "other.exe", "kite") == tmp_path / "other.exe"
    assert makers.own_file(tmp_path, Path(os.environ["SYSTEMROOT"], "notepad.exe"), "kite") == tmp_path / "Kite.exe"


@pytest.mark.wine
def test_a_helper_is_a_programs_own_file_only_where_there_is_no_other(tmp_path: Path):
    helper, other, remover = tmp_path / "crash-helper.exe", tmp_path / "k.exe", tmp_path / "uninstall.exe"
    large = (MADE / "unsigned.exe").read_bytes() + b"x" * 10_000
    remover.write_bytes(large)
    assert Makers().own_file(tmp_path, None, "kite") is None
    helper.write_bytes(large)
    assert Makers().own_file(tmp_path, None, "kite") == helper
    other.write_bytes((MADE / "unsigned.exe").read_bytes())
    assert Makers().own_file(tmp_path, None, "kite") == other


@pytest.mark.wine
def test_a_path_is_read_as_installers_write_it():
    for said in ('"C:\\x y\\z.exe",0', "C:\\x y\\z.exe,-101", "C:\\x y\\z.exe", '"C:\\x y\\z.exe"', "C:\\x y\\z.exe\\"):
        assert told(said) == Path("C:\\x y\\z.exe")
    assert told("") is told("\0") is told("x" * 5000) is None


@pytest.mark.wine
def test_many_writings_are_one_event():
    """An installer writes twenty values, and wakes nobody twenty times."""
    sensor = WindowsUninstall(USER, Makers(), "user", settle=0.5)
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        for number in range(200):
            write(USER[0], f"Kite{number % 7}", DisplayName="Kite")
        until(lambda: heard)
        assert len(heard) < 20
    finally:
        sensor.stop()


@pytest.mark.fake("As an ordinary user, in HKLM Uninstall, take read rights from one key: its program does not end.")
def test_a_key_that_may_not_be_read_is_a_gap(monkeypatch: pytest.MonkeyPatch):
    """Wine lets all read all."""
    write(X64, "Kite", DisplayName="Kite")
    real = winreg.OpenKeyEx

    def closed(key: winreg.HKEYType | int, name: str, *rest: int) -> winreg.HKEYType:
        if name == "Kite":
            raise PermissionError(13, "Access is denied", None, 5)
        return real(key, name, *rest)

    monkeypatch.setattr("winreg.OpenKeyEx", closed)
    look = machine().look(NOW)
    assert look.facts == ()
    assert look.gap
    assert not look.gap.about


@pytest.mark.wine
def test_a_version_that_is_written_over_the_old_one_is_heard_of():
    """As an updater does it: a value deep below, and no name of a key."""
    write(X64, "Kite", DisplayName="Kite", DisplayVersion=OLD)
    sensor = machine()
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        with winreg.OpenKeyEx(X64.root, rf"{X64.path}\Kite", 0, winreg.KEY_WRITE | X64.view) as key:
            winreg.SetValueEx(key, "DisplayVersion", 0, winreg.REG_SZ, NEW)
        until(lambda: heard, what="no event")
        assert only(sensor).version == NEW
    finally:
        sensor.stop()


@pytest.mark.wine
def test_of_several_versions_the_newest_is_told():
    write(X86, "Old", DisplayName=f"Kite {OLD}", DisplayVersion=OLD)
    write(X64, "Tenth", DisplayName="Kite 10.0.1", DisplayVersion="10.0.1")
    write(X64, "New", DisplayName=f"Kite {NEW}", DisplayVersion=NEW)
    assert only(machine()).version == "10.0.1"
