"""A machine's package database of its own, and tiny packages put into it by the real dpkg."""

import subprocess
from pathlib import Path


class Debs:
    """A folder that stands for a machine. Lists of apt that offer nothing are there: no origin is known for any."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("var/lib/dpkg/updates", "var/lib/dpkg/info", "var/lib/apt/lists"):
            (root / folder).mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        (root / "var/lib/apt/lists/example_dists_stable_main_binary-amd64_Packages").touch()

    def install(self, *programs: str, pulls: str = "") -> None:
        """Install `name version` each, in one run of dpkg. pulls: a library that the first needs and that apt adds."""
        library = pulls.partition(" ")[0]
        debs = [self._deb(program, library) for program in programs]
        if pulls:
            states = self.root / "var/lib/apt/extended_states"
            states.write_text(f"Package: {library}\nArchitecture: all\nAuto-Installed: 1\n\n", encoding="utf-8")
            debs.append(self._deb(pulls))
        self._dpkg("--install", *map(str, debs))

    def remove(self, *names: str) -> None:
        """Remove these."""
        self._dpkg("--remove", *names)

    def _deb(self, program: str, needs: str = "") -> Path:
        name, version = program.split()
        folder = self.root / "built" / name
        (folder / "DEBIAN").mkdir(parents=True, exist_ok=True)
        fields = {
            "Package": name,
            "Version": version,
            "Architecture": "all",
            "Maintainer": "Nobody <nobody@example.invalid>",
            "Description": "a tiny one",
        }
        if needs:
            fields["Depends"] = needs
        control = "".join(f"{field}: {value}\n" for field, value in fields.items())
        (folder / "DEBIAN/control").write_text(control, encoding="utf-8")
        deb = folder.with_suffix(".deb")
        _run("dpkg-deb", "--root-owner-group", "--build", str(folder), str(deb))
        return deb

    def _dpkg(self, *arguments: str) -> None:
        _run("dpkg", f"--root={self.root}", "--force-not-root,bad-path,script-chrootless", *arguments)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
