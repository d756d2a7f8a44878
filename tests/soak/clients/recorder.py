"""Starts one case in the room and tells what a look at the machine would have seen. Runs inside the room, as root.

Reads the case (JSON, clients.py's Case) from its first argument, writes what it saw (JSON) to stdout; what the programs
say goes to stderr. A process is read from when its id is new until 200 ms later, as exec events would tell it, and
then each half second. Only the watched user's and a mount helper's processes are kept.
"""

import fcntl
import json
import os
import pwd
import shlex
import shutil
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psutil  # of Debian, in the room

WHO = "alice"
SERVES = "serves"
DISPLAY = ":77"
EVERY, SETTLED, AGAIN = 0.02, 0.2, 0.5
MOST_FILES, MOST_IN_ONE = 120, 8
MOST_TEXT = 20_000
ITSELF = {os.getpid(), os.getppid(), 1}


def main() -> None:
    case = json.loads(sys.argv[1])
    loopback_up()
    socket.sethostname("laptop")
    home, env = furnish(WHO)
    link_programs(Path("/run/programs"))
    furnish(SERVES)
    for line in case["prepare"]:
        subprocess.run(["sh", "-ec", line], check=True, stdout=sys.stderr)
    services = [start(SERVES, line, {}) for line in case["serve"]]
    services.append(start(WHO, f"exec dbus-daemon --session --nofork --address={env['DBUS_SESSION_BUS_ADDRESS']}", env))
    if case["display"]:
        services.append(start(SERVES, f"exec Xvfb {DISPLAY} -screen 0 1024x768x24 -nolisten tcp -ac", {}))
        env["DISPLAY"] = DISPLAY
        until(lambda: Path(f"/tmp/.X11-unix/X{DISPLAY[1:]}").exists(), 20)
    for port in case["ports"]:
        until(partial(opens, port), 20)
    for line in case["before"]:
        subprocess.run(["sh", "-ec", line], check=False, stdout=sys.stderr, timeout=120, **as_user(WHO, env))
    ITSELF.update(process.pid for process in psutil.process_iter())
    mounts = set(Path("/proc/self/mounts").read_text().splitlines())
    watch = Watch()
    begun = start(WHO, case["run"], env)
    watch.until_over(begun, case["seconds"])
    seen = {
        "processes": watch.told(),
        "ended": begun.poll(),
        "mounts": [
            line.split()[:3] for line in Path("/proc/self/mounts").read_text().splitlines() if line not in mounts
        ],
        "dbus": names(env),
        "sockets": sockets(),
        "texts": texts(watch, case["texts"]),
        **files(home, case["keep"]),
    }
    json.dump(seen, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # the namespace ends with this, and all that runs in it


def furnish(user: str) -> tuple[Path, dict[str, str]]:
    """A home as useradd makes it, and a runtime directory."""
    about = pwd.getpwnam(user)
    home, runtime = Path(about.pw_dir), Path(f"/run/user/{about.pw_uid}")
    shutil.copytree("/etc/skel", home)
    runtime.mkdir(parents=True)
    for folder in (home, runtime):
        subprocess.run(["chown", "-R", f"{user}:{user}", folder], check=True)
        folder.chmod(0o700)
    return home, {
        "HOME": str(home), "USER": user, "LOGNAME": user, "LANG": "C.UTF-8", "SHELL": "/bin/bash", "TERM": "xterm",
        "PATH": f"{home}/.local/bin:/run/programs:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "XDG_RUNTIME_DIR": str(runtime), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
    }  # fmt: skip


def link_programs(there: Path) -> None:
    """As pipx does: the programs of each package that has an environment of its own."""
    there.mkdir(parents=True)
    for path in Path("/opt/pipx/venvs").glob("*/bin/*"):
        if not path.name.lower().startswith(("python", "pip", "activate")) and not (there / path.name).is_symlink():
            (there / path.name).symlink_to(path)


def as_user(user: str, env: dict[str, str]) -> dict[str, Any]:
    about = pwd.getpwnam(user)
    groups = os.getgrouplist(user, about.pw_gid)
    return {"user": about.pw_uid, "group": about.pw_gid, "extra_groups": groups, "env": env, "cwd": about.pw_dir}


def start(user: str, line: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
    base = {"HOME": pwd.getpwnam(user).pw_dir, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    whose = as_user(user, base | env)
    return subprocess.Popen(["sh", "-c", line], stdin=subprocess.DEVNULL, stdout=sys.stderr, **whose)


class Watch:
    """Reads each process that is not the recorder's."""

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.due: dict[int, float] = {}
        self.settled: set[int] = set()

    def until_over(self, begun: subprocess.Popen[bytes], seconds: float) -> None:
        end = time.monotonic() + seconds
        over = None
        while time.monotonic() < end and (over is None or time.monotonic() < over):
            self.once()
            if over is None and begun.poll() is not None:
                over = time.monotonic() + 2 * AGAIN  # what it left behind
            time.sleep(EVERY)

    def once(self) -> None:
        now = time.monotonic()
        there = set(psutil.pids()) - ITSELF
        listens = None
        for pid in there:
            settles = self.due.setdefault(pid, now + SETTLED)
            if now < settles and pid not in self.settled:
                self.read(pid, "at once", [])
            elif now >= settles:
                self.settled.add(pid)
                listens = ports() if listens is None else listens
                self.read(pid, "settled", listens.get(pid, []))
                self.due[pid] = now + AGAIN

    def read(self, pid: int, when: str, listen: list[str]) -> None:
        try:
            process = psutil.Process(pid)
            told = process.as_dict(["name", "exe", "cmdline", "username"], ad_value=None)
            ended = process.status() == psutil.STATUS_ZOMBIE
        except psutil.Error:
            return
        if told["username"] == SERVES or ended:
            return
        told |= {"exe": told["exe"] or None, "listen": listen, "read": when, "pid": pid}
        before = self.records.get(key(told))
        if before is None or before["read"] == "at once":
            self.records[key(told)] = told

    def told(self) -> list[dict[str, Any]]:
        """What settled; what was only seen at once where its process did not live to the second reading."""
        settled = {told["pid"] for told in self.records.values() if told["read"] == "settled"}
        kept = [told for told in self.records.values() if told["read"] == "settled" or told["pid"] not in settled]
        lists: dict[str, dict[str, Any]] = {}
        for told in kept:  # the last of what it listened on
            same = json.dumps([told["name"], told["exe"], told["cmdline"], told["username"], told["read"]])
            if same not in lists or len(told["listen"]) > len(lists[same]["listen"]):
                lists[same] = told
        return [{name: value for name, value in told.items() if name != "pid"} for told in lists.values()]


def key(told: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in told.items() if name != "read"})


def ports() -> dict[int, list[str]]:
    """Where each process listens: TCP that listens, UDP that is bound and talks to nobody."""
    found: dict[int, set[str]] = {}
    for one in psutil.net_connections("inet"):
        udp = one.type == socket.SOCK_DGRAM and not one.raddr
        if one.pid and (one.status == psutil.CONN_LISTEN or udp):
            found.setdefault(one.pid, set()).add("{}:{}".format(*one.laddr))
    return {pid: sorted(where) for pid, where in found.items()}


def names(env: dict[str, str]) -> list[str]:
    """The well-known names on the session's bus."""
    ask = "dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames"
    done = subprocess.run(shlex.split(ask), capture_output=True, check=False, **as_user(WHO, env))
    words = [line.split('"')[1] for line in done.stdout.decode().splitlines() if '"' in line]
    return sorted(word for word in words if not word.startswith(":") and word != "org.freedesktop.DBus")


def sockets() -> list[str]:
    runtime = Path(f"/run/user/{pwd.getpwnam(WHO).pw_uid}")
    found = (path for path in runtime.rglob("*") if is_socket(path))
    return sorted(str(path.relative_to(runtime)) for path in found if path.name != "bus")


def is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.lstat().st_mode)
    except OSError:
        return False


def texts(watch: Watch, wanted: list[str]) -> dict[str, list[str]]:
    """Which of these words stand in the bytes of the executables outside packaged paths."""
    found = {}
    for exe in {str(told["exe"]) for told in watch.records.values() if told["exe"]}:
        if exe.startswith(("/home/", "/tmp/")) and Path(exe).is_file():
            data = Path(exe).read_bytes()
            found[exe] = [text for text in wanted if text.encode() in data]
    return found


def files(home: Path, keep: list[str]) -> dict[str, Any]:
    """The names below home, and what is in those that are to be kept."""
    walked: list[str] = []
    for folder, folders, inside in os.walk(home):
        folders[:] = [name for name in sorted(folders) if not os.path.ismount(Path(folder) / name)]
        at = Path(folder).relative_to(home)
        walked += [str(at / name) for name in sorted(inside)[:MOST_IN_ONE]]
        walked += [f"{at / name}/" for name in folders[:MOST_IN_ONE]]
    kept = {}
    for pattern in keep:
        for path in sorted(home.glob(pattern)):
            if path.is_file() and path.stat().st_size <= MOST_TEXT:
                kept[str(path.relative_to(home))] = path.read_text(errors="replace")
    skel = {path.name for path in Path("/etc/skel").iterdir()}
    return {"files": [name for name in sorted(walked) if name not in skel][:MOST_FILES], "kept": kept}


def until(condition: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit("what the case needs did not come up")
        time.sleep(EVERY)


def opens(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def loopback_up() -> None:
    """As `ip link set lo up`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        flags = struct.pack("16sh", b"lo", 0x1 | 0x40)
        fcntl.ioctl(line, 0x8914, flags)


main()
