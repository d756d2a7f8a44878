"""`deskwarden policy label`: each file's level, for a person and for a program."""

import json
from pathlib import Path

import pytest

from agent.cli import main

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests/recordings/documents"
COMMAND = ("policy", "label", "--policy", str(ROOT / "policy/examples/kpn.toml"))


def test_each_file_is_an_object_and_the_answer_is_no_where_one_has_no_level(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = [str(RECORDED / "vertrouwelijk.xlsx"), str(RECORDED / "plain.docx"), str(tmp_path / "none.docx")]
    assert main([*COMMAND, "--json", *files]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["file"] for one in found] == files
    assert set(found[0]) == {"file", "level", "label", "read_from", "protected", "why_not"}
    assert (found[0]["level"], found[0]["why_not"]) == ("Vertrouwelijk", None)
    assert (found[1]["level"], found[1]["why_not"]) == (None, "no_label")
    assert found[2]["why_not"] == "gone"


def test_a_person_reads_a_line_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    file = RECORDED / "vertrouwelijk.xlsx"
    assert main([*COMMAND, str(file)]) == 0
    assert capsys.readouterr().out.startswith(f"{file}: Vertrouwelijk")
