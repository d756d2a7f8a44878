"""What apt knows beside dpkg: what was pulled in, who ran it, and which signed repository offers a version."""

import mmap
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Literal, NamedTuple

from policy.versions import compare

TAIL = 256 * 1024  # bytes of history that are read: months of a laptop's life
OS_UPGRADE = 50  # new packages in one run; those that its command line does not name, nobody chose one by one
_AUTO = re.compile(r"^Package: (\S+)$(?:\n(?!\n).*)*?\nAuto-Installed: 1$", re.MULTILINE)
_INSTALLED = re.compile(r"([a-z0-9][a-z0-9+.\-]+):[a-z0-9\-]+ \(")


class Who(NamedTuple):
    """Who brought a program, and the scope of that user's session where a user is named."""

    word: Literal["user", "management", "unknown"]
    scope: str = ""


def auto_installed(root: Path) -> frozenset[str]:
    """Packages that were pulled in by another (apt writes it before dpkg runs)."""
    try:
        text = (root / "var/lib/apt/extended_states").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    return frozenset(_AUTO.findall(text))


@dataclass(frozen=True)
class History:
    """apt's own log of its runs, newest last. Command lines are matched in memory and never kept."""

    runs: tuple[dict[str, str], ...]

    @classmethod
    def read(cls, root: Path) -> "History":
        """The newest runs; none where there is no log."""
        try:
            with (root / "var/log/apt/history.log").open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - TAIL))
                text = file.read().decode(errors="replace")
        except OSError:
            return cls(())
        return cls(tuple(_run(part) for part in text.split("\n\n") if part.strip()))

    def who_brought(self, name: str, management: Iterable[str]) -> Who:
        """Who installed a package last. A root shell's install is nobody's by name: `unknown`."""
        for run in reversed(self.runs):
            if name in _INSTALLED.findall(f"{run.get('Remove', '')}, {run.get('Purge', '')}"):
                break  # it was taken away since: whoever brought it again did so without apt
            installed = _INSTALLED.findall(run.get("Install", ""))
            if name in installed:
                return _who(run, name, len(installed), management)
        return Who("unknown")


def _run(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


def _who(run: Mapping[str, str], name: str, installed: int, management: Iterable[str]) -> Who:
    command = run.get("Commandline", "")
    named = name in re.split(r"[\s=/:_]", command)  # ./name_1.0_amd64.deb too
    if any(fnmatchcase(command, pattern) for pattern in management):
        return Who("management")
    if installed > OS_UPGRADE and not named:
        return Who("management")
    asked = re.search(r"\((\d+)\)\s*$", run.get("Requested-By", ""))
    return Who("user", f"user:{asked[1]}") if asked else Who("unknown")


@dataclass
class Origins:
    """Remembers where each version came from, until apt's lists change: a look after the first asks for what is new."""

    root: Path
    _lists: int = -1
    _found: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def of(self, versions: Mapping[str, str]) -> dict[str, str | None]:
        """As `origins`."""
        lists = self._changed()
        if lists != self._lists:
            self._lists, self._found = lists, {}
        asked = {name: version for name, version in versions.items() if (name, version) not in self._found}
        if asked:
            self._found |= {(name, asked[name]): origin for name, origin in origins(self.root, asked).items()}
        return {name: self._found[name, version] for name, version in versions.items()}

    def _changed(self) -> int:
        try:
            return (self.root / "var/lib/apt/lists").stat().st_mtime_ns
        except OSError:
            return 0


def origins(root: Path, versions: Mapping[str, str]) -> dict[str, str | None]:
    """The Origin of the repository that offers each version: "" where none does, None where there are no lists.

    One that offers a newer version counts too: its list moved on, and the program on this laptop has yet to follow.
    """
    lists = root / "var/lib/apt/lists"
    try:
        files = sorted(p for p in lists.iterdir() if re.search(r"_Packages(\.\w+)?$", p.name))
    except OSError:
        files = []
    if not files:
        return dict.fromkeys(versions)
    exact: dict[str, str] = {}
    newer: dict[str, str] = {}
    for file in files:
        for name, offered in _offered(file, versions).items():
            if versions[name] in offered:
                exact.setdefault(name, _origin(file))
            elif any(compare(versions[name], other) < 0 for other in offered):
                newer.setdefault(name, _origin(file))
    return {name: exact.get(name) or newer.get(name, "") for name in versions}


def _offered(file: Path, names: Iterable[str]) -> dict[str, list[str]]:
    """The versions of these packages that stand in a list."""
    with file.open("rb") if file.name.endswith("_Packages") else _unpacked(file) as handle:
        if not handle.seek(0, os.SEEK_END):
            return {}
        with mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return {name: found for name in names if (found := _versions(data, name))}


def _versions(data: mmap.mmap, name: str) -> list[str]:
    """A stanza begins with its package's name: found by a search in the bytes, without parsing 60,000 of them."""
    needle, found = f"\nPackage: {name}\n".encode(), []
    at = 0 if data[: len(needle) - 1] == needle[1:] else data.find(needle)
    while at >= 0:
        end = data.find(b"\n\n", at + 1)
        version = re.search(rb"^Version: (.+)$", data[at : end if end >= 0 else len(data)], re.MULTILINE)
        if version:
            found.append(version[1].decode(errors="replace"))
        at = data.find(needle, at + 1)
    return found


def _unpacked(file: Path) -> IO[bytes]:
    """Apt keeps some lists compressed, and has the tool to read each of its ways. 50 MB: never in our own memory."""
    command = ["/usr/lib/apt/apt-helper", "cat-file", str(file)]
    unpacked = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's to close
    subprocess.run(command, stdout=unpacked, stderr=subprocess.DEVNULL, timeout=60, check=False)
    return unpacked


def _origin(packages: Path) -> str:
    """The Origin line of the Release file that signs a list."""
    stem = packages.name.rsplit("_Packages", 1)[0]  # ..._dists_bookworm_main_binary-amd64
    while "_" in stem:
        stem = stem.rsplit("_", 1)[0]
        for name in (f"{stem}_InRelease", f"{stem}_Release"):
            release = packages.with_name(name)
            if release.is_file():
                head = release.read_text(encoding="utf-8", errors="replace")[:4096]
                found = re.search(r"^Origin: (.*)$", head, re.MULTILINE)
                return found[1].strip() if found else ""
    return ""
