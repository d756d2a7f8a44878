"""The sensor of clouds on Windows: all that there is to see by, put together."""

import os
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from agent.clouds import sync_roots
from agent.clouds.catalogue import catalogue
from agent.clouds.packages import Package
from agent.clouds.processes import Running, command_lines
from agent.clouds.reading import this_owner
from agent.platforms import this_system
from agent.sensors import windows_uninstall as uninstall
from agent.sensors.base import Sensor
from agent.sensors.clouds import Clouds, Seen
from agent.sensors.windows_registry import Keys
from policy.model import Instant


def clouds(home: Path, after: Iterable[Sensor], _root: Path) -> Clouds:
    """Of the user whose session this is. after: the other sensors of this half."""
    known, sid = catalogue(), this_system().user_scope().partition(":")[2]
    running = partial(Running, known, "windows", this_owner())
    events = Keys((*uninstall.MACHINE, *sync_roots.PLACES), uninstall.SETTLE)
    seen = Seen(
        running,
        command_lines,
        _everybodys,
        (),
        lambda: sync_roots.seen(known, sid),
        (events,),
        own_folders=os.environ,
    )
    return Clouds(known, "windows", home, seen, (sensor.source for sensor in after if sensor.kind == "software"))


def _everybodys(_now: Instant) -> Iterator[Package]:
    """What is installed for the whole computer. Raises Unreadable where its list can't be read."""
    for entry in uninstall.read(uninstall.MACHINE):
        yield Package("uninstall", entry.named.name, "uninstall", everybody=True)
