"""A bare Debian, a fresh clone, and one command in it: what a newcomer's machine makes of us.

tests/shows/bare_chroot.py [--room DIR] [--user NAME] [--suite NAME] [--evidence FILE] [--] COMMAND...

The room is a minbase chroot made by mmdebstrap from this machine's own sources. Without --room it is
removed at the end; with it, it stays, and a second call shows the second run. --user makes an ordinary user
who may use sudo. Needs root.

Must show 1, the fourth room: `make run`. Must show 2: `env YES=1 make test`, twice in one room.
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deskwarden" / "chroots"
# What this machine needs to reach its registries is carried over when it is there; none of it is told here.
CARRIED = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/pip.conf",
    "/etc/xdg/pip",
    "/usr/local/share/ca-certificates",
    "/etc/ssl/certs/ca-certificates.crt",
)
CARRIED_ENV = re.compile(r"(PIP_|SSL_CERT|REQUESTS_CA|CURL_CA|TERM$)|.*_proxy$", re.IGNORECASE)
# The shell stays, as process 1, and collects orphans, as an init would.
MOUNTS = """\
set -e
mount -t proc proc {room}/proc
cd {room}/dev && mount -t tmpfs -o mode=755 tmpfs . && cd {room}/dev
mkdir pts shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts pts
mount -t tmpfs -o mode=1777 tmpfs shm
ln -s pts/ptmx ptmx
ln -s /proc/self/fd fd
for node in {nodes}; do touch $node && mount --bind /dev/$node $node; done
{lent}
set +e
chroot --userspec={user} {room} /bin/sh -c 'cd "$0" && exec "$@"' "$@"
exit $?
"""
NODES = ("null", "zero", "full", "random", "urandom", "tty")


def sh(*argv: str | Path, **more: object) -> None:
    subprocess.run(argv, check=True, **more)  # type: ignore[call-overload]


def host_release() -> str:
    found = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    if not found:
        sys.exit(
            "This system does not name its release.\n"
            "  Cause:   no VERSION_CODENAME in /etc/os-release\n"
            "  Way out: run this on Debian 12 or later"
        )
    return found[1]


def host_sources(suite: str) -> str:
    """Give this machine's own sources, for the release asked for, and leave those of others out."""
    own = host_release()
    etc, kept = Path("/etc/apt"), list[str]()
    for file in sorted([etc / "sources.list", *etc.glob("sources.list.d/*")]):
        if file.suffix == ".sources":
            stanzas = re.split(r"\n\s*\n", file.read_text())
            kept += [s.strip() + "\n" for s in stanzas if re.search(rf"^Suites:.*\s{own}", s, re.MULTILINE)]
        elif file.suffix == ".list" and file.exists():
            one_line = re.compile(rf"^deb\s+(\[.*\]\s+)?\S+\s+{own}\S*\s", re.MULTILINE)
            kept += [line + "\n" for line in file.read_text().splitlines() if one_line.match(line + " ")]
    return re.sub(rf"\b{own}\b", suite, "\n".join(kept))


def base(suite: str) -> Path:
    """Build the base system, or take it from the cache. A failed build leaves no entry."""
    sources = host_sources(suite)
    recipe = ["mmdebstrap", "--variant=minbase", suite]
    entry = CACHE / (hashlib.sha256(f"1\n{recipe}\n{sources}".encode()).hexdigest()[:16] + ".tar")
    if entry.exists():
        return entry
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        mirror = Path(folder) / "mirror.sources"
        mirror.write_text(sources)
        try:
            sh(*recipe, Path(folder) / "base.tar", mirror)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            sys.exit(
                f"The bare {suite} could not be built.\n"
                f"  Cause:   {error.__class__.__name__}: see the lines above, or mmdebstrap is not installed\n"
                "  Way out: apt-get install mmdebstrap, as root, with apt's own sources for that release"
            )
        (Path(folder) / "base.tar").rename(entry)
    return entry


def carry(room: Path) -> None:
    for name in CARRIED:
        there, here = Path(name), room / name.lstrip("/")
        here.parent.mkdir(parents=True, exist_ok=True)
        if there.is_dir():
            shutil.copytree(there, here, dirs_exist_ok=True)
        elif there.exists() and not (here.exists() and "certs" in name):
            here.unlink(missing_ok=True)
            shutil.copyfile(there, here)
    own = Path.home() / ".config/pip"
    if own.is_dir():
        shutil.copytree(own, room / "etc/xdg/pip-own", dirs_exist_ok=True)
    for proxy in Path("/etc/apt/apt.conf.d").glob("*"):
        if "proxy" in proxy.read_text().lower():
            shutil.copyfile(proxy, room / "etc/apt/apt.conf.d" / proxy.name)


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if CARRIED_ENV.match(name)}
    own = Path.home() / ".config/pip/pip.conf"
    if own.exists():
        kept.setdefault("PIP_CONFIG_FILE", "/etc/xdg/pip-own/pip.conf")
    return kept | {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}


def lent_folders() -> list[Path]:
    """Folders that pip's configuration names, as packages that lie on disk."""
    texts = [value for name, value in os.environ.items() if name.startswith("PIP_")]
    for conf in ("/etc/pip.conf", "/etc/xdg/pip/pip.conf", str(Path.home() / ".config/pip/pip.conf")):
        with contextlib.suppress(OSError):
            texts.append(Path(conf).read_text())
    named = {Path(found) for text in texts for found in re.findall(r"(?:file://)?(/[\w.+/-]+)", text)}
    # The pages of an index point to files beside it.
    named = {path.parent if path.name == "simple" else path for path in named if path.is_dir()}
    return sorted(path for path in named if path.parts[1] not in {"etc", "root", "home"})


def enter(room: Path, argv: list[str], home: str, user: str) -> int:
    """Run it with its own /proc and /dev, in namespaces that end when it ends, and all that runs in them."""
    lent = [f"mkdir -p {room}{path} && mount --bind -o ro {path} {room}{path}" for path in lent_folders()]
    script = MOUNTS.format(room=room, nodes=" ".join(NODES), lent="\n".join(lent), user=user)
    namespaces = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    env = environment() | {"HOME": home, "USER": user, "LOGNAME": user}
    return subprocess.call([*namespaces, "sh", "-c", script, "sh", f"{home}/deskwarden", *argv], env=env)


def first_line() -> str:
    """Give the command that README tells a newcomer to begin with."""
    readme = ROOT / "README.md"
    found = re.search(r"`(apt-get install [^`]+)`", readme.read_text() if readme.exists() else "")
    return found[1] if found else "apt-get install -y git make"


def furnish(room: Path, suite: str, user: str) -> None:
    """Make the room: the base system, what README says first, a user where one is asked for."""
    if not (room / "etc").exists():
        room.mkdir(parents=True, exist_ok=True)
        sh("tar", "-xf", base(suite), "-C", room, "--exclude=./dev/*")
    carry(room)
    (room / "root/deskwarden").mkdir(exist_ok=True)
    steps = [f"command -v make >/dev/null || {{ apt-get update && {first_line()}; }}"]
    if user != "root":
        steps += [
            "command -v sudo >/dev/null || apt-get install -y sudo",
            f"id -u {user} >/dev/null 2>&1 || useradd -m {user}",
            f"echo '{user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/{user}",
        ]
    script = "\n".join(["set -e", "export DEBIAN_FRONTEND=noninteractive", *steps])
    if enter(room, ["sh", "-c", script], "/root", "root"):
        sys.exit(
            "The room could not be furnished.\n"
            "  Cause:   see the lines above\n"
            "  Way out: mend that, remove the room, and try again"
        )


def clone(room: Path, home: str, user: str) -> str:
    """Put a fresh clone in, or bring an older one up to date; give its commit."""
    there = room / home.lstrip("/") / "deskwarden"
    git = ("git", "-c", "safe.directory=*", "-C", str(there))
    if not (there / ".git").exists():
        sh("git", "clone", "--quiet", "--no-local", ROOT, there)
    sh(*git, "fetch", "--quiet", ROOT, "HEAD")
    sh(*git, "reset", "--quiet", "--hard", "FETCH_HEAD")
    if user != "root":
        sh("chroot", room, "chown", "-R", f"{user}:{user}", f"{home}/deskwarden")
    return subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True).strip()


@contextlib.contextmanager
def room_for(asked: Path | None) -> Iterator[Path]:
    if asked:
        yield asked.resolve()
        return
    made = Path(tempfile.mkdtemp(prefix="room-", dir="/var/tmp"))  # big and short-lived
    try:
        yield made
    finally:
        shutil.rmtree(made)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--room", type=Path, help="keep the room here, or go on in it")
    ask.add_argument("--user", default="root", help="run as this user, who may use sudo")
    ask.add_argument("--suite", help="another release than this machine's")
    ask.add_argument("--evidence", type=Path, help="add a line with what ran and how long it took")
    ask.add_argument("command", nargs=argparse.REMAINDER)
    args = ask.parse_args()
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    home = "/root" if args.user == "root" else f"/home/{args.user}"
    suite = args.suite or host_release()
    with room_for(args.room) as room:
        furnish(room, suite, args.user)
        commit = clone(room, home, args.user)
        print(f"-- a bare {suite}, commit {commit}, {args.user}: {' '.join(command)}", flush=True)
        started = time.monotonic()
        status = enter(room, command, home, args.user)
        seconds = round(time.monotonic() - started)
    print(f"-- exit {status} after {seconds} s", flush=True)
    if args.evidence:
        line = {"command": " ".join(command), "suite": suite, "commit": commit, "user": args.user}
        line |= {"exit": status, "seconds": seconds}
        with args.evidence.open("a") as file:
            file.write(json.dumps(line) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
