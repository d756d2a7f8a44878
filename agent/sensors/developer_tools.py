"""What a developer's own tools have installed for a user, each as that tool writes it down itself.

pip --user, pipx, uv, npm -g with its prefix in the home, cargo, go, Homebrew. Never an environment of a project, its
node_modules or a container. The forms: as pip 23.2, pipx 1.18, uv 0.13, npm 11 and cargo 1.95 wrote them; Homebrew's by
what is published of its receipts, and go's by its documentation: a program in ~/go/bin.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from agent.sensors.bounded import MOST_BYTES, Unreadable, entries, head, is_there, whole
from agent.sensors.naming import clean
from policy.versions import compare

T = TypeVar("T")
MOST_JSON = 4 * MOST_BYTES
PIPX, PIPX_PLACES = "pipx_metadata.json", (".local/share/pipx/venvs", ".local/pipx/venvs")
UV, UV_PLACES = "uv-receipt.toml", (".local/share/uv/tools",)
_PREFIX = re.compile(r"^\s*prefix\s*=\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_CRATE = re.compile(r"(\S+) (\S+) \(.*\)", re.DOTALL)


class Tool(NamedTuple):
    """Something installed. chosen: asked for, not pulled in. whole: its own record is there and could be read."""

    source: str
    name: str
    version: str
    chosen: bool = True
    whole: bool = True


class _Main(Struct):
    package: str
    package_version: str = ""


class _Pipx(Struct):
    main_package: _Main


class _Npm(Struct):
    version: str = ""


class _Receipt(Struct):
    installed_on_request: bool = True


class _Crates(Struct):
    v1: dict[str, Any]


def key(tool: Tool) -> str:
    """The same however it is written: as Python's index has it (PEP 503), others as they are."""
    name = tool.name.lower()
    return re.sub(r"[-_.]+", "-", name) if tool.source in {"pip_user", "pipx", "uv"} else name


# --- pip --user


def pip_user(home: Path) -> Iterator[Tool]:
    """Distributions as PEP 376 has them; RECORD is written last, and REQUESTED for what was asked for."""
    for site in _sites(home):
        for entry in entries(site):
            name, dash, version = entry.name.removesuffix(".dist-info").partition("-")
            if not dash or not entry.name.endswith(".dist-info") or name.startswith("~"):  # ~: being taken away
                continue
            folder = Path(entry.path)
            if is_there(folder / "RECORD"):
                yield Tool("pip_user", clean(name), clean(version), is_there(folder / "REQUESTED"))
            elif is_there(folder / "METADATA"):
                yield Tool("pip_user", clean(name), clean(version), chosen=False, whole=False)


def _sites(home: Path) -> Iterator[Path]:
    return _sites_in(home / ".local/lib")


def _sites_in(lib: Path) -> Iterator[Path]:
    for entry in entries(lib):
        if re.fullmatch(r"python3\.\d+", entry.name):
            yield Path(entry.path, "site-packages")


def commands(home: Path) -> frozenset[Path]:
    """What pip and cargo put among the user's commands; what else does so makes links, which tell."""
    found: set[Path] = set()
    for said in (_of_pip, _of_cargo):
        try:
            found.update(said(home))
        except Unreadable:  # told as a gap by the look at these tools
            continue
    return frozenset(found)


def _of_pip(home: Path) -> Iterator[Path]:
    for site in _sites(home):
        for entry in entries(site):
            if entry.name.endswith(".dist-info"):
                record = Path(entry.path, "RECORD")
                with suppress(OSError):  # being taken away
                    status = record.stat()
                    for name in _brought(record, status.st_ino, status.st_mtime_ns, status.st_size):
                        yield home / ".local/bin" / name


@lru_cache(maxsize=4096)  # a look at the commands asks for all of them, and few ever change
def _brought(record: Path, *_state: int) -> tuple[str, ...]:
    """The commands that a distribution brought, as its RECORD has them."""
    return tuple(Path(line.split(",")[0]).name for line in _lines(record) if line.startswith("../../../bin/"))


def _lines(path: Path) -> list[str]:
    try:
        return whole(path, MOST_JSON).decode("utf-8", "replace").splitlines()
    except Unreadable:
        return []


# --- pipx


def pipx(home: Path) -> Iterator[Tool]:
    """An environment a tool, with a record of it that is written once it is whole."""
    for record in _records(home, PIPX, PIPX_PLACES):
        said = _json(record, _Pipx)
        if said is None:
            yield Tool("pipx", clean(record.parent.name), "", whole=False)
        else:
            yield Tool("pipx", clean(said.main_package.package), clean(said.main_package.package_version or "-"))


# --- uv tool


def uv(home: Path) -> Iterator[Tool]:
    """An environment a tool, in a folder of its name; its receipt is written once it is whole."""
    for record in _records(home, UV, UV_PLACES):
        name = record.parent.name
        yield Tool("uv", clean(name), _installed(record.parent, name.replace("-", "_")) or "-")


def _installed(environment: Path, module: str) -> str:
    """The version of a distribution there; "" where it can't be told."""
    for lib in _sites_in(environment / "lib"):
        for entry in entries(lib):
            name, _, version = entry.name.removesuffix(".dist-info").partition("-")
            if entry.name.endswith(".dist-info") and name.lower() == module:
                return clean(version)
    return ""


def _records(home: Path, name: str, places: tuple[str, ...]) -> Iterator[Path]:
    """The records of this name, one an environment, in the usual places and where the user's commands lead to."""
    for place in _environments(home, name, places):
        for entry in entries(place):
            if is_there(Path(entry.path, name)):
                yield Path(entry.path, name)


def _environments(home: Path, name: str, places: tuple[str, ...]) -> Iterator[Path]:
    """Where environments are. A place that was moved is in the environment of a shell alone, but its links tell."""
    found = [home / place for place in places]
    for entry in entries(home / ".local/bin"):
        if entry.is_symlink():
            with suppress(OSError, ValueError):
                target = Path(os.path.normpath(Path(entry.path).parent / Path(entry.path).readlink()))
                inside = target.is_relative_to(home) and target.parent.name == "bin"
                if inside and (target.parent.parent / name).is_file():
                    found.append(target.parent.parent.parent)
    yield from dict.fromkeys(found)


# --- npm -g


def npm(home: Path) -> Iterator[Tool]:
    """Modules below the prefixes in the home; a link is a project that is being worked on."""
    for prefix in prefixes(home):
        modules = prefix / "lib/node_modules"
        scopes = [entry for entry in entries(modules) if entry.name.startswith("@") and not entry.is_symlink()]
        inner = chain.from_iterable(entries(Path(scope.path)) for scope in scopes)
        for entry in chain(entries(modules), inner):
            if not entry.name.startswith(("@", ".")) and not entry.is_symlink():
                yield from _module(Path(entry.path), modules)


def _module(folder: Path, modules: Path) -> Iterator[Tool]:
    record = folder / "package.json"
    name = str(folder.relative_to(modules))
    if name in {"npm", "corepack"} or not is_there(record):  # come with Node itself; being put there
        return
    said = _json(record, _Npm)
    yield Tool("npm", clean(name), clean(said.version or "-") if said else "", whole=said is not None)


def prefixes(home: Path) -> list[Path]:
    """Where `npm -g` puts things in this home: as ~/.npmrc says, usual places, and those of nvm."""
    found = [home / ".local", home / ".npm-global"]
    for line in _PREFIX.findall("\n".join(_lines(home / ".npmrc"))):
        path = Path(line.replace("${HOME}", str(home)).replace("$HOME", str(home)).replace("~", str(home), 1))
        inside = Path(os.path.normpath(path))
        if inside.is_relative_to(home) and inside != home:
            found.append(inside)
    with suppress(Unreadable):
        found += [Path(entry.path) for entry in entries(home / ".nvm/versions/node")]
    return list(dict.fromkeys(found))


# --- cargo


def cargo(home: Path) -> Iterator[Tool]:
    """`cargo install`, also with ~/.local as its root, which uninstalling must be told."""
    for base, source in ((".cargo", "cargo"), (".local", "cargo_local")):
        for crate in _crates(home / base):
            found = _CRATE.fullmatch(crate)
            if found:
                yield Tool(source, clean(found[1]), clean(found[2]))


def _crates(base: Path) -> dict[str, Any]:
    """What is installed below a root: "name version (source)", and its commands.

    Raises:
        Unreadable: It says so in a way that can't be read.

    """
    record = base / ".crates.toml"
    if not is_there(record):
        return {}
    try:
        return msgspec.convert(tomllib.loads(whole(record).decode()), _Crates).v1
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise Unreadable("not as it is written") from error


def _of_cargo(home: Path) -> Iterator[Path]:
    for names in _crates(home / ".local").values():
        if isinstance(names, list):
            yield from (home / ".local/bin" / str(name) for name in names)


# --- go


def go(home: Path) -> Iterator[Tool]:
    """`go install` writes down nothing: what it made is a program by its mode and first bytes."""
    for entry in entries(home / "go/bin"):
        with suppress(OSError, Unreadable):
            if entry.is_file() and entry.stat().st_mode & 0o111 and head(Path(entry.path), 4) == b"\x7fELF":
                yield Tool("go", clean(entry.name), "")


# --- Homebrew


def brew(home: Path) -> Iterator[Tool]:
    """A folder a formula, in it one a version, in it a receipt."""
    for formula in chain.from_iterable(entries(place / "Cellar") for place in _brews(home)):
        newest = _newest(Path(formula.path))
        if newest is not None:
            said = _json(newest / "INSTALL_RECEIPT.json", _Receipt)
            chosen = said.installed_on_request if said else True
            yield Tool("brew", clean(formula.name), clean(newest.name), chosen, said is not None)


def _brews(home: Path) -> tuple[Path, Path]:
    """In the home, or beside it in one of its own."""
    return home / ".linuxbrew", home.parent / "linuxbrew/.linuxbrew"


def _newest(formula: Path) -> Path | None:
    newest = None
    for entry in entries(formula):
        if entry.is_dir() and (newest is None or compare(entry.name, newest.name) > 0):
            newest = Path(entry.path)
    return newest


# Where each is, for who looks and who watches.
READERS: tuple[Callable[[Path], Iterator[Tool]], ...] = (pip_user, pipx, uv, npm, cargo, go, brew)


def folders(home: Path) -> list[Path]:
    """The folders in which something happens when a tool installs or removes something."""
    found = [home / ".local/bin", home / ".local/lib", home / ".cargo", home / "go/bin"]
    for place in _brews(home):
        found += [place / "Cellar", place / "opt"]  # opt: a link is made anew
    with suppress(Unreadable):
        found += [*_environments(home, PIPX, PIPX_PLACES), *_environments(home, UV, UV_PLACES)]
    for prefix in prefixes(home):
        found += [prefix / "lib/node_modules", prefix / "bin"]
    with suppress(Unreadable):
        found += list(_sites(home))
    return list(dict.fromkeys(found))


def _json(record: Path, form: type[T]) -> T | None:
    """None where it is not what that tool writes."""
    try:
        return msgspec.json.decode(whole(record, MOST_JSON), type=form)
    except (Unreadable, msgspec.MsgspecError, ValueError, RecursionError):
        return None
