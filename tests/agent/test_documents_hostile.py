"""300 files that were made to harm who reads them, or that are broken by chance: each is told in bounded work.

Bounded: no more bytes of a file are read than the bound, no more memory is taken than some times that, whatever the
file's size; no pipe is waited for. Chance is seeded.
"""

import os
import random
import shutil
import struct
import threading
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from agent.documents import archive
from agent.documents.reading import read
from agent.sensors.bounded import Unreadable

RECORDED = sorted((Path(__file__).parents[1] / "recordings/documents").iterdir())
MOST_MEMORY = 48 * 1024 * 1024
BIG = 10 * 1024**3
TYPES, LABEL, CUSTOM = "[Content_Types].xml", "docMetadata/LabelInfo.xml", "docProps/custom.xml"
WHYS = {
    "", "protected", "not_a_document", "not_a_file", "gone", "not_allowed", "not_readable", "too_large", "entities",
}  # fmt: skip
LAUGHS = (
    '<!DOCTYPE a [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    + "]><Properties><property name='Classification'>&l11;</property></Properties>"
)
OUTSIDE = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<Properties><property name='Classification'>&x;</property></Properties>"
)


def zipped(file: Path, members: dict[str, bytes | str], form: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(file, "w", form) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return file


def word(file: Path, custom: bytes | str, form: int = zipfile.ZIP_DEFLATED) -> Path:
    return zipped(file, {TYPES: "<Types/>", CUSTOM: custom}, form)


def bombs(folder: Path) -> Iterator[Path]:
    """Small files that grow."""
    zeros = bytes(64 * 1024 * 1024)
    yield word(folder / "bomb.docx", zeros)
    yield word(folder / "bomb-bzip2.docx", zeros, zipfile.ZIP_BZIP2)
    yield word(folder / "bomb-lzma.docx", zeros[: 8 * 1024 * 1024], zipfile.ZIP_LZMA)
    yield zipped(folder / "bomb.odt", {"META-INF/manifest.xml": zeros, "meta.xml": zeros})
    yield word(folder / "laughs.docx", LAUGHS)
    yield word(folder / "outside.docx", OUTSIDE)
    yield zipped(folder / "laughs.odt", {"META-INF/manifest.xml": LAUGHS, "meta.xml": LAUGHS})
    yield word(folder / "deep.docx", "<a>" * 300_000)
    yield word(folder / "many.docx", "<P>" + "<property name='Classification'>a</property>" * 20_000 + "</P>")
    yield word(folder / "attributes.docx", "<P " + " ".join(f"a{n}='b'" for n in range(60_000)) + "/>")
    yield word(folder / "long.docx", "<P><property name='Classification'>" + "x" * 1_000_000 + "</property></P>")
    yield zipped(folder / "names.zip", {f"{n:0200}": b"" for n in range(20_000)})
    yield zipped(folder / "names-within.zip", {f"{n:050}": b"" for n in range(30_000)})
    yield pdf(folder / "bomb.pdf", zeros)
    yield lists(folder / "comments.pdf", b"%" * 70_000)
    yield tables(folder / "tables.pdf")
    yield lists(folder / "deep.pdf", b"[" * 60_000)
    yield lists(folder / "open.pdf", b"(" + b"\\(" * 30_000)
    yield lists(folder / "flat.pdf", b"[" + b"1 " * 60_000 + b"]")


def pdf(file: Path, xmp: bytes) -> Path:
    packed = zlib.compress(xmp)
    stream = b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed) + packed
    return listed(file, [b"<< /Metadata 2 0 R >>", stream])


def tables(file: Path) -> Path:
    """Each packed to a thousandth, and each says that one more is before it."""
    data, place = b"%PDF-1.7\n", 0
    packed = zlib.compress(bytes(1_000_000))
    for _ in range(80):
        how = b"/W [1 2 1] /Size 9 /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 20 >> "
        head = b"1 0 obj\n<< " + how + b"/Prev %d /Length %d >>\nstream\n" % (place, len(packed))
        place = len(data)
        data += head + packed
    file.write_bytes(data + b"\nstartxref\n%d\n%%%%EOF" % place)
    return file


def lists(file: Path, info: bytes) -> Path:
    return listed(file, [info])


def listed(file: Path, objects: list[bytes], more: bytes = b"") -> Path:
    data, places = b"%PDF-1.7\n", []
    for number, value in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + value + b"\nendobj\n"
    lines = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + lines
    trailer = b"trailer\n<< /Root 1 0 R /Info 1 0 R " + more + b">>\nstartxref\n%d\n%%%%EOF" % len(data)
    file.write_bytes(data + table + trailer)
    return file


def circles(folder: Path) -> Iterator[Path]:
    """What points to itself, and what is no file."""
    (folder / "one.docx").symlink_to(folder / "two.docx")
    (folder / "two.docx").symlink_to(folder / "one.docx")
    yield folder / "one.docx"
    yield listed(folder / "itself.pdf", [b"1 0 R"])
    yield listed(folder / "each-other.pdf", [b"2 0 R", b"1 0 R"])
    yield listed(folder / "length.pdf", [b"<< /Metadata 2 0 R >>", b"<< /Length 2 0 R >>\nstream\n"])
    plain = listed(folder / "chain.pdf", [b"<< >>"])
    yield listed(folder / "prev.pdf", [b"<< >>"], b"/Prev %d " % plain.read_bytes().index(b"xref"))
    os.mkfifo(folder / "pipe.docx")
    yield folder / "pipe.docx"
    (folder / "to-pipe.docx").symlink_to("pipe.docx")
    yield folder / "to-pipe.docx"
    (folder / "device.pdf").symlink_to("/dev/zero")
    yield folder / "device.pdf"
    (folder / "folder.odt").mkdir()
    yield folder / "folder.odt"
    yield folder / "never-there.docx"
    yield folder / "a\0b.docx"
    yield folder / ("long" * 200)
    yield word(folder / "name\nwith\nlines\x1b[31m.docx", "<a/>")


def sizes(folder: Path) -> Iterator[Path]:
    """Files of 10 GB that take no room on the disk."""
    for name, head in (
        ("a.docx", b"PK\x03\x04"),
        ("a.pdf", b"%PDF-1.7\n"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c"),
        ("a", b""),
    ):
        file = folder / f"big-{name}"
        file.write_bytes(head)
        os.truncate(file, BIG)
        yield file
    seven = folder / "big-list.7z"
    seven.write_bytes(b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<IQQI", 0, 0, BIG - 32, 0))
    os.truncate(seven, BIG)
    yield seven
    wide = folder / "big-list.zip"  # its end says that the list is 4 GB
    wide.write_bytes(b"PK\x03\x04")
    os.truncate(wide, BIG)
    with wide.open("r+b") as end:
        end.seek(0, 2)
        end.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, 0xFFFFFFF0, 0, 0))
    yield wide
    compound = folder / "big.xlsx"
    shutil.copy(next(file for file in RECORDED if file.name == "protected.xlsx"), compound)
    os.truncate(compound, BIG)
    yield compound


def broken(folder: Path, most: int) -> Iterator[Path]:
    """Real documents cut off, with bytes changed, or with one part laid over another."""
    chance = random.Random(6)
    for number in count():
        if number >= most:
            return
        data = bytearray(chance.choice(RECORDED).read_bytes())
        way = number % 3
        if way == 0:
            del data[chance.randrange(len(data)) :]
        elif way == 1:
            for _ in range(chance.randrange(1, 40)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        else:
            size = chance.randrange(1, 200)
            source, target = chance.randrange(len(data)), chance.randrange(len(data))
            data[target : target + size] = data[source : source + size]
        file = folder / f"broken-{number}"
        file.write_bytes(data)
        yield file


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("hostile")
    made = [*bombs(folder), *circles(folder), *sizes(folder)]
    return [*made, *broken(folder, 300 - len(made))]


def test_each_of_300_hostile_files_is_told_within_its_memory_and_leaves_no_file_open(hostile: list[Path]) -> None:
    handles = len(list(Path("/proc/self/fd").iterdir()))
    for file in hostile:
        tracemalloc.start()
        told = read(file)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert told.why_not in WHYS, file
        assert peak < MOST_MEMORY, (file, peak)
        assert all(len(label.name) < 5000 for label in told.reads), file
    assert len(hostile) == 300
    assert len(list(Path("/proc/self/fd").iterdir())) == handles


def test_no_more_of_a_file_is_read_than_the_bound(hostile: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[int] = []
    real = archive.Bounded.read

    def counted(self: archive.Bounded, size: int = -1, /) -> bytes:
        data = real(self, size)
        handed.append(len(data))
        return data

    monkeypatch.setattr(archive.Bounded, "read", counted)
    for file in hostile:
        handed.clear()
        read(file)
        assert sum(handed) <= archive.MOST_READ, file


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("bomb.docx", "too_large"), ("bomb-bzip2.docx", "not_readable"), ("bomb-lzma.docx", "not_readable"),
        ("bomb.odt", "too_large"), ("laughs.docx", "entities"), ("outside.docx", "entities"),
        ("laughs.odt", "entities"), ("names.zip", "too_large"), ("many.docx", "too_large"),
        ("pipe.docx", "not_a_file"), ("to-pipe.docx", "not_a_file"), ("device.pdf", "not_a_file"),
        ("one.docx", "not_readable"), ("never-there.docx", "gone"), ("a\0b.docx", "gone"),
        ("big-list.7z", "too_large"), ("deep.pdf", "not_readable"),
        ("prev.pdf", ""), ("tables.pdf", "too_large"), ("bomb.pdf", "too_large"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_told_for_what_it_is(hostile: list[Path], name: str, why: str) -> None:
    told = read(next(file for file in hostile if file.name == name))
    assert (told.why_not, told.reads) == (why, ())


def test_a_large_protected_file_is_still_known_as_such(hostile: list[Path]) -> None:
    assert read(next(file for file in hostile if file.name == "big.xlsx")).protected


def failing(error: Callable[[], Exception]) -> Callable[..., bytes]:
    def fail(*_: object) -> bytes:
        raise error()

    return fail


def test_a_carrier_that_is_pulled_while_it_is_read_is_told_as_not_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive.Bounded, "read", failing(lambda: OSError(5, "Input/output error")))
    for file in RECORDED:
        assert read(file).why_not == "not_readable"


def test_a_file_that_is_a_pipe_by_the_time_it_is_opened_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real = tmp_path / "a.docx", os.open
    file.write_bytes(b"PK\x03\x04")

    def swapped(path: Path, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real(path, flags)

    monkeypatch.setattr(os, "open", swapped)
    assert read(file).why_not == "not_a_file"


def test_files_that_vanish_and_come_back_while_they_are_read_are_told(tmp_path: Path) -> None:
    file, source = tmp_path / "a.docx", next(one for one in RECORDED if one.name == "vertrouwelijk.xlsx")
    ending = threading.Event()

    def flicker() -> None:
        while not ending.is_set():
            shutil.copy(source, file)
            file.unlink()

    other = threading.Thread(target=flicker)
    other.start()
    try:
        seen = {read(file).why_not for _ in range(500)}
    finally:
        ending.set()
        other.join()
    assert seen <= WHYS


def test_a_bounded_file_is_read_to_its_bound_and_no_further(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(bytes(10))
    with file.open("rb") as plain:
        bounded = archive.Bounded(plain, 8)
        assert bounded.read(8) == bytes(8)
        bounded.seek(0)
        with pytest.raises(Unreadable):
            bounded.read(1)
