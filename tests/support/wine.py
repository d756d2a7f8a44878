"""A Windows for one run of the tests: a copy of what installer/wine.sh made, a screen, a Python for Windows."""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tests.support.desktop import Room
from tests.support.until import until

ROOT = Path(__file__).resolve().parents[2]


class Windows(Room):
    """A screen with Wine on it. What tests do there to registry and files is gone with it.

    The first program of Wine's starts services that live on and would keep its pipes open. So each is given pipes that
    nobody waits for the end of.
    """

    def __init__(self) -> None:
        super().__init__()
        self._programs: list[Program] = []
        said = subprocess.run((ROOT / "installer/wine.sh", "where"), capture_output=True, text=True, check=True)
        made = Path(said.stdout.strip())
        self.exe = made / "py" / "python.exe"
        # Links, since it is large; Wine writes a file anew beside, and renames it. Links can't leave their disk.
        clear_up(made.parent)
        self._prefix = Path(tempfile.mkdtemp(prefix=f"wine-run.{os.getpid()}.", dir=made.parent))
        shutil.copytree(made / "prefix", self._prefix, symlinks=True, dirs_exist_ok=True, copy_function=os.link)
        self.env |= {
            "WINEPREFIX": str(self._prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree=;mshtml=;winemenubuilder.exe=",
            "PYTHONPYCACHEPREFIX": str(self.folder / "pyc"),
            "PYTHONUTF8": "1",
        }

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(("wineserver", "-k"), env=self.env, check=False, timeout=60)
        for program in self._programs:
            program.close()
        super().__exit__(kind, error, trace)
        shutil.rmtree(self._prefix)

    def screen(self) -> None:
        """A bare X screen: Wine needs no window manager."""
        number = self.folder / "display"
        with number.open("wb") as out:
            fd = out.fileno()
            self.start(
                "Xvfb", "-displayfd", str(fd), "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset", keep=fd
            )
            display = until(lambda: number.read_text().strip(), what="Xvfb gave no display")
        self.env["DISPLAY"] = f":{display}"

    def python(self, *argv: str, desktop: bool = False, **environ: str) -> "Program":
        """Start Python for Windows at the root of the checkout. desktop: in a window of its own, with a task bar."""
        before = ("explorer", "/desktop=shell,1024x768") if desktop else ()
        self._programs.append(Program(("wine", *before, str(self.exe), *argv), self.env | environ))
        return self._programs[-1]


def clear_up(home: Path) -> None:
    """Take away what runs that were killed left behind."""
    for left in home.glob("wine-run.*"):
        if not Path("/proc", left.name.split(".")[1]).exists():
            shutil.rmtree(left)


class Program:
    """A running program of Windows, and what it prints."""

    def __init__(self, command: Sequence[str], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._said = bytearray()
        self._echo: IO[bytes] | None = None
        self._reader = threading.Thread(target=self._read, name="wine-output", daemon=True)
        self._reader.start()

    def echo(self) -> Self:
        """Print on our own output what it prints."""
        self._echo = sys.stdout.buffer
        return self

    def text(self) -> str:
        """What it printed so far."""
        return self._said.decode(errors="replace").replace("\r\n", "\n")

    def prints(self, words: str) -> str:
        """Wait until it printed these words; all that it printed."""
        until(lambda: words in self.text(), what=f"{words!r} is not in {self.text()!r}")
        return self.text()

    def ends(self, seconds: float = 30) -> int:
        """Its exit code, once it ended by itself."""
        return self.process.wait(seconds)

    def close(self) -> None:
        """Take the last of what it printed, once nothing of this Windows runs any more."""
        self.process.wait(30)
        self._reader.join(30)
        assert self.process.stdout
        self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout
        while piece := os.read(self.process.stdout.fileno(), 65536):
            self._said += piece
            if self._echo:
                self._echo.write(piece)
                self._echo.flush()
