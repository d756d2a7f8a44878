"""Which services of systemd run: those with a process in their control group (cgroups(7), both versions)."""

import os
from collections.abc import Iterable
from pathlib import Path

from agent.sensors.bounded import Unreadable, whole

HIERARCHIES = ("sys/fs/cgroup", "sys/fs/cgroup/systemd", "sys/fs/cgroup/unified")
MOST = 64 * 1024


def running(root: Path, units: Iterable[str]) -> frozenset[str] | None:
    """Those of these units that run, told without ".service"; None where it can't be told."""
    slices = [root / one / "system.slice" for one in HIERARCHIES]
    slices = [one for one in slices if os.path.isdir(one)]  # noqa: PTH112 - Path raises where it may not be seen
    if not slices:
        return None
    return frozenset(unit for unit in units if any(_has_process(one / f"{unit}.service") for one in slices))


def _has_process(group: Path) -> bool:
    """What populates it may lie in a group below."""
    try:
        return b"populated 1" in whole(group / "cgroup.events", MOST)
    except Unreadable:
        pass
    try:
        return bool(whole(group / "cgroup.procs", MOST).strip())
    except Unreadable:
        return False
