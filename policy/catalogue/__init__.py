"""The catalogue of public clouds: bytes of clouds.toml -> Catalogue, or every error with its place.

Data only. How each sign is compared stands at Signs: whole words and whole folder names, never a pattern.
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import fields

from policy.build import Path, build
from policy.phrase import N_, Phrase
from policy.places import line_of

FORMAT = 1
SHORTEST = 4  # letters of a program's name that may decide alone
OS = Literal["linux", "windows"]
Category = Literal["sync", "transfer", "chat", "backup", "remote"]
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# What tells that somebody has it, that it runs, and that an account is linked.
INSTALLED = ("dpkg", "rpm", "flatpak", "snap", "pypi", "npm", "appimage", "uninstall", "winget", "msix")
RUNNING = ("program", "module", "verb", "option", "site", "app_id", "below", "port", "socket", "dbus", "mount", "text")
TRACES = ("config", "linked", "marker", "registry", "sync_root", "autostart", "unit")
SIGNS = (*INSTALLED, *RUNNING, *TRACES)


class Signs(Struct, frozen=True, forbid_unknown_fields=True):
    """What tells a client on one OS. Each field is one signal and its name the signal's id.

    Installed, by the exact name that the source gives it: dpkg, rpm, flatpak, snap, pypi, npm; appimage (how the file's
    name begins); uninstall (DisplayName, a version behind it allowed), winget (package identifier), msix (family name).
    Running: program (basename of the executable, or of an interpreter's script; without .exe); module (of `-m`, or
    imported by `-c`); verb (the first word behind the program that is no option); option (one whole word of the
    command line); site (host of a browser's --app=); app_id (of --app-id=); below (the executable lies in this folder);
    port (it listens there); socket (below the runtime directory); dbus (a well-known name); mount (type or source);
    text (stands in the executable's bytes).
    On disk, all paths from the user's home (linux) or with %LOCALAPPDATA% and its kin (windows): config (there after a
    first start), linked (there once an account is linked), marker (in a folder that is synced), autostart, unit;
    registry (a key of the user's hive that is there once it was used), sync_root (the provider's name in
    SyncRootManager).

    decisive: signals, or single values of one, that tell alone; any other needs a second one of another id.
    unconfirmed: signals, or single values, that no source confirmed: they never decide.
    folders: where the files lie, for the way back; publisher: for a person to compare. Neither is a signal.
    sources: documents that these facts were read in, by name; "ran" is a recording of the real program.
    """

    sources: tuple[str, ...]
    decisive: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    dpkg: tuple[str, ...] = ()
    rpm: tuple[str, ...] = ()
    flatpak: tuple[str, ...] = ()
    snap: tuple[str, ...] = ()
    pypi: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    appimage: tuple[str, ...] = ()
    uninstall: tuple[str, ...] = ()
    winget: tuple[str, ...] = ()
    msix: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    module: tuple[str, ...] = ()
    verb: tuple[str, ...] = ()
    option: tuple[str, ...] = ()
    site: tuple[str, ...] = ()
    app_id: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    port: tuple[int, ...] = ()
    socket: tuple[str, ...] = ()
    dbus: tuple[str, ...] = ()
    mount: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    config: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    marker: tuple[str, ...] = ()
    registry: tuple[str, ...] = ()
    sync_root: tuple[str, ...] = ()
    autostart: tuple[str, ...] = ()
    unit: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()

    def of(self, signal: str) -> tuple[str, ...]:
        """The values of one signal, all as text."""
        return tuple(map(str, getattr(self, signal)))

    def decides(self, signal: str, value: str) -> bool:
        """Whether this value of this signal tells alone."""
        either = {signal, value}
        return bool(either & set(self.decisive)) and not either & set(self.unconfirmed)

    def given(self) -> tuple[str, ...]:
        """The ids of the signals that have a value."""
        return tuple(name for name in SIGNS if getattr(self, name))


class Account(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a client's own configuration tells whose account it is.

    at: the file (from home, or with %APPDATA% and its kin) or the registry key; its parts may be patterns as a shell's.
    form: what it is; of `path` it tells that it is there; `lines` is a file with an address as a line's first word,
    `mounts` the system's list of them; `rclone` and `syncthing` are read as these programs do; `argument` is a word of
    the command line. field: the key in it, parts split by /, each may be a pattern. Of sqlite it is table/column, or
    table/column=value/column; of `argument` the options whose value it is, split by /, or :// for any address.
    when: what must stand in the same section (`key=value`). moved: options of the command line that say where the file
    is instead, or the folder that it lies in.
    tells: `kind` (its value, or the key that a pattern stands for, is one of private or company; * is any), `domain`
    (of an e-mail address), `tenant`, `server` (a URL's host), `remote` (a back end; private holds those that only a
    person has), `linked` (an account is linked, whose is unknown). source: as in Signs.
    """

    os: OS
    at: str
    form: Literal["json", "ini", "sqlite", "registry", "path", "argument", "lines", "mounts", "rclone", "syncthing"]
    field: str
    tells: Literal["kind", "domain", "tenant", "server", "remote", "linked"]
    source: str
    private: tuple[str, ...] = ()
    company: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


class Client(Struct, frozen=True, forbid_unknown_fields=True):
    """One client. default: whether a rule that names none means it too.

    private: its accounts are never a company's. starts: `itself` where a desktop starts it for everybody that has it,
    so that to run is no more than to be installed. instead: the kind of the company's own tool, where not its category.
    """

    id: str
    name: str
    vendor: str
    category: Category
    default: Literal["on", "off"] = "on"
    private: bool = False
    starts: Literal["asked", "itself"] = "asked"
    instead: Category | None = None
    note: str = ""
    accounts: tuple[Account, ...] = ()
    linux: Signs | None = None
    windows: Signs | None = None

    def on(self, os: OS) -> Signs | None:
        """What tells it on this OS."""
        return self.linux if os == "linux" else self.windows


class Catalogue(Struct, frozen=True):
    """All clients, by id, in the file's order."""

    clients: dict[str, Client]


class BadCatalogue(ValueError):
    """The catalogue can't be read; the text holds every error with its line and place."""


def read(data: bytes) -> Catalogue:
    """The catalogue in a file.

    Raises:
        BadCatalogue: Anything in it is wrong.

    """
    try:
        text = data.decode()
        raw = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadCatalogue(str(error)) from error
    problems: list[tuple[Path, Phrase]] = []

    def complain(path: Path, expected: Phrase) -> None:
        problems.append((path, expected))

    found = raw.get("clients")
    if raw.get("format") != FORMAT or not isinstance(found, list):
        complain(("format",), Phrase(N_("expected {expected}, found {found}"), _was(str(FORMAT), raw.get("format"))))
        found = []
    clients: dict[str, Client] = {}
    for i, one in enumerate(found):
        client = build(Client, one, ("clients", i), complain)
        if client is None:
            continue
        for place, expected in _wrong(client, clients):
            complain(("clients", i, *place), expected)
        clients[client.id] = client
    if problems:
        raise BadCatalogue("; ".join(f"line {line_of(text, path)}: {_place(path)}: {said}" for path, said in problems))
    return Catalogue(clients)


def _wrong(client: Client, before: dict[str, Client]) -> Iterator[tuple[Path, Phrase]]:
    """What can't stand in a client, though each field is of its form."""
    if not _ID.fullmatch(client.id):
        yield ("id",), Phrase("expected small letters, digits and hyphens, found {found}", {"found": repr(client.id)})
    if client.id in before:
        text = N_("expected an id of its own, {name} stands twice")
        yield ("id",), Phrase(text, {"name": repr(client.id)})
    for os in get_args(OS):
        signs = client.on(os)
        if signs is not None:
            for place, expected in _wrong_signs(signs):
                yield (os, *place), expected


def _wrong_signs(signs: Signs) -> Iterator[tuple[Path, Phrase]]:
    given = set(signs.given())
    known = {value for signal in given for value in signs.of(signal)} | given
    for field in ("decisive", "unconfirmed"):
        for value in getattr(signs, field):
            if value not in known:
                yield (field,), Phrase(N_("expected one of {names}, found {found}"), _was_one_of(given, value))
    for name in signs.program:
        if len(name) < SHORTEST and signs.decides("program", name):
            text = "expected a name of {count} letters or more where it tells alone, found {found}"
            yield ("program",), Phrase(text, {"count": str(SHORTEST), "found": repr(name)})
    if not any(signs.decides(signal, value) for signal in given for value in signs.of(signal)) and len(given) < 2:
        yield (), Phrase("expected two signals, or one that tells alone")


def _was(expected: str, found: object) -> dict[str, str]:
    return {"expected": expected, "found": repr(found)}


def _was_one_of(names: set[str], found: str) -> dict[str, str]:
    return {"names": ", ".join(name.name for name in fields(Signs) if name.name in names), "found": repr(found)}


def _place(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
