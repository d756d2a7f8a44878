"""Bounded reading: what is too large, too many, no file, or leads to itself."""

import os
from pathlib import Path

import pytest

from agent.sensors import bounded
from agent.sensors.bounded import Unreadable, entries, head, is_there, whole


def test_a_file_up_to_the_bound_is_read_and_one_byte_more_is_not(tmp_path: Path):
    file = tmp_path / "record"
    file.write_bytes(b"x" * 10)
    assert whole(file, 10) == b"x" * 10
    assert head(file, 4) == b"xxxx"
    with pytest.raises(Unreadable, match="too_large"):
        whole(file, 9)


def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path):
    """A pipe with nobody at its other end, a device without an end, a folder, nothing, a loop of links."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "gone", tmp_path / "loop"):
        with pytest.raises(Unreadable) as said:
            whole(path)
        assert str(tmp_path) not in str(said.value)


def test_a_folder_up_to_the_bound_is_listed_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in "cab":
        (tmp_path / name).touch()
    assert [entry.name for entry in entries(tmp_path)] == ["a", "b", "c"]
    monkeypatch.setattr(bounded, "MOST_NAMES", 2)
    with pytest.raises(Unreadable, match="too_many"):
        entries(tmp_path)


def test_no_folder_is_empty_and_one_that_cannot_be_read_is_not(tmp_path: Path):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert entries(tmp_path / "gone") == entries(tmp_path / "file") == []
    assert not is_there(tmp_path / "gone")
    assert is_there(tmp_path / "file")
    for ask in (entries, is_there):
        with pytest.raises(Unreadable):
            ask(tmp_path / "loop")
