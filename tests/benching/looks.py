"""What looking costs, on a machine with much on it: 5,000 packages, 200 extensions, 400 processes.

.venv/bin/python -I tests/benching/looks.py prints the CPU seconds of each sensor's first look and of its second.
The packages are this machine's own list, repeated under other names; the extensions are written in the form of the real
programs (tests/support/extension_homes.py); the processes are real, and only sleep. Each measure runs in a process of
its own, whose children count too.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from agent import service, session  # noqa: E402  -I left it out
from agent.clouds.catalogue import catalogue  # noqa: E402
from agent.clouds.processes import Running  # noqa: E402
from agent.commands import EXAMPLE, load_policy  # noqa: E402
from agent.sensors.clouds import Clouds  # noqa: E402
from policy.model import Instant, State  # noqa: E402
from tests.benching.debs import PrivateRoot  # noqa: E402
from tests.benching.footprint import Cost, Moment, cost, family  # noqa: E402
from tests.benching.house import runs  # noqa: E402
from tests.support.extension_homes import Chromium, Code, Firefox  # noqa: E402

PACKAGES, EXTENSIONS, PROCESSES = 5_000, 200, 400
BROWSERS = (".config/google-chrome", ".config/chromium", ".config/BraveSoftware/Brave-Browser")
# Where dpkg's list is another one, and nowhere else; many sleep that are no children of what is run.
_SCRIPT = (
    'for part in lib/dpkg lib/apt/extended_states; do mount --bind "$0/var/$part" "/var/$part"; done; '
    f'(n=0; while [ $n -lt {PROCESSES} ]; do sleep infinity & n=$((n+1)); done); "$@"; exit $?'
)
_APART = ("--pid", "--fork", "--kill-child", "--mount-proc")


def within(root: PrivateRoot, *, alone: bool = True) -> tuple[str, ...]:
    """What stands before a command that is to run with this list of packages, beside PROCESSES that sleep.

    alone: with no other processes that it could see.
    """
    return ("unshare", "--mount", *(_APART if alone else ()), "sh", "-c", _SCRIPT, str(root.path))


def many_packages(folder: Path, count: int = PACKAGES, without: str = "") -> PrivateRoot:
    """A dpkg root with so many packages, of which one is left out."""
    root = PrivateRoot(folder, like=Path("/"))
    status, states = root.database / "status", folder / "var/lib/apt/extended_states"
    packages, automatic = _stanzas(status), _stanzas(states)
    packages.pop(without, None)
    status.write_text("\n".join(f"Package: {name}\n{rest}\n" for name, rest in packages.items()))
    more = count - len(packages)
    with status.open("a") as out, states.open("a") as auto:
        for number in range(more):
            name, rest = list(packages.items())[number % len(packages)]
            copy = f"{name}-{number // len(packages) + 2}"
            out.write(f"\nPackage: {copy}\n{rest}\n")
            if name in automatic:
                auto.write(f"\nPackage: {copy}\n{automatic[name]}\n")
            (root.database / "info" / f"{copy}.list").touch()
    return root


def _stanzas(file: Path) -> dict[str, str]:
    """What follows the name, by the name."""
    parts = (part for part in file.read_text().split("\n\n") if part.strip())
    return {part.strip().split("\n", 1)[0][9:]: part.strip().split("\n", 1)[1] for part in parts}


def many_extensions(home: Path, count: int = EXTENSIONS) -> Chromium:
    """So many in three browsers of Chromium's kin, Firefox and VS Code; the last of the first is answered."""
    browsers = [Chromium(home, data) for data in BROWSERS]
    places: list[Any] = [*browsers, Firefox(home), Code(home)]
    for number in range(count):
        places[number % len(places)].install(f"toy{number}", "1.0.0", description="a toy")
    return browsers[1]


def whole() -> dict[str, tuple[float, float]]:
    """CPU seconds of the first look of each sensor of both halves, with what it takes to listen, and of the second.

    By source; of this machine's root with PACKAGES, EXTENSIONS and PROCESSES.
    """
    with tempfile.TemporaryDirectory(prefix="dw-") as folder:
        root, home = many_packages(Path(folder) / "root"), Path(folder) / "home"
        many_extensions(home)
        command = (*within(root), sys.executable, "-I", __file__, "--look", str(home))
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)  # type: ignore[no-any-return]


def compares(root: PrivateRoot, settle: float, seconds: float) -> Cost:
    """What it costs at rest to compare the list of processes, in a process that does nothing else."""
    command = (*within(root), sys.executable, "-I", __file__, "--running")
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as started:
        assert started.stdout
        started.stdout.readline()
        pid = next(pid for pid in family(started.pid) if runs(pid, sys.executable))
        time.sleep(settle)  # what is young is looked at in each compare
        before = Moment.of(pid)
        time.sleep(seconds)
        rest = cost(pid, before, Moment.of(pid))
        os.killpg(started.pid, signal.SIGKILL)
    return rest


def _look(home: Path) -> dict[str, tuple[float, float]]:
    """The process that is measured."""
    policy = load_policy(EXAMPLE)
    with tempfile.TemporaryDirectory() as state:
        machine = service.sensors(service.Options(Path(state), policy), State(ledger=UUID(int=0)))
        mine = session.sensors(session.Options(Path(state), home=home))
    found = dict[str, tuple[float, float]]()
    for sensor in (*machine, *mine):
        spent = []
        before = _cpu()
        sensor.start(lambda _: None)
        for _ in range(2):
            look = sensor.look(Instant(datetime.now(UTC), 0.0))
            spent.append(_cpu() - before)
            before = _cpu()
        sensor.stop()
        for clouds in mine:
            if isinstance(clouds, Clouds) and sensor in mine:
                clouds.heard(look)
        print(f"  {sensor.source}: {len(look.facts)} facts, gap {look.gap and look.gap.reason}", file=sys.stderr)
        name = sensor.source if sensor.source not in found else f"{sensor.source}, {sensor.scope}"
        found[name] = spent[0], spent[1]
    return found


def _cpu() -> float:
    whole = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in whole)


def _running() -> None:
    """The process that is measured."""
    Running(catalogue(), "linux", os.getuid(), lambda: None).start()
    print("compares", flush=True)
    os.read(os.pipe()[0], 1)  # which nobody writes to: this thread sleeps for good


def main() -> None:
    for source, (first, second) in whole().items():
        print(f"{source:20} {first:.3f} {second:.3f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--look", whose]:
            print(json.dumps(_look(Path(whose))))
        case ["--running"]:
            _running()
        case _:
            main()
