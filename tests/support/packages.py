"""A machine's packages without the machine: the real dpkg in a root of its own, and what apt writes beside it."""

import os
import struct
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from policy.kinds.software import InstalledProgram
from policy.model import Instant, Look

NOW = Instant(datetime(2026, 11, 24, tzinfo=UTC), 0.0)

# Maintainer scripts run outside of a chroot, and nothing is asked of a disk that soon is gone.
DPKG = ("--force-not-root", "--force-bad-path", "--force-script-chrootless", "--force-unsafe-io", "--no-triggers")
HOLD = """
import fcntl, os, sys
files = [open(path, "w") for path in sys.argv[1:]]
for file in files:
    fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


class Debs:
    """Tiny packages, each built once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._built: dict[tuple[str, ...], Path] = {}

    def deb(self, name: str, version: str = "1.0", *fields: str, **scripts: str) -> Path:
        """The package; fields: lines of its control file, such as `Depends: other`; scripts: postinst and the like."""
        key = (name, version, *fields, str(scripts))
        if key not in self._built:
            tree = self._folder / f"{len(self._built)}" / "DEBIAN"
            tree.mkdir(parents=True)
            head = (f"Package: {name}", f"Version: {version}", "Architecture: all", "Maintainer: T <t@example.nl>")
            (tree / "control").write_text("\n".join((*head, *fields, "Description: none", "")))
            for script, line in scripts.items():
                (tree / script).write_text(f"#!/bin/sh\n{line}\n")
                (tree / script).chmod(0o755)
            out = self._folder / f"{name}_{len(self._built)}.deb"
            command = ("dpkg-deb", "--build", "--root-owner-group", "-Znone", str(tree.parent), str(out))
            subprocess.run(command, check=True, capture_output=True, timeout=30)
            self._built[key] = out
        return self._built[key]


class Packages:
    """One root."""

    def __init__(self, root: Path, debs: Debs) -> None:
        self.root, self.deb = root, debs.deb
        self.database = root / "var/lib/dpkg"
        for name in ("lib/dpkg/updates", "lib/dpkg/info", "lib/apt/lists", "log/apt"):
            (root / "var" / name).mkdir(parents=True)
        self.status = self.database / "status"
        self.status.touch()

    # --- dpkg

    def dpkg(self, *arguments: str, frontend: bool = False) -> subprocess.CompletedProcess[str]:
        """Run it here. frontend: somebody else holds its frontend lock, as apt does."""
        command = ("dpkg", f"--root={self.root}", *DPKG, *arguments)
        more = {"DPKG_FRONTEND_LOCKED": "1"} if frontend else {}
        environment = os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"} | more
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def install(self, *packages: str | Path) -> None:
        """By dpkg alone."""
        done = self.dpkg("--install", *(str(self._path(one)) for one in packages))
        assert done.returncode == 0, done.stderr

    def remove(self, *names: str, purge: bool = False) -> None:
        """Remove, or purge."""
        done = self.dpkg("--purge" if purge else "--remove", *names)
        assert done.returncode == 0, done.stderr

    def _path(self, one: str | Path) -> Path:
        return self.deb(one) if isinstance(one, str) else one

    def held(self, *names: str) -> "Held":
        """These locks of dpkg, held by another process until the block's end."""
        return Held([self.database / name for name in names])

    # --- apt

    def apt(
        self, *packages: str | Path, auto: Iterable[str] = (), command: str = "apt-get install -y x", by: str = ""
    ) -> None:
        """One run of apt, in its own order.

        The frontend lock, extended_states, dpkg to unpack and again to configure, history.log, and the lock let go.
        """
        with self.held("lock-frontend"):
            self.pulled_in(*auto)
            paths = [str(self._path(one)) for one in packages]
            for step in (("--unpack", *paths), ("--configure", "--pending")):
                done = self.dpkg(*step, frontend=True)
                assert done.returncode == 0, done.stderr
            names = [Path(one).name.split("_")[0] for one in paths]
            self.log(*names, auto=auto, command=command, by=by)

    def pulled_in(self, *names: str) -> None:
        """What apt writes before dpkg runs: these were not asked for."""
        states = self.root / "var/lib/apt/extended_states"
        with states.open("a") as file:
            for name in names:
                file.write(f"Package: {name}\nArchitecture: all\nAuto-Installed: 1\n\n")

    def log(
        self,
        *names: str,
        auto: Iterable[str] = (),
        command: str = "apt-get install -y x",
        by: str = "",
        verb: str = "Install",
    ) -> None:
        """What apt writes at the end of a run. by: who ran it, as in `me (1000)`."""
        auto = set(auto)
        listed = ", ".join(f"{name}:amd64 (1.0{', automatic' if name in auto else ''})" for name in names)
        asked = f"Requested-By: {by}\n" if by else ""
        with (self.root / "var/log/apt/history.log").open("a") as file:
            file.write(f"\nStart-Date: 2026-11-24  12:24:17\nCommandline: {command}\n{asked}")
            file.write(f"{verb}: {listed}\nEnd-Date: 2026-11-24  12:24:21\n")

    def offers(self, host: str, origin: str | None, *stanzas: tuple[str, str], packed: bool = False) -> None:
        """A repository's list, of (name, version); origin None: without a Release file beside it."""
        lists, stem = self.root / "var/lib/apt/lists", f"{host}_debian_dists_stable"
        text = "\n".join(
            f"Package: {name}\nSource: {name}\nVersion: {version}\nArchitecture: all\n" for name, version in stanzas
        )
        list_of = lists / f"{stem}_main_binary-amd64_Packages"
        if packed:
            list_of.with_name(list_of.name + ".lz4").write_bytes(lz4(text.encode()))
        else:
            list_of.write_text(text)
        if origin is not None:
            release = f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nOrigin: {origin}\nLabel: x\nSuite: stable\n"
            (lists / f"{stem}_InRelease").write_text(release)


class Held:
    """Locks that another process holds, as another dpkg would."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def __enter__(self) -> Self:
        command = (sys.executable, "-I", "-c", HOLD, *map(str, self._paths))
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout
        assert self._process.stdout.readline() == b"held\n"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._process.communicate(timeout=30)


def lz4(data: bytes) -> bytes:
    """A frame that compresses nothing: what reads frames reads this, and no tool is needed to make it."""
    assert len(data) < 64 * 1024, "one block"
    return bytes.fromhex("04224d18604082") + struct.pack("<I", len(data) | 0x8000_0000) + data + bytes(4)


def seen(look: Look) -> dict[str, InstalledProgram]:
    """What a look saw, by name."""
    return {f.name: f for f in look.facts if isinstance(f, InstalledProgram)}


def names(look: Look) -> list[str]:
    return sorted(seen(look))
