"""A machine of the test's own: a private dpkg root, tiny packages, and somebody who installs and removes them."""

import random
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

GRACE = 2.0  # seconds; what the agent is started with
UNAPPROVED = ("dw-amber", "dw-birch", "dw-cedar", "dw-delta", "dw-ember")
DENIED = ("hydra", "teamviewer", "anydesk", "qbittorrent")  # as the example policy has it: reported without a grace
APPROVED = ("git",)
VERSIONS = ("1.0", "1.1")
DPKG = ("--force-not-root", "--force-bad-path", "--force-unsafe-io")


class Machine:
    """Packages come and go here. chance: decides what; everything is done by the thread that calls."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.root, self._debs, self._chance = folder / "root", folder / "debs", chance
        self.done: Counter[str] = Counter()
        self.brief: set[str] = set()  # was here once, and gone for good before its grace can have ended
        self._there: set[str] = set()
        for name in ("dpkg/updates", "dpkg/info", "apt/lists"):
            (self.root / "var/lib" / name).mkdir(parents=True)
        (self.root / "var/log").mkdir()
        (self.root / "var/lib/dpkg/status").touch()
        # A list that offers nothing: the origin of every package is known to be none.
        (self.root / "var/lib/apt/lists/x_dists_s_main_binary-amd64_Packages").touch()

    def churn(self, ending: threading.Event) -> None:
        """Install and remove, with random pauses, until the end."""
        while not ending.wait(self._chance.uniform(0.05, 0.5)):
            self.step()

    def step(self) -> None:
        """One thing that a person does."""
        doings = (self._bring, self._take, self._flip, self._upgrade, self._stay_briefly)
        (doing,) = self._chance.choices(doings, weights=(6, 5, 3, 2, 2))
        self.done[doing.__name__.strip("_")] += 1
        doing()

    def installed(self) -> set[str]:
        """What dpkg itself says is here."""
        command = ["dpkg-query", f"--admindir={self.root}/var/lib/dpkg", "-W", "-f=${Package} ${db:Status-Status}\n"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return {line.split()[0] for line in said.splitlines() if line.endswith(" installed")}

    # --- what is done

    def _bring(self) -> None:
        away = [name for name in (*UNAPPROVED, *DENIED, *APPROVED) if name not in self._there]
        if away:
            self._install(*self._some(away))

    def _take(self) -> None:
        if self._there:
            self._remove(*self._some(sorted(self._there)))

    def _flip(self) -> None:
        """Gone and back, at once or after a moment: within `settle` and past it."""
        if self._there:
            names = self._some(sorted(self._there))
            self._remove(*names)
            time.sleep(self._chance.choice((0.0, 0.3, 1.0)))
            self._install(*names)

    def _upgrade(self) -> None:
        if self._there:
            self._install(self._chance.choice(sorted(self._there)))

    def _stay_briefly(self) -> None:
        """A package of its own, once: whoever was so quick must never be reported."""
        name = f"brief-{len(self.brief) + self.done['too_slow']}"
        began = time.monotonic()
        self._install(name)
        time.sleep(self._chance.uniform(0.0, 0.5))
        self._remove(name)
        if time.monotonic() - began < GRACE / 2:
            self.brief.add(name)
        else:  # this machine is busy: nothing is asserted of that one
            self.done["too_slow"] += 1

    def _some(self, names: list[str]) -> list[str]:
        return self._chance.sample(names, min(len(names), self._chance.choice((1, 1, 1, 2, 3))))

    def _install(self, *names: str) -> None:
        self._dpkg("-i", *(str(self._deb(name, self._chance.choice(VERSIONS))) for name in names))
        self._there |= set(names)

    def _remove(self, *names: str) -> None:
        self._dpkg(self._chance.choice(("-r", "-P")), *names)
        self._there -= set(names)

    def _dpkg(self, *arguments: str) -> None:
        command = ["dpkg", f"--root={self.root}", *DPKG, *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def _deb(self, name: str, version: str) -> Path:
        deb = self._debs / f"{name}_{version}.deb"
        if not deb.exists():
            tree = self._debs / name
            (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
            fields = {"Package": name, "Version": version, "Architecture": "all", "Maintainer": "T <t@example.invalid>"}
            lines = [f"{key}: {value}" for key, value in (fields | {"Description": "for a test"}).items()]
            (tree / "DEBIAN/control").write_text("\n".join(lines) + "\n")
            command = ["dpkg-deb", "-Znone", "--root-owner-group", "-b", str(tree), str(deb)]
            subprocess.run(command, capture_output=True, check=True)
        return deb
