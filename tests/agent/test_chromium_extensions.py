"""Extensions of Chromium's kin: what the real Chromium wrote, and homes written as it does."""

import os
import shutil
import time
from pathlib import Path

import pytest

from agent.sensors import chromium_extensions, extensions
from agent.sensors.chromium_extensions import LINUX, WINDOWS, ChromiumExtensions
from policy.kinds.software import InstalledProgram
from policy.model import Look
from tests.contracts.sensor import SensorContract, programs
from tests.support.extension_homes import CHROME_STORE, EDGE_STORE, RECORDINGS, Chromium, as_nobody, id_of, nobodys_home
from tests.support.packages import NOW
from tests.support.until import until


class ChromiumPlace:
    """As the contract asks."""

    names = ("toy", "other")
    versioned = True

    def __init__(self, home: Path) -> None:
        self._home, self._chromium = home, Chromium(home)
        self.install = self._chromium.install
        self.remove = self._chromium.remove
        self._preferences = self._chromium.profile / "Preferences"

    def sensor(self) -> ChromiumExtensions:
        return ChromiumExtensions(self._home, LINUX, settle=0.0)

    def key(self, name: str) -> str:
        return f"chromium:{id_of(name)}"

    def spoil(self) -> None:
        self._preferences.write_bytes(self._preferences.read_bytes()[:-9])

    def mend(self) -> None:
        self._chromium.save()

    def vanish(self) -> None:
        shutil.rmtree(self._home / ".config", ignore_errors=True)


class TestContract(SensorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> ChromiumPlace:
        return ChromiumPlace(tmp_path)


def look(home: Path) -> Look:
    return ChromiumExtensions(home, LINUX).look(NOW)


def one(home: Path) -> InstalledProgram:
    seen = look(home)
    assert seen.gap is None
    (fact,) = programs(seen).values()
    return fact


def keys(seen: Look) -> list[str]:
    return sorted(programs(seen))


# --- what the real Chromium wrote


def test_a_real_profile(tmp_path: Path):
    """By policy and by a file: told apart. No theme, nothing of Chromium itself, nothing of one command line."""
    shutil.copytree(RECORDINGS / "chromium-156", tmp_path / ".config/chromium")
    seen = look(tmp_path)
    assert seen.gap is None
    by_name = {fact.name: fact for fact in programs(seen).values()}
    assert set(by_name) == {"Forced Helper", "Brought by a file"}
    forced, file = by_name["Forced Helper"], by_name["Brought by a file"]
    assert (forced.version, forced.publisher, forced.proven) == ("1.2.0", "Maker Ltd", False)
    assert (forced.brought_by, file.brought_by) == ("management", "unknown")
    assert (forced.origin, forced.source) == ("", "chromium")
    assert forced.subject.key == "chromium:onidhbnfdabeckaeonclfgfbemdhflpd"


# --- where it came from


@pytest.mark.parametrize(
    ("url", "from_store", "origin"),
    [
        (CHROME_STORE, True, "chrome-web-store"),
        (EDGE_STORE, True, "edge-add-ons"),
        (CHROME_STORE, False, None),
        ("https://updates.example.nl/", True, ""),
        ("https://[", True, ""),
        (7, True, ""),
        (None, True, ""),
    ],
)
def test_the_store_is_told_by_the_extension_and_the_browser_together(tmp_path: Path, url, from_store, origin):
    """A manifest alone may name any store; the author's name is a claim in each."""
    Chromium(tmp_path).install("toy", "1", setting={"from_webstore": from_store}, update_url=url, author="Maker")
    fact = one(tmp_path)
    assert (fact.origin, fact.publisher, fact.proven, fact.brought_by) == (origin, "Maker", False, "user")


def test_an_unpacked_one_is_read_where_its_maker_has_it(tmp_path: Path):
    """It claims a store in vain; with lines of comment in it; gone with its folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    manifest = f'\ufeff// mine\n{{"name": "Mine",\n  // "x"\n "version": "0.1", "update_url": "{CHROME_STORE}"}}'
    (folder / "manifest.json").write_text(manifest)
    Chromium(tmp_path).note("a" * 32, {"location": 4, "path": str(folder), "from_webstore": True})
    fact = one(tmp_path)
    assert (fact.name, fact.version, fact.origin, fact.brought_by) == ("Mine", "0.1", "", "user")
    shutil.rmtree(folder)
    assert look(tmp_path).facts == ()
    assert look(tmp_path).gap is None


def test_what_the_browser_brings_itself_is_not_chosen(tmp_path: Path):
    Chromium(tmp_path).install("toy", "1", setting={"was_installed_by_default": True})
    assert not one(tmp_path).chosen


@pytest.mark.parametrize("location", [5, 10])
def test_a_part_of_the_browser_is_left_out(tmp_path: Path, location):
    Chromium(tmp_path).install("toy", "1", setting={"location": location})
    assert (look(tmp_path).facts, look(tmp_path).gap) == ((), None)


def test_the_second_file_counts_too(tmp_path: Path):
    """Where Windows keeps what must not be changed."""
    chromium = Chromium(tmp_path)
    chromium.install("toy", "1", setting={"location": 7})
    (chromium.profile / "Preferences").rename(chromium.profile / "Secure Preferences")
    (chromium.profile / "Preferences").write_text("{}")
    assert one(tmp_path).brought_by == "management"


# --- names and versions


def test_the_name_in_its_own_default_language(tmp_path: Path):
    folder = Chromium(tmp_path).install("toy", "1", default_locale="en_US")
    manifest = (folder / "manifest.json").read_text().replace('"name": "toy"', '"name": "__MSG_appName__ (__MSG_b__)"')
    (folder / "manifest.json").write_text(manifest)
    for locale, said in (("en_US", '{"APPNAME": {"message": "Toy"}, "b": {"message": 3}}'), ("nl", "{}")):
        (folder / "_locales" / locale).mkdir(parents=True)
        (folder / "_locales" / locale / "messages.json").write_text(said)
    assert one(tmp_path).name == "Toy ()"


@pytest.mark.parametrize("locale", ["../../../secret", "en", 7])
def test_a_name_that_cannot_be_found_is_the_id(tmp_path: Path, locale):
    """A locale is no way out of the folder."""
    folder = Chromium(tmp_path).install("toy", "1", default_locale=locale)
    (folder / "manifest.json").write_text((folder / "manifest.json").read_text().replace('"toy"', '"__MSG_n__"'))
    (folder / "_locales").mkdir()
    outside = (folder / "_locales" / str(locale) / "messages.json").resolve()
    if str(locale).startswith(".."):
        outside.parent.mkdir(parents=True)
        outside.write_text('{"n": {"message": "Secret"}}')
    assert one(tmp_path).name == id_of("toy")


def test_a_name_is_one_short_line(tmp_path: Path):
    Chromium(tmp_path).install("toy", "1", author="M\u202eaker\n" * 500)
    assert one(tmp_path).publisher.startswith("M aker M aker")
    assert len(one(tmp_path).publisher) <= 100


def test_the_version_that_the_browser_uses(tmp_path: Path):
    """An older and a newer folder beside it; the newest by number where there is no record."""
    chromium = Chromium(tmp_path)
    used = chromium.install("toy", "1.9")
    for other in ("1.8", "1.10"):
        copy = used.parent / f"{other}_0"
        shutil.copytree(used, copy)
        (copy / "manifest.json").write_text((copy / "manifest.json").read_text().replace("1.9", other))
    (used.parent / "junk").mkdir()
    assert one(tmp_path).version == "1.9"
    (chromium.profile / "Preferences").unlink()
    assert one(tmp_path).version == "1.10"


# --- the same extension twice


def test_two_browsers_and_three_profiles_are_one_subject(tmp_path: Path):
    """The copy that most needs to be asked about speaks: the user's own before the company's, then the oldest."""
    Chromium(tmp_path, ".config/google-chrome").install("toy", "1", setting={"location": 7})
    Chromium(tmp_path, ".config/chromium").install("toy", "3")
    Chromium(tmp_path, ".config/chromium", "Profile 1").install("toy", "2.10")
    Chromium(tmp_path, ".config/BraveSoftware/Brave-Browser").install("other", "1")
    seen = look(tmp_path)
    assert keys(seen) == sorted(f"chromium:{id_of(name)}" for name in ("toy", "other"))
    toy = programs(seen)[f"chromium:{id_of('toy')}"]
    assert (toy.version, toy.brought_by, toy.source) == ("2.10", "user", "chromium")
    assert programs(seen)[f"chromium:{id_of('other')}"].source == "brave"


@pytest.mark.parametrize(("table", "browser"), [(LINUX, b) for b in LINUX] + [(WINDOWS, b) for b in WINDOWS])
def test_each_browser_in_its_place(tmp_path: Path, table, browser):
    for place in table[browser]:
        Chromium(tmp_path, place).install("toy", "1")
        seen = ChromiumExtensions(tmp_path, table).look(NOW)
        (fact,) = programs(seen).values()
        assert fact.source == browser
        shutil.rmtree(tmp_path / place)


def test_a_folder_of_data_may_be_the_profile(tmp_path: Path):
    """As Opera's was."""
    Chromium(tmp_path, ".config", "opera").install("toy", "1")
    assert one(tmp_path).source == "opera"


# --- what is not noted yet, and what is broken


def test_what_the_browser_has_not_noted_yet_is_neither_there_nor_gone(tmp_path: Path):
    """Its preferences follow seconds later; who brought it is not told before, and nobody is told of it."""
    chromium = Chromium(tmp_path)
    chromium.install("toy", "1", setting={"location": 7})
    noted = dict(chromium.settings)
    chromium.settings.clear()
    chromium.save()
    sensor = ChromiumExtensions(tmp_path, LINUX, settle=5.0)
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        seen = sensor.look(NOW)
        assert seen.facts == ()
        assert seen.gap
        assert [subject.key for subject in seen.gap.about] == [f"chromium:{id_of('toy')}"]
        assert heard == [5.0]
        sensor.look(NOW)
        assert heard == [5.0], "what stays so is not looked at for ever"
        chromium.settings |= noted
        chromium.save()
        assert programs(sensor.look(NOW))[f"chromium:{id_of('toy')}"].brought_by == "management"
    finally:
        sensor.stop()


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"name": 1, "version": "1"}',
    b"[" * 100_000,
    b"\xff\xfe",
    b'{"name":"\\ud800"}',
]


@pytest.mark.parametrize("said", [*HOSTILE, b'{"name": "a", "version": "1", "author": ' + b"[" * 100_000])
def test_a_manifest_that_is_none_is_a_gap_about_it_alone(tmp_path: Path, said):
    chromium = Chromium(tmp_path)
    broken = chromium.install("toy", "1")
    chromium.install("other", "1")
    (broken / "manifest.json").write_bytes(said)
    seen = look(tmp_path)
    assert keys(seen) == [f"chromium:{id_of('other')}"]
    assert seen.gap
    assert [subject.key for subject in seen.gap.about] == [f"chromium:{id_of('toy')}"]


@pytest.mark.parametrize("said", [*HOSTILE[:4], b'{"extensions": {"settings": []}}', HOSTILE[5]])
def test_preferences_that_are_none_are_a_gap_about_all(tmp_path: Path, said):
    """Who brought what can't be told: nobody is told of what the company may have brought."""
    chromium = Chromium(tmp_path)
    chromium.install("toy", "1")
    (chromium.profile / "Preferences").write_bytes(said)
    seen = look(tmp_path)
    assert seen.facts == ()
    assert seen.gap
    assert not seen.gap.about


@pytest.mark.parametrize("name", ["Preferences", "Secure Preferences"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to(path)])
def test_preferences_that_are_no_file_are_a_gap_about_all(tmp_path: Path, make, name):
    chromium = Chromium(tmp_path)
    chromium.install("toy", "1")
    (chromium.profile / name).unlink(missing_ok=True)
    make(chromium.profile / name)
    seen = look(tmp_path)
    assert (seen.facts, seen.gap and seen.gap.about) == ((), frozenset())


def test_one_setting_that_is_none_leaves_the_others(tmp_path: Path):
    chromium = Chromium(tmp_path)
    chromium.install("toy", "1")
    chromium.install("other", "1")
    chromium.settings[id_of("toy")] = 7
    chromium.save()
    seen = look(tmp_path)
    assert keys(seen) == [f"chromium:{id_of('other')}"]
    assert seen.gap
    assert seen.gap.about


def test_a_pipe_a_loop_and_a_device_keep_nobody_waiting(tmp_path: Path):
    chromium = Chromium(tmp_path)
    kinds = {"pipe": os.mkfifo, "loop": lambda path: path.symlink_to(path), "zero": lambda p: p.symlink_to("/dev/zero")}
    for name, make in kinds.items():
        path = chromium.install(name, "1") / "manifest.json"
        path.unlink()
        make(path)
    loop = chromium.extensions / ("b" * 32)
    loop.symlink_to(loop)
    chromium.install("other", "1")
    seen = look(tmp_path)
    assert keys(seen) == [f"chromium:{id_of('other')}"]
    assert seen.gap
    assert len(seen.gap.about) == len(kinds)


def test_what_is_too_large_or_too_many_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    chromium = Chromium(tmp_path)
    chromium.install("toy", "1", description="x" * 2_000_000)
    gap = look(tmp_path).gap
    assert gap
    assert gap.about
    monkeypatch.setattr(chromium_extensions, "MOST_EXTENSIONS", 3)
    for number in range(4):
        chromium.install(f"t{number}", "1")
    gap = look(tmp_path).gap
    assert gap
    assert gap.reason == "unreadable: too_many"
    monkeypatch.setattr(chromium_extensions, "SETTINGS", 10)
    gap = look(tmp_path).gap
    assert gap
    assert gap.reason == "unreadable: too_large"


@pytest.mark.parametrize("shut", ["", "Default", "Default/Extensions", "Default/Preferences"])
def test_what_may_not_be_read_is_a_gap(shut):
    with nobodys_home() as home:
        chromium = Chromium(home)
        chromium.install("toy", "1")
        assert as_nobody(home, "chromium_extensions", "ChromiumExtensions") == "1 None"
        (chromium.data / shut).chmod(0)
        assert as_nobody(home, "chromium_extensions", "ChromiumExtensions") == "0 unreadable: Permission denied"


# --- events


def test_nothing_that_a_browser_writes_all_day_is_heard(tmp_path: Path):
    """Few watches, whatever the number of extensions."""
    chromium = Chromium(tmp_path)
    for number in range(50):
        chromium.install(f"t{number}", "1")
    sensor = ChromiumExtensions(tmp_path, LINUX, settle=0.0)
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        assert sensor._spots
        assert len(sensor._spots._watches) < 10
        for _ in range(20):
            chromium.save()
            (chromium.profile / "History-journal").write_text("x")
            (chromium.profile / "History-journal").unlink()
            (chromium.data / "Local State").write_text("{}")
        (chromium.data / "Profile 1").mkdir()  # the first that is heard
        until(lambda: heard, what="no event")
        assert heard == [0.0]
    finally:
        sensor.stop()


def test_a_new_browser_a_new_profile_and_its_first_extension(tmp_path: Path):
    """Each step is another spot."""
    sensor = ChromiumExtensions(tmp_path, LINUX, settle=0.0)
    heard: list[float] = []
    sensor.start(heard.append)
    try:
        for step in (".config", ".config/vivaldi", ".config/vivaldi/Default"):
            heard.clear()
            (tmp_path / step).mkdir()
            until(lambda: heard, what=f"no event of {step}")
        Chromium(tmp_path, ".config/vivaldi").save()
        sensor.look(NOW)
        heard.clear()
        (tmp_path / ".config/vivaldi/Default/Extensions").mkdir()
        until(lambda: heard, what="no event")
        Chromium(tmp_path, ".config/vivaldi").install("toy", "1")
        until(lambda: keys(sensor.look(NOW)))
    finally:
        sensor.stop()


def test_two_hundred_extensions_cost_little(tmp_path: Path):
    chromium = Chromium(tmp_path)
    for number in range(200):
        chromium.install(f"t{number}", "1")
    before = time.process_time()
    assert len(look(tmp_path).facts) == 200
    assert time.process_time() - before < 1.0
    assert extensions.MOST_EXTENSIONS >= 200
