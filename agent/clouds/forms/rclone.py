"""rclone's remotes: what each speaks to, through what it is wrapped in.

Of rclone.conf every remote, and of a command line what is written there itself (`:webdav,url=https://host:path`). What
wraps another (crypt, alias, union …) is told by what it wraps; a remote of that file is told by itself.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from agent.clouds.forms import ini
from agent.clouds.hosts import host
from agent.sensors.bounded import Unreadable

_ENCRYPTED = b"RCLONE_ENCRYPT_V"
_WRAPS = {"alias", "cache", "chunker", "combine", "compress", "crypt", "hasher", "union"}
_HERE = {"local", "memory"}
_NAME = re.compile(r"[a-z0-9 ]{1,40}")
_HOSTS = ("url", "host", "endpoint", "namenode", "auth", "api_url")  # which of them a back end has


class Remote(NamedTuple):
    """One that leaves this machine.

    backend: rclone's name for it, small letters, "" where it can't be told; host: of its own server; drive: OneDrive's
    kind of account.
    """

    backend: str
    host: str = ""
    drive: str = ""


def configured(data: bytes) -> list[Remote]:
    """Those of a rclone.conf.

    Raises:
        Unreadable: It is no text, or encrypted with a password of its own.

    """
    if any(line.startswith(_ENCRYPTED) for line in data.splitlines()):
        raise Unreadable("encrypted")
    sections = {name: keys for name, keys in ini.sections(data).items() if "type" in keys}
    return [remote for keys in sections.values() for remote in _of(keys, sections)]


def written(words: Iterable[str]) -> list[Remote]:
    """Those that a command line writes out itself, with the options that it gives beside them."""
    given = list(words)
    options = dict(_options(given))
    out: list[Remote] = []
    for word in given:
        keys = _connection(word)
        if keys:
            beside = {
                name: options[option]
                for name in _HOSTS
                if (option := f"--{keys['type']}-{name.replace('_', '-')}") in options
            }
            out += _of(beside | keys, {})
    return out


def _of(keys: Mapping[str, str], sections: Mapping[str, Mapping[str, str]]) -> Iterator[Remote]:
    backend = keys["type"].lower()
    if not _NAME.fullmatch(backend):  # no name that rclone gives
        yield Remote("")
    elif backend in _WRAPS:
        for target in _targets(keys):
            yield from _wrapped(target, sections)
    elif backend not in _HERE:
        at = next((found for name in _HOSTS if (found := host(keys.get(name, "")))), "")
        yield Remote(backend, at, keys.get("drive_type", "").lower())


def _wrapped(target: str, sections: Mapping[str, Mapping[str, str]]) -> Iterator[Remote]:
    """Not those of the file: they are told by themselves, however often something wraps them."""
    keys = _connection(target)
    if keys:
        if keys["type"] not in _WRAPS:  # what is wrapped twice in one word names no more than its first
            yield from _of(keys, {})
        else:
            yield Remote("")
        return
    name, mark, _ = target.partition(":")
    name = name.partition(",")[0]
    here = not mark or "/" in name or len(name) == 1  # one letter: a drive of Windows
    if not here and name not in sections:
        yield Remote("")


def _targets(keys: Mapping[str, str]) -> list[str]:
    """What it wraps: `remote`, or `upstreams` with a folder before = where it combines."""
    several = keys.get("upstreams")
    if several is None:
        return [keys["remote"]] if keys.get("remote") else []
    try:
        words = shlex.split(several)
    except ValueError:  # a quote without its end
        words = several.split()
    return [word.partition("=")[2] if keys["type"].lower() == "combine" else word for word in words]


def _connection(word: str) -> dict[str, str]:
    """`:webdav,url='https://host':path` as a section; nothing of any other word."""
    if not word.startswith(":"):
        return {}
    parts, quote, at = [""], "", 1
    while at < len(word) and (quote or word[at] != ":" or word.startswith("://", at)):
        letter = word[at]
        at += 1
        if letter == quote:
            quote = ""
        elif not quote and letter in "'\"" and parts[-1].endswith("="):
            quote = letter
        elif not quote and letter == ",":
            parts.append("")
        else:
            parts[-1] += letter
    if at >= len(word) or not parts[0].replace(" ", "").isalnum():
        return {}
    return {"type": parts[0].lower()} | {name: value for name, _, value in (one.partition("=") for one in parts[1:])}


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """`--webdav-url https://host` and `--webdav-url=https://host`."""
    for at, word in enumerate(words):
        name, mark, value = word.partition("=")
        if name.startswith("--"):
            yield name, value if mark else next(iter(words[at + 1 : at + 2]), "")
