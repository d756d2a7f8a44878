"""What looks like a client and is none: each is run for real. A wrong match is worse than a late one."""

from tests.soak.clients.case import Case

# Takes a line and never answers.
SILENT = "exec python3 -c 'import socket, time; s = socket.create_server((\"127.0.0.1\", 2222)); time.sleep(60)'"
NAP = "import time; time.sleep(4)"


def _terminal(line: str) -> str:
    """In a terminal, as a person would."""
    return f'tmux new-session -d "{line}"; sleep 3; tmux kill-server'


def _script(path: str, text: str = NAP) -> str:
    return f"mkdir -p $(dirname {path}) && printf '%s\\n' '{text}' >{path}"


def _own(path: str) -> str:
    """A program of alice's own that has a client's name."""
    return f"mkdir -p $(dirname {path}) && cp /bin/sleep {path} && exec {path} 4"


CASES = (
    Case("vim-on-rclone", _terminal("vim ~/rclone.py"), before=(_script("~/rclone.py"),)),
    Case("nano-on-dropbox", _terminal("nano ~/dropbox.py"), before=(_script("~/dropbox.py"),)),
    Case("less-on-a-log", _terminal("less ~/nextcloud.log"), before=("seq 9999 >~/nextcloud.log",)),
    Case("man-rclone", _terminal("man rclone")),
    Case("tmux-named-syncthing", "tmux new-session -d -s syncthing 'sleep 9'; sleep 2; tmux kill-server"),
    Case("w3m-on-a-manual", _terminal("w3m ~/nextcloud.html"), before=(_script("~/nextcloud.html"),)),
    Case("grep-for-dropbox", "exec grep -r dropbox /usr/share /usr/lib", seconds=4),
    Case("grep-for-an-option", "exec grep -r -e --application-name=Nextcloud /usr/share /usr/lib", seconds=4),
    Case("find-nextcloud", "while :; do find /usr/share -name 'nextcloud*' >/dev/null; done", seconds=4),
    Case("pgrep-for-rclone", "while :; do pgrep -fa rclone; done", seconds=4),
    Case("tail-a-log", "exec tail -f ~/syncthing.log", before=("seq 9 >~/syncthing.log",), seconds=3),
    Case("watch-a-folder", _terminal("watch -n 1 ls ~/Dropbox"), before=("mkdir ~/Dropbox",)),
    Case("a-folder-named-dropbox", "exec thunar ~/Dropbox", before=("mkdir ~/Dropbox; touch ~/Dropbox/notes",),
         display=True),
    Case("a-folder-named-sync", "exec cat ~/Sync/pipe", before=("mkdir ~/Sync; mkfifo ~/Sync/pipe",), seconds=3),
    Case("copy-to-onedrive", "exec cp -r /usr/share/doc ~/OneDrive", seconds=4),
    Case("tar-of-nextcloud", "mkdir ~/Nextcloud; exec tar -C /usr -cf ~/Nextcloud/x.tar share", seconds=4),
    Case("shell-with-the-words",
         "for client in rclone syncthing dropbox megasync onedrive; do echo $client sync; sleep 0.6; done"),
    Case("script-for-dropbox", "exec bash ~/bin/sync-to-dropbox.sh",
         before=(_script("~/bin/sync-to-dropbox.sh", "sleep 4"),)),
    Case("shell-function-rclone", 'exec bash -c "rclone() { sleep 4; }; rclone sync here there"'),
    Case("python-named-onedrive", "exec python3 ~/onedrive.py --monitor", before=(_script("~/onedrive.py"),)),
    Case("python-of-a-project-dropbox", "exec python3 ~/projects/dropbox/app.py start",
         before=(_script("~/projects/dropbox/app.py"),)),
    Case("python-module-of-its-own", "cd ~/projects && exec python3 -m dropbox_report",
         before=(_script("~/projects/dropbox_report.py"),)),
    Case("python-prints-the-words", f"exec python3 -c 'print(\"import maestral\"); {NAP}'"),
    Case("python-with-the-library", f"exec python3 -c 'import dropbox; {NAP}'", packages=("python3-dropbox",)),
    Case("python-serves-a-folder", "exec python3 -m http.server --directory ~/Nextcloud 8384",
         before=("mkdir ~/Nextcloud",), seconds=4, note="on a port of Syncthing's"),
    Case("pip-asks-for-maestral", "exec python3 -m pip install --index-url http://127.0.0.1:2222 maestral",
         serve=(SILENT,), ports=(2222,), seconds=5),
    Case("npm-asks-for-webtorrent", "exec npm --registry http://127.0.0.1:2222 view webtorrent-cli",
         serve=(SILENT,), ports=(2222,), seconds=5),
    Case("node-of-a-project-mega", "exec node ~/projects/mega/index.js",
         before=(_script("~/projects/mega/index.js", "setTimeout(() => 0, 4000)"),)),
    Case("perl-with-the-words", "exec perl -e 'sleep 4' rclone mount"),
    Case("perl-with-the-library", "exec perl -MNet::Dropbox::API -e 'sleep 4'",
         packages=("libnet-dropbox-api-perl",)),
    Case("package-boxes", "mkfifo ~/pipe; sleep 4 >~/pipe & exec boxes ~/pipe", packages=("boxes",)),
    Case("package-slack", "while :; do slack --help; done", packages=("slack",), seconds=4),
    Case("package-git-annex-remote-rclone", "sleep 4 | git-annex-remote-rclone",
         packages=("git-annex-remote-rclone",)),
    Case("ssh-to-a-host-dropbox", "exec ssh dropbox", serve=(SILENT,), ports=(2222,), seconds=4,
         before=("mkdir -m 700 ~/.ssh; printf 'Host dropbox\\n HostName 127.0.0.1\\n Port 2222\\n' >~/.ssh/config",)),
    Case("git-clone-of-maestral", "exec git clone http://127.0.0.1:2222/maestral", serve=(SILENT,), ports=(2222,),
         seconds=4),
    Case("wget-of-rclone", "exec wget -q http://127.0.0.1:2222/rclone.zip", serve=(SILENT,), ports=(2222,), seconds=4),
    Case("curl-of-wetransfer", "exec curl -s http://127.0.0.1:2222/wetransfer.com", serve=(SILENT,), ports=(2222,),
         seconds=4),
    Case("dpkg-lists-syncthing", "while :; do dpkg -L syncthing rclone >/dev/null; done", seconds=4),
    Case("sleep-called-rclone", "exec bash -c 'exec -a rclone sleep 4'"),
    Case("own-box", _own("~/src/box/box")),
    Case("own-aws", _own("~/bin/aws")),
    Case("own-unison", _own("~/src/unison/unison")),
    Case("own-signal-desktop", _own("~/bin/signal-desktop")),
    Case("own-dropbox", _own("~/bin/dropbox")),
    Case("gedit-on-onedrive", "exec gedit ~/onedrive.txt", before=("echo x >~/onedrive.txt",), display=True),
    Case("file-roller-on-maestral", "exec file-roller ~/maestral.zip", display=True,
         before=("cd ~ && python3 -m zipfile -c maestral.zip .profile",)),
    Case("window-of-mail",
         "exec chromium --no-sandbox --no-first-run --disable-gpu"
         " '--app=https://mail.bedrijf.example/?to=web.whatsapp.com'", display=True),
    Case("browser-on-whatsapp", "exec chromium --no-sandbox --no-first-run --disable-gpu https://web.whatsapp.com/",
         display=True, note="any browsing looks like this"),
    Case("deja-dup-monitor", "exec /usr/libexec/deja-dup/deja-dup-monitor", display=True,
         note="starts with every GNOME that has it"),
    Case("goa-daemon", "exec /usr/libexec/goa-daemon --replace", packages=("gnome-online-accounts",), seconds=4,
         note="starts with every GNOME"),
    Case("borg-and-rclone-in-a-pager", _terminal("less ~/borg.txt ~/rclone.conf"),
         before=("seq 999 >~/borg.txt; seq 999 >~/rclone.conf",)),
)  # fmt: skip
