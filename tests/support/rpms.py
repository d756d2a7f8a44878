"""A machine with packages of rpm: the real rpm and rpmbuild, with a database of their own."""

import subprocess
from pathlib import Path

SPEC = """\
Name: {name}
Version: {version}
Release: 1
Epoch: {epoch}
Summary: none
License: none
BuildArch: noarch
Vendor: {vendor}
{fields}
%description
none
%install
mkdir -p %{{buildroot}}{folder}
echo {version} > %{{buildroot}}{folder}/{name}
%files
{folder}
"""


class Rpms:
    """Tiny packages and one root. vendor: who made them, as they say."""

    vendor = "Example BV"

    def __init__(self, folder: Path, at: str = "usr/lib/sysimage/rpm") -> None:
        self.root, self._folder = folder / "root", folder
        self.database = self.root / at
        self.root.mkdir(parents=True, exist_ok=True)

    def build(self, name: str, version: str = "1.0", *fields: str, epoch: int = 0, folder: str = "") -> Path:
        """The package; fields: lines of its head, such as `Requires: other`; folder: where its one file lies."""
        top = self._folder / f"{name}-{version}-{epoch}"
        top.mkdir(exist_ok=True)
        spec = top / "package.spec"
        folder = folder or f"/usr/share/{name}"
        spec.write_text(SPEC.format(**locals() | {"vendor": self.vendor, "fields": "\n".join(fields)}))
        command = ("rpmbuild", "--define", f"_topdir {top}", "--quiet", "-bb", str(spec))
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        (package,) = top.glob("RPMS/noarch/*.rpm")
        return package

    def install(self, *packages: Path) -> None:
        """One run of rpm, which upgrades too. Only the database hears of it."""
        self._rpm("--upgrade", "--oldpackage", "--replacepkgs", *map(str, packages))

    def beside(self, *packages: Path) -> None:
        """One run that leaves the older versions, as of a kernel."""
        self._rpm("--install", "--replacefiles", *map(str, packages))

    def erase(self, *names: str) -> None:
        """Remove; what needs it is not asked."""
        self._rpm("--erase", *names)

    def _rpm(self, *arguments: str) -> None:
        self.database.mkdir(parents=True, exist_ok=True)
        command = ("rpm", "--dbpath", str(self.database), "--justdb", "--nodeps", *arguments)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
