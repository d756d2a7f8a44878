"""The zone of the clock on the wall, and the entry in the menu of programs."""

import re
from configparser import ConfigParser
from datetime import UTC
from pathlib import Path

import pytest

from agent.desktop import clock, entry


@pytest.fixture
def zoneinfo(tmp_path: Path) -> Path:
    """A link as /etc/localtime is one."""
    place = tmp_path / "zoneinfo" / "Europe"
    place.mkdir(parents=True)
    (place / "Amsterdam").write_bytes(b"")
    link = tmp_path / "localtime"
    link.symlink_to(place / "Amsterdam")
    return link


def test_the_zone_is_what_localtime_points_to(zoneinfo: Path, tmp_path: Path):
    """A relative part before the name does no harm."""
    assert clock.zone({}, zoneinfo, tmp_path / "none") == "Europe/Amsterdam"


def test_tz_goes_first(zoneinfo: Path, tmp_path: Path):
    """With or without its colon; one that names no zone is passed over."""
    for value, name in (
        (":America/New_York", "America/New_York"),
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("nowhere/x", "Europe/Amsterdam"),
    ):
        assert clock.zone({"TZ": value}, zoneinfo, tmp_path / "none") == name


def test_the_name_in_a_file_where_localtime_is_a_copy(tmp_path: Path):
    """As Debian writes it."""
    copy, name = tmp_path / "localtime", tmp_path / "timezone"
    copy.write_bytes(b"TZif")
    name.write_text("Europe/Brussels\n")
    assert clock.zone({}, copy, name) == "Europe/Brussels"


@pytest.mark.parametrize("wrong", ["", "no such zone", "../../etc/passwd", "/etc/passwd", "\udcff"])
def test_no_zone_is_utc(wrong: str, tmp_path: Path):
    """A wrong name is no error."""
    assert clock.zone({"TZ": wrong}, tmp_path / "none", tmp_path / "none") == "UTC"
    assert clock.now("UTC").tzinfo is UTC


def test_an_entry_starts_the_command_word_for_word(tmp_path: Path):
    """Whatever its words hold: quotes, blanks, dollars, percent signs and backslashes."""
    command = ("/opt/my python/bin/python3", "-I", "-m", "agent.cli", "mine", "--state", 'a "b" $c `d` \\ 100%')
    reader = ConfigParser(interpolation=None)
    reader.optionxform = str  # type: ignore[assignment, method-assign]
    reader.read_string(entry.text(command, tmp_path / "icon.png"))
    read = reader["Desktop Entry"]
    # As a desktop does it: the value's own escapes first, then the quotes, then the fields.
    value = read["Exec"].replace("\\\\", "\\")
    words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r'"((?:[^"\\]|\\.)*)"', value)]
    assert tuple(word.replace("%%", "%") for word in words) == command
    assert read["Name[nl]"] == "Mijn Deskwarden"


def test_an_entry_comes_and_goes(tmp_path: Path):
    """In the user's own folder of applications."""
    where = entry.path({"XDG_DATA_HOME": str(tmp_path / "data")})
    assert where.parent == tmp_path / "data" / "applications"
    assert entry.put(where, "text")
    entry.take_away(where)
    entry.take_away(where)
    assert not where.exists()


def test_an_entry_that_can_not_be_written_is_no_error(tmp_path: Path):
    """A home that is read-only, or not there."""
    (tmp_path / "file").write_text("")
    assert not entry.put(tmp_path / "file" / "applications" / entry.NAME, "text")


def test_a_relative_data_home_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """As the specification says."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert entry.path({"XDG_DATA_HOME": "here"}).is_relative_to(tmp_path / ".local" / "share")
