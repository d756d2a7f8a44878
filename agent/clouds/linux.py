"""The sensor of clouds on Linux: all that there is to see by, put together."""

import os
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

assert sys.platform != "win32"  # noqa: S101 - so that a type check for Windows passes this file by

from agent.clouds import goa, mounts, sockets
from agent.clouds.catalogue import catalogue
from agent.clouds.mount_events import MountEvents
from agent.clouds.packages import Machine
from agent.clouds.processes import Running, command_lines
from agent.clouds.sight import Sight
from agent.clouds.watchers import Watchers
from agent.sensors.base import Sensor
from agent.sensors.clouds import Clouds, Seen


def clouds(home: Path, after: Iterable[Sensor], root: Path) -> Clouds:
    """Of the user whose session this is. after: the other sensors of this half. root: whose packages everybody has.

    Of a machine that lies in a folder nothing runs.
    """
    user, machine, known = os.getuid(), Machine(root), catalogue()
    sources = [sensor.source for sensor in after if sensor.kind == "software"]
    if root != Path("/"):
        seen = Seen(Resting, command_lines, machine.packages, machine.folders, lambda: goa.seen(known, home))
        return Clouds(known, "linux", home, seen, sources)
    watchers = Watchers(known, home, user)
    runtime = os.environ.get("XDG_RUNTIME_DIR")

    def sights() -> Iterator[Sight]:
        yield from mounts.seen(known, user)
        yield from goa.seen(known, home)
        yield from sockets.seen(known, Path(runtime) if runtime else None)
        yield from watchers.seen()

    running = partial(Running, known, "linux", user)
    seen = Seen(
        running, command_lines, machine.packages, machine.folders, sights, (MountEvents(),), lambda: goa.spots(home)
    )
    return Clouds(known, "linux", home, seen, sources)


class Resting:
    """The processes of a machine that is not running."""

    fault = None

    def __init__(self, _on_change: object) -> None:
        pass

    def executed(self, pid: int) -> None:
        pass

    def start(self) -> None:
        pass

    def now(self) -> tuple[()]:
        return ()

    def stop(self) -> None:
        pass
