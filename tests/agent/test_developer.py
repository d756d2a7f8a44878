"""What a developer's tools installed: the real pip; pipx, npm, cargo and Homebrew by what each of them writes."""

import json
import os
import shutil
from pathlib import Path

import pytest
from watchdog.events import FileClosedEvent

from agent.sensors import developer_tools
from agent.sensors.developer import Developer, _tells
from policy.kinds import software
from policy.kinds.software import InstalledProgram
from policy.model import Look, Subject
from tests.contracts.sensor import SensorContract, programs
from tests.support.own_tools import ELF, executable, npm_module, pip_user, pipx_record, uv_tool, wheel
from tests.support.packages import NOW
from tests.support.until import until


class ToolPlace:
    """As the contract asks: one tool of a home."""

    names = ("toy", "Other-Tool")
    versioned = True

    def __init__(self, home: Path) -> None:
        self.home = home

    def sensor(self) -> Developer:
        return Developer(self.home)

    def key(self, name: str) -> str:
        return name.lower()

    def vanish(self) -> None:
        shutil.rmtree(self.home)
        self.home.mkdir()


class PipPlace(ToolPlace):
    """The real pip --user."""

    def install(self, name: str, version: str) -> None:
        pip_user(self.home, "install", "--user", "--no-index", str(wheel(self.home / "wheels", name, version)))

    def remove(self, name: str) -> None:
        pip_user(self.home, "uninstall", "--yes", name)

    @property
    def _site(self) -> Path:
        (site,) = (self.home / ".local/lib").glob("python3.*/site-packages")
        return site

    def spoil(self) -> None:
        site = self._site
        site.rename(self.home / "whole")
        site.symlink_to(site)

    def mend(self) -> None:
        (link,) = (path / "site-packages" for path in (self.home / ".local/lib").glob("python3.*"))
        link.unlink()
        (self.home / "whole").rename(link)


class PipxPlace(ToolPlace):
    """As pipx leaves it."""

    def install(self, name: str, version: str) -> None:
        pipx_record(self.home, name, version)

    def remove(self, name: str) -> None:
        shutil.rmtree(self._venv(name))
        (self.home / ".local/bin" / name.lower()).unlink()

    def _venv(self, name: str) -> Path:
        return self.home / ".local/share/pipx/venvs" / name.lower()

    def spoil(self) -> None:
        for name in self.names:
            record = self._venv(name) / "pipx_metadata.json"
            shutil.copy(record, self._venv(name) / "whole")
            record.write_text("[" * 100_000)

    def mend(self) -> None:
        for name in self.names:
            (self._venv(name) / "whole").rename(self._venv(name) / "pipx_metadata.json")


class UvPlace(ToolPlace):
    """As uv leaves it."""

    names = ("toy", "other-tool")

    def install(self, name: str, version: str) -> None:
        uv_tool(self.home, name, version)

    def remove(self, name: str) -> None:
        shutil.rmtree(self._tools / name)
        (self.home / ".local/bin" / name).unlink()

    @property
    def _tools(self) -> Path:
        return self.home / ".local/share/uv/tools"

    def spoil(self) -> None:
        self._tools.rename(self.home / "whole")
        self._tools.symlink_to(self._tools)

    def mend(self) -> None:
        self._tools.unlink()
        (self.home / "whole").rename(self._tools)


class NpmPlace(ToolPlace):
    """As npm leaves it, where ~/.npmrc says."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        (home / ".npmrc").write_text("audit=false\nprefix=${HOME}/tools/node\n")
        self.prefix = home / "tools/node"

    def install(self, name: str, version: str) -> None:
        npm_module(self.prefix, name, version)

    def remove(self, name: str) -> None:
        shutil.rmtree(self._modules / name)
        (self.prefix / "bin" / name).unlink()

    @property
    def _modules(self) -> Path:
        return self.prefix / "lib/node_modules"

    def spoil(self) -> None:
        for name in self.names:
            (self._modules / name / "package.json").rename(self.home / name)
            os.mkfifo(self._modules / name / "package.json")

    def mend(self) -> None:
        for name in self.names:
            (self.home / name).replace(self._modules / name / "package.json")

    def vanish(self) -> None:
        shutil.rmtree(self.home / "tools", ignore_errors=True)


class CargoPlace(ToolPlace):
    """As cargo writes it: its record once more, whole, closed in its place."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.crates: dict[str, str] = {}
        self.record = home / ".cargo/.crates.toml"

    def _write(self) -> None:
        lines = (f'"{name} {version} (registry+x)" = ["{name}"]' for name, version in self.crates.items())
        self.record.parent.mkdir(parents=True, exist_ok=True)
        self.record.write_text("\n".join(("[v1]", *lines, "")))

    def install(self, name: str, version: str) -> None:
        self.crates[name] = version
        self._write()

    def remove(self, name: str) -> None:
        del self.crates[name]
        self._write()

    def spoil(self) -> None:
        self.record.write_text('[v1]\n"toy 1.4.2 (regi')

    def mend(self) -> None:
        self._write()


class BrewPlace(ToolPlace):
    """As Homebrew's receipts are described; it was not run here."""

    def install(self, name: str, version: str) -> None:
        folder = self._cellar / name.lower() / version
        folder.mkdir(parents=True)
        (folder / "INSTALL_RECEIPT.json").write_text('{"installed_on_request": true, "time": 1}')
        for old in folder.parent.iterdir():
            if old != folder:
                shutil.rmtree(old)
        link = self.home / ".linuxbrew/opt" / name.lower()
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(folder)

    @property
    def _cellar(self) -> Path:
        return self.home / ".linuxbrew/Cellar"

    def remove(self, name: str) -> None:
        shutil.rmtree(self._cellar / name.lower())

    def spoil(self) -> None:
        for receipt in self._cellar.glob("*/*/INSTALL_RECEIPT.json"):
            receipt.write_bytes(b"\xff\xfe")

    def mend(self) -> None:
        for receipt in self._cellar.glob("*/*/INSTALL_RECEIPT.json"):
            receipt.write_text("{}")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.mark.parametrize("made", [PipPlace], ids=["pip"])
class TestPip(SensorContract):
    @pytest.fixture
    def place(self, made: type[PipPlace], home: Path) -> PipPlace:
        return made(home)


@pytest.mark.parametrize(
    "made", [PipxPlace, UvPlace, NpmPlace, CargoPlace, BrewPlace], ids=["pipx", "uv", "npm", "cargo", "brew"]
)
class TestByRecord(SensorContract):
    @pytest.fixture
    def place(self, made: type[ToolPlace], home: Path) -> ToolPlace:
        return made(home)


def look(home: Path) -> Look:
    return Developer(home).look(NOW)


def seen(home: Path) -> dict[str, InstalledProgram]:
    found = look(home)
    assert found.gap is None
    return programs(found)


def test_each_is_told_to_its_user_alone(home: Path):
    """With the tool as the source that removes it; nobody vouches for any of them."""
    pipx_record(home, "Toy.Black", "24.1.0")
    npm_module(home / ".npm-global", "@acme/toy", "2.0.1")
    (home / ".cargo").mkdir()
    (home / ".cargo/.crates.toml").write_text('[v1]\n"toyc 0.3.0 (path+file:///tmp/own)" = ["toyc"]\n')
    found = seen(home)
    assert {key: (fact.source, fact.version) for key, fact in found.items()} == {
        "toy-black": ("pipx", "24.1.0"),
        "@acme/toy": ("npm", "2.0.1"),
        "toyc": ("cargo", "0.3.0"),
    }
    for fact in found.values():
        assert (fact.publisher, fact.proven) == ("", False)
        assert software.verdict(software.Match(), fact).observed
        assert str(home) not in repr(fact)


def test_what_pip_pulled_in_was_not_chosen(home: Path, tmp_path: Path):
    """The real pip writes down what it was asked for."""
    wheel(tmp_path, "motor", "1.0")
    asked = wheel(tmp_path, "Toy-Tool", "1.0", "motor")
    pip_user(home, "install", "--user", "--no-index", "--find-links", str(tmp_path), str(asked))
    assert {key: fact.chosen for key, fact in seen(home).items()} == {"toy-tool": True, "motor": False}


def test_one_program_of_two_tools_is_one_subject(home: Path, tmp_path: Path):
    """However its name is written."""
    pip_user(home, "install", "--user", "--no-index", str(wheel(tmp_path, "Toy-Tool", "1.0")))
    pipx_record(home, "toy.tool", "1.0")
    assert set(seen(home)) == {"toy-tool"}


def test_projects_environments_and_linked_projects_are_nobodys_business(home: Path):
    """A venv, node_modules of a project, `npm link`, and what comes with Node itself."""
    (home / "work/.venv/lib/python3.11/site-packages/toy-1.0.dist-info").mkdir(parents=True)
    npm_module(home / "work", "left-pad", "1.0")
    modules = home / ".npm-global/lib/node_modules"
    modules.mkdir(parents=True)
    (modules / "mine").symlink_to(home / "work/lib/node_modules/left-pad")
    npm_module(home / ".nvm/versions/node/v20.1.0", "npm", "10.0.0")
    npm_module(home / ".nvm/versions/node/v20.1.0", "prettier", "3.0.0")
    assert set(seen(home)) == {"prettier"}


@pytest.mark.parametrize("prefix", ["/usr/local", "${HOME}", "~/../other", "/etc/../usr"])
def test_a_prefix_outside_the_home_is_not_this_users(home: Path, prefix: str):
    (home / ".npmrc").write_text(f"prefix = {prefix}\n")
    assert developer_tools.prefixes(home) == [home / ".local", home / ".npm-global"]


def test_environments_that_were_moved_are_found_by_their_commands(home: Path):
    """PIPX_HOME and UV_TOOL_DIR are set in a shell; a link into a project's own environment is followed to nothing."""
    pipx_record(home, "toy", "1.0")
    uv_tool(home, "other", "2.0")
    (home / "tools").mkdir()
    for name, place in (("toy", ".local/share/pipx/venvs"), ("other", ".local/share/uv/tools")):
        (home / place).rename(home / "tools" / name)
        (home / ".local/bin" / name).unlink()
        (home / ".local/bin" / name).symlink_to(home / "tools" / name / name / "bin" / name)
    executable(home / "work/.venv/bin/mine", ELF)
    (home / ".local/bin/mine").symlink_to(home / "work/.venv/bin/mine")
    (home / ".local/bin/loop").symlink_to("loop")
    assert {key: fact.source for key, fact in seen(home).items()} == {"toy": "pipx", "other": "uv"}
    assert {home / "tools/toy", home / "tools/other"} < set(developer_tools.folders(home))


def test_what_go_installed_is_a_program_by_its_bytes(home: Path):
    executable(home / "go/bin/gopls", ELF)
    executable(home / "go/bin/notes", b"hello")
    executable(home / "go/bin/plain", ELF, 0o644)
    os.mkfifo(home / "go/bin/pipe", 0o755)
    (home / "go/bin/gone").symlink_to("nowhere")
    (fact,) = seen(home).values()
    assert (fact.name, fact.source, fact.observed) == ("gopls", "go", True)


def test_cargos_other_root_is_another_source_since_it_is_removed_otherwise(home: Path):
    for base in (".cargo", ".local"):
        (home / base).mkdir()
        (home / base / ".crates.toml").write_text(f'[v1]\n"in{base} 1.0 (registry+x)" = ["x"]\n')
    assert {key: fact.source for key, fact in seen(home).items()} == {"in.cargo": "cargo", "in.local": "cargo_local"}


def test_homebrew_beside_the_homes_is_seen(home: Path):
    """Where its own installer puts it."""
    folder = home.parent / "linuxbrew/.linuxbrew/Cellar/toy/1.0"
    folder.mkdir(parents=True)
    (folder / "INSTALL_RECEIPT.json").write_text("{}")
    assert set(seen(home)) == {"toy"}


def test_brew_says_what_was_pulled_in(home: Path):
    """And of two versions the newer counts; by its documentation."""
    for version, asked in (("1.9", True), ("1.10", False)):
        folder = home / ".linuxbrew/Cellar/toy" / version
        folder.mkdir(parents=True)
        (folder / "INSTALL_RECEIPT.json").write_text(json.dumps({"installed_on_request": asked}))
    (fact,) = seen(home).values()
    assert (fact.version, fact.chosen) == ("1.10", False)


# --- half done, broken, hostile


def test_what_is_being_installed_is_a_gap_about_itself_and_looked_at_again(home: Path):
    """RECORD is written last. It tells no folder that is watched, so a second look is asked for."""
    info = home / ".local/lib/python3.11/site-packages/toy-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").touch()
    asked: list[float] = []
    sensor = Developer(home)
    sensor.start(asked.append)
    try:
        found = sensor.look(NOW)
    finally:
        sensor.stop()
    assert found.facts == ()
    assert found.gap
    assert found.gap.about == {Subject("program", "toy", "user")}
    assert asked


def test_one_broken_tool_leaves_the_others_seen(home: Path):
    """A loop of links where pipx's should be, JSON that is none, a record of a terabyte."""
    npm_module(home / ".local", "toy", "1.0")
    base = home / ".local/share/pipx"
    base.mkdir(parents=True)
    (base / "venvs").symlink_to(base / "venvs")
    found = look(home)
    assert set(programs(found)) == {"toy"}
    assert found.gap
    assert not found.gap.about
    (base / "venvs").unlink()
    with (pipx_record(home, "black", "1.0") / "pipx_metadata.json").open("r+b") as file:
        file.truncate(1 << 40)
    found = look(home)
    assert set(programs(found)) == {"toy"}
    assert found.gap
    assert found.gap.about == {Subject("program", "black", "user")}


def test_names_that_a_tool_never_wrote_are_shown_and_sent(home: Path):
    pipx_record(home, "toy", "1.0")
    record = home / ".local/share/pipx/venvs/toy/pipx_metadata.json"
    said = {"main_package": {"package": "\x1b[31m" + "x" * 9999, "package_version": "1\n2"}}
    record.write_text(json.dumps(said))
    (fact,) = seen(home).values()
    assert fact.name.isprintable()
    assert len(fact.name) <= 80
    assert fact.version == "1?2"


def test_a_record_of_wrong_shape_is_a_gap(home: Path):
    """Lists where tables stand, numbers where names do."""
    for text in ("v1 = 3\n", "[v1]\n1 = 2\n[", "\x00", "v1 = " + "[" * 100_000):
        (home / ".cargo").mkdir(exist_ok=True)
        (home / ".cargo/.crates.toml").write_text(text)
        assert look(home).gap, text
    for text in ("3", "[]", '{"main_package": []}', "{", '{"x": ' + "[" * 100_000):
        (pipx_record(home, "toy", "1.0") / "pipx_metadata.json").write_text(text)
        gap = look(home).gap
        assert gap, text


def test_builds_of_a_project_wake_nobody(home: Path):
    """Cargo closes its lock at each; what it installs closes its record."""
    assert not _tells(FileClosedEvent(str(home / ".cargo/.package-cache")), ".package-cache")
    (home / ".cargo").mkdir()
    told: list[float] = []
    sensor = Developer(home)
    sensor.start(told.append)
    try:
        (home / ".cargo/.crates.toml").write_text("[v1]\n")
        until(lambda: told, what="the record")
    finally:
        sensor.stop()


def test_a_new_version_of_python_is_followed(home: Path, tmp_path: Path):
    """Its folder was not there when the listening began."""
    told: list[float] = []
    sensor = Developer(home)
    sensor.start(told.append)
    try:
        site = home / ".local/lib/python3.99/site-packages"
        site.mkdir(parents=True)
        until(lambda: told, what="the folder")
        sensor.look(NOW)
        told.clear()
        (site / "toy-1.0.dist-info").mkdir()
        until(lambda: told, what="in the new folder")
    finally:
        sensor.stop()
