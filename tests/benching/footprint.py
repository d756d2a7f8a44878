"""What a process and all that it started cost: memory, CPU time, wake-ups."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MIB = 1024  # KiB


@dataclass(frozen=True)
class Cost:
    """Over a quiet window. pss, uss: MiB at its end; cpu: seconds; switches: voluntary, a second."""

    pss: float
    uss: float
    cpu: float
    switches: float
    threads: int
    processes: int


@dataclass(frozen=True)
class Moment:
    """What was spent so far, by thread: CPU in nanoseconds, voluntary context switches."""

    at: float
    cpu: Mapping[str, int]
    switches: Mapping[str, int]

    @classmethod
    def of(cls, pid: int) -> "Moment":
        """As of now, of a process and all below it."""
        cpu, switches = dict[str, int](), dict[str, int]()
        for task in (t for p in family(pid) for t in Path(f"/proc/{p}/task").glob("*")):
            with suppress(OSError, IndexError):
                cpu[task.name] = int((task / "schedstat").read_text().split()[0])
                switches[task.name] = _voluntary(task)
        return cls(time.monotonic(), cpu, switches)


def cost(pid: int, before: Moment, after: Moment) -> Cost:
    """What it cost from one moment to the other, and what it holds now."""
    members = family(pid)
    pss, uss = _memory(members)
    return Cost(
        pss=pss,
        uss=uss,
        cpu=sum(spent(before.cpu, after.cpu).values()) / 1e9,
        switches=sum(spent(before.switches, after.switches).values()) / (after.at - before.at),
        threads=len(after.cpu),
        processes=len(members),
    )


def spent(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """By thread; one that came in between counts from nothing."""
    return {thread: count - before.get(thread, 0) for thread, count in after.items()}


def family(pid: int) -> list[int]:
    """A process and all that descends from it, as they live now."""
    parents = dict[int, int]()
    for entry in Path("/proc").iterdir():
        with suppress(OSError, IndexError, ValueError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found = [pid] if pid in parents else []
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def load() -> str:
    """The machine's load averages: other work runs beside."""
    return " ".join(f"{part:.2f}" for part in os.getloadavg())


def _voluntary(task: Path) -> int:
    for line in (task / "status").read_text().splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            return int(line.split()[1])
    return 0


def _memory(pids: list[int]) -> tuple[float, float]:
    """MiB of PSS and of private pages."""
    kib = {"Pss": 0, "Private_Clean": 0, "Private_Dirty": 0}
    for pid in pids:
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
                name, _, value = line.partition(":")
                if name in kib:
                    kib[name] += int(value.split()[0])
    return kib["Pss"] / MIB, (kib["Private_Clean"] + kib["Private_Dirty"]) / MIB
