"""Documents by their documented forms: LabelInfo.xml ([MS-OFFCRYPTO] 2.6.4), an encrypted ODF (ODF 1.3 part 2, 3.4).

And what is never opened: of a package, any member but those of its metadata.
"""

import os
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.documents.reading import read

TENANT = "{3f1c7e52-6d0b-4a8e-9c1d-5b2a90e4c7d1}"
ID = "{a1d0c0de-0001-4000-8000-000000000004}"
CLBL = "http://schemas.microsoft.com/office/2020/mipLabelMetadata"
CUSTOM = (
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{}</Properties>'
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{}</manifest:file-entry>'
    "</manifest:manifest>"
)
LOCKED = '<manifest:encryption-data manifest:checksum-type="urn:x"><manifest:algorithm/></manifest:encryption-data>'
CONTENT = "the content of the document, which is nobody's business"


def info(attributes: str = 'enabled="1"') -> str:
    label = f'<clbl:label id="{ID}" method="Privileged" siteId="{TENANT}" contentBits="0" {attributes}/>'
    return f'<clbl:labelList xmlns:clbl="{CLBL}">{label}</clbl:labelList>'


def properties(**pairs: str) -> str:
    each = (
        f'<property pid="2" name="{name}"><vt:lpwstr>{value}</vt:lpwstr></property>' for name, value in pairs.items()
    )
    return CUSTOM.format("".join(each))


def made(file: Path, members: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def word(file: Path, **members: str) -> Path:
    parts = {"label": "docMetadata/LabelInfo.xml", "custom": "docProps/custom.xml"}
    more = {parts[name]: data for name, data in members.items()}
    return made(file, {"[Content_Types].xml": "<Types/>", "word/document.xml": CONTENT, **more})


def test_labelinfo_is_read_with_id_and_tenant(tmp_path: Path) -> None:
    (label,) = read(word(tmp_path / "a.docx", label=info())).reads
    assert (label.source, label.id, label.tenant, label.stands) == ("labelinfo", ID, TENANT, True)


@pytest.mark.parametrize("attributes", ['enabled="0"', 'enabled="false"', 'enabled="1" removed="1"', ""])
def test_a_label_that_labelinfo_says_is_off_or_removed_does_not_stand(tmp_path: Path, attributes: str) -> None:
    (label,) = read(word(tmp_path / "a.docx", label=info(attributes))).reads
    assert not label.stands


def test_a_label_in_the_properties_stands_only_where_they_say_that_it_is_enabled(tmp_path: Path) -> None:
    name = "MSIP_Label_a1d0c0de-0001-4000-8000-000000000005_"
    for said, expected in (("true", True), ("True", True), ("false", False), ("", False)):
        pairs = {f"{name}Enabled": said, f"{name}Name": "Geheim"}
        (label,) = read(word(tmp_path / "a.docx", custom=properties(**pairs))).reads
        assert label.stands is expected


def test_labelinfo_and_properties_are_both_told_in_that_order(tmp_path: Path) -> None:
    file = word(tmp_path / "a.docx", label=info(), custom=properties(Classification="Geheim", Owner="somebody"))
    assert [(label.source, label.name) for label in read(file).reads] == [
        ("labelinfo", ""),
        ("classification", "Geheim"),
    ]


def test_one_part_that_is_torn_does_not_hide_the_other(tmp_path: Path) -> None:
    file = word(tmp_path / "a.docx", label="<clbl:labelList", custom=properties(Classification="Geheim"))
    assert [label.name for label in read(file).reads] == ["Geheim"]
    assert read(word(tmp_path / "b.docx", label="<clbl:labelList")).why_not == "not_readable"


def test_an_open_document_whose_manifest_has_encrypted_members_is_protected(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {"mimetype": "x", "content.xml": CONTENT, "meta.xml": b"\x07\x01\x99"}
    locked = read(made(tmp_path / "a.odt", {**members, "META-INF/manifest.xml": MANIFEST.format(LOCKED)}))
    assert (locked.protected, locked.why_not) == (True, "protected")
    plain = {**members, "meta.xml": "<meta/>", "META-INF/manifest.xml": MANIFEST.format("")}
    assert not read(made(tmp_path / "b.odt", plain)).protected


@pytest.mark.parametrize("form", ["docx", "odt", "zip"])
def test_no_member_but_those_of_its_metadata_is_ever_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    members: dict[str, str | bytes] = {
        "docx": {"[Content_Types].xml": "<Types/>", "docMetadata/LabelInfo.xml": info(), "docProps/custom.xml": CUSTOM},
        "odt": {"mimetype": "x", "META-INF/manifest.xml": MANIFEST.format(""), "meta.xml": "<meta/>"},
        "zip": {},
    }[form]  # type: ignore[assignment]
    others = (
        "word/document.xml",
        "content.xml",
        "xl/sharedStrings.xml",
        "docProps/core.xml",
        "Thumbnails/a.png",
        "a.txt",
    )
    file = made(tmp_path / f"a.{form}", {**members, **dict.fromkeys(others, CONTENT)})
    opened: list[str] = []
    real = zipfile.ZipFile.open

    def counted(self: zipfile.ZipFile, member: Any, *more: Any, **named: Any) -> Any:
        opened.append(member if isinstance(member, str) else member.filename)
        return real(self, member, *more, **named)

    monkeypatch.setattr(zipfile.ZipFile, "open", counted)
    read(file)
    assert sorted(opened) == sorted({
        "docx": ["docMetadata/LabelInfo.xml", "docProps/custom.xml"],
        "odt": ["META-INF/manifest.xml", "meta.xml"],
        "zip": [],
    }[form])  # fmt: skip


def test_the_bytes_of_other_members_may_be_anything_at_all(tmp_path: Path) -> None:
    file = word(tmp_path / "a.docx", custom=properties(Classification="Intern"))
    with zipfile.ZipFile(file) as archive:
        content = archive.getinfo("word/document.xml")
    data = bytearray(file.read_bytes())
    begin = content.header_offset
    data[begin : begin + 30 + content.compress_size] = b"\xff" * (30 + content.compress_size)
    file.write_bytes(data)
    assert [label.name for label in read(file).reads] == ["Intern"]


def test_a_zip_with_one_member_in_the_open_is_not_protected(tmp_path: Path) -> None:
    file = made(tmp_path / "a.zip", {"a.txt": "a", "b.txt": "b"})
    data = bytearray(file.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    file.write_bytes(data)
    assert not read(file).protected


def test_a_package_that_was_packed_again_with_a_password_is_protected(tmp_path: Path) -> None:
    file = word(tmp_path / "a.zip", custom=properties(Classification="Intern"))
    data = bytearray(file.read_bytes())
    for found in re.finditer(rb"PK\x01\x02", bytes(data)):
        data[found.start() + 8] |= 1
    file.write_bytes(data)
    told = read(file)
    assert (told.protected, told.why_not) == (True, "protected")


@pytest.mark.parametrize("attribute", [0x1000, 0x400000])
def test_a_file_whose_content_is_still_in_the_cloud_is_not_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, attribute: int
) -> None:
    """By Windows' documented attributes: no client of a cloud runs here."""
    file = word(tmp_path / "a.docx", label=info())
    monkeypatch.setattr(Path, "stat", lambda _: SimpleNamespace(st_mode=0o100600, st_file_attributes=attribute))
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("opened"))
    assert read(file).why_not == "not_here"


def test_a_pdf_that_was_saved_again_says_what_it_says_last(tmp_path: Path) -> None:
    old = b"%PDF-1.4\n1 0 obj\n<< /Classification (Geheim) >>\nendobj\n"
    table = (
        b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<< /Info 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n"
    )
    first = old + table % (b"", len(old))
    new = first + b"1 0 obj\n<< /Classification (Open\\142aar) >>\nendobj\n"
    again = b"xref\n1 1\n%010d 00000 n \ntrailer\n<< /Info 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    file = tmp_path / "a.pdf"
    file.write_bytes(new + again % (len(first), len(old), len(new)))
    assert [label.name for label in read(file).reads] == ["Openbaar"]
    file.write_bytes((new + again % (len(first), len(old), len(new))).replace(b"Info 1 0 R /Prev", b"Info 3 0 R /Prev"))
    assert read(file).reads == ()
