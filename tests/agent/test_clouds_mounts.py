"""Clouds that are mounted, by the kernel's own table: real mounts of FUSE, and what real programs wrote there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.clouds.mount_events import MountEvents
from agent.clouds.mounts import LOCAL, MOST_NAMES, seen
from agent.clouds.sight import Sight
from policy import catalogue
from tests.support.until import until

ALL = catalogue.read((Path(catalogue.__file__).with_name("clouds.toml")).read_bytes())
ME = 1000
# A mount of FUSE is there as soon as the kernel has it, before any program answers: no file in it is asked for.
MOUNTS = """\
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for number, line in enumerate(sys.argv[2:]):
    form, source = line.split(" ", 1)
    place = os.path.join(sys.argv[1], str(number))
    os.mkdir(place)
    options = f"fd={os.open('/dev/fuse', os.O_RDWR)},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}"
    if libc.mount(source.encode(), place.encode(), form.encode(), 0, options.encode()):
        sys.exit(os.strerror(ctypes.get_errno()))
print("mounted", flush=True)
for line in sys.stdin:
    libc.umount2(os.path.join(sys.argv[1], line.strip()).encode(), 2)
    print("gone", flush=True)
"""


def table(tmp_path: Path, *lines: str, user: int = ME) -> Path:
    """A table with a disk and these: `form source [place]`."""
    rows = ["28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw"]
    for number, line in enumerate(lines):
        form, source, *place = line.split(" ")
        where = place[0] if place else f"/home/alice/m{number}"
        rows.append(
            f"{90 + number} 28 0:{40 + number} / {where} rw,nosuid - {form} {source} rw,user_id={user},group_id={user}"
        )
    file = tmp_path / "mountinfo"
    file.write_text("\n".join(rows) + "\n")
    return file


def found(tmp_path: Path, *lines: str) -> tuple[Sight, ...]:
    return seen(ALL, ME, table(tmp_path, *lines))


@contextmanager
def mounted(folder: Path, *lines: str) -> Iterator[subprocess.Popen[str]]:
    """These, mounted for real in a namespace of their own: the machine's own table is as it was."""
    command = ("unshare", "-rm", "--propagation", "private", sys.executable, "-I", "-c", MOUNTS, str(folder), *lines)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "mounted\n", "no FUSE for an ordinary user here"
            yield process
        finally:
            process.kill()


def test_real_mounts_of_fuse_are_found_and_local_ones_are_not(tmp_path: Path):
    lines = (
        "fuse.sshfs alice@files.example.org:docs",
        "fuse https://dav.example.org/x",
        "fuse.gocryptfs /home/alice/c",
    )
    with mounted(tmp_path, *lines) as process:
        sights = seen(ALL, None, Path(f"/proc/{process.pid}/mountinfo"))
    assert [(one.name, one.value, one.told, one.root) for one in sights] == [
        ("sshfs", "fuse.sshfs", (("server", "files.example.org"),), f"{tmp_path}/0"),
        ("WebDAV", "fuse", (("server", "dav.example.org"),), f"{tmp_path}/1"),
    ]


def test_the_kernel_tells_when_something_is_mounted_or_unmounted(tmp_path: Path):
    heard: list[float] = []
    with mounted(tmp_path, "fuse.sshfs alice@files.example.org:docs") as process:
        events = MountEvents(Path(f"/proc/{process.pid}/mounts"), settle=3.0)
        events.start(heard.append)
        try:
            assert process.stdin
            print("0", file=process.stdin, flush=True)
            until(lambda: heard, what="nothing heard")
        finally:
            events.stop()
    assert set(heard) == {3.0}


def test_no_event_comes_without_a_change_nor_after_the_end(tmp_path: Path):
    heard: list[float] = []
    with mounted(tmp_path, "fuse.sshfs alice@files.example.org:docs") as process:
        events = MountEvents(Path(f"/proc/{process.pid}/mounts"))
        events.start(heard.append)
        events.stop()
        assert process.stdin
        assert process.stdout
        print("0", file=process.stdin, flush=True)
        assert process.stdout.readline() == "gone\n"
    assert not heard


# The first three as sshfs 3.7.3, rclone 1.60.1 and davfs2 1.6.1 wrote them on Debian 12, the hosts changed.
@pytest.mark.parametrize(
    ("line", "client", "name", "told"),
    [
        ("fuse.sshfs alice@files.example.org:/tmp", "", "sshfs", ("server", "files.example.org")),
        ("fuse.rclone private:some/folder", "rclone", "", ("linked", "")),
        ("fuse http://dav.example.org:18765/x", "", "WebDAV", ("server", "dav.example.org")),
        ("fuse.sshfs alice@[2001:db8::7]:x", "", "sshfs", ("server", "2001:db8::7")),
        ("fuse.sshfs BOX.Example.org.:", "", "sshfs", ("server", "box.example.org")),
        ("fuse.rclone :memory:box", "rclone", "", ("remote", "memory")),
        ("fuse.rclone :webdav,url='https://dav.example.org/':x", "rclone", "", ("remote", "webdav dav.example.org")),
        ("fuse.curlftpfs curlftpfs#ftp://me:pw@ftp.example.org/", "", "curlftpfs", ("server", "ftp.example.org")),
        ("fuse.s3fs s3fs", "s3-cli", "", None),
        ("fuse.gcsfuse our-bucket", "", "Google Cloud Storage", None),
        ("fuse.google-drive-ocamlfuse google-drive-ocamlfuse", "google-drive", "", None),
        ("fuse blobfuse2", "", "Azure Blob Storage", None),
        ("fuse.newthing https://files.newthing.example/a", "", "newthing", ("server", "files.newthing.example")),
    ],
)
def test_a_tool_or_a_url_tells_a_cloud(tmp_path: Path, line: str, client: str, name: str, told: tuple[str, str] | None):
    (sight,) = found(tmp_path, line)
    assert (sight.client, sight.told, sight.state) == (client, (told,) if told else (), "syncing")
    assert sight.name == (ALL.clients[client].name if client else name)


@pytest.mark.parametrize("tool", sorted(LOCAL - {"gvfsd-fuse"}))
def test_what_is_local_is_no_cloud_whatever_its_source_is_called(tmp_path: Path, tool: str):
    assert found(tmp_path, f"fuse.{tool} https://cloud.example.org/x") == ()


@pytest.mark.parametrize(
    "line",
    [
        "fuseblk /dev/sdb1",
        "fuse.unheard-of unheard-of",
        "fuse.unheard-of alice@somewhere:x",
        "fuse /dev/fuse",
        "fuse.Nextcloud-3.AppImage Nextcloud-3.AppImage /tmp/.mount_NextclAb12",
        "fuse.s3fs s3fs /tmp/.mount_s3fsAb12",
        "fuse.rclone rclone",
        "fuse.rclone /home/alice/store:x",
        "fuse.sshfs alice@localhost:/x",
        "fuse.sshfs alice@127.0.0.1:/x",
        "fuse http://127.0.0.1:18765/x",
        "fuse http://[::1]:8080/vault",
        "fuse file:///home/alice/x",
        "ext4 https://cloud.example.org/x",
        "nfs4 files.example.org:/home",
    ],
)
def test_what_is_no_cloud_is_not_told(tmp_path: Path, line: str):
    assert found(tmp_path, line) == ()


def test_another_users_mount_is_not_ones_own(tmp_path: Path):
    theirs = table(tmp_path, "fuse.sshfs bob@files.example.org:x", user=1001)
    assert seen(ALL, ME, theirs) == ()
    assert len(seen(ALL, None, theirs)) == 1


def test_a_blank_in_a_place_is_read_as_one(tmp_path: Path):
    (sight,) = found(tmp_path, r"fuse.sshfs files.example.org:x /home/alice/My\040Files")
    assert sight.root == "/home/alice/My Files"


def test_the_desktops_own_mounts_are_told_by_their_names(tmp_path: Path):
    """As gvfs 1.50 names them (its documents); phones, archives, trash and the office's shares are no cloud."""
    gvfs = tmp_path / "gvfs"
    for name in (
        "google-drive:host=kpn.com,user=alice",
        "onedrive:host=outlook.com,user=alice",
        "dav:host=cloud.example.org,ssl=true,user=alice,prefix=%2Fremote.php%2Fwebdav",
        "sftp:host=files.example.org,port=2222",
        "sftp:host=localhost",
        "mtp:host=SAMSUNG_Galaxy",
        "gphoto2:host=Canon",
        "smb-share:server=office,share=x",
        "archive:host=file%253A%252F%252Fx.zip",
        "google-drive",
        "trash:",
    ):
        (gvfs / name).mkdir(parents=True)
    sights = found(tmp_path, f"fuse.gvfsd-fuse gvfsd-fuse {gvfs}")
    assert {(one.client, one.value, one.told) for one in sights} == {
        ("google-drive", "gvfs:google-drive", (("domain", "kpn.com"),)),
        ("onedrive", "gvfs:onedrive", (("domain", "outlook.com"),)),
        ("", "gvfs:dav", (("server", "cloud.example.org"),)),
        ("", "gvfs:sftp", (("server", "files.example.org"),)),
    }


def test_kio_is_told_by_its_first_folders(tmp_path: Path):
    """As the README of kio-fuse has it: a folder a protocol. What is below may be far away: it is not asked."""
    kio = tmp_path / "kio-fuse-abc"
    for name in ("gdrive/alice@gmail.com", "smb/office", "mtp/phone"):
        (kio / name).mkdir(parents=True)
    (sight,) = found(tmp_path, f"fuse.kio-fuse kio-fuse {kio}")
    assert (sight.client, sight.value, sight.told) == ("google-drive", "kio:gdrive", ())


def test_a_folder_of_gvfs_that_is_full_or_gone_is_read_so_far_and_no_further(tmp_path: Path):
    gvfs = tmp_path / "gvfs"
    for number in range(MOST_NAMES + 20):
        (gvfs / f"sftp:host=h{number}.example.org").mkdir(parents=True)
    assert len(found(tmp_path, f"fuse.gvfsd-fuse gvfsd-fuse {gvfs}")) == MOST_NAMES
    assert found(tmp_path, f"fuse.gvfsd-fuse gvfsd-fuse {tmp_path / 'gone'}") == ()


@pytest.mark.parametrize(
    "text", ["", "x", "1 2 a:b / / rw - fuse.sshfs h:x rw\n", "\0" * 100, "1 2 3:4 / /x rw - fuse\n"]
)
def test_a_table_that_is_none_tells_nothing(tmp_path: Path, text: str):
    (tmp_path / "mountinfo").write_text(text)
    assert seen(ALL, None, tmp_path / "mountinfo") == ()


def test_no_table_or_a_pipe_in_its_place_tells_nothing(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    assert seen(ALL, ME, tmp_path / "none") == seen(ALL, ME, tmp_path / "pipe") == ()
