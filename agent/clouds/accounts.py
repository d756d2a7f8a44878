"""Whose the accounts of a client are, by what its own configuration says; never by what it sends.

Nothing of what is read is kept but what Told holds: a host, a mail domain, a back end's name. What is there and can't
be read, or not as its form should be, is told as `unread`: that nobody knows is not that there is no account.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from agent.clouds import hosts
from agent.clouds.forms import MOST, Found, ini, lines, rclone, sqlite, syncthing, tree
from agent.clouds.places import above, meant, name_of, paths, some, there
from agent.sensors.bounded import Unreadable, is_there, whole
from policy.catalogue import OS, Account, Client
from policy.catalogue.owners import Told

_READ = {"domain": hosts.mail_domain, "tenant": str.lower, "server": hosts.host}
_NO_REPOSITORY = {"--httpproxy", "--password", "--user"}  # nor does what follows an option of one letter name one

Cmdlines = Iterable[tuple[str, ...]]
Folders = Mapping[str, str] | None


class _Of(NamedTuple):
    """What was told, and by which account: what has the same place and key speaks of one."""

    told: Told
    account: str = ""


class _Asked(NamedTuple):
    """Of whom: one client of one person."""

    client: Client
    system: OS
    home: Path
    cmdlines: tuple[tuple[str, ...], ...]
    folders: Folders


def accounts(
    client: Client, system: OS, home: Path, cmdlines: Cmdlines = (), folders: Folders = None
) -> tuple[Told, ...]:
    """What each account tells; () where none is linked. Never raises for what a broken machine shows.

    cmdlines: of this person's processes that are this client; looked at now, and not kept. folders: as in
    agent/clouds/places.py.
    """
    asked = _Asked(client, system, home, tuple(cmdlines), folders)
    found: list[_Of] = []
    for entry in client.accounts:
        if entry.os == system:
            found += _entry(asked, entry)
    if _linked_elsewhere(asked):
        found.append(_Of(Told("linked")))
    return _numbered(found)


def places(client: Client, system: OS, home: Path, folders: Folders = None) -> tuple[Path, ...]:
    """Files and folders whose change means to look again: few, and nothing below a folder but what lies in it."""
    signs = client.on(system)
    values = [value for name in ("config", "linked", "autostart") for value in (signs.of(name) if signs else ())]
    values += [one.at for one in client.accounts if one.os == system and one.form not in {"registry", "argument"}]
    found = [above(path) for value in values for path in paths(client, system, home, value, folders)]
    return tuple(dict.fromkeys(found))


def _entry(asked: _Asked, entry: Account) -> list[_Of]:
    """What one entry of the catalogue tells; what stands before an error is told beside it."""
    out: list[_Of] = []
    try:
        for one in _told(asked, entry):
            out.append(one)  # those that came before an error stay
            if len(out) >= MOST:
                break
    except Unreadable:
        out.append(_Of(Told("unread")))
    return out


def _told(asked: _Asked, entry: Account) -> Iterator[_Of]:
    match entry.form:
        case "argument":
            for words in asked.cmdlines:
                for value in _arguments(words, entry.field):
                    yield from _back_end(entry, value)
        case "registry":
            yield from _of_each(entry, "", _registry(entry))
        case "mounts":
            yield from _of_each(
                entry, "", lines.mounted(Path(entry.at), asked.home) if is_there(Path(entry.at)) else ()
            )
        case _:
            if entry.form == "rclone":
                for words in asked.cmdlines:
                    yield from (_remote(entry, one) for one in rclone.written(words))
            for path in _files(asked, entry):
                yield from _file(entry, path)


def _files(asked: _Asked, entry: Account) -> Iterator[Path]:
    """The files that an entry means, and those that a command line names instead."""
    for path in paths(asked.client, asked.system, asked.home, entry.at, asked.folders):
        yield from meant(path)
    for words in asked.cmdlines:
        for value in _options(words, entry.moved):
            path = Path(value)
            if not path.is_absolute():  # from a folder that nobody here knows
                raise Unreadable("elsewhere")
            yield path / name_of(entry.at) if os.path.isdir(path) else path  # noqa: PTH112 - that one raises nothing


def _file(entry: Account, path: Path) -> Iterator[_Of]:
    if entry.form == "path":
        if there(path):
            yield _Of(Told("linked"))
        return
    if not is_there(path):
        return
    place = str(path)
    match entry.form:
        case "sqlite":
            yield from _of_each(entry, place, sqlite.find(path, entry.field))
        case "json":
            yield from _of_each(entry, place, tree.find(whole(path), entry.field))
        case "ini":
            yield from _of_each(entry, place, ini.find(whole(path), entry.field, entry.when))
        case "lines":
            yield from _of_each(entry, place, lines.find(whole(path)))
        case "syncthing":
            yield from (_Of(Told("linked", one.value)) for one in syncthing.find(whole(path)))
        case "rclone":
            yield from (_remote(entry, one) for one in rclone.configured(whole(path)))


def _registry(entry: Account) -> Iterable[Found]:
    if sys.platform != "win32":
        return ()
    from agent.clouds.forms import windows_registry  # noqa: PLC0415 - there is no winreg elsewhere

    return windows_registry.find(entry.at, entry.field)


def _of_each(entry: Account, place: str, found: Iterable[Found]) -> Iterator[_Of]:
    for one in found:
        if one.value.strip():
            account = "" if entry.tells == "linked" else f"{place}|{one.account}"
            yield _Of(_value(entry, one.value.strip(), one.account), account)


def _value(entry: Account, value: str, account: str) -> Told:
    """What a value tells; of what is not of the form that it should have, that an account is linked."""
    if entry.tells == "kind":
        words = {value.lower(), account.rpartition("/")[2].lower()}
        if "*" in entry.private or words & set(entry.private):
            return Told("private")
        return Told("company") if words & set(entry.company) else Told("linked")
    if entry.tells == "linked":
        return Told("linked")
    if entry.tells == "remote":
        return next((one.told for one in _back_end(entry, value)), Told("linked"))
    found = _READ[entry.tells](value)
    return Told(entry.tells, found) if found else Told("linked")


def _remote(entry: Account, remote: rclone.Remote) -> _Of:
    """rclone's: by its kind of account, by its own server, or by the back end alone."""
    name = remote.backend
    if name in entry.private or remote.drive == "personal":
        return _Of(Told("private", name))
    if remote.drive in {"business", "documentlibrary"}:
        return _Of(Told("company", name))
    return _speaks(name, remote.host) if name else _Of(Told("linked"), "wraps what is not there")


def _back_end(entry: Account, repository: str) -> Iterator[_Of]:
    """Of a repository on this machine nothing: it is no account."""
    name, host = hosts.back_end(repository)
    if name:
        yield _Of(Told("private", name)) if name in entry.private else _speaks(name, host)


def _speaks(name: str, host: str) -> _Of:
    if host and hosts.has_server(name):
        return _Of(Told("server", host))
    return _Of(Told("remote", f"{name} {host}".strip()))


def _arguments(words: tuple[str, ...], field: str) -> Iterator[str]:
    """Values of these options, or the words that hold an address."""
    if field == "://":
        for before, word in pairwise(words):
            of_an_option = before in _NO_REPOSITORY or (before.startswith("-") and not before.startswith("--"))
            if "://" in word and not word.startswith("-") and not of_an_option:
                yield word
    else:
        yield from _options(words, field.split("/"))


def _options(words: tuple[str, ...], options: Iterable[str]) -> Iterator[str]:
    """`--option value`, `--option=value`, and of one letter `-ovalue`."""
    for at, word in enumerate(words):
        for option in options:
            if word == option:
                yield from words[at + 1 : at + 2]
            elif word.startswith(f"{option}="):
                yield word.removeprefix(f"{option}=")
            elif len(option) == len("-o") and word.startswith(option) and not word.startswith("--"):
                yield word.removeprefix(option)


def _linked_elsewhere(asked: _Asked) -> bool:
    """Whether a file is there that only an account makes, of those that no entry reads."""
    signs = asked.client.on(asked.system)
    read = {entry.at for entry in asked.client.accounts}
    values = [value for value in (signs.linked if signs else ()) if value not in read]
    return any(
        some(path) for value in values for path in paths(asked.client, asked.system, asked.home, value, asked.folders)
    )


def _numbered(found: list[_Of]) -> tuple[Told, ...]:
    """Each once; what speaks of one account has its number. That one is linked is said where nothing more is."""
    more = any(one.told.kind not in {"linked", "unread"} for one in found)
    kept = list(dict.fromkeys(one for one in found if not (more and one.told.kind == "linked" and not one.account)))
    several = Counter(one.account for one in kept)
    numbers: dict[str, int] = {}
    for one in kept:
        if one.account and several[one.account] > 1:
            numbers.setdefault(one.account, len(numbers) + 1)
    told = [Told(one.told.kind, one.told.value, numbers.get(one.account, 0)) for one in kept]
    return tuple(dict.fromkeys(told))
