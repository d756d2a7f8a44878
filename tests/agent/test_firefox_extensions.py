"""Extensions of Firefox: what the real Firefox wrote, and lists written in its form."""

import os
import shutil
from pathlib import Path

import pytest

from agent.sensors import firefox_extensions
from agent.sensors.firefox_extensions import LINUX, WINDOWS, FirefoxExtensions
from policy.kinds.software import InstalledProgram
from policy.model import Look
from tests.contracts.sensor import SensorContract, programs
from tests.support.extension_homes import RECORDINGS, Firefox, as_nobody, nobodys_home
from tests.support.packages import NOW
from tests.support.until import until

STORE = "https://addons.mozilla.org/firefox/downloads/file/1/toy.xpi"


class FirefoxPlace:
    """As the contract asks."""

    names = ("toy", "other")
    versioned = True

    def __init__(self, home: Path) -> None:
        self._home, self._firefox = home, Firefox(home)
        self.install, self.remove = self._firefox.install, self._firefox.remove
        self._list = self._firefox.profile / "extensions.json"

    def sensor(self) -> FirefoxExtensions:
        return FirefoxExtensions(self._home, LINUX, settle=0.0)

    def key(self, name: str) -> str:
        return f"firefox:{name}@example.nl"

    def spoil(self) -> None:
        self._list.write_bytes(self._list.read_bytes()[:-9])

    def mend(self) -> None:
        self._firefox.save()

    def vanish(self) -> None:
        shutil.rmtree(self._home / ".config", ignore_errors=True)


class TestContract(SensorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> FirefoxPlace:
        return FirefoxPlace(tmp_path)


def look(home: Path) -> Look:
    return FirefoxExtensions(home, LINUX).look(NOW)


def one(home: Path) -> InstalledProgram:
    seen = look(home)
    assert seen.gap is None
    (fact,) = programs(seen).values()
    return fact


def test_a_real_profile(tmp_path: Path):
    """Fourteen entries; two are extensions that were brought. The other profile was never used and has no list."""
    data = tmp_path / ".config/mozilla/firefox"
    data.mkdir(parents=True)
    shutil.copy(RECORDINGS / "firefox-153/profiles.ini", data)
    for profile in ("wh1let73.default-esr", "ifrctda1.default"):
        (data / profile).mkdir()
    shutil.copy(RECORDINGS / "firefox-153/extensions.json", data / "wh1let73.default-esr")
    seen = look(tmp_path)
    assert seen.gap is None
    found = programs(seen)
    assert set(found) == {"firefox:forced@example.nl", "firefox:side@example.nl"}
    forced = found["firefox:forced@example.nl"]
    assert (forced.name, forced.version, forced.publisher, forced.proven) == (
        "Forced by policy",
        "1.0",
        "Maker Ltd",
        False,
    )
    assert (forced.brought_by, forced.origin, forced.source) == ("management", "", "firefox")
    assert found["firefox:side@example.nl"].name == "Side English"


@pytest.mark.parametrize(
    ("more", "origin"),
    [
        ({"signedState": 2, "sourceURI": STORE}, "mozilla-add-ons"),
        ({"signedState": 2, "sourceURI": None, "installTelemetryInfo": {"source": "amo"}}, "mozilla-add-ons"),
        ({"signedState": 0, "sourceURI": STORE}, ""),
        ({"signedState": None, "sourceURI": STORE}, ""),
        ({"signedState": -2, "sourceURI": STORE}, ""),
        ({"signedState": 2, "sourceURI": "https://addons.mozilla.org.example.nl/toy.xpi"}, ""),
        ({"signedState": 2, "sourceURI": "file:///toy.xpi"}, ""),
        ({"signedState": 2, "sourceURI": STORE, "updateURL": "https://updates.example.nl"}, ""),
        ({"signedState": 2, "sourceURI": "https://["}, ""),
    ],
)
def test_the_store_has_signed_it_and_sent_it(tmp_path: Path, more, origin):
    """It vouches for the file; the name of the maker is a claim."""
    Firefox(tmp_path).install("toy", "1", **more)
    fact = one(tmp_path)
    assert (fact.origin, fact.publisher, fact.proven) == (origin, "Somebody", False)


@pytest.mark.parametrize(("state", "proven"), [(2, False), (3, True), (4, True)])
def test_what_mozilla_made_itself_has_a_key_of_its_own(tmp_path: Path, state, proven):
    Firefox(tmp_path).install("toy", "1", signedState=state)
    assert (one(tmp_path).publisher, one(tmp_path).proven) == ("Mozilla" if proven else "Somebody", proven)


@pytest.mark.parametrize(
    ("more", "brought_by", "chosen"),
    [
        ({}, "user", True),
        ({"foreignInstall": True}, "unknown", True),
        ({"installTelemetryInfo": {"source": "enterprise-policy"}}, "management", True),
        ({"installTelemetryInfo": {"source": "distribution"}}, "user", False),
        ({"installTelemetryInfo": None}, "user", True),
        ({"location": "app-system-share", "path": "/usr/share/mozilla/x.xpi"}, "unknown", False),
        ({"location": "app-system-user"}, "unknown", True),
    ],
)
def test_who_brought_it(tmp_path: Path, more, brought_by, chosen):
    """What a package of the machine brought is seen as a program."""
    Firefox(tmp_path).install("toy", "1", **more)
    assert (one(tmp_path).brought_by, one(tmp_path).chosen) == (brought_by, chosen)


def test_what_says_that_it_is_a_part_of_firefox_and_lies_in_the_profile_is_told(tmp_path: Path):
    """So that it can't hide; a part that Mozilla signed may lie there."""
    firefox = Firefox(tmp_path)
    firefox.install("hides", "1", location="app-system-defaults", hidden=True, rootURI="resource://x/")
    firefox.install("theirs", "1", location="app-system-addons", signedState=3)
    firefox.install("built-in", "1", location="app-builtin-addons", path=None, rootURI="resource://x/")
    firefox.install("old", "1", location="app-system-defaults", path="/usr/lib/firefox/browser/features/x.xpi")
    firefox.install("theme", "1", type="theme")
    firefox.install("words", "1", type="dictionary")
    assert set(programs(look(tmp_path))) == {"firefox:hides@example.nl"}


@pytest.mark.parametrize(("places", "place"), [(LINUX, p) for p in LINUX] + [(WINDOWS, f"{WINDOWS[0]}/Profiles")])
def test_each_place(tmp_path: Path, places, place):
    Firefox(tmp_path, place).install("toy", "1")
    assert len(FirefoxExtensions(tmp_path, places).look(NOW).facts) == 1


def test_a_profile_elsewhere_is_in_firefoxs_own_list(tmp_path: Path):
    """And the same extension in two profiles is one subject, its oldest copy."""
    Firefox(tmp_path, "elsewhere", "mi%ne").install("toy", "1.9")
    Firefox(tmp_path).install("toy", "1.10")
    ini = f"[Profile0]\nName=%(x)s\nIsRelative=0\nPath={tmp_path}/elsewhere/mi%ne\n[Profile1]\nPath=x1.default-esr\n"
    (tmp_path / ".config/mozilla/firefox/profiles.ini").write_text(ini)
    assert one(tmp_path).version == "1.9"


@pytest.mark.parametrize("id_", ["{EC8030F7-c20a}", "A@B", "../../x", "a\\b\nc"])
def test_the_key_is_in_lower_case_and_no_path(tmp_path: Path, id_):
    Firefox(tmp_path).install("toy", "1", id=id_)
    key = one(tmp_path).subject.key
    assert key == key.lower()
    assert not set(key) & set("/\\\n")


HOSTILE = [b"", b"{", b"[]", b'{"addons": 1}', b'{"addons": [7]}', b'{"addons":' + b"[" * 100_000, b"\xff\xfe"]


@pytest.mark.parametrize("said", HOSTILE)
def test_a_list_that_is_none_is_a_gap_about_all(tmp_path: Path, said):
    """Another profile is told nevertheless."""
    Firefox(tmp_path).install("toy", "1")
    broken = Firefox(tmp_path, ".mozilla/firefox").profile
    broken.mkdir(parents=True)
    (broken / "extensions.json").write_bytes(said)
    seen = look(tmp_path)
    assert len(seen.facts) == 1
    assert seen.gap
    assert not seen.gap.about


def test_an_entry_that_is_none_is_a_gap_about_it(tmp_path: Path):
    firefox = Firefox(tmp_path)
    firefox.install("toy", "1", signedState="2")
    firefox.install("other", "1")
    seen = look(tmp_path)
    assert set(programs(seen)) == {"firefox:other@example.nl"}
    assert seen.gap
    assert [subject.key for subject in seen.gap.about] == ["firefox:toy@example.nl"]


@pytest.mark.parametrize("name", ["extensions.json", "profiles.ini"])
def test_a_pipe_a_loop_and_what_is_too_large_are_a_gap(tmp_path: Path, name, monkeypatch: pytest.MonkeyPatch):
    firefox = Firefox(tmp_path)
    firefox.install("toy", "1")
    path = (firefox.data if name.endswith(".ini") else firefox.profile) / name
    for make in (os.mkfifo, lambda path: path.symlink_to(path), lambda path: path.write_text("[" * 2_000_000)):
        path.unlink(missing_ok=True)
        make(path)
        assert look(tmp_path).gap
    path.unlink()
    assert look(tmp_path).gap is None
    firefox.save()
    monkeypatch.setattr(firefox_extensions, "MOST_EXTENSIONS", 0)
    assert look(tmp_path).gap


@pytest.mark.parametrize("shut", ["", "x1.default-esr", "x1.default-esr/extensions.json"])
def test_what_may_not_be_read_is_a_gap(shut):
    with nobodys_home() as home:
        firefox = Firefox(home)
        firefox.install("toy", "1")
        assert as_nobody(home, "firefox_extensions", "FirefoxExtensions") == "1 None"
        (firefox.data / shut).chmod(0)
        assert as_nobody(home, "firefox_extensions", "FirefoxExtensions") == "0 unreadable: Permission denied"


def test_only_the_list_is_heard(tmp_path: Path):
    """Not the preferences, which are renamed into place too."""
    firefox = Firefox(tmp_path)
    firefox.install("toy", "1")
    sensor = FirefoxExtensions(tmp_path, LINUX, settle=0.0)
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        for _ in range(20):
            (firefox.profile / "prefs-1.js").write_text("x")
            (firefox.profile / "prefs-1.js").rename(firefox.profile / "prefs.js")
        firefox.save()
        until(lambda: heard, what="no event")
        assert heard == [0.0]
    finally:
        sensor.stop()
