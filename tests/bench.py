"""Memory, CPU time and wake-ups at rest, and how long after dpkg the employee is told.

.venv/bin/python -I tests/bench.py [--write] [--real] [--window SECONDS] [--installs N] [--times N]

Everything runs on a screen of its own, with a panel and a notification server, over a private dpkg root that holds
this machine's list of packages. --real: the installs are apt's, on this machine. --write: docs/bench.md is made anew.
--times: how often each event is tried on a machine with much on it (root alone: namespaces); 0: not at all.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from watchdog.events import FileClosedEvent, FileSystemEvent, FileSystemEventHandler  # noqa: E402  -I left it out
from watchdog.observers import Observer  # noqa: E402

from tests.benching import everything, looks, presence  # noqa: E402
from tests.benching.debs import PrivateRoot, build  # noqa: E402
from tests.benching.footprint import Cost, Moment, cost, load, spent  # noqa: E402
from tests.benching.house import House, Notices, bare_python  # noqa: E402
from tests.support.desktop import Room  # noqa: E402
from tests.support.until import until  # noqa: E402

REPORT = ROOT / "docs" / "bench.md"
PROGRAM = "cmatrix"  # what apt installs and removes: small, and on no list
AIMS = {"pss": 60.0, "share": 0.1, "switches": 2.0, "told": 300.0, "presence": 0.2, "moved": 0.5}
# The source of a policy that counts any input, of one that counts people alone, the last resort, and what others do.
IDLE = {"xsync": "any input", "xinput": "people only", "pynput": "last resort", "poll": "a poll each second"}


@dataclass(frozen=True)
class Told:
    """Milliseconds from the end of dpkg. lock: its last lock was closed; command: it had returned."""

    notice: float  # the notification server was called
    after_command: float  # the same, counted from the return of the command
    terminal: float | None  # the ledger's own moment; none for what came back: that keeps its first


class Closes(FileSystemEventHandler):
    """Remembers when dpkg's frontend lock was last closed: both dpkg and apt close it at their end."""

    def __init__(self) -> None:
        self.last = 0.0

    def on_closed(self, event: FileSystemEvent) -> None:
        if str(event.src_path).endswith("lock-frontend"):
            self.last = time.time()


@contextmanager
def closes(database: Path) -> Iterator[Closes]:
    """Watch a dpkg database."""
    handler, observer = Closes(), Observer()
    observer.schedule(handler, str(database), event_filter=[FileClosedEvent])
    observer.start()
    yield handler
    observer.stop()
    observer.join()


def at_rest(house: House, window: float, settle: float) -> dict[str, Cost]:
    """Each process over the same quiet window."""
    watched = {"agent": house.agent.pid, "feed": house.feed.pid, "bare python": bare_python(house.room).pid}
    time.sleep(settle)
    before = {name: Moment.of(pid) for name, pid in watched.items()}
    time.sleep(window)
    after = {name: Moment.of(pid) for name, pid in watched.items()}
    for name in watched:
        busy = {t: n for t, n in spent(before[name].switches, after[name].switches).items() if n}
        print(f"  {name}: switches by thread {busy or 'none'}", file=sys.stderr)
    return {name: cost(pid, before[name], after[name]) for name, pid in watched.items()}


def moved(house: House, seconds: float) -> Cost:
    """The agent, while the pointer moves 500 times a second.

    By XTEST: the hand that passes for a person's changes devices at each touch, of which the tray's toolkit is told.
    """
    hand = house.room.start(sys.executable, "-I", str(presence.HAND), "program", str(seconds + 10))
    time.sleep(presence.SETTLE)
    before = Moment.of(house.agent.pid)
    time.sleep(seconds)
    found = cost(house.agent.pid, before, Moment.of(house.agent.pid))
    house.room.end(hand)
    return found


def presence_table(found: dict[str, dict[str, Cost]], whole: Cost, seconds: float) -> list[str]:
    """Sources alone, in a bare process each; and the whole agent."""
    lines = [
        "| what watches | at rest: wake-ups/s | % of a core | 500 moves/s: wake-ups/s | % of a core |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name}: {IDLE[name]} | {by['rest'].switches:.2f} | {100 * by['rest'].cpu / seconds:.3f} "
        f"| {by['person'].switches:.2f} | {100 * by['person'].cpu / seconds:.3f} |"
        for name, by in found.items()
    ]
    agent = f"| the whole agent | see above | see above | {whole.switches:.2f} | {100 * whole.cpu / seconds:.3f} |"
    return [*lines, agent]


def told(
    house: House,
    notices: Notices,
    name: str,
    closed: Closes,
    install: Callable[[], object],
    remove: Callable[[], object],
) -> Told:
    """One install, and its removal."""
    began = time.time()
    install()
    returned = time.time()
    finding: Any = until(lambda: house.told(name), what=f"nobody was told of {name}")
    terminal = datetime.fromisoformat(finding["told"]).timestamp()
    first = terminal > began
    notice: Any = until(lambda: notices.after(began), what="no notice")
    until(lambda: closed.last > began, what="the lock was not closed")
    end = closed.last
    remove()
    until(lambda: house.ended(name), what=f"{name} did not end")
    return Told(1000 * (notice - end), 1000 * (notice - returned), 1000 * (terminal - end) if first else None)


def privately(house: House, notices: Notices, root: PrivateRoot, folder: Path, count: int) -> list[Told]:
    found = []
    with closes(root.database) as closed:
        for number in range(count):
            name = f"dw-toy-{number}"
            deb = build(folder, name)
            act = (lambda deb=deb: root.install(deb)), (lambda name=name: root.purge(name))
            found.append(told(house, notices, name, closed, *act))
    return found


def really(house: House, notices: Notices, count: int) -> list[Told]:
    """With apt, on this machine; the last removal leaves it as it was."""
    there = subprocess.run(("dpkg-query", "--show", PROGRAM), capture_output=True, check=False)
    if there.returncode == 0 and there.stdout.split(b"\t")[1].strip():
        sys.exit(f"{PROGRAM} is installed here.\n  Cause:   it is what is installed\n  Way out: remove it first")
    found = []
    with closes(Path("/var/lib/dpkg")) as closed:
        for _ in range(count):
            act = (lambda: apt("install")), (lambda: apt("purge"))
            found.append(told(house, notices, PROGRAM, closed, *act))
    return found


def apt(what: str) -> None:
    command = ("apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=300", what, PROGRAM)
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def rest_table(costs: dict[str, Cost], window: float) -> list[str]:
    bare = costs["bare python"]
    lines = [
        "| process | PSS MiB | private | times bare Python | CPU s | % of a core | wake-ups/s | threads | processes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {c.pss:.1f} | {c.uss:.1f} | {c.pss / bare.pss:.1f} | {c.cpu:.3f} | {100 * c.cpu / window:.3f} "
        f"| {c.switches:.2f} | {c.threads} | {c.processes} |"
        for name, c in costs.items()
    ]
    return lines


def told_table(rows: dict[str, list[Told]]) -> list[str]:
    lines = ["| installed by | what | median ms | worst ms | installs |", "|---|---|---|---|---|"]
    for how, found in rows.items():
        for what, values in (
            ("lock closed -> notification server called", [t.notice for t in found]),
            ("command returned -> notification server called", [t.after_command for t in found]),
            ("lock closed -> told on the terminal", [t.terminal for t in found if t.terminal is not None]),
        ):
            if len(values) == len(found):
                lines.append(
                    f"| {how} | {what} | {statistics.median(values):.0f} | {max(values):.0f} | {len(values)} |"
                )
    return lines


def aims(
    costs: dict[str, Cost],
    rows: dict[str, list[Told]],
    window: float,
    idle: dict[str, dict[str, Cost]],
    whole: Cost,
    seconds: float,
) -> list[str]:
    """Each aim, and whether it is met."""
    agent = costs["agent"]
    found = [
        ("agent, PSS in MiB", agent.pss, AIMS["pss"]),
        ("agent, % of a core", 100 * agent.cpu / window, AIMS["share"]),
        ("agent, wake-ups a second", agent.switches, AIMS["switches"]),
    ]
    found += [
        ("presence at rest, wake-ups a second", idle["xsync"]["rest"].switches, AIMS["presence"]),
        ("agent at 500 moves a second, % of a core", 100 * whole.cpu / seconds, AIMS["moved"]),
    ]
    found += [
        (f"told after {how}, median ms", statistics.median(t.notice for t in told_), AIMS["told"])
        for how, told_ in rows.items()
    ]
    return [_aim(*one) for one in found]


def _aim(what: str, value: float, aim: float) -> str:
    return f"- {what}: {value:.2f}, aim {aim:g}: {'met' if value <= aim else 'MISSED'}"


def with_much(options: argparse.Namespace) -> tuple[list[str], list[str]]:
    """The section of a machine with much on it, and its aims."""
    looked = looks.whole()
    found = everything.measure(desktop, options.window, options.settle, options.times)
    return everything.report(found, looked, options.window), [
        _aim(*one) for one in everything.aims(found, looked, options.window)
    ]


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--write", action="store_true", help="make docs/bench.md anew")
    ask.add_argument("--real", action="store_true", help="real apt on this machine too")
    ask.add_argument("--window", type=float, default=60, help="seconds at rest")
    ask.add_argument("--settle", type=float, default=20, help="seconds before them")
    ask.add_argument("--moving", type=float, default=20, help="seconds at each source of presence")
    ask.add_argument("--installs", type=int, default=20)
    ask.add_argument("--times", type=int, default=10, help="of each event on a machine with much on it; 0: none")
    options = ask.parse_args()
    loads, rows = [load()], dict[str, list[Told]]()
    with tempfile.TemporaryDirectory(prefix="dw-") as folder:
        root = PrivateRoot(Path(folder) / "root", like=Path("/"))
        with desktop() as room:
            house, notices = House(room, root.path), Notices(room)
            costs = at_rest(house, options.window, options.settle)
            whole = moved(house, options.moving)
            loads.append(load())
            if options.installs:
                rows["dpkg, private root"] = privately(house, notices, root, Path(folder) / "debs", options.installs)
            held = cost(house.agent.pid, Moment.of(house.agent.pid), Moment.of(house.agent.pid))
        if options.real:
            with desktop() as room:
                rows["apt-get, this machine"] = really(House(room, Path("/")), Notices(room), options.installs)
    idle = {name: presence.measure(name, options.moving) for name in IDLE}
    much, met = with_much(options) if options.times else ([], [])
    loads.append(load())
    text = report(options, costs, rows, held, loads, idle, whole, much, met)
    print(text)
    if options.write:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(text)
    return 0


@contextmanager
def desktop() -> Iterator[Room]:
    """A screen, a bus, a panel with a tray, and a notification server."""
    with Room() as room:
        room.screen()
        room.bus()
        room.panel()
        room.notifyd()
        yield room


def report(
    options: argparse.Namespace,
    costs: dict[str, Cost],
    rows: dict[str, list[Told]],
    held: Cost,
    loads: list[str],
    idle: dict[str, dict[str, Cost]],
    whole: Cost,
    much: list[str],
    met: list[str],
) -> str:
    window = options.window
    parts = [
        "# What it costs, and how soon the employee is told",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `make bench` (tests/bench.py), CPython {sys.version.split()[0]}.",
        f"Load averages along the way: {'; '.join(loads)}.",
        "",
        f"## At rest, over {window:.0f} s",
        "",
        "The agent has its tray icon up in a panel, and a feed that it spoke to. PSS shares what several processes use",
        "among them. A wake-up is one voluntary context switch of any thread.",
        "",
        *rest_table(costs, window),
        "",
    ]
    parts += [
        f"## Presence, over {options.moving:.0f} s",
        "",
        "What it costs to know when input stops: each source alone in a process that does nothing else, at rest and",
        "while a pointing device moves 500 times a second. No event of input reaches the first two: the server counts.",
        "",
        *presence_table(idle, whole, options.moving),
        "",
    ]
    if rows:
        parts += [
            "## From the end of dpkg to told",
            "",
            *told_table(rows),
            "",
            f"After the installs in the private root the agent holds {held.pss:.1f} MiB PSS.",
            "",
        ]
    parts += [*much, "## Aims", "", *aims(costs, rows, window, idle, whole, options.moving), *met, ""]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
