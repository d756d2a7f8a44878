"""Which folders of a home are watched as a whole: found from above, by the numbers of their inodes.

Only names and numbers of folders are read, no file; neither links nor mounts are followed, so no network is waited for.
Bounded: what lies deeper or past the bounds is not found.
"""

import os
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice
from pathlib import Path

from msgspec import Struct

from agent.clouds.mounts import TABLE, mounts
from agent.sensors.bounded import Unreadable, head

DEEPEST = 3  # levels below the home at which such a folder may begin
FEWEST = 3  # folders in it: fewer are watched by many programs
MOST = 4000  # folders that are read to find where it begins, and as many to see that it is whole
MOST_ENTRIES = 20_000  # of one folder
MISSED = 20  # one in so many may have been made just now, and is not watched yet
# What lies in a folder of one who makes or writes something there: their tools watch it as a whole.
PROJECT = frozenset({
    ".git", ".hg", ".svn", ".idea", ".vscode", ".obsidian", "package.json", "pyproject.toml", "Cargo.toml", "go.mod",
    "pom.xml", "build.gradle", "build.gradle.kts", "Makefile", "CMakeLists.txt", "meson.build", "composer.json",
    "Gemfile", "mkdocs.yml", "node_modules",
})  # fmt: skip
_MEDIA = re.compile(r'^XDG_(?:MUSIC|PICTURES|VIDEOS)_DIR="\$HOME/([^"]+)"', re.MULTILINE)


class Home(Struct, frozen=True):
    """A home as the kernel numbers it. device: major and minor of its file system, as inotify's numbers have it.

    mounts: folders where something else begins. media: where players and albums watch all.
    """

    folder: Path
    device: tuple[int, int]
    mounts: frozenset[str]
    media: tuple[Path, ...]


def home(folder: Path, table: Path = TABLE) -> Home | None:
    """None where its file system is not told."""
    best, device, places = "", None, set[str]()
    for mount in mounts(table):
        places.add(mount.place)
        if folder.is_relative_to(mount.place) and len(mount.place) >= len(best):
            best, device = mount.place, mount.device
    return Home(folder, device, frozenset(places), _media(folder)) if device else None


def watched_root(at: Home, watched: AbstractSet[int]) -> Path | None:
    """The folder that is watched with all that is below it; of several the largest.

    watched: inodes of this home's file system. None where there is none, or where half of what is watched lies
    elsewhere: who shows or indexes files looks here and there.
    """
    if len(watched) < FEWEST or _inode(at.folder) in watched:  # who watches the home itself looks for all there is
        return None
    wholes = {path: count for path in _begins(at, watched) if (count := _whole(at, path, watched))}
    if not wholes or sum(wholes.values()) * 2 < min(len(watched), MOST):
        return None
    return max(wholes, key=lambda path: wholes[path])


def _begins(at: Home, watched: AbstractSet[int]) -> Iterator[Path]:
    """Folders that are watched whose parent is not, the home itself left out."""
    level, read = [at.folder], 0
    for _ in range(DEEPEST):
        below: list[Path] = []
        for folder in level:
            read += 1
            if read > MOST:
                return
            for path, inode in _folders(at, folder):
                if inode not in watched:
                    below.append(path)
                elif not any(path.is_relative_to(media) for media in at.media):
                    yield path
        level = below


def _whole(at: Home, root: Path, watched: AbstractSet[int]) -> int:
    """How many folders of it are watched; 0 if that is not all, or somebody works on it."""
    if any((root / name).exists() for name in PROJECT):
        return 0
    todo, seen, missed = [root], 1, 0
    while todo and seen < MOST:
        for path, inode in _folders(at, todo.pop()):
            seen += 1
            missed += inode not in watched
            todo.append(path)
        if missed > 1 + MOST // MISSED:
            return 0
    return seen - missed if seen >= FEWEST and missed * MISSED <= seen else 0


def _folders(at: Home, folder: Path) -> Iterator[tuple[Path, int]]:
    """The folders in it that are not hidden, with their inodes."""
    try:
        with os.scandir(folder) as entries:
            for entry in islice(entries, MOST_ENTRIES):
                shown = not entry.name.startswith(".") and entry.path not in at.mounts
                if shown and entry.is_dir(follow_symlinks=False):
                    yield Path(entry.path), entry.inode()
    except OSError:  # gone, or not ours to read
        return


def _inode(folder: Path) -> int:
    try:
        return folder.stat().st_ino
    except OSError:
        return -1


def _media(folder: Path) -> tuple[Path, ...]:
    try:
        said = head(folder / ".config/user-dirs.dirs", 64 * 1024).decode(errors="replace")
    except Unreadable:
        said = ""
    return tuple(folder / name for name in ("Music", "Pictures", "Videos", *_MEDIA.findall(said)))
