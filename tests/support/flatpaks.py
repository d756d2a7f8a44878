"""An installation of flatpak of its own: the real flatpak, a repository in a folder, and no network.

It asks for a system bus, so that there is one for it alone.
"""

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

PLATFORM = "nl.example.Platform"
RUNTIME = "[Runtime]\nname={0}\nruntime={0}/{1}/1\nsdk={0}/{1}/1\n"
APP = "[Application]\nname={0}\nruntime={1}/{2}/1\nsdk={1}/{2}/1\ncommand=start\n"
APPSTREAM = """<components version="0.8"><component type="desktop"><id>{0}</id><name>A toy</name><summary>none</summary>
<project_license>MIT</project_license><releases><release version="{1}" timestamp="1700000000"/></releases></component>
</components>"""


class Flatpaks:
    """folder: of the installation, made at the first install."""

    def __init__(self, folder: Path) -> None:
        self._base, self.folder, self._repo = folder, folder / "flatpak", folder / "repo"
        command = ("dbus-daemon", "--session", "--nofork", "--print-address=1")
        self._bus = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._bus.stdout
        home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CACHE_HOME": str(folder / "cache")}
        self._environment = os.environ | home | {"FLATPAK_SYSTEM_DIR": str(self.folder), "LC_ALL": "C.UTF-8"}
        self._environment["DBUS_SYSTEM_BUS_ADDRESS"] = self._bus.stdout.readline().strip()
        self._arch = self._run("--default-arch").strip()
        self._export(PLATFORM, RUNTIME.format(PLATFORM, self._arch), "1", "--runtime")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bus.terminate()
        self._bus.communicate(timeout=30)

    def install(self, name: str, version: str = "", remote: str = "ours") -> None:
        """Or upgrade. version: as its AppStream data says; some say none."""
        self._export(name, APP.format(name, PLATFORM, self._arch), "stable", version=version)
        self._run("--system", "remote-add", "--if-not-exists", "--no-gpg-verify", remote, f"file://{self._repo}")
        self._run("--system", "install", "-y", "--noninteractive", "--or-update", remote, name)

    def remove(self, name: str) -> None:
        self._run("--system", "uninstall", "-y", "--noninteractive", name)

    def _export(self, name: str, metadata: str, branch: str, *options: str, version: str = "") -> None:
        tree = self._base / "built" / f"{name}-{version}"
        for part in ("files/bin", "files/share/app-info/xmls", "usr", "export"):
            (tree / part).mkdir(parents=True, exist_ok=True)
        (tree / "metadata").write_text(metadata)
        (tree / "files/bin/start").write_text(version)
        if version:
            told = tree / f"files/share/app-info/xmls/{name}.xml"
            told.write_text(APPSTREAM.format(name, version))
            subprocess.run(("gzip", "--force", str(told)), check=True, timeout=30)
        self._run("build-export", *options, str(self._repo), str(tree), branch)

    def _run(self, *arguments: str) -> str:
        command = ("flatpak", *arguments)
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=60, check=False, cwd=self._base
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout
