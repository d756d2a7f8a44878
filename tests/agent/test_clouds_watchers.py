"""Sync clients by what they do: real processes that watch real folders and have real connections.

They are copies of Python under other names, in a network of their own with two addresses that are no loopback.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.clouds import trees, watchers
from agent.clouds.connections import _is_far, is_connected
from agent.clouds.innocent_watchers import NAMES, is_innocent
from agent.clouds.sight import Sight
from agent.clouds.watchers import PACE, Watchers
from policy import catalogue

ALL = catalogue.read((Path(catalogue.__file__).with_name("clouds.toml")).read_bytes())
FAR, FARTHER = "192.0.2.1", "192.0.2.2"
# Does what it is told on its input: `watch FOLDER`, `tree FOLDER`, `connect FROM TO`.
CLIENT = """\
import ctypes, fcntl, os, socket, struct, sys
libc, kept, answers = ctypes.CDLL(None), [], sys.stdout
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:  # this network is its own, and empty
    for name, address in ((b"lo", "127.0.0.1"), (b"lo:1", "192.0.2.1"), (b"lo:2", "192.0.2.2")):
        fcntl.ioctl(control, 0x8916, struct.pack("16sH2x4s8x", name, socket.AF_INET, socket.inet_aton(address)))
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14x", b"lo", 1))
inotify = libc.inotify_init1(0)
print("ready", flush=True)
for line in sys.stdin:
    what, *words = line.split()
    if what == "connect":
        server = socket.create_server((words[1], 0))
        kept += [server, socket.create_connection(server.getsockname(), source_address=(words[0], 0)), server.accept()]
    elif what == "watch":
        libc.inotify_add_watch(inotify, words[0].encode(), 0x3c6)
    else:
        for folder, _, _ in os.walk(words[0]):
            libc.inotify_add_watch(inotify, folder.encode(), 0x3c6)
    print("done", flush=True)
"""


class Client:
    """A process of this name."""

    def __init__(self, folder: Path, name: str) -> None:
        program = folder / name
        shutil.copy(Path(sys.executable).resolve(), program)
        command = ("unshare", "-rn", str(program), "-I", "-S", "-c", CLIENT)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._hear("ready")

    def do(self, line: object) -> None:
        assert self.process.stdin
        print(line, file=self.process.stdin, flush=True)
        self._hear("done")

    def _hear(self, word: str) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline() == f"{word}\n"

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


Start = Callable[..., Client]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a client of a name; it ends with the test."""
    programs = tmp_path / "programs"
    programs.mkdir()
    running: list[Client] = []

    def begin(name: str = "cloudling") -> Client:
        running.append(Client(programs, name))
        return running[-1]

    yield begin
    for client in running:
        client.end()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a few folders, some of which are hidden."""
    made = tmp_path / "alice"
    for name in ("Files/a/b", "Files/c", "Documents/x", "Documents/y", ".cache/z", "work/one", "work/two"):
        (made / name).mkdir(parents=True)
    return made


class Clock:
    now = 0.0


def looking(home: Path, clock: Clock | None = None, lives: float = -1.0) -> Watchers:
    """As soon as a process is there."""
    clock = clock or Clock()
    return Watchers(ALL, home, os.getuid(), lives=lives, clock=lambda: clock.now)


def seen(home: Path) -> tuple[Sight, ...]:
    return looking(home).seen()


def test_who_watches_a_whole_folder_and_speaks_to_another_machine_is_seen(home: Path, start: Start):
    client = start()
    client.do(f"tree {home / 'Files'}")
    client.do(f"connect {FAR} {FARTHER}")
    (sight,) = seen(home)
    assert sight == Sight("", "cloudling", "inotify", "tree", "running", root=str(home / "Files"))


def test_a_program_that_the_catalogue_knows_by_name_is_told_by_it(home: Path, start: Start):
    client = start("insync")
    client.do(f"tree {home / 'Files'}")
    client.do(f"connect {FAR} {FARTHER}")
    (sight,) = seen(home)
    assert (sight.client, sight.name) == ("insync", "Insync")


def test_a_folder_deeper_down_is_found(home: Path, start: Start):
    deep = home / "Documents/x/shared"
    (deep / "one").mkdir(parents=True)
    (deep / "two").mkdir()
    client = start()
    client.do(f"tree {deep}")
    client.do(f"connect {FAR} {FARTHER}")
    (sight,) = seen(home)
    assert sight.root == str(deep)


@pytest.mark.parametrize("connection", ["", "connect 127.0.0.1 127.0.0.2", f"connect {FAR} {FAR}"])
def test_who_speaks_to_this_machine_alone_is_none(home: Path, start: Start, connection: str):
    client = start()
    client.do(f"tree {home / 'Files'}")
    if connection:
        client.do(connection)
    assert seen(home) == ()


@pytest.mark.parametrize(
    "orders",
    [
        ("watch Files", "watch Files/a", "watch Files/c"),  # a file manager that shows these
        ("watch .", "tree Files", "tree Documents"),  # an indexer, from the home down
        ("tree .cache", "watch Files"),
        ("watch Files/c", "watch Documents/x", "watch work/one"),
        ("tree Files", "watch Documents/x", "watch Documents/y", "watch .cache", "watch .cache/z", "watch work/one"),
        ("tree Documents/x",),  # too few
    ],
)
def test_who_watches_here_and_there_or_all_of_the_home_is_none(home: Path, start: Start, orders: tuple[str, ...]):
    client = start()
    for order in orders:
        what, where = order.split()
        client.do(f"{what} {home / where}")
    client.do(f"connect {FAR} {FARTHER}")
    assert seen(home) == ()


@pytest.mark.parametrize("mark", [".git", "package.json", "Makefile"])
def test_a_folder_that_somebody_makes_something_in_is_watched_by_tools(home: Path, start: Start, mark: str):
    (home / "work" / mark).touch()
    client = start()
    client.do(f"tree {home / 'work'}")
    client.do(f"connect {FAR} {FARTHER}")
    assert seen(home) == ()


@pytest.mark.parametrize(("folder", "said"), [("Music", ""), ("Muziek", 'XDG_MUSIC_DIR="$HOME/Muziek"\n')])
def test_music_is_watched_by_players(home: Path, start: Start, folder: str, said: str):
    (home / folder / "one").mkdir(parents=True)
    (home / folder / "two").mkdir()
    (home / ".config").mkdir()
    (home / ".config/user-dirs.dirs").write_text(said)
    client = start()
    client.do(f"tree {home / folder}")
    client.do(f"connect {FAR} {FARTHER}")
    assert seen(home) == ()


@pytest.mark.parametrize("name", ["python3.11", "node", "code", "nautilus", "tracker-miner-fs-3", "watchexec", "tail"])
def test_a_tool_of_this_name_is_none_whatever_it_watches(home: Path, start: Start, name: str):
    client = start(name)
    client.do(f"tree {home / 'Files'}")
    client.do(f"connect {FAR} {FARTHER}")
    assert seen(home) == ()


def test_real_look_alikes_are_none(home: Path):
    for number in range(3):
        (home / f"Files/a/{number}.js").write_text("setInterval(() => {}, 1e6)\n")
    files = [str(path) for path in (home / "Files/a").glob("*.js")]
    commands = [("tail", "-q", "-F", *files)]
    commands += [("node", "--watch", files[0])] if shutil.which("node") else []
    commands += [("vim", "-u", "NONE", "-T", "dumb", "--not-a-term", files[0])] if shutil.which("vim") else []
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    try:
        assert seen(home) == ()
    finally:
        for process in running:
            process.kill()
            process.communicate()


def test_a_young_process_and_another_users_are_not_asked(home: Path, start: Start):
    client = start()
    client.do(f"tree {home / 'Files'}")
    client.do(f"connect {FAR} {FARTHER}")
    assert looking(home, lives=300).seen() == ()
    assert Watchers(ALL, home, os.getuid() + 1, lives=-1).seen() == ()


def test_it_is_looked_at_once_a_minute_and_what_ended_is_gone(home: Path, start: Start):
    clock = Clock()
    sensor = looking(home, clock)
    client = start()
    client.do(f"tree {home / 'Files'}")
    assert sensor.seen() == ()
    client.do(f"connect {FAR} {FARTHER}")
    assert sensor.seen() == ()
    clock.now += PACE
    assert len(sensor.seen()) == 1
    client.end()
    assert len(sensor.seen()) == 1
    clock.now += PACE
    assert sensor.seen() == ()


def test_who_watched_nothing_is_asked_again_after_twice_the_time(home: Path, start: Start):
    clock = Clock()
    sensor = looking(home, clock)
    client = start()
    client.do(f"connect {FAR} {FARTHER}")
    sensor.seen()
    clock.now += PACE  # asked a second time, and then after two minutes
    sensor.seen()
    client.do(f"tree {home / 'Files'}")
    clock.now += PACE
    assert sensor.seen() == ()
    clock.now += PACE
    assert len(sensor.seen()) == 1


def test_a_new_folder_that_is_not_watched_yet_does_no_harm_in_a_large_tree(home: Path, start: Start):
    for number in range(30):
        (home / f"Files/a/{number}").mkdir()
    client = start()
    client.do(f"tree {home / 'Files'}")
    client.do(f"connect {FAR} {FARTHER}")
    (home / "Files/new").mkdir()
    (home / "Files/.hidden").mkdir()
    assert len(seen(home)) == 1


def test_links_in_circles_and_mounts_are_not_followed(home: Path, tmp_path: Path):
    (home / "Files/round").symlink_to(home)
    (home / "Files/far").mkdir()
    inodes = {(home / name).stat().st_ino for name in ("Files", "Files/a", "Files/a/b", "Files/c")}
    table = tmp_path / "mountinfo"
    device = home.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    table.write_text(
        f"1 0 {number} / / rw - ext4 /dev/x rw\n2 1 0:77 / {home}/Files/far rw - fuse.sshfs h.example:x rw\n"
    )
    at = trees.home(home, table)
    assert at
    assert trees.watched_root(at, inodes) == home / "Files"


def test_what_is_larger_than_the_bounds_is_read_so_far(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trees, "MOST", 20)
    for number in range(60):
        (home / f"Files/n{number:02}/m").mkdir(parents=True)
    at = trees.home(home)
    assert at
    inodes = {path.stat().st_ino for path in (home / "Files").rglob("*")} | {(home / "Files").stat().st_ino}
    read: list[Path] = []
    folders = trees._folders

    def counted(at: trees.Home, folder: Path) -> Iterator[tuple[Path, int]]:
        read.append(folder)
        return folders(at, folder)

    monkeypatch.setattr(trees, "_folders", counted)
    assert trees.watched_root(at, inodes) == home / "Files"
    assert len(read) <= 2 * trees.MOST


def test_without_a_table_of_mounts_nothing_is_told(home: Path, tmp_path: Path):
    assert trees.home(home, tmp_path / "none") is None


@pytest.mark.parametrize(
    ("local", "remote", "far"),
    [
        (b"0100007F", b"0200007F", False),
        (b"0101A8C0", b"0201A8C0", True),
        (b"0101A8C0", b"0101A8C0", False),
        (b"0101A8C0", b"00000000", False),
        (b"B80D0120000000000000000001000000", b"B80D0120000000000000000002000000", True),
        (b"0" * 24 + b"01000000", b"0" * 24 + b"01000000", False),
        (b"0000000000000000FFFF00000100007F", b"0000000000000000FFFF00000100007F", False),
        (b"x", b"y", False),
        (b"", b"", False),
    ],
)
def test_addresses_are_read_as_the_kernel_writes_them(local: bytes, remote: bytes, far: bool):
    assert _is_far(local, remote) is far


def test_only_ones_own_connection_that_stands_counts(tmp_path: Path):
    (tmp_path / "fd").mkdir()
    (tmp_path / "fd/5").symlink_to("socket:[7001]")
    (tmp_path / "net").mkdir()

    def connected(state: str, inode: int) -> bool:
        row = f"0: 0101A8C0:C001 0201A8C0:01BB {state} 00000000:00000000 00:00000000 00000000 1000 0 {inode} 1 0"
        (tmp_path / "net/tcp").write_text(f"sl local_address rem_address st\n{row}\n")
        return is_connected(tmp_path)

    assert connected("01", 7001)
    assert not connected("06", 7001)
    assert not connected("01", 7002)


def test_inodes_of_another_file_system_are_others(tmp_path: Path):
    (tmp_path / "fd").mkdir()
    (tmp_path / "fd/3").symlink_to("anon_inode:inotify")
    (tmp_path / "fdinfo").mkdir()
    (tmp_path / "fdinfo/3").write_text("pos:\t0\ninotify wd:1 ino:2f sdev:fe00001 mask:3c6 ignored_mask:0\n")
    assert watchers._watched(tmp_path, (254, 1)) == {0x2F}
    assert watchers._watched(tmp_path, (254, 0)) == set()


def test_processes_that_show_nonsense_are_passed_by(home: Path, tmp_path: Path):
    proc = tmp_path / "proc"
    for pid, stat in (("7", b""), ("8", b"8 (x) S"), ("9", b"\xff" * 5000), ("10", b"10 (a) b) S " + b"1 " * 40)):
        (proc / pid / "fd").mkdir(parents=True)
        (proc / pid / "stat").write_bytes(stat)
    (proc / "10/exe").symlink_to("/home/alice/thing (deleted)")
    (proc / "10/fd/3").symlink_to("anon_inode:inotify")
    (proc / "10/fd/4").symlink_to("anon_inode:inotify")
    (proc / "10/fdinfo").mkdir()
    os.mkfifo(proc / "10/fdinfo/3")
    (proc / "10/fdinfo/4").write_bytes(b"inotify wd:1 ino:zz sdev:0\ninotify\ninotify ino:1\n\xff\n")
    (proc / "uptime").write_text("100.0 1.0\n")
    assert Watchers(ALL, home, os.getuid(), proc=proc, lives=0).seen() == ()
    (proc / "uptime").unlink()
    assert Watchers(ALL, home, os.getuid(), proc=proc, lives=0).seen() == ()
    assert watchers._watched(proc / "10", (0, 0)) == set()


def test_names_with_a_version_are_the_same_program():
    assert all(map(is_innocent, ("python3.11", "Python3", "emacs-29.1", "gvfsd-fuse", *NAMES)))
    assert not any(map(is_innocent, ("cloudling", "codex-sync", "syncthing", "nextcloud", "")))
