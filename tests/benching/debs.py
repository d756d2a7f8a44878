"""Tiny packages, and a private dpkg root to put them in: nothing of the machine changes."""

import os
import subprocess
from pathlib import Path

CONTROL = """\
Package: {name}
Version: {version}
Architecture: all
Maintainer: Nobody <nobody@example.invalid>
Description: a package for trying out
{more}"""
# An empty list with its Release file: a version that no repository offers has no origin, which is known.
RELEASE = "Origin: Somebody\nSuite: stable\n"
LIST = "example.invalid_debian_dists_stable"


def build(folder: Path, name: str, version: str = "1.0", *, postinst: str = "", more: str = "") -> Path:
    """A package that holds nothing. postinst: what it runs when it is configured."""
    inside = folder / name / "DEBIAN"
    inside.mkdir(parents=True, exist_ok=True)
    (inside / "control").write_text(CONTROL.format(name=name, version=version, more=more))
    if postinst:
        (inside / "postinst").write_text(f"#!/bin/sh\n{postinst}\n")
        (inside / "postinst").chmod(0o755)
    made = folder / f"{name}_{version}_all.deb"
    subprocess.run(
        ("dpkg-deb", "--root-owner-group", "--build", inside.parent, made),
        check=True,
        stdout=subprocess.DEVNULL,
        env=os.environ | {"SOURCE_DATE_EPOCH": "0"},
    )
    return made


class PrivateRoot:
    """A dpkg database of its own.

    like: a machine whose list of packages it begins with and whose apt lists it shares; else both are empty.
    """

    def __init__(self, folder: Path, like: Path | None = None) -> None:
        self.path = folder
        database, lists = folder / "var/lib/dpkg", folder / "var/lib/apt/lists"
        for part in ("info", "updates", "triggers"):
            (database / part).mkdir(parents=True)
        lists.parent.mkdir(parents=True)
        if like is None:
            (database / "status").touch()
            lists.mkdir()
            (lists / f"{LIST}_InRelease").write_text(RELEASE)
            (lists / f"{LIST}_main_binary-all_Packages").write_text("Package: nothing\nVersion: 1\n\n")
            return
        (database / "status").write_bytes((like / "var/lib/dpkg/status").read_bytes())
        (database / "arch").write_text("")
        for file in (like / "var/lib/dpkg/info").glob("*.list"):
            (database / "info" / file.name).touch()
        lists.symlink_to(like / "var/lib/apt/lists")
        states = like / "var/lib/apt/extended_states"
        if states.exists():
            (folder / "var/lib/apt/extended_states").write_bytes(states.read_bytes())

    @property
    def database(self) -> Path:
        """Where dpkg keeps its state and its locks."""
        return self.path / "var/lib/dpkg"

    def install(self, *debs: Path) -> None:
        """Install these in one run of dpkg."""
        self.dpkg("--install", *map(str, debs))

    def purge(self, *names: str) -> None:
        """Remove these in one run of dpkg."""
        self.dpkg("--purge", *names)

    def dpkg(self, *arguments: str) -> None:
        """Run dpkg here; what it says is told where it fails."""
        command = ("dpkg", f"--root={self.path}", "--force-not-root,bad-path,script-chrootless,unsafe-io", *arguments)
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise RuntimeError(f"dpkg ended with {done.returncode}: {done.stderr.strip()}")
