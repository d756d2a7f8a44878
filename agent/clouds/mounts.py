"""Clouds that are mounted as a folder: FUSE of a known tool or with a URL as its source, gvfs and kio-fuse.

Seen with the real programs on Debian 12: sshfs, rclone and davfs2 (its type is plain `fuse`, its source the URL). By
their documents: gcsfuse, goofys, blobfuse2, onedriver, google-drive-ocamlfuse, curlftpfs, kio-fuse and gvfs.
The kernel tells of a change of its table. What gvfs and kio-fuse hold changes no table: that is seen by the paced look.
A mount in a namespace of its own is not seen.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from agent.clouds.hosts import host
from agent.clouds.sight import Sight, Tells, is_here, named, with_value
from agent.sensors.bounded import Unreadable, head
from policy.catalogue import Catalogue

TABLE = Path("/proc/self/mountinfo")
MOST_BYTES = 4 * 1024 * 1024  # of the table; what stands past it is not looked at
MOST_NAMES = 64  # mounts of gvfs that are read

# What is no cloud, whatever its source is called: disks, keys and archives of this machine, devices, the desktop's own.
LOCAL = frozenset({
    "aft-mtp-mount", "afuse", "apfs-fuse", "archivemount", "bindfs", "ciopfs", "cryfs", "cryptomator", "dislocker",
    "encfs", "exfat", "fuse-archive", "fuse-overlayfs", "fuse-zip", "fuse2fs", "fuseext2", "fuseiso", "go-mtpfs",
    "gocryptfs", "gphotofs", "gvfsd-fuse", "ifuse", "jmtpfs", "lowntfs-3g", "lxcfs", "mergerfs", "mtpfs", "ntfs-3g",
    "portal", "ratarmount", "securefs", "simple-mtpfs", "snapfuse", "squashfuse", "squashfuse_ll", "unionfs",
    "unionfs-fuse", "veracrypt", "vmhgfs-fuse", "vmware-vmblk", "zfs-fuse",
})  # fmt: skip
# What always is, and what a person calls it, where the catalogue has no entry.
TOOLS = {
    "acdfuse": "acd_cli", "blobfuse": "Azure Blob Storage", "blobfuse2": "Azure Blob Storage", "curlftpfs": "curlftpfs",
    "dbxfs": "dbxfs", "gcsfuse": "Google Cloud Storage", "geesefs": "GeeseFS", "goofys": "goofys",
    "google-drive-ocamlfuse": "google-drive-ocamlfuse", "juicefs": "JuiceFS", "mountpoint-s3": "Mountpoint for S3",
    "onedriver": "onedriver", "rclone": "rclone", "s3fs": "s3fs", "s3ql": "S3QL", "sshfs": "sshfs",
}  # fmt: skip
_URL = re.compile(r"(https?|davs?|webdavs?|ftps?|sftp|ssh|s3|gs|b2)://", re.IGNORECASE)
_AT = re.compile(r"(?:[^@/\s]+@)?(\[[0-9a-fA-F:.]+\]|[^:/\s\[\]]+):")  # sshfs: user@host:path
_OCTAL = re.compile(r"\\([0-7]{3})")
# What gvfs and kio-fuse call a mount -> the client's id, and what a person calls it.
_PLACES: dict[str, tuple[str, str]] = {
    "google-drive": ("google-drive", "Google Drive"),
    "gdrive": ("google-drive", "Google Drive"),
    "onedrive": ("onedrive", "OneDrive"),
    "dav": ("", "WebDAV"),
    "davs": ("", "WebDAV"),
    "webdav": ("", "WebDAV"),
    "webdavs": ("", "WebDAV"),
    "sftp": ("", "SFTP"),
    "ftp": ("", "FTP"),
    "ftps": ("", "FTP"),
}
_BY_DOMAIN = ("google-drive", "onedrive")  # what gvfs calls the host there is the account's domain


class Mount(Struct, frozen=True):
    """One line of the table. user: whose it is; None where it does not say. device: major, minor."""

    place: str
    form: str
    source: str
    user: int | None
    device: tuple[int, int]

    @property
    def tool(self) -> str:
        """`sshfs` of `fuse.sshfs`; "" where it only says that it is FUSE."""
        return self.form.partition(".")[2].lower()

    @property
    def is_fuse(self) -> bool:
        """Whether a program of somebody's gives what is in it. A disk (`fuseblk`) is none."""
        return self.form == "fuse" or self.form.startswith("fuse.")


def seen(catalogue: Catalogue, user: int | None = None, table: Path = TABLE) -> tuple[Sight, ...]:
    """The clouds that are mounted now. user: only what this user mounted; None: whoever did."""
    found: list[Sight] = []
    for mount in mounts(table):
        if not mount.is_fuse or (user is not None and mount.user != user):
            continue
        if mount.tool in {"gvfsd-fuse", "kio-fuse"}:
            found += _inside(mount, catalogue)
        elif sight := _sight(mount, catalogue):
            found.append(sight)
    return tuple(dict.fromkeys(found))


def mounts(table: Path = TABLE) -> Iterator[Mount]:
    """What is mounted, as this process sees it; nothing where that can't be read."""
    try:
        lines = head(table, MOST_BYTES).split(b"\n")[:-1]
    except Unreadable:
        return
    for line in lines:
        mount = _mount(os.fsdecode(line))
        if mount:
            yield mount


def _mount(line: str) -> Mount | None:
    """`id parent major:minor root place options [more…] - form source options`."""
    before, _, after = line.partition(" - ")
    left, right = before.split(" "), after.split(" ")
    if len(left) < 6 or len(right) < 3:
        return None
    major, _, minor = left[2].partition(":")
    if not (major.isdecimal() and minor.isdecimal()):
        return None
    users = [option[8:] for option in right[2].split(",") if option.startswith("user_id=")]
    user = int(users[0]) if users and users[0].isdecimal() else None
    return Mount(_plain(left[4]), right[0], _plain(right[1]), user, (int(major), int(minor)))


def _plain(text: str) -> str:
    r"""A blank stands as \040."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)


def _sight(mount: Mount, catalogue: Catalogue) -> Sight | None:
    tool = mount.tool
    if tool in LOCAL or Path(mount.place).name.startswith(".mount_"):  # an AppImage, whatever it is called
        return None
    told = tuple(_told(mount))
    if any(is_here(value.rpartition(" ")[2]) for _, value in told) or (tool == "rclone" and not told):
        return None
    for value in (mount.form, tool, mount.source):
        if value and (client := with_value(catalogue, "linux", "mount", value)):
            return Sight(client.id, client.name, "mount", value, "syncing", told, mount.place)
    name = TOOLS.get(tool) or (not tool and TOOLS.get(mount.source.lower()))
    if not name and _URL.match(mount.source) and told:
        name = tool or ("WebDAV" if mount.source[:4].lower() in {"http", "davs", "dav:"} else told[0][1])
    return Sight("", name, "mount", mount.form, "syncing", told, mount.place) if name else None


def _told(mount: Mount) -> Iterator[tuple[Tells, str]]:
    """Whose it is, by its source."""
    source = mount.source
    if mount.tool == "rclone":
        yield from _remote(source)
    elif _URL.match(bare := source.rpartition("#")[2]):  # curlftpfs#ftp://host/
        if server := host(bare):
            yield "server", server
    elif mount.tool == "sshfs" and (at := _AT.match(bare)):
        yield "server", host(at[1])


def _remote(source: str) -> Iterator[tuple[Tells, str]]:
    """What stands before `:folder`: a remote of its configuration, or `:type,url="https://host"`. A path is neither."""
    if not source.startswith(":"):
        if ":" in source and not source.startswith(("/", ".")):
            yield "linked", ""  # which back end that is stands in rclone's own configuration
        return
    name = source[1:].partition(":")[0].partition(",")[0]
    url = _URL.search(source)
    server = host(re.split(r"[\"']", source[url.start() :])[0]) if url else ""
    yield "remote", f"{name} {server}".strip()


def _inside(mount: Mount, catalogue: Catalogue) -> Iterator[Sight]:
    """What the desktop's own mounts hold, by their names alone; no file of theirs is asked for anything."""
    try:
        with os.scandir(mount.place) as entries:
            names = sorted(entry.name for entry, _ in zip(entries, range(MOST_NAMES), strict=False))
    except OSError:  # another user's, or its program is gone
        return
    gvfs = mount.tool == "gvfsd-fuse"
    for name in names:
        kind, colon, rest = name.partition(":")
        if kind not in _PLACES or bool(colon) != gvfs:
            continue
        client, called = _PLACES[kind]
        said = dict(part.partition("=")[::2] for part in rest.split(","))
        server = host(_percent(said.get("host", "")))
        if is_here(server):
            continue
        what: Tells = "domain" if kind in _BY_DOMAIN else "server"
        told = ((what, server),) if server else ()
        value = f"{'gvfs' if gvfs else 'kio'}:{kind}"
        yield Sight(client, named(catalogue, client, called), "mount", value, "syncing", told)


def _percent(text: str) -> str:
    return re.sub(r"%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
