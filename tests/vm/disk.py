"""The laptop's disk: built by set-up, kept outside the checkout under a hash of its recipe.

tests/vm/disk.py --there    exit 0 if it is built
tests/vm/disk.py            build it if it is not

It gets its name when it is complete: what a build that failed or was stopped left behind is never used, and is taken
away by the next. The product's code is no part of it. Needs mmdebstrap, the mirrors of this machine's own apt, and pip.

Root builds it, also where it is a user's by sudo: in a user namespace, a home that is closed to others could not be
read. Then it belongs to that user.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.shows.bare_chroot import host_release, host_sources  # noqa: E402  -I left the folder out

RECIPE = ROOT / "tests" / "vm" / "recipe"
REQUIREMENTS = ROOT / "packaging" / "requirements-run.txt"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskwarden"
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")


def entry() -> Path:
    """The folder of this recipe's disk, built or not."""
    parts = [host_sources(host_release()), REQUIREMENTS.read_text(), Path(__file__).read_text()]
    for file in sorted(path for path in RECIPE.rglob("*") if path.is_file()):
        parts += [str(file.relative_to(RECIPE)), file.read_text()]
    return CACHE / ("vm-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16])


def packages() -> str:
    lines = (RECIPE / "packages.txt").read_text().splitlines()
    return ",".join(line.split()[0] for line in lines if line and not line.startswith("#"))


def proxies() -> list[str]:
    """What this machine's apt says of proxies; mmdebstrap asks the environment alone."""
    said = subprocess.run(("apt-config", "dump"), capture_output=True, text=True, check=True).stdout
    return [f"--aptopt={line}" for line in said.splitlines() if line.startswith("Acquire::http") and "Proxy" in line]


def build(into: Path) -> None:
    sources = into / "own.sources"
    sources.write_text(host_sources(host_release()))
    excluded = [f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT]
    hooks = [f'--{when}-hook={RECIPE}/{when}.sh "$1"' for when in ("essential", "customize")]
    argv = ["mmdebstrap", "--variant=minbase", "--format=null", f"--include={packages()}", *proxies(), *excluded]
    env = {"RECIPE": str(RECIPE), "PYTHON": sys.executable, "REQUIREMENTS": str(REQUIREMENTS), "OUT": str(into)}
    argv += [*hooks, host_release(), "-", str(sources)]
    with subprocess.Popen(argv, env=os.environ | env) as process:
        # Stopped, it takes away what it mounted.
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        if code := process.wait():
            sys.exit(code)


def give(folder: Path) -> None:
    """To who asked for it by sudo."""
    if user := os.environ.get("SUDO_USER"):
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user)


def main() -> int:
    disk, new = entry(), CACHE / "vm-new"
    if "--there" in sys.argv[1:]:
        return 0 if disk.exists() else 1
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "vm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not disk.exists():
            for other in CACHE.glob("vm-*"):  # one is 1.4 GB; a VM that runs keeps the one that it has
                shutil.rmtree(other)
            new.mkdir()
            build(new)
            give(new)
            new.rename(disk)
    return 0


if __name__ == "__main__":
    sys.exit(main())
