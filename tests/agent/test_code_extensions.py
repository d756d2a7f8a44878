"""Extensions of VS Code and its kin, in the forms of its documentation and source."""

import os
import shutil
from pathlib import Path

import pytest

from agent.sensors import code_extensions
from agent.sensors.code_extensions import EDITORS, CodeExtensions
from policy.kinds.software import InstalledProgram
from policy.model import Look
from tests.contracts.sensor import SensorContract, programs
from tests.support.extension_homes import Code, as_nobody, nobodys_home, written
from tests.support.packages import NOW


class CodePlace:
    """As the contract asks."""

    names = ("toy", "other")
    versioned = True

    def __init__(self, home: Path) -> None:
        self._home, self._code = home, Code(home)
        self.install, self.remove = self._code.install, self._code.remove

    def sensor(self) -> CodeExtensions:
        return CodeExtensions(self._home, settle=0.0)

    def key(self, name: str) -> str:
        return f"vscode:maker.{name}"

    def spoil(self) -> None:
        path = self._code.place / "extensions.json"
        path.write_bytes(path.read_bytes()[:-9])

    def mend(self) -> None:
        self._code.save()

    def vanish(self) -> None:
        shutil.rmtree(self._home / ".vscode", ignore_errors=True)


class TestContract(SensorContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> CodePlace:
        return CodePlace(tmp_path)


def look(home: Path) -> Look:
    return CodeExtensions(home).look(NOW)


def one(home: Path) -> InstalledProgram:
    seen = look(home)
    assert seen.gap is None
    (fact,) = programs(seen).values()
    return fact


@pytest.mark.parametrize(("editor", "place"), [(editor, place) for editor in EDITORS for place in editor.extensions])
@pytest.mark.parametrize("source", ["gallery", "vsix", None])
def test_each_editor_and_where_it_came_from(tmp_path: Path, editor, place, source):
    """The store gives a publisher's name away once: proven, for what came from there. Older lists don't tell."""
    Code(tmp_path, place).install("toy", "1.0.0", source=source)
    fact = one(tmp_path)
    origin = {"gallery": editor.store, "vsix": "", None: None}[source]
    assert (fact.source, fact.origin, fact.proven) == (editor.source, origin, bool(origin))
    assert (fact.name, fact.version, fact.publisher, fact.brought_by) == ("Toy", "1.0.0", "Maker", "user")


def test_without_a_list_the_folders_tell(tmp_path: Path):
    Code(tmp_path).install("toy", "1.0.0", list_=False)
    assert (one(tmp_path).name, one(tmp_path).origin) == ("Toy", None)


def test_an_extension_of_a_further_profile_alone(tmp_path: Path):
    """Its folder is with the others, its line in the profile's own list."""
    code = Code(tmp_path)
    code.install("toy", "1.0.0", list_=False)
    written(tmp_path / ".config/Code/User/profiles/-1a2b/extensions.json", list(code.listed.values()))
    assert one(tmp_path).origin == "vs-marketplace"


def test_two_editors_are_one_subject(tmp_path: Path):
    """What came from no store asks first."""
    Code(tmp_path).install("toy", "1.0.0")
    Code(tmp_path, ".vscode-oss/extensions").install("toy", "2.0.0", source="vsix")
    assert (one(tmp_path).version, one(tmp_path).source) == ("2.0.0", "vscodium")


def test_two_versions_for_two_profiles(tmp_path: Path):
    """Each has its own line."""
    code = Code(tmp_path)
    code.install("toy", "1.10.0")
    written(tmp_path / ".config/Code/User/profiles/-1a2b/extensions.json", list(code.listed.values()))
    (code.place / "maker.toy-1.10.0").rename(code.place / "kept")
    code.install("toy", "1.9.0", source="vsix")
    (code.place / "kept").rename(code.place / "maker.toy-1.10.0")
    assert (one(tmp_path).version, one(tmp_path).origin) == ("1.9.0", "")


@pytest.mark.parametrize(
    ("nls", "name"),
    [
        ({"n": "Toy!"}, "Toy!"),
        ({"n": {"message": "Toy?"}}, "Toy?"),
        ({}, "maker.toy"),
        ([], "maker.toy"),
        ({"n": 7}, "maker.toy"),
    ],
)
def test_a_name_in_the_extensions_own_language(tmp_path: Path, nls, name):
    folder = Code(tmp_path).install("toy", "1.0.0", displayName="%n%")
    written(folder / "package.nls.json", nls)
    assert one(tmp_path).name == name


def test_what_came_with_the_editor_is_not_chosen(tmp_path: Path):
    code = Code(tmp_path)
    code.install("toy", "1.0.0")
    code.listed["maker.toy"]["metadata"]["isBuiltin"] = True
    code.save()
    assert not one(tmp_path).chosen


def test_other_folders_are_none(tmp_path: Path):
    """Half unpacked, thrown away, or without a package.json."""
    code = Code(tmp_path)
    (code.place / ".a1b2").mkdir(parents=True)
    written(code.place / ".a1b2/package.json", {"publisher": "a", "name": "b", "version": "1.0.0"})
    (code.place / "empty-1.0.0").mkdir()
    assert (look(tmp_path).facts, look(tmp_path).gap) == ((), None)


HOSTILE = [b"", b"{", b"[]", b'{"name": 7}', b"[" * 100_000, b'{"name": "../x", "publisher": "y", "version": "1"}']


@pytest.mark.parametrize("said", HOSTILE)
def test_a_package_that_is_none_is_a_gap_about_it(tmp_path: Path, said):
    code = Code(tmp_path)
    (code.install("toy", "1.0.0") / "package.json").write_bytes(said)
    code.install("other", "1.0.0")
    seen = look(tmp_path)
    assert set(programs(seen)) == {"vscode:maker.other"}
    assert seen.gap
    assert [subject.key for subject in seen.gap.about] == ["vscode:maker.toy"]


@pytest.mark.parametrize("name", ["extensions.json", ".obsolete"])
@pytest.mark.parametrize("said", [*HOSTILE[:2], b"7", HOSTILE[4]])
def test_a_list_that_is_none_is_a_gap_about_all(tmp_path: Path, name, said):
    code = Code(tmp_path)
    code.install("toy", "1.0.0")
    (code.place / name).write_bytes(said)
    seen = look(tmp_path)
    assert seen.facts == ()
    assert seen.gap
    assert not seen.gap.about


def test_a_line_that_is_none_leaves_the_others(tmp_path: Path):
    code = Code(tmp_path)
    code.install("toy", "1.0.0")
    written(code.place / "extensions.json", [7, {"identifier": None}, *code.listed.values()])
    assert one(tmp_path).origin == "vs-marketplace"


def test_a_pipe_a_loop_and_what_is_too_large_or_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    code = Code(tmp_path)
    makes = {"pipe": os.mkfifo, "large": lambda path: path.write_bytes(b" " * 9_000_000)}
    for name, make in makes.items():
        path = code.install(name, "1.0.0") / "package.json"
        path.unlink()
        make(path)
    (code.place / "loop").symlink_to(code.place / "loop")
    seen = look(tmp_path)
    assert seen.gap
    assert {subject.key for subject in seen.gap.about} == {"vscode:maker.pipe", "vscode:maker.large"}
    monkeypatch.setattr(code_extensions, "MOST_EXTENSIONS", 1)
    gap = look(tmp_path).gap
    assert gap
    assert gap.reason == "unreadable: too_many"


@pytest.mark.parametrize("shut", ["", "maker.toy-1.0.0", "extensions.json"])
def test_what_may_not_be_read_is_a_gap(shut):
    with nobodys_home() as home:
        code = Code(home)
        code.install("toy", "1.0.0")
        assert as_nobody(home, "code_extensions", "CodeExtensions") == "1 None"
        (code.place / shut).chmod(0)
        assert as_nobody(home, "code_extensions", "CodeExtensions") == "0 unreadable: Permission denied"
