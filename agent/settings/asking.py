"""Asking a program of this machine: a short while, and nothing where it is missing, fails or does not answer."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence

Ask = Callable[[Sequence[str]], str | None]
PATIENCE = 10.0  # seconds


def ask(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str | None:
    """What it prints; None where that is no answer. environment: beside this process's own."""
    env = {**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})}
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=PATIENCE, check=False, env=env, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.decode(errors="replace")
