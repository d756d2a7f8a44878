"""The room that real clients run in: a Debian 12 chroot with all of them, made once and kept in the cache.

A run leaves nothing in it: homes, /run, /tmp and the mounts are of a mount namespace that ends with the run, and so do
its processes. It has a network of its own, with a loopback and nothing behind it.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests.shows import bare_chroot

SUITE = "bookworm"
USERS = ("alice", "serves")  # who is watched, and who runs the local servers of a case
CLIENTS = (
    "amule", "awscli", "borgbackup", "chromium", "chromium-sandbox", "davfs2", "deja-dup", "dino-im", "duplicity",
    "filezilla", "freefilesync", "gajim", "gnome-online-accounts", "gvfs", "gvfs-backends", "gvfs-daemons",
    "gvfs-fuse", "hexchat", "kdeconnect", "lftp", "magic-wormhole", "megatools", "nextcloud-desktop",
    "nextcloud-desktop-cmd", "nheko", "onedrive", "onionshare-cli", "owncloud-client", "owncloud-client-cmd", "pidgin",
    "qbittorrent", "qtox", "rclone", "rclone-browser", "restic", "s3cmd", "s3fs", "seafile-cli", "seafile-daemon",
    "seafile-gui", "syncthing", "syncthing-gtk", "syncthingtray", "telegram-desktop", "transmission-daemon",
    "transmission-gtk", "unison-gtk",
)  # fmt: skip
INNOCENT = (
    "boxes", "file-roller", "git", "git-annex-remote-rclone", "less", "libnet-dropbox-api-perl", "man-db", "nano",
    "openssh-client", "python3-dropbox", "slack", "thunar", "tmux", "vim", "w3m", "wget", "evince", "gedit",
)  # fmt: skip
NEEDED = (
    "ca-certificates", "curl", "dbus", "dbus-x11", "fuse3", "libglib2.0-bin", "nodejs", "npm", "procps",
    "python3-psutil", "python3-pip", "python3-venv", "sudo", "xauth", "xvfb", "xdg-utils",
)  # fmt: skip
# Not in Debian 12; where pip or npm don't find one, it is missed and said.
VENV = "/opt/pipx/venvs"
PIP = ("maestral", "icloudpd", "copyparty", "wetransfertool", "telegram-send", "telegram-upload", "b2",
       "gsutil")  # fmt: skip
NPM = ("webtorrent-cli@4.1.0",)  # of the time of Debian 12's node
SCRIPT = """\
set -e
export DEBIAN_FRONTEND=noninteractive
printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
apt-get update -q
apt-get install -q -y --no-install-recommends {packages}
mkdir -p {venv}
for name in {pip}; do
  {{ python3 -m venv {venv}/$name && {venv}/$name/bin/pip install -q $name; }} || rm -rf {venv}/$name
done
for name in {npm}; do npm install --global --silent --ignore-scripts $name || true; done
for user in {users}; do useradd --create-home --shell /bin/bash $user; done
usermod --append --groups davfs2 alice
chmod u+s /usr/sbin/mount.davfs
rm -rf /var/cache/apt/archives/*.deb
"""


def entry() -> Path:
    """Where the room lies, by what is in it."""
    recipe = json.dumps([CLIENTS, INNOCENT, NEEDED, PIP, NPM, SCRIPT, bare_chroot.host_sources(SUITE)])
    return bare_chroot.CACHE / f"clients-{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"


def made() -> Path:
    """The room, made where it is not there. A failed one leaves no entry."""
    room = entry()
    if room.is_dir():
        return room
    half = room.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    subprocess.run(["tar", "-xf", bare_chroot.base(SUITE), "-C", half, "--exclude=./dev/*"], check=True)
    bare_chroot.carry(half)
    settings = Path.home() / ".npmrc"
    if settings.is_file():
        shutil.copyfile(settings, half / "root/.npmrc")
    script = SCRIPT.format(
        packages=" ".join((*CLIENTS, *INNOCENT, *NEEDED)),
        venv=VENV,
        pip=" ".join(PIP),
        npm=" ".join(NPM),
        users=" ".join(USERS),
    )
    (half / "root/deskwarden").mkdir(exist_ok=True)
    if bare_chroot.enter(half, ["sh", "-c", script], "/root", "root"):
        sys.exit(
            "The clients' room could not be made.\n  Cause:   see the lines above\n  Way out: mend that and try again"
        )
    half.rename(room)
    return room
