"""A copy of the checkout's set-up, run for real, with stand-ins for what would change this machine."""

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

ROOT = Path(__file__).resolve().parents[2]
NONE: Mapping[str, str] = MappingProxyType({})
ALL_OF_RUN = "python3 python3-venv ca-certificates"

# Each writes what it was asked into calls, and does as little of it as the script can notice.
STAND_INS = {
    "dpkg-query": """\
for package in $(cat "$BOX/there"); do
    case " $* " in *" $package "*) printf '<%s installed>' "$package" ;; esac
done
for package in "$@"; do grep -qw -- "$package" "$BOX/there" || exit 1; done
""",
    "apt-get": """\
echo "apt-get $*" >>"$BOX/calls"
[ ! -e "$BOX/apt-breaks" ] || { echo "E: the mirror is on fire"; exit 100; }
case $* in
    *--download-only*) ;;
    *' install '*) echo "$*" | sed 's/.* install //' >>"$BOX/there" ;;
esac
""",
    "sudo": """\
echo "sudo $*" >>"$BOX/calls"
[ ! -e "$BOX/sudo-refuses" ] || exit 1
case $1 in
    -n | -v) exit ;;
    --preserve-env) shift ;;
esac
exec "$@"
""",
    "id": 'echo "${FAKE_UID:-0}"\n',
}
PYTHON = """\
#!/bin/sh
case $* in
    *'-m venv '*)
        echo "venv" >>"$BOX/calls"
        mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    *'-m pip '*)
        echo "pip $*" | sed 's/-I -m pip --disable-pip-version-check --no-input //' >>"$BOX/calls"
        [ ! -e "$BOX/pip-hangs" ] || exec sleep 1000
        [ ! -e "$BOX/pip-breaks" ] || { echo "ERROR: [Errno 28] No space left on device"; exit 1; } ;;
    *pybabel*)
        echo "pybabel" >>"$BOX/calls"
        touch policy/locale/nl/LC_MESSAGES/deskwarden.mo ;;
    *'disk.py --there') [ -e "$BOX/disk" ] ;;
    *disk.py)
        echo "disk for $HOME in $XDG_CACHE_HOME" >>"$BOX/calls"
        touch "$BOX/disk" ;;
    *) exec REAL "$@" ;;
esac
"""


class Box:
    """A copy of the checkout's set-up, and a machine to run it on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.house, self.bin = folder, folder / "house", folder / "bin"
        for name in ("installer", "packaging"):
            kind = shutil.ignore_patterns("*.py", "__pycache__")
            shutil.copytree(ROOT / name, self.house / name, ignore=kind)
        shutil.copy(ROOT / "pyproject.toml", self.house)
        (self.house / "policy/locale/nl/LC_MESSAGES").mkdir(parents=True)
        (self.house / "policy/locale/nl/LC_MESSAGES/deskwarden.po").write_text("# words\n")
        self.bin.mkdir()
        for name, body in STAND_INS.items():
            self.program(self.bin / name, "#!/bin/sh\n" + body)
        self.python = self.program(folder / "python", PYTHON.replace("REAL", sys.executable))
        self.there(ALL_OF_RUN)
        (folder / "calls").touch()

    def program(self, path: Path, text: str) -> Path:
        path.write_text(text)
        path.chmod(0o755)
        return path

    def there(self, packages: str) -> None:
        (self.folder / "there").write_text(packages + "\n")

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def forget(self) -> None:
        (self.folder / "calls").write_text("")

    def env(self, given: Mapping[str, str]) -> dict[str, str]:
        mine = {"PATH": f"{self.bin}:/usr/bin:/bin", "BOX": str(self.folder), "TMPDIR": str(self.folder)}
        return mine | {"SETUP_PYTHON": str(self.python), "LANG": "en_GB.UTF-8", **given}

    def start(
        self,
        *argv: str,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        given: Mapping[str, str] = NONE,
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.house / "installer/setup.sh"), *argv],
            env=self.env(given),
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *argv: str, stdin: int = subprocess.DEVNULL, given: Mapping[str, str] = NONE) -> tuple[int, str]:
        with self.start(*argv, stdin=stdin, given=given) as process:
            said, _ = process.communicate(timeout=60)
        return process.returncode, said

    @staticmethod
    def package_lines() -> list[str]:
        text = (ROOT / "packaging/system-packages.txt").read_text()
        return [line for line in text.splitlines() if line and not line.startswith("#")]

    def until(self, condition: Callable[[], object], what: str) -> None:
        end = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < end, what
            time.sleep(0.01)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)
