"""Programs in a user's own places."""

import shutil
import subprocess
import sys
import winreg
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.events import FileDeletedEvent, FileModifiedEvent, FileMovedEvent

from policy.kinds.software import InstalledProgram
from tests.contracts.sensor import SensorContract, programs
from tests.support.extension_homes import Chromium, Code, Firefox
from tests.support.packages import NOW
from tests.support.until import until
from tests.wine import pe
from tests.wine.recipe import MAKER, NAME, OLD

assert sys.platform == "win32"
from agent.platforms import windows_signature  # noqa: E402
from agent.platforms.windows_signature import Signature, opened  # noqa: E402
from agent.sensors import windows_publisher  # noqa: E402
from agent.sensors.windows_local import WindowsLocal  # noqa: E402
from agent.sensors.windows_naming import displayed, filed  # noqa: E402
from agent.sensors.windows_places import local_app_data, loose, program_files  # noqa: E402
from agent.sensors.windows_portable import WindowsPortable  # noqa: E402
from agent.sensors.windows_program import is_one, is_program  # noqa: E402
from agent.sensors.windows_publisher import About, Makers  # noqa: E402
from agent.sensors.windows_software import of_the_machine, of_the_user  # noqa: E402
from agent.sensors.windows_uninstall import USER, WindowsUninstall  # noqa: E402
from tests.wine.registry import remove, write  # noqa: E402
from tests.wine.trust import MADE, trust  # noqa: E402

QUICK = 0.05
(LIST,) = USER


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    trust()
    remove(LIST)
    winreg.CreateKeyEx(LIST.root, LIST.path, 0, winreg.KEY_ALL_ACCESS | LIST.view).Close()
    yield
    remove(LIST)


class Loose:
    """A folder of downloads; a hand that a browser has."""

    names = ("rufus", "Paper-Crane")
    versioned = True

    def __init__(self, home: Path) -> None:
        self.folder = home / "Downloads"
        self.folder.mkdir()

    def sensor(self) -> WindowsPortable:
        return WindowsPortable((self.folder,), Makers(), settle=QUICK)

    def install(self, name: str, version: str) -> None:
        self.remove(name)
        part = self.folder / "some.crdownload"
        part.write_bytes(pe.program(says={"ProductVersion": version}))
        part.rename(self.folder / f"{name}-{version}-x64.exe")

    def remove(self, name: str) -> None:
        for file in self.folder.glob(f"{name}-*.exe"):
            file.unlink()

    def key(self, name: str) -> str:
        return name.lower()

    def spoil(self) -> None:
        """More than anybody downloads: Wine lets all read all."""
        for number in range(501):
            shutil.copyfile(MADE / "unsigned.exe", self.folder / f"many{number}x.exe")

    def mend(self) -> None:
        for file in self.folder.glob("many*.exe"):
            file.unlink()

    def vanish(self) -> None:
        shutil.rmtree(self.folder)
        self.install = self._anew  # type: ignore[method-assign]

    def _anew(self, name: str, version: str) -> None:
        self.folder.mkdir(exist_ok=True)
        Loose.install(self, name, version)


@pytest.mark.wine
class TestPortable(SensorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Loose:
        return Loose(tmp_path)


class Own:
    """A user's folder of programs and their list; a hand that an installer has."""

    names = ("Paper Crane", "Kite 3D")
    versioned = True

    def __init__(self, home: Path) -> None:
        self.local = home / "Local"
        (self.local / "Programs").mkdir(parents=True)

    def sensor(self) -> WindowsLocal:
        return WindowsLocal(self.local, Makers(), settle=QUICK)

    def install(self, name: str, version: str) -> None:
        folder = self.local / "Programs" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "program.exe").write_bytes(pe.program(says={"ProductVersion": version}))
        write(LIST, name, DisplayName=f"{name} {version}", DisplayVersion=version, InstallLocation=str(folder))

    def remove(self, name: str) -> None:
        remove(LIST._replace(path=rf"{LIST.path}\{name}"))
        shutil.rmtree(self.local / "Programs" / name)

    def key(self, name: str) -> str:
        return name.lower()

    def spoil(self) -> None:
        for number in range(501):
            (self.local / "Programs" / str(number)).mkdir()

    def mend(self) -> None:
        for number in range(501):
            (self.local / "Programs" / str(number)).rmdir()

    def vanish(self) -> None:
        shutil.rmtree(self.local)


@pytest.mark.wine
class TestLocal(SensorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Own:
        return Own(tmp_path)


@pytest.fixture
def own(tmp_path: Path) -> Own:
    return Own(tmp_path)


@pytest.fixture
def down(tmp_path: Path) -> Loose:
    return Loose(tmp_path)


def only(sensor: WindowsLocal | WindowsPortable | WindowsUninstall) -> InstalledProgram:
    look = sensor.look(NOW)
    assert look.gap is None
    (fact,) = programs(look).values()
    return fact


@pytest.mark.wine
def test_what_a_real_installer_put_there_is_one_subject_by_both_sources():
    """In the user's real folder, and their real list."""
    sensor = WindowsLocal(local_app_data(), Makers(), settle=QUICK)
    listed = WindowsUninstall(USER, Makers(), "user", settle=QUICK)
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        subprocess.run((MADE / "user-old-setup.exe", "/S"), check=True, stdin=subprocess.DEVNULL, timeout=60)
        until(lambda: heard and sensor.look(NOW).facts, what="no event")
        fact = only(sensor)
        assert fact.subject == only(listed).subject
        assert (fact.name, fact.version, fact.publisher, fact.proven) == (NAME, OLD, MAKER, False)
        subprocess.run((local_app_data() / "Programs" / NAME / "uninstall.exe", "/S"), check=True, timeout=60)
        until(lambda: not sensor.look(NOW).facts, what="it is still there")
    finally:
        sensor.stop()


@pytest.mark.wine
def test_what_its_installer_calls_otherwise_than_its_folder_is_one_subject(own: Own):
    """As VS Code is."""
    folder = own.local / "Programs" / "Kite Code"
    folder.mkdir()
    shutil.copyfile(MADE / "trusted.exe", folder / "Code.exe")
    write(
        LIST,
        "{id}_is1",
        DisplayName="Kite Studio Code (User)",
        DisplayVersion="1.85.1",
        Publisher="Kite",
        DisplayIcon=f'"{folder}\\Code.exe",0',
    )
    by_folder, by_list = only(own.sensor()), only(WindowsUninstall(USER, Makers(), "user"))
    assert by_folder.subject == by_list.subject
    assert by_folder.subject.key == "kite studio code"
    assert (by_folder.publisher, by_folder.proven) == (MAKER, True)


@pytest.mark.wine
def test_what_nobody_lists_is_told_by_its_folder(own: Own):
    """Unpacked there by hand; one level deeper too, as Python's versions are. An empty folder is no program."""
    for place, made in (("Paper Crane 1.4", "strange"), ("Kite/Kite312", "unsigned"), ("Common", "")):
        folder = own.local / "Programs" / place
        folder.mkdir(parents=True)
        if made:
            shutil.copyfile(MADE / f"{made}.exe", folder / "x.exe")
    found = programs(own.sensor().look(NOW))
    assert set(found) == {"paper crane", "kite"}
    assert (found["paper crane"].publisher, found["paper crane"].proven) == (MAKER, False)


@pytest.mark.fake("Install Discord (Squirrel) without an administrator: found once; its update is the same finding.")
def test_a_folder_of_squirrels_is_told_with_its_newest_version(own: Own):
    """As its documentation has it; none was run."""
    for version in ("1.9.0", "1.10.0"):
        folder = own.local / "Kite" / f"app-{version}"
        folder.mkdir(parents=True)
        (folder / "Kite.exe").write_bytes(pe.program(says={"ProductVersion": version}))
    (own.local / "Other").mkdir()
    shutil.copyfile(MADE / "unsigned.exe", own.local / "Other" / "other.exe")
    assert own.sensor().look(NOW).facts == ()
    shutil.copyfile(MADE / "unsigned.exe", own.local / "Kite" / "Update.exe")
    fact = only(own.sensor())
    assert (fact.subject.key, fact.version) == ("kite", "1.10.0")


@pytest.mark.wine
def test_a_loose_program_is_told_with_who_made_it(down: Loose):
    shutil.copyfile(MADE / "trusted.exe", down.folder / "Crane.exe")
    fact = only(down.sensor())
    assert (fact.subject.key, fact.subject.scope, fact.version) == ("crane", "user", OLD)
    assert (fact.publisher, fact.proven) == (MAKER, True)
    shutil.copyfile(MADE / "tampered.exe", down.folder / "Crane (1).exe")
    assert (only(down.sensor()).publisher, only(down.sensor()).proven) == (MAKER, False)


@pytest.mark.wine
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("notes.exe", b"MZ is how this note begins"),
        ("empty.exe", b""),
        ("picture.png", pe.program()),
        ("part.exe.crdownload", pe.program()),
        ("library.exe", pe.program(pe.LIBRARY)),
        ("KiteSetup.exe", pe.program()),
        ("kite-installer-3.1.exe", pe.program()),
        ("kite.exe", pe.program(says={"FileDescription": "Kite Setup"})),
        ("linux.exe", b"\x7fELF" + b"\0" * 100),
    ],
)
def test_what_is_no_program_or_only_installs_one_is_not_told(down: Loose, name: str, body: bytes):
    (down.folder / name).write_bytes(body)
    look = down.sensor().look(NOW)
    assert (look.facts, look.gap) == ((), None)


@pytest.mark.wine
@pytest.mark.parametrize("name", ["Installous.exe", "upset-upper.EXE", "kite.scr", "kite.com"])
def test_what_windows_would_start_is_told_whatever_its_name_ends_in(down: Loose, name: str):
    (down.folder / name).write_bytes(pe.program())
    assert only(down.sensor()).source == "portable"


@pytest.mark.wine
def test_a_download_that_grows_and_a_document_wake_nobody(down: Loose):
    (spot,) = down.sensor()._where()
    for name in ("x.crdownload", "letter.docx", "exe"):
        assert not spot.hears(FileModifiedEvent(str(down.folder / name)), name)
    assert spot.hears(FileMovedEvent(str(down.folder / "x.crdownload"), str(down.folder / "X.EXE")), "X.EXE")
    assert spot.hears(FileDeletedEvent(str(down.folder / "x.exe")), "x.exe")


@pytest.mark.wine
def test_a_folder_that_is_named_as_a_program_is_passed_by(down: Loose):
    (down.folder / "folder.exe").mkdir()
    look = down.sensor().look(NOW)
    assert (look.facts, look.gap) == ((), None)


@pytest.mark.fake("A program on a desktop in OneDrive that is in the cloud alone is not fetched by a look.")
def test_a_file_that_is_in_the_cloud_alone_is_not_read(down: Loose, monkeypatch: pytest.MonkeyPatch):
    """It is there, and what it is can't be told: nothing ends, nothing begins."""
    shutil.copyfile(MADE / "unsigned.exe", down.folder / "Crane.exe")
    read: list[Path] = []
    monkeypatch.setattr("agent.sensors.windows_portable.NOT_HERE", 0xFFFFFFFF)
    monkeypatch.setattr("agent.sensors.windows_portable.head", read.append)
    look = down.sensor().look(NOW)
    assert (look.facts, read) == ((), [])
    assert look.gap
    assert {subject.key for subject in look.gap.about} == {"crane"}


@pytest.mark.wine
def test_windows_says_where_the_places_are():
    assert all(folder.is_absolute() for folder in (local_app_data(), *program_files(), *loose()))
    assert len(loose()) == len(program_files()) == 2
    assert local_app_data().name == "Local"


@pytest.mark.wine
@pytest.mark.parametrize(
    ("said", "version", "name", "told"),
    [
        ("7-Zip 23.01 (x64)", "23.01", "7-Zip", "23.01"),
        ("Mozilla Firefox (x64 nl)", "121.0", "Mozilla Firefox", "121.0"),
        ("Mozilla Firefox (x64 en-US)", "122.0", "Mozilla Firefox", "122.0"),
        ("Python 3.11.9 (64-bit)", "3.11.9150.0", "Python", "3.11.9150.0"),
        ("Notepad++ (64-bit x64)", "8.6", "Notepad++", "8.6"),
        ("Microsoft Visual Studio Code (User)", "1.85.1", "Microsoft Visual Studio Code", "1.85.1"),
        ("Microsoft Visual C++ 2015-2022 Redistributable (x64) - 14.36.32532", "14.36.32532.0", None, "14.36.32532.0"),
        ("VLC media player", "3.0.20", "VLC media player", "3.0.20"),
        ("Kite version 2.1.0", "", "Kite", "2.1.0"),
        ("PuTTY release 0.80 (64-bit)", "0.80.0.0", "PuTTY release", "0.80.0.0"),
        ("Java 8 Update 391 (64-bit)", "8.0.3910.13", "Java 8 Update", "8.0.3910.13"),
        ("Kite (AI)", "", "Kite (AI)", ""),
        ("1Password", "8.10", "1Password", "8.10"),
        ("3.0", "3.0", "3.0", "3.0"),
        ("Kite 2024-01", "2024-01", "Kite", "2024-01"),
    ],
)
def test_a_display_name_is_the_same_for_each_version(said: str, version: str, name: str | None, told: str):
    found = displayed(said, version)
    assert found.name == (name or "Microsoft Visual C++ 2015-2022 Redistributable")
    assert (found.key, found.version) == (found.name.lower(), told)
    assert displayed(found.name).key == found.key, "its name alone says the same"


@pytest.mark.wine
@pytest.mark.parametrize("file", ["rufus-4.4.exe", "Rufus_4.5.exe", "rufus (1).exe", "rufus-4.4-x64.exe", "RUFUS.EXE"])
def test_a_files_name_is_the_same_for_each_version(file: str):
    assert filed(file).key == "rufus"


@pytest.mark.wine
def test_a_program_is_told_by_its_first_bytes(tmp_path: Path):
    assert is_program(MADE / "unsigned.exe")
    assert not is_program(MADE / "library.dll")
    assert not is_program(tmp_path)
    whole = pe.program()
    assert [is_one(whole[:cut]) for cut in range(0x60)] == [cut >= 0x58 for cut in range(0x60)]
    far = b"MZ".ljust(0x3C, b"\0") + (60_000).to_bytes(4, "little")
    (tmp_path / "far.exe").write_bytes(far.ljust(60_000, b"\0") + whole[0x40:])
    assert is_program(tmp_path / "far.exe")
    assert not is_one(b"MZ".ljust(0x3C, b"\0") + b"\xff\xff\xff\xff")


@pytest.mark.wine
def test_a_program_that_is_looked_at_can_be_taken_away_meanwhile(tmp_path: Path):
    """Else a look makes an uninstaller fail."""
    file = tmp_path / "a.exe"
    for _ in range(2):
        file.write_bytes(pe.program())
        with opened(file):
            file.unlink()
    assert not file.exists()
    file.write_bytes(pe.program())
    with file.open("rb"), pytest.raises(PermissionError):
        file.unlink()


@pytest.mark.wine
def test_the_programs_of_these_tests_are_started_by_windows():
    """Else their form would prove nothing."""
    assert subprocess.run((MADE / "unsigned.exe",), check=False, stdin=subprocess.DEVNULL, timeout=30).returncode == 0


EXTENSIONS: dict[str, Callable[[Path], Chromium | Firefox | Code]] = {
    "chromium_extensions": lambda home: Chromium(home, "AppData/Local/Microsoft/Edge/User Data"),
    "firefox_extensions": lambda home: Firefox(home, "AppData/Roaming/Mozilla/Firefox"),
    "code_extensions": Code,
}


@pytest.mark.wine
@pytest.mark.parametrize("source", EXTENSIONS)
def test_an_extension_is_seen_where_windows_keeps_it_and_its_end_is_heard(source: str, tmp_path: Path):
    home = EXTENSIONS[source](tmp_path)
    (sensor,) = (one for one in of_the_user(tmp_path) if one.source == source)
    home.install("toy", "1.0.0")
    assert len(sensor.look(NOW).facts) == 1
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        home.remove("toy")
        until(lambda: heard and not sensor.look(NOW).facts, what="no event of its end")
    finally:
        sensor.stop()


@pytest.mark.wine
def test_a_new_windows_has_nothing_to_tell_and_no_gap(tmp_path: Path):
    """In its real lists; each source once, since a look is known by it."""
    assert len(of_the_user(None)) == len(of_the_user(tmp_path))
    for sensors in (of_the_machine(), of_the_user(tmp_path)):
        looks = [sensor.look(NOW) for sensor in sensors]
        assert [(look.source, look.facts, look.gap) for look in looks] == [(one.source, (), None) for one in sensors]
        assert len({look.source for look in looks}) == len(looks)


@pytest.mark.wine
def test_what_two_sources_tell_of_one_program_reads_its_file_once(own: Own, monkeypatch: pytest.MonkeyPatch):
    """While it is read for its words, Windows lets nobody take it away."""
    verified: list[Path] = []
    said: list[Path] = []

    def verify(file: Path) -> Signature:
        verified.append(file)
        return Signature("none")

    def about(file: Path) -> About:
        said.append(file)
        return About(company="Kite Ltd")

    monkeypatch.setattr(windows_signature, "verify", verify)
    monkeypatch.setattr(windows_publisher, "about", about)
    own.install("Kite", "1.0")
    makers = Makers()
    for sensor in (WindowsLocal(own.local, makers), WindowsUninstall(USER, makers, "user")):
        for _ in range(3):
            assert only(sensor).publisher == "Kite Ltd"
    assert len(verified) == len(said) == 1
