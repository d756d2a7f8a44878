"""A program's name and version from the name of its file, as people publish and download them.

`Obsidian-1.5.3.AppImage`, `nvim-linux-x86_64.appimage` and `rclone-v1.65.0-linux-amd64 (1)` are obsidian, nvim, rclone.
"""

import re
import unicodedata
from typing import NamedTuple

LONGEST = 80  # characters of a name that is shown
_SUFFIX = re.compile(r"(?:\.(?:appimage|zs-old|run|bin|sh|py|elf))+$", re.IGNORECASE)
_COPY = re.compile(r" ?\(\d+\)$")  # a browser's second download
_VERSION = re.compile(r"(?:^|[-_. ])v?(\d+(?:\.\d+)+[0-9a-z.+~]*)(?=[-_ (]|$)", re.IGNORECASE)
_ATTACHED = re.compile(r"(?<=[^\W\d])(\d+(?:\.\d+)+)$")  # python3.11
_NOISE = re.compile(
    r"[-_. ](?:x86[-_]64|amd64|x64|x86|ia32|i[3-6]86|aarch64|arm64|armhf|armv\d\w*|(?:64|32)-?bit|linux(?:64|32)?|"
    r"unknown|pc|gnu|musl|glibc[\d.]*|ubuntu\d*|debian\d*|portable|latest|rc\d+|v?\d+)$",
    re.IGNORECASE,
)


class Named(NamedTuple):
    """key: in lower case, the same for every version. name: as a person calls it. version: "" where none is told."""

    key: str
    name: str
    version: str


def named(file: str) -> Named:
    """What the file's name says of its program."""
    stem = _COPY.sub("", _without_suffix(clean(file)))
    found = _VERSION.search(stem) or _ATTACHED.search(stem)
    name = stem[: found.start()] if found else stem
    while (shorter := _NOISE.sub("", name)) != name:
        name = shorter
    name = name.strip("-_. ") or stem
    return Named(name.lower(), name, found[1] if found else "")


def clean(text: str) -> str:
    """In one line that can be shown and sent, whatever bytes it was made of."""
    letters = unicodedata.normalize("NFC", text)
    shown = "".join(letter if letter.isprintable() else "?" for letter in letters).strip()  # bytes that are no text too
    return shown[:LONGEST] or "?"


def _without_suffix(file: str) -> str:
    return _SUFFIX.sub("", _COPY.sub("", file)) or file
