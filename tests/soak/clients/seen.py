"""Runs one case in the room, and keeps what was seen as a recording."""

import json
import re
import shutil
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.shows import bare_chroot
from tests.soak.clients.case import Case
from tests.soak.clients.room import VENV

PARTS = Path(__file__).resolve().parent
LONGEST = 240  # seconds that one case may take
# A run's own homes, /run, /tmp and /dev/fuse; the recorder is lent, read-only.
OWN = """\
for folder in home run tmp mnt var/cache; do mount -t tmpfs -o mode=755 tmpfs {room}/$folder; done
mkdir -p {room}/var/cache/davfs2 && chown davfs2:davfs2 {room}/var/cache/davfs2 2>/dev/null || true
chmod 1777 {room}/tmp
mkdir -p {room}/run/mount {room}/run/mount.davfs
cp {room}/etc/fstab {room}/run/fstab 2>/dev/null || touch {room}/run/fstab
touch {room}/etc/fstab; mount --bind {room}/run/fstab {room}/etc/fstab
mount --bind {parts} {room}/mnt
mknod -m 666 {room}/dev/fuse c 10 229
"""
# A value in a line of a configuration, or between the marks of an element, that is secret or of this run alone.
_SECRET = re.compile(
    r"(?im)^(?P<key>\s*[\w\\.-]*(?:pass|password\d?|token|secret_access_key|apikey|access_key_id|salt)\s*[=:]\s*)\S.*$"
)
_ELEMENT = re.compile(r"(?P<key><(?:apikey|password|user)>)[^<]*")
_PRIVATE_KEYS = re.compile(r"(?s)-----BEGIN.*?-----END[^-]*-----")


def run(room: Path, case: Case, texts: list[str], *, loud: bool = False) -> dict[str, Any] | None:
    """What the recorder saw; None where the case could not be run."""
    lent = OWN.format(room=room, parts=PARTS)
    script = bare_chroot.MOUNTS.format(room=room, nodes=" ".join(bare_chroot.NODES), lent=lent, user="root")
    spaces = ("unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child")
    asked = json.dumps(asdict(case) | {"texts": texts})
    # /root/deskwarden is where the room's other runs begin.
    argv = [*spaces, "sh", "-c", script, "sh", "/root/deskwarden", "python3", "-I", "/mnt/recorder.py", asked]
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(argv, env=env, capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        print(f"{case.name}: took longer than {LONGEST} s")
        return None
    if loud or done.returncode or not done.stdout:
        print(done.stderr.decode(errors="replace")[-3000:])
    if done.returncode or not done.stdout:
        return None
    told: dict[str, Any] = json.loads(done.stdout)
    return told | {"versions": versions(room, case)}


def keep(case: Case, told: dict[str, Any], there: Path) -> None:
    """One JSON a case, and its home where it has one."""
    kept = told.pop("kept")
    about = {"case": case.name, "client": case.client, "run": case.run, "recorded": f"{datetime.now(UTC):%Y-%m-%d}"}
    (there / f"{case.name}.json").write_text(json.dumps(about | told, indent=1, ensure_ascii=False) + "\n")
    if not case.home:
        return
    home = there / "homes" / case.home
    shutil.rmtree(home, ignore_errors=True)
    for name, text in kept.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(blanked(text))


def blanked(text: str) -> str:
    """Without what is secret: a key stays, its value is `blank`."""
    text = _PRIVATE_KEYS.sub("blank", _ELEMENT.sub(r"\g<key>blank", text))
    return _SECRET.sub(r"\g<key>blank", text)


def versions(room: Path, case: Case) -> dict[str, str]:
    """Of what was run, as its source names it."""
    found = {name: version for name, version in packages(room).items() if name in case.packages}
    for name in (other.removeprefix("pypi:") for other in case.other if other.startswith("pypi:")):
        for path in room.glob(f"{VENV.lstrip('/')}/{name}/lib/python3*/site-packages/*-info"):
            project, version = path.stem.split("-")[:2]
            project = project.replace("_", "-")
            if project.lower() == name:
                found[f"pypi:{project}"] = version
    for name in (other.removeprefix("npm:") for other in case.other if other.startswith("npm:")):
        for path in room.glob(f"usr/local/lib/node_modules/{name}/package.json"):
            found[f"npm:{name}"] = json.loads(path.read_text())["version"]
    return found


def packages(room: Path) -> dict[str, str]:
    """All of the room's packages with their versions."""
    argv = ["dpkg-query", f"--admindir={room}/var/lib/dpkg", "-W", "-f", "${Package}\\t${Version}\\n"]
    lines = subprocess.run(argv, capture_output=True, check=True, text=True).stdout.splitlines()
    return dict(line.split("\t") for line in lines)


def keep_packages(room: Path, file: Path) -> None:
    """The names, as dpkg gives them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(sorted(packages(room)), indent=0) + "\n")
