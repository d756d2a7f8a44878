"""`deskwarden policy label`: an answer a file, whatever the file is."""

from pathlib import Path

import msgspec

from agent.label import Answer, answers, said
from policy.labels import Labels, Level

RECORDED = Path(__file__).parents[1] / "recordings/documents"
TABLE = Labels(
    ("3f1c7e52-6d0b-4a8e-9c1d-5b2a90e4c7d1",),
    (Level("Vertrouwelijk", ("Vertrouwelijk", "Confidential"), "a1d0c0de-0001-4000-8000-000000000003"),),
)


def answer(file: Path, table: Labels = TABLE) -> Answer:
    (found,) = answers(table, [file])
    return found


def test_a_labelled_document_is_told_with_level_label_and_source() -> None:
    found = msgspec.to_builtins(answer(RECORDED / "libre-msip.docx"))
    assert found == {
        "file": str(RECORDED / "libre-msip.docx"), "level": "Vertrouwelijk", "label": "Vertrouwelijk",
        "read_from": "msip", "protected": False, "why_not": None,
    }  # fmt: skip


def test_a_protected_one_is_told_without_a_label() -> None:
    found = answer(RECORDED / "protected.xlsx")
    assert (found.level, found.read_from, found.protected, found.why_not) == (None, None, True, "protected")


def test_a_label_that_is_in_no_table_is_told_without_a_level() -> None:
    found = answer(RECORDED / "msip-packed.pdf")
    assert (found.level, found.label, found.read_from, found.why_not) == (None, "Geheim", "msip", "unknown_label")


def test_a_label_of_another_tenant_says_why_it_does_not_count() -> None:
    assert answer(RECORDED / "libre-msip.docx", Labels()).why_not == "other_tenant"


def test_answers_come_in_the_order_asked_and_one_that_is_not_there_has_its_own(tmp_path: Path) -> None:
    files = [tmp_path / "gone.docx", tmp_path, RECORDED / "plain.docx"]
    found = list(answers(TABLE, files))
    assert [one.file for one in found] == [str(file) for file in files]
    assert [one.why_not for one in found] == ["gone", "not_a_file", "no_label"]


def test_a_name_that_is_no_text_or_has_lines_stays_one_answer_on_one_line(tmp_path: Path) -> None:
    found = answer(tmp_path / "a\n\x1b[2J\udcff.docx")
    assert msgspec.json.decode(msgspec.json.encode(found))["why_not"] == "gone"
    assert said(found, str).isprintable()
