"""Sensors of the device half, run by a user who may not see the place: a gap, never an empty machine."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

SCRIPT = """
import os, pathlib, sys
from datetime import UTC, datetime
from agent.sensors.flatpak import Flatpak
from agent.sensors.placed import Placed
from agent.sensors.rpm import Rpm
from agent.sensors.snap import Snap
from policy.model import Instant
root = pathlib.Path(sys.argv[1])
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for sensor in (Flatpak(root / "var/lib/flatpak"), Placed(root), Rpm(root), Snap(root)):
    look = sensor.look(Instant(datetime(2026, 11, 24, tzinfo=UTC), 0.0))
    print(sensor.source, len(look.facts), look.gap.reason if look.gap else "complete")
"""
PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("closed", [True, False])
def test_a_place_that_may_not_be_seen_is_a_gap(closed: bool):
    """Told by the mode of each place; open and empty it is a machine without any of these."""
    with tempfile.TemporaryDirectory(prefix="dw-") as folder:
        Path(folder).chmod(0o755)
        places = [Path(folder, place) for place in ("opt", "snap", "var/lib/flatpak", "usr/lib/sysimage/rpm")]
        for place in places:
            place.mkdir(parents=True)
            place.chmod(0o000 if closed else 0o755)
        command = (sys.executable, "-c", SCRIPT, folder)
        done = subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False, env=os.environ
        )
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert [line.split()[:2] for line in lines] == [[name, "0"] for name in ("flatpak", "placed", "rpm", "snap")]
        assert all(("denied" in line) == closed and ("complete" in line) != closed for line in lines), lines
