"""A shell at the end of a virtio-serial port: one command a line, one answer a line, both JSON.

shell.py PORT
"""

import base64
import json
import os
import subprocess
import sys
from typing import Any


def run(asked: dict[str, Any]) -> dict[str, Any]:
    """Run a command to its end."""
    given = base64.b64decode(asked["input"])
    try:
        done = subprocess.run(
            asked["argv"],
            input=given,
            capture_output=True,
            timeout=asked["seconds"],
            check=False,
            env=os.environ | asked["env"],
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"error": repr(error)}
    out, err = (base64.b64encode(said).decode() for said in (done.stdout, done.stderr))
    return {"code": done.returncode, "out": out, "err": err}


def start(asked: dict[str, Any]) -> dict[str, Any]:
    """Start a command and leave it alone, with what it says in a file."""
    try:
        with open(asked["log"], "wb") as log:  # noqa: PTH123 - one way is enough here
            process = subprocess.Popen(
                asked["argv"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=os.environ | asked["env"],
            )
    except OSError as error:
        return {"error": repr(error)}
    started.append(process)
    return {"pid": process.pid}


started: list[subprocess.Popen[bytes]] = []
with open(sys.argv[1], "r+b", buffering=0) as port:  # noqa: PTH123
    reader = os.fdopen(os.dup(port.fileno()), "rb")
    for line in reader:
        asked = json.loads(line)
        answer = start(asked) if "log" in asked else run(asked)
        started = [process for process in started if process.poll() is None]
        rest = json.dumps(answer).encode() + b"\n"
        while rest:
            rest = rest[port.write(rest) :]
