"""The whole agent on a machine with much on it: at rest, from a start to found, from an install to told.

The agent looks at this machine's own root, in a mount namespace where dpkg has 5,000 packages; its home has 200
extensions, and 400 processes sleep. Once in a process namespace, where nobody else's work is seen and the kernel
tells nobody of executions; once without one, where it tells root, and what others start here is looked at too.
"""

import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.benching.debs import PrivateRoot, build
from tests.benching.footprint import Cost, Moment, cost
from tests.benching.house import House
from tests.benching.looks import compares, many_extensions, many_packages, within
from tests.support.desktop import Room
from tests.support.extension_homes import Chromium, id_of
from tests.support.until import until

CLIENT = "rclone"  # what is started: real, and not among the packages of the machine that is looked at
SERVES = ("rcd", "--rc-no-auth", "--rc-addr", "localhost:5572")
# A run that soon ends: nobody listens there.
SHORT = ("copy", "--retries", "1", "--low-level-retries", "1", "/etc/apt", ":webdav,url='http://localhost:9':x")
RENAMED = "svchost"
ALONE, AMONG_OTHERS, COMPARES = "alone", "among others'", "alone, the comparing of processes by itself"


@dataclass
class Whole:
    """What one agent cost. soon: seconds each time, by what happened and what follows."""

    rest: Cost
    started: int  # processes that anybody started on this machine meanwhile
    soon: dict[str, list[float]] = field(default_factory=dict)


def measure(
    desktop: Callable[[], AbstractContextManager[Room]], window: float, settle: float, times: int
) -> dict[str, Whole]:
    """Each, one after the other. desktop: a room with all that a desktop has."""
    with tempfile.TemporaryDirectory(prefix="dw-") as folder:
        root = many_packages(Path(folder) / "root", without=CLIENT)
        found = {how: _whole(desktop, how, root, window, settle, times) for how in (ALONE, AMONG_OTHERS)}
        return found | {COMPARES: Whole(compares(root, settle, window), 0)}


def _whole(
    desktop: Callable[[], AbstractContextManager[Room]],
    how: str,
    root: PrivateRoot,
    window: float,
    settle: float,
    times: int,
) -> Whole:
    with desktop() as room:
        browser = many_extensions(Path(room.env["HOME"]))
        house = House(room, Path("/"), within(root, alone=how == ALONE))
        time.sleep(settle)
        first, started = Moment.of(house.pid), _latest()
        time.sleep(window)
        found = Whole(cost(house.pid, first, Moment.of(house.pid)), _latest() - started if how == AMONG_OTHERS else 0)
        if how == AMONG_OTHERS:
            found.soon[f"a run of {CLIENT} ended -> found"] = _each(times, partial(_short_run, house))
        else:
            found.soon = _all(house, root, room, browser, times)
        return found


def _all(house: House, root: PrivateRoot, room: Room, browser: Chromium, times: int) -> dict[str, list[float]]:
    inside = ("nsenter", f"--target={house.pid}", "--pid", "--mount")
    renamed = str(shutil.copy(f"/usr/bin/{CLIENT}", room.folder / RENAMED))
    debs = [build(room.folder / "debs", f"dw-toy-{number}") for number in range(times)]

    def package(number: int) -> float:
        return _told(house, f"dw-toy-{number}", lambda: root.install(debs[number]))

    def extension(number: int) -> float:
        name = f"new-{number}"
        return _told(house, f"chromium:{id_of(name)}", lambda: browser.install(name, "1.0.0"))

    return {
        f"{CLIENT} started -> found": _each(times, lambda _: _start(house, *inside, CLIENT)),
        f"{CLIENT} started as {RENAMED} -> found": _each(times, lambda _: _start(house, *inside, renamed)),
        "dpkg returned -> told": _each(times, package),
        "extension written -> told": _each(times, extension),
    }


def _each(times: int, act: Callable[[int], float]) -> list[float]:
    return [act(number) for number in range(times)]


def _start(house: House, *program: str) -> float:
    """Seconds until the agent's findings name what was started; it is gone again after this."""
    began = time.monotonic()
    with _running(*program, *SERVES):
        until(lambda: house.named(CLIENT), seconds=60, what=f"{program} was not found")
        found = time.monotonic() - began
    until(lambda: house.ended(CLIENT), what=f"{program} did not end")
    return found


@contextmanager
def _running(*command: str) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def _short_run(house: House, _number: int) -> float:
    """Seconds from the end of a run until it was counted."""
    before = _counted(house)
    subprocess.run((CLIENT, *SHORT), check=False, capture_output=True)
    end = time.monotonic()
    until(lambda: _counted(house) > before, what="a short run was not found")
    return time.monotonic() - end


def _counted(house: House) -> int:
    finding = house.named(CLIENT)
    return int(finding["attrs"].get("times", 0)) if finding else 0


def _told(house: House, key: str, install: Callable[[], object]) -> float:
    """Seconds from the end of what installed it until the ledger says that its person was told."""
    install()
    end = time.time()
    finding: Any = until(lambda: house.told(key), what=f"nobody was told of {key}")
    return datetime.fromisoformat(finding["told"]).timestamp() - end


def _latest() -> int:
    """The pid that was given last."""
    return int(Path("/proc/loadavg").read_text().split()[-1])


# --- as it is told


def report(found: dict[str, Whole], looked: dict[str, tuple[float, float]], window: float) -> list[str]:
    """A section of docs/bench.md. looked: of each sensor, as tests/benching/looks.py measures it."""
    first, second = _sums(looked)
    dear = sorted(looked, key=lambda source: -looked[source][0])[:5]
    lines = [
        "## With much on the machine",
        "",
        "5,000 packages, 200 extensions in four browsers and VS Code, 400 processes that sleep; all sensors of",
        "the agent. Alone: in a process namespace, without the kernel's word of executions. Among others': where",
        "the kernel tells root, and every process that somebody starts on this machine is looked at.",
        "A browser notes a new extension up to 9 s after its folder is there: that is waited for. Each start follows",
        "right on the compare that saw the last one's end, so nearly all of the 2 s to the next is in it.",
        "",
        "| a look of all sensors of both halves, CPU s | first | next |",
        "|---|---|---|",
        f"| all | {first:.3f} | {second:.3f} |",
        *(f"| of these {source} | {looked[source][0]:.3f} | {looked[source][1]:.3f} |" for source in dear),
        "",
        f"| at rest over {window:.0f} s | % of a core | wake-ups/s | PSS MiB | threads | started meanwhile |",
        "|---|---|---|---|---|---|",
        *(
            f"| {how} | {100 * one.rest.cpu / window:.3f} | {one.rest.switches:.2f} | {one.rest.pss:.1f} "
            f"| {one.rest.threads} | {one.started} |"
            for how, one in found.items()
        ),
        "",
        "| how soon | median s | worst s | times |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {what} | {statistics.median(soon):.2f} | {max(soon):.2f} | {len(soon)} |"
        for one in found.values()
        for what, soon in one.soon.items()
    ]
    return [*lines, ""]


def aims(
    found: dict[str, Whole], looked: dict[str, tuple[float, float]], window: float
) -> list[tuple[str, float, float]]:
    """What was measured, and its aim."""
    alone = found[ALONE].rest
    return [
        ("a full look with much on the machine, CPU s", _sums(looked)[0], 1.0),
        ("at rest with much on the machine, % of a core", 100 * alone.cpu / window, 0.1),
        ("with much on the machine, PSS in MiB", alone.pss, 60.0),
    ]


def _sums(looked: dict[str, tuple[float, float]]) -> tuple[float, float]:
    return sum(first for first, _ in looked.values()), sum(second for _, second in looked.values())
