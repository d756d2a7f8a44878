"""Packages of Windows' own form (MSIX)."""

import sys
import winreg
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.sensor import SensorContract, programs
from tests.support.packages import NOW
from tests.support.until import until

assert sys.platform == "win32"
from agent.sensors.bounded import Unreadable  # noqa: E402
from agent.sensors.windows_manifest import MOST_BYTES, identity, manifest, publisher_id  # noqa: E402
from agent.sensors.windows_msix import OF_WINDOWS, PROVISIONED, USER, WindowsMsix  # noqa: E402
from agent.sensors.windows_registry import Place  # noqa: E402
from tests.wine.registry import remove, write  # noqa: E402

QUICK = 0.05
MAKER = "CN=Kite Works, O=Kite Works, C=NL"
OF_THE_STORE = "CN=4AFB7DA6-0C19-4F5E-9B31-6D3C0A3B1C11"
CLEAN = USER.path.removesuffix(r"\Repository\Packages")
TEXT = """<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{name}" Publisher="{publisher}" Version="{version}.0" ProcessorArchitecture="x64"/>
  <Properties>
    <DisplayName>{shown}</DisplayName><PublisherDisplayName>Kite &amp; Co</PublisherDisplayName>{more}
  </Properties>
</Package>
"""


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    """No list at first, nor after."""
    places = (Place(USER.root, CLEAN), PROVISIONED, OF_WINDOWS)
    for place in places:
        remove(place)
    for place in (USER, PROVISIONED):
        winreg.CreateKeyEx(place.root, place.path, 0, winreg.KEY_ALL_ACCESS | place.view).Close()
    yield
    for place in places:
        remove(place)


class Packages:
    """One of the two lists, written as the documents have it, and the folder that packages are in."""

    names = ("Kite.Works.Kite", "7D2C2B6A.PaperCrane")
    versioned = True

    def __init__(self, home: Path, place: Place) -> None:
        self.place, self.home = place, home
        self.apps, self.windows = home / "WindowsApps", home / "windows"
        self.loose = home / "loose"

    def sensor(self) -> WindowsMsix:
        scope = "user" if self.place == USER else "machine"
        others = (OF_WINDOWS, PROVISIONED) if self.place == USER else ()
        return WindowsMsix(self.place, others, (self.apps,), self.windows, scope, QUICK)

    def install(
        self,
        name: str,
        version: str = "1.0.0",
        *,
        where: Path | None = None,
        place: Place | None = None,
        publisher: str = MAKER,
        signed_by: str = "",
        resource: str = "",
        shown: str = "",
        more: str = "",
    ) -> str:
        if place is None:
            self.remove(name)
        full = f"{name}_{version}.0_x64_{resource}_{publisher_id(signed_by or publisher)}"
        folder = (where or self.apps) / full
        folder.mkdir(parents=True, exist_ok=True)
        said = TEXT.format(name=name, publisher=publisher, version=version, shown=shown or name, more=more)
        (folder / "AppxManifest.xml").write_text(said, encoding="utf-8")
        place = place or self.place
        if place == USER:
            write(place, full, PackageRootFolder=str(folder), DisplayName=shown or name, PackageID=full)
        else:
            write(place, full, Path=str(folder / "AppxManifest.xml"))
        return full

    def remove(self, name: str) -> None:
        with winreg.CreateKeyEx(self.place.root, self.place.path, 0, winreg.KEY_ALL_ACCESS | self.place.view) as key:
            there = [winreg.EnumKey(key, number) for number in range(winreg.QueryInfoKey(key)[0])]
        for full in there:
            if full.startswith(f"{name}_"):
                remove(self.place._replace(path=rf"{self.place.path}\{full}"))
                (self.apps / full / "AppxManifest.xml").unlink(missing_ok=True)

    def key(self, name: str) -> str:
        return f"{name}_{publisher_id(MAKER)}".lower()

    def spoil(self) -> None:
        for file in self.apps.glob("*/AppxManifest.xml"):
            file.rename(file.with_suffix(".away"))
            file.write_text("<Package>")

    def mend(self) -> None:
        for file in self.apps.glob("*/AppxManifest.away"):
            file.replace(file.with_suffix(".xml"))

    def vanish(self) -> None:
        remove(Place(USER.root, CLEAN) if self.place == USER else self.place)


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    return Packages(tmp_path, USER)


@pytest.mark.fake(
    "Install an app from the Microsoft Store: it is found, its publisher proven; it goes: so does it here."
)
class TestUser(SensorContract):
    """The registry is real, the form of the list is as osquery's documents have it."""

    @pytest.fixture
    def place(self, packages: Packages) -> Packages:
        return packages


@pytest.mark.fake("`Add-AppxProvisionedPackage` of an app: it is found, once, as the machine's.")
class TestMachine(SensorContract):
    """As above."""

    @pytest.fixture
    def place(self, tmp_path: Path) -> Packages:
        return Packages(tmp_path, PROVISIONED)


@pytest.mark.fake("The family names of Calculator and Terminal end in the letters that `publisher_id` makes.")
def test_a_publisher_has_the_letters_that_windows_gives_it():
    """Microsoft's own, as all its packages have them."""
    microsoft = "CN=Microsoft Corporation, O=Microsoft Corporation, L=Redmond, S=Washington, C=US"
    assert publisher_id(microsoft) == "8wekyb3d8bbwe"
    found = identity("Microsoft.WindowsTerminal_1.19.10573.0_x64__8wekyb3d8bbwe")
    assert found
    assert (found.family, found.version) == ("microsoft.windowsterminal_8wekyb3d8bbwe", "1.19.10573.0")


@pytest.mark.fake(
    "With developer mode, `Add-AppxPackage -Register` of a folder of one's own: found, publisher claimed."
)
def test_a_publisher_is_proven_where_windows_takes_only_what_is_signed(packages: Packages):
    """A folder of a user's own proves nothing, nor does a manifest that is another package's."""
    packages.install("Kite.Signed")
    packages.install("Kite.Loose", where=packages.loose)
    packages.install("Kite.Other", signed_by="CN=Somebody Else")
    packages.install("Kite.Store", publisher=OF_THE_STORE)
    found = {fact.name: (fact.publisher, fact.proven) for fact in programs(packages.sensor().look(NOW)).values()}
    assert found == {
        "Kite.Signed": ("Kite Works", True),
        "Kite.Loose": ("Kite Works", False),
        "Kite.Other": ("Kite Works", False),
        "Kite.Store": ("Kite & Co", True),
    }


@pytest.mark.fake("A fresh Windows has no finding of its own apps, nor of what they share (VCLibs, UI.Xaml).")
def test_parts_of_windows_and_of_other_packages_are_no_programs(packages: Packages):
    packages.install("Kite.Works.Kite")
    packages.install("Kite.Shared", more="<Framework>true</Framework>")
    packages.install("Kite.Words", more="<ResourcePackage>true</ResourcePackage>")
    packages.install("Kite.Split", resource="split.language-nl")
    packages.install("Kite.Shell", where=packages.windows / "SystemApps")
    packages.install("Kite.Mail")
    packages.install("Kite.Mail", "0.9.0", place=OF_WINDOWS)
    packages.install("Kite.All")
    packages.install("Kite.All", "0.9.0", place=PROVISIONED)
    assert {fact.name for fact in programs(packages.sensor().look(NOW)).values()} == {"Kite.Works.Kite"}


@pytest.mark.fake("A Store app with a Dutch name is found under one key in both languages of Windows.")
def test_a_name_in_each_language_is_not_what_it_is_called(packages: Packages):
    packages.install("Kite.Works.Kite", shown="ms-resource:AppName")
    packages.install("Kite.Works.Plain", shown="Kite  Plain\n")
    assert {fact.name for fact in programs(packages.sensor().look(NOW)).values()} == {"Kite.Works.Kite", "Kite  Plain"}


@pytest.mark.fake("The service reads no manifest outside `WindowsApps`.")
def test_the_service_opens_no_manifest_that_a_user_can_have_put_there(tmp_path: Path):
    packages = Packages(tmp_path, PROVISIONED)
    packages.install("Kite.Loose", where=packages.loose)
    look = packages.sensor().look(NOW)
    assert look.facts == ()
    assert look.gap
    assert {subject.key for subject in look.gap.about} == {packages.key("Kite.Loose")}


@pytest.mark.wine
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Package>",
        b"\xff\xfe<\x00P",
        b"<Package>" * 5000 + b"</Package>" * 5000,
        b"<!DOCTYPE a [<!ENTITY b 'cc'>]><Package>&b;</Package>",
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><Package/>'.encode("utf-16"),
        b'<?xml version="1.0" encoding="none-such"?><Package/>',
        b" " * (MOST_BYTES + 1),
    ],
    ids=range(8),
)
def test_a_manifest_that_is_none_is_unreadable_and_does_no_harm(tmp_path: Path, body: bytes, packages: Packages):
    file = tmp_path / "AppxManifest.xml"
    file.write_bytes(body)
    with pytest.raises(Unreadable):
        manifest(file)
    full = packages.install("Kite.Bad")
    packages.install("Kite.Good")
    (packages.apps / full / "AppxManifest.xml").write_bytes(body)
    look = packages.sensor().look(NOW)
    assert {fact.name for fact in programs(look).values()} == {"Kite.Good"}
    assert look.gap
    assert {subject.key for subject in look.gap.about} == {packages.key("Kite.Bad")}


@pytest.mark.wine
def test_keys_that_are_no_packages_and_folders_of_others_are_passed_by(
    packages: Packages, monkeypatch: pytest.MonkeyPatch
):
    for name in ("x", "a_b_c", "Kite.Works_1.0.0.0_x64__short", "Kite.Works_1.0.0.0_x64__" + "i" * 13):
        write(USER, name, PackageRootFolder=str(packages.apps))
    assert packages.sensor().look(NOW).facts == ()
    assert packages.sensor().look(NOW).gap is None
    write(USER, f"Kite.Far_1.0.0.0_x64__{publisher_id(MAKER)}", PackageRootFolder=r"\\server\share\Kite.Far")
    asked: list[Path] = []
    monkeypatch.setattr("agent.sensors.windows_msix.manifest", asked.append)
    look = packages.sensor().look(NOW)
    assert look.gap
    assert not asked, "of another machine"
    assert {subject.key for subject in look.gap.about} == {packages.key("Kite.Far")}


@pytest.mark.wine
def test_a_list_that_is_taken_away_and_comes_back_is_heard_of(packages: Packages):
    """A watch of a key that is gone says nothing more; the one of the key above does."""
    sensor = packages.sensor()
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        for _ in range(3):
            heard.clear()
            packages.vanish()
            until(lambda: heard, what="no event of its end")
            heard.clear()
            packages.install("Kite.Works.Kite")
            until(lambda: heard and sensor.look(NOW).facts, what="no event")
    finally:
        sensor.stop()
