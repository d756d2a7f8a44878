"""Who made a program on Windows: proven by the signature of its own file, else as its installer or file claims.

Its own file is one of its folder; which one, whoever writes an entry of the registry can choose. So what is proven is
that this file comes from that publisher: enough for a list of what is approved, not against who forges their own.
"""

import ctypes
import re
import sys
from ctypes import wintypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.platforms.windows_signature import Signatures  # noqa: E402
from agent.sensors.bounded import Unreadable, entries  # noqa: E402
from agent.sensors.naming import clean  # noqa: E402
from agent.sensors.windows_program import is_program  # noqa: E402

FIXED = 3  # GetDriveTypeW: no share and no stick, where opening a file tells another who asks
MOST_BYTES = 1024 * 1024
MOST = 2_000  # files whose words are remembered
_REMOVES = re.compile(r"unins.*|update", re.IGNORECASE)  # Squirrel's Update.exe is the same in each of its programs
_BESIDE = re.compile(r"update|setup|install|crash|helper", re.IGNORECASE)
_VERSIONED = re.compile(r"app-(\d+(?:\.\d+)*)", re.IGNORECASE)  # Squirrel's folder of a version


class About(NamedTuple):
    """What a program's file says of itself; each "" where it says nothing."""

    company: str = ""
    product: str = ""
    version: str = ""
    description: str = ""


class Maker(NamedTuple):
    """publisher: "" where nobody says. proven: by a signature that this machine trusts."""

    publisher: str
    proven: bool


@dataclass
class Makers:
    """within: the folders that a file may be opened in; none means any on a fixed disk."""

    signatures: Signatures = field(default_factory=Signatures)
    within: tuple[Path, ...] | None = None
    _said: dict[tuple[int, int, int, int], About] = field(default_factory=dict, repr=False)

    def of(self, file: Path | None, claimed: str = "") -> Maker:
        """Who made it, by its own file where there is one."""
        if file is None:
            return Maker(clean(claimed) if claimed else "", proven=False)
        signature = self.signatures.of(file)
        if signature.state == "good":
            return Maker(clean(signature.signer), proven=True)
        said = claimed or self.about(file).company
        return Maker(clean(said) if said else "", proven=False)

    def about(self, file: Path) -> About:
        """What the file says of itself; read once, since Windows lets nobody take it away meanwhile."""
        try:
            now = file.stat()
        except (OSError, ValueError):
            return About()
        which = now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns
        if which not in self._said:
            if len(self._said) >= MOST:
                self._said.clear()
            self._said[which] = about(file)
        return self._said[which]

    def may_open(self, file: Path) -> bool:
        """Whether it lies where this half looks at all; without asking that place."""
        if ".." in file.parts or not re.fullmatch(r"[A-Za-z]:\\", file.anchor) or ":" in str(file)[2:]:
            return False
        if self.within is not None:
            return any(file.is_relative_to(folder) for folder in self.within)
        return bool(ctypes.WinDLL("kernel32").GetDriveTypeW(wintypes.LPCWSTR(file.anchor)) == FIXED)

    def own_file(self, folder: Path | None, icon: Path | None, key: str) -> Path | None:
        """The program's own file: the one that its icon is from, else that has its name, else the largest."""
        if folder is None or not self.may_open(folder):
            return icon if icon and self.may_open(icon) and not folder and _is_own(icon) else None
        if icon and icon.is_relative_to(folder) and self.may_open(icon) and _is_own(icon):
            return icon
        plain = re.sub(r"\W", "", key)

        def worth(file: Path) -> tuple[bool, bool, int]:
            return re.sub(r"\W", "", file.stem.lower()) == plain, not _BESIDE.search(file.stem), _size(file)

        return max((file for file in programs(folder) if self.may_open(file)), key=worth, default=None)


def programs(folder: Path) -> list[Path]:
    """The programs that lie in a folder, in Squirrel's newest version of it, or else one level below."""
    try:
        inside = entries(folder)
        versions = [(found, Path(one.path)) for one in inside if (found := _VERSIONED.fullmatch(one.name))]
        if versions:
            newest = max(versions, key=lambda one: [int(part[:9]) for part in one[0][1].split(".")])[1]
            if files := _own(newest):
                return files
        if files := _own(folder):
            return files
        below = [Path(one.path) for one in inside if one.is_dir(follow_symlinks=False)][:50]
        return [file for one in below for file in _own(one)]
    except (Unreadable, OSError):
        return []


def _own(folder: Path) -> list[Path]:
    files = [Path(one.path) for one in entries(folder) if one.name.lower().endswith(".exe") and one.is_file()]
    return [file for file in files if _is_own(file)]


def _is_own(file: Path) -> bool:
    """A program that is not there to remove or renew another."""
    return file.suffix.lower() == ".exe" and not _REMOVES.fullmatch(file.stem) and is_program(file)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def told(path: str) -> Path | None:
    r"""A path as an entry of the registry has it: `"C:\\x\\y.exe",0` or a folder between quotes."""
    bare = re.sub(r",\s*-?\d+$", "", path.strip()).strip().strip('"').rstrip("\\")
    return Path(bare) if bare and "\0" not in bare and len(bare) < 1000 else None


def about(file: Path) -> About:
    """The file's version resource, in the first language that it has."""
    api = ctypes.WinDLL("version")
    size = api.GetFileVersionInfoSizeW(wintypes.LPCWSTR(str(file)), None)
    if not 0 < size <= MOST_BYTES:
        return About()
    block = ctypes.create_string_buffer(size)
    if not api.GetFileVersionInfoW(wintypes.LPCWSTR(str(file)), 0, wintypes.DWORD(size), block):
        return About()
    languages = _value(block, r"\VarFileInfo\Translation")
    table = "".join(f"{int.from_bytes(languages[at : at + 2], 'little'):04x}" for at in (0, 2)) if languages else ""
    names = ("CompanyName", "ProductName", "ProductVersion", "FileDescription")
    return About(*(_string(block, rf"\StringFileInfo\{table or '040904b0'}\{name}") for name in names))


def _string(block: ctypes.Array[ctypes.c_char], path: str) -> str:
    said = _value(block, path, letters=True).decode("utf-16-le", "replace").partition("\0")[0].strip()
    return clean(said) if said else ""


def _value(block: ctypes.Array[ctypes.c_char], path: str, *, letters: bool = False) -> bytes:
    at, size = ctypes.c_void_p(), wintypes.UINT()
    found = ctypes.WinDLL("version").VerQueryValueW(block, wintypes.LPCWSTR(path), ctypes.byref(at), ctypes.byref(size))
    begin, end = ctypes.addressof(block), ctypes.addressof(block) + len(block)
    if not found or not at.value or not begin <= at.value < end:
        return b""
    long = min(size.value * (2 if letters else 1), end - at.value, 4096)
    return ctypes.string_at(at.value, long)
