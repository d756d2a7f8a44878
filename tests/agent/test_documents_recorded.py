"""Documents that real programs made: labelled, protected and plain.

LibreOffice 7.4.7 (its own properties from flat ODF; a PDF has none of them), openpyxl 3.1, python-docx, python-pptx,
odfpy, pikepdf (qpdf), reportlab, msoffcrypto-tool, py7zr, pyzipper and Info-ZIP. No program here writes LabelInfo.xml
or encrypted ODF: those stand by their documented forms in test_documents_forms.
"""

from pathlib import Path

import pytest

from agent.documents.reading import read

RECORDED = Path(__file__).parents[1] / "recordings/documents"
TENANT = "3f1c7e52-6d0b-4a8e-9c1d-5b2a90e4c7d1"


@pytest.mark.parametrize(
    ("file", "number", "name"),
    [
        ("vertrouwelijk.xlsx", 4, "Vertrouwelijk - Persoonsgegevens"), ("libre-msip.docx", 3, "Vertrouwelijk"),
        ("libre-msip.odt", 3, "Vertrouwelijk"), ("msip-packed.pdf", 5, "Geheim"), ("xmp-msip.pdf", 3, "Vertrouwelijk"),
    ],
)  # fmt: skip
def test_a_label_in_its_properties_is_read_with_id_name_and_tenant(file: str, number: int, name: str) -> None:
    (label,) = read(RECORDED / file).reads
    expected = ("msip", name, f"a1d0c0de-0001-4000-8000-00000000000{number}", TENANT, True)
    assert (label.source, label.name, label.id, label.tenant, label.stands) == expected


@pytest.mark.parametrize(
    ("file", "value"),
    [
        ("classification.xlsx", "Intern"), ("libre-classification.docx", "Confidential – Zorg"),
        ("libre-classification.odt", "Confidential – Zorg"), ("geheim-odfpy.odt", "Geheim"),
        ("classification.pdf", "Vertrouwelijk – zorg"), ("xmp.pdf", "Intern"), ("linear.pdf", "Openbaar"),
    ],
)  # fmt: skip
def test_a_classification_property_is_read(file: str, value: str) -> None:
    (label,) = read(RECORDED / file).reads
    assert (label.source, label.name) == ("classification", value)


@pytest.mark.parametrize(
    "file",
    [
        "protected.xlsx", "libre-protected.pdf", "protected.pdf", "protected.zip", "protected-aes.zip",
        "protected.7z", "protected-list.7z",
    ],
)  # fmt: skip
def test_what_takes_a_password_is_protected_and_says_no_label(file: str) -> None:
    told = read(RECORDED / file)
    assert (told.protected, told.why_not, told.reads) == (True, "protected", ())


def test_a_protected_pdf_that_left_its_metadata_open_is_read_too() -> None:
    told = read(RECORDED / "protected-open-xmp.pdf")
    assert told.protected
    assert [label.name for label in told.reads] == ["Geheim"]


@pytest.mark.parametrize("file", sorted(path.name for path in RECORDED.iterdir() if "plain" in path.name))
def test_what_is_plain_has_no_label_and_is_not_protected(file: str) -> None:
    told = read(RECORDED / file)
    assert (told.protected, told.reads) == (False, ())
    assert told.why_not == ("not_a_document" if file.endswith(("7z", "zip")) else "")


def test_a_files_name_says_nothing_of_its_form(tmp_path: Path) -> None:
    file = tmp_path / "holiday.jpg"
    file.write_bytes((RECORDED / "vertrouwelijk.xlsx").read_bytes())
    assert read(file) == read(RECORDED / "vertrouwelijk.xlsx")
