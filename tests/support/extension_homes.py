"""Homes with extensions in them, written as the real programs write them, and what they wrote themselves.

tests/recordings/chromium-156 and firefox-153 were made by Debian's Chromium 156 and Firefox 153 with extensions by
policy, by a file beside the browser, on the command line, and a theme; cut down to what is of extensions, paths made
neutral.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).resolve().parents[1] / "recordings"
CHROME_STORE = "https://clients2.google.com/service/update2/crx"
EDGE_STORE = "https://edge.microsoft.com/extensionwebstorebase/v1/crx"


def written(path: Path, value: object) -> None:
    """As browsers and editors write: beside it, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".tmp")
    fresh.write_text(json.dumps(value))
    fresh.replace(path)


def id_of(name: str) -> str:
    """An id as Chromium's are: 32 letters of a to p."""
    return (name.encode().hex().translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop")) + "a" * 32)[:32]


@contextmanager
def nobodys_home() -> Iterator[Path]:
    """A folder that a user without rights can come to."""
    with tempfile.TemporaryDirectory(prefix="dw-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
        for path in Path(folder).rglob("*"):
            path.chmod(0o700)


def as_nobody(home: Path, module: str, sensor: str) -> str:
    """What a user without rights sees: the number of facts and the reason of the gap."""
    script = (
        "import os, pathlib, sys, datetime\n"
        f"from agent.sensors.{module} import {sensor}\n"
        "from policy.model import Instant\n"
        "home = pathlib.Path(sys.argv[1])\n"
        "if os.getuid() == 0:\n"
        "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        f"look = {sensor}(home).look(Instant(datetime.datetime.now(datetime.UTC), 0.0))\n"
        "print(len(look.facts), look.gap and look.gap.reason)\n"
    )
    command = (sys.executable, "-c", script, str(home))
    project = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=30, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Chromium:
    """One profile. data: the browser's folder in the home."""

    def __init__(self, home: Path, data: str = ".config/chromium", profile: str = "Default") -> None:
        self.data = home / data
        self.profile = self.data / profile
        self.extensions = self.profile / "Extensions"
        self.settings: dict[str, Any] = {}

    def install(self, name: str, version: str, *, setting: dict[str, Any] | None = None, **manifest: object) -> Path:
        """Unpacked into Temp, moved to its place, noted. Returns its folder."""
        id_ = id_of(name)
        temp = self.extensions / "Temp" / f"scoped_dir{id_[:4]}"
        temp.mkdir(parents=True)
        written(temp / "manifest.json", {"manifest_version": 3, "name": name, "version": version} | manifest)
        place = self.extensions / id_ / f"{version}_0"
        place.parent.mkdir(exist_ok=True)
        for old in place.parent.iterdir():
            shutil.rmtree(old)
        temp.rename(place)
        self.note(id_, {"path": f"{id_}/{version}_0"} | (setting or {}))
        return place

    def note(self, id_: str, setting: dict[str, Any]) -> None:
        """Write the preferences."""
        self.settings[id_] = {"location": 1, "from_webstore": False, "was_installed_by_default": False} | setting
        self.save()

    def save(self) -> None:
        written(self.profile / "Preferences", {"extensions": {"settings": self.settings}})

    def remove(self, name: str) -> None:
        shutil.rmtree(self.extensions / id_of(name))
        self.settings.pop(id_of(name))
        self.save()


class Firefox:
    """One profile. data: Firefox's folder in the home."""

    def __init__(self, home: Path, data: str = ".config/mozilla/firefox", profile: str = "x1.default-esr") -> None:
        self.data = home / data
        self.profile = self.data / profile
        recorded = json.loads((RECORDINGS / "firefox-153/extensions.json").read_text())
        of_policy = (addon for addon in recorded["addons"] if addon["id"] == "forced@example.nl")
        self._form = next(of_policy) | {"installTelemetryInfo": {"source": "about:addons"}}
        self.addons: dict[str, dict[str, Any]] = {}

    def install(self, name: str, version: str, **more: object) -> None:
        locale = {"name": name, "creator": "Somebody", "developers": None}
        id_ = f"{name}@example.nl"
        path = str(self.profile / "extensions" / f"{id_}.xpi")
        self.addons[name] = self._form | {"id": id_, "version": version, "defaultLocale": locale, "path": path} | more
        self.save()

    def remove(self, name: str) -> None:
        self.addons.pop(name)
        self.save()

    def save(self) -> None:
        written(self.profile / "extensions.json", {"schemaVersion": 37, "addons": list(self.addons.values())})


class Code:
    """One editor's extensions, as VS Code's source and documentation have them."""

    def __init__(self, home: Path, place: str = ".vscode/extensions") -> None:
        self.place = home / place
        self.listed: dict[str, dict[str, Any]] = {}

    def install(
        self, name: str, version: str, *, source: str | None = "gallery", list_: bool = True, **package: object
    ) -> Path:
        """Unpacked under another name, moved to its place, listed; the older one marked as gone. Returns its folder."""
        id_ = f"maker.{name}"
        old = [path.name for path in self.place.glob(f"{id_}-*")]
        temp = self.place / f".{name}"
        said = {"publisher": "Maker", "name": name, "version": version, "displayName": name.title()} | package
        written(temp / "package.json", said)
        folder = self.place / f"{id_}-{version}"
        temp.rename(folder)
        if old:
            written(self.place / ".obsolete", dict.fromkeys(old, True))
        metadata = {"publisherDisplayName": "The Maker"} | ({"source": source} if source else {})
        self.listed[id_] = {"identifier": {"id": id_}, "version": version, "metadata": metadata}
        self.listed[id_]["relativeLocation"] = folder.name
        if list_:
            self.save()
        return folder

    def save(self) -> None:
        written(self.place / "extensions.json", list(self.listed.values()))

    def remove(self, name: str) -> None:
        """Marked, and taken off the disk at the next start."""
        folder = next(iter(self.place.glob(f"maker.{name}-*")))
        self.listed.pop(f"maker.{name}")
        self.save()
        written(self.place / ".obsolete", {folder.name: True})
