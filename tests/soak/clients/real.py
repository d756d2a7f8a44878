"""The real clients, each as its own user would start it.

Linked to an account where that goes without one: by a client's own command, by a server on this machine's loopback, or
by a configuration that the client read and wrote again. The names are made up (*.example), so are all secrets.
"""

from tests.soak.clients.case import Case

PIPX = "/opt/pipx/venvs"
WEBDAV = "exec rclone serve webdav --addr 127.0.0.1:{port} --user alice --pass blank ~"
DAV_AT = "http://127.0.0.1:8081/"
# Takes a line and never answers, as a slow network would.
SILENT = "exec python3 -c 'import socket, time; s = socket.create_server((\"127.0.0.1\", 2222)); time.sleep(60)'"
DEAD_TOKEN = '{"access_token":"blank","token_type":"Bearer","refresh_token":"blank","expiry":"2020-01-01T00:00:00Z"}'
RCLONE_AT_WORK = (
    "rclone config create company webdav url=https://cloud.bedrijf.example/remote.php/dav/files/alice/"
    " vendor=nextcloud user=alice pass=blank"
)
RCLONE_OFFICE = f"rclone config create office onedrive drive_type=business token='{DEAD_TOKEN}' --non-interactive"
SYNCTHING = "exec syncthing serve --no-browser --no-default-folder"
SYNCTHING_CONFIG = (".config/syncthing/config.xml", ".local/state/syncthing/config.xml")
PHONE = "MFZWI3D-BONSGYC-YLTMRWG-C43ENR5-QXGZDMM-FZWI3DP-BONSGYY-LTMRWAD"
SYNCTHING_LINKS = (
    "syncthing serve --no-browser --no-default-folder >/dev/null & own=$!; for n in $(seq 50);"
    f" do syncthing cli config devices add --device-id {PHONE} --name phone && break; sleep 0.2; done;"
    " mkdir ~/Sync; syncthing cli config folders add --id notes --path ~/Sync; sleep 1; kill $own; wait"
)
MEGARC = "printf '[Login]\\nUsername = alice@thuis.example\\nPassword = blank\\n' >~/.megarc; echo x >~/report"
FSTAB = f"echo '{DAV_AT} /home/alice/dav davfs user,rw,noauto 0 0' >>/etc/fstab"
APP = "exec chromium --no-sandbox --no-first-run --disable-gpu --app={url}"


def _nextcloud(brand: str, server: str, key: str) -> tuple[str, ...]:
    """A configuration in the form that the client writes; it reads it and writes it again."""
    file = f"~/.config/{brand}/{brand.lower()}.cfg"
    text = (
        f"[General]\\nconfirmExternalStorage=true\\n\\n[Accounts]\\nversion=2\\n0\\\\version=1\\n0\\\\url={server}\\n"
        f"0\\\\authType={key}\\n0\\\\{key}_user=alice\\n0\\\\user=@Invalid()\\n0\\\\dav_user=alice\\n"
    )
    return (f"mkdir -p ~/.config/{brand} && printf '{text}' >{file}",)


def _maestral(kind: str, mail: str) -> str:
    """Maestral's own code writes what it writes once Dropbox has told it the account."""
    code = (
        "from maestral.config import MaestralConfig as C, MaestralState as S\n"
        "C('maestral').set('auth', 'account_id', 'dbid:blank'); s = S('maestral')\n"
        f"s.set('account', 'type', '{kind}'); s.set('account', 'email', '{mail}')"
    )
    return f'{PIPX}/maestral/bin/python -c "{code}"'


def _goa(mail: str) -> str:
    """An account of GNOME's, in the form that its settings write."""
    account = (
        f"[Account account_1_0]\\nProvider=google\\nIdentity={mail}\\nPresentationIdentity={mail}\\nFilesEnabled=true"
    )
    return f"mkdir -p ~/.config/goa-1.0 && printf '{account}\\n' >~/.config/goa-1.0/accounts.conf"


SYNC = (
    Case(
        "syncthing", SYNCTHING, "syncthing", packages=("syncthing",),
        keep=SYNCTHING_CONFIG, home="syncthing-unlinked",
    ),
    Case(
        "syncthing-linked", SYNCTHING, "syncthing",
        packages=("syncthing",), serve=(f"{SYNCTHING} --gui-address=127.0.0.1:8399",), ports=(8399,),
        before=("syncthing generate --no-default-folder", SYNCTHING_LINKS),
        keep=SYNCTHING_CONFIG, home="syncthing-private",
    ),
    Case("syncthing-gtk", "exec syncthing-gtk", "syncthing", packages=("syncthing-gtk",), display=True),
    Case("syncthingtray", "exec syncthingtray", "syncthing", packages=("syncthingtray",), display=True),
    Case("syncthing-renamed", "cp /usr/bin/syncthing ~/updater && exec ~/updater serve --no-browser", "syncthing"),
    Case(
        "rclone-mount", "mkdir ~/there; exec rclone mount company: ~/there --vfs-cache-mode writes", "rclone",
        packages=("rclone",), serve=(WEBDAV.format(port=8081),), ports=(8081,),
        before=(
            f"rclone config create company webdav url={DAV_AT} vendor=other user=alice pass=blank",
        ),
        keep=(".config/rclone/rclone.conf",),
    ),
    Case(
        "rclone-copy", "exec rclone copy --bwlimit 64k ~/out company:in", "rclone", packages=("rclone",),
        serve=(WEBDAV.format(port=8081),), ports=(8081,),
        before=(
            RCLONE_AT_WORK,
            f"rclone config update company url={DAV_AT}",
            "mkdir ~/out; head -c 400000 /dev/urandom >~/out/report",
        ),
    ),
    Case(
        "rclone-private", "exec rclone rcd --rc-no-auth", "rclone", packages=("rclone",),
        before=(
            f"rclone config create drive drive scope=drive token='{DEAD_TOKEN}' --non-interactive",
            f"rclone config create box2 dropbox token='{DEAD_TOKEN}' --non-interactive",
            f"rclone config create own onedrive drive_id=1 drive_type=personal token='{DEAD_TOKEN}' --non-interactive",
        ),
        keep=(".config/rclone/rclone.conf",), home="rclone-private",
    ),
    Case(
        "rclone-company", "exec rclone serve webdav --addr 127.0.0.1:8082 company:", "rclone", packages=("rclone",),
        before=(
            RCLONE_AT_WORK,
            RCLONE_OFFICE,
            "rclone config create deep crypt remote=company:deep password=blank",
            "rclone config create work s3 provider=Minio endpoint=https://s3.bedrijf.example access_key_id=blank",
        ),
        keep=(".config/rclone/rclone.conf",), home="rclone-company",
    ),
    Case("rclone-renamed", "cp /usr/bin/rclone ~/svchost && exec ~/svchost rcd --rc-no-auth", "rclone"),
    Case("rclone-browser", "exec rclone-browser", "rclone", packages=("rclone-browser",), display=True),
    Case(
        "nextcloud", "exec nextcloud --background", "nextcloud", packages=("nextcloud-desktop",), display=True,
        keep=(".config/Nextcloud/nextcloud.cfg",), home="nextcloud-unlinked",
    ),
    Case(
        "nextcloud-private", "exec nextcloud --background", "nextcloud", packages=("nextcloud-desktop",), display=True,
        before=_nextcloud("Nextcloud", "https://cloud.thuis.example", "webflow"),
        keep=(".config/Nextcloud/nextcloud.cfg",), home="nextcloud-private",
    ),
    Case(
        "nextcloud-company", "exec nextcloud --background", "nextcloud", packages=("nextcloud-desktop",), display=True,
        before=_nextcloud("Nextcloud", "https://cloud.bedrijf.example", "webflow"),
        keep=(".config/Nextcloud/nextcloud.cfg",), home="nextcloud-company",
    ),
    Case(
        "nextcloudcmd", "mkdir ~/files; exec nextcloudcmd -u alice -p blank ~/files http://127.0.0.1:2222", "nextcloud",
        packages=("nextcloud-desktop-cmd",), serve=(SILENT,), ports=(2222,),
        keep=(".config/Nextcloud/nextcloud.cfg",),
    ),
    Case(
        "owncloud", "exec owncloud", "owncloud", packages=("owncloud-client",), display=True,
        before=_nextcloud("ownCloud", "https://cloud.thuis.example", "http"),
        keep=(".config/ownCloud/owncloud.cfg",), home="owncloud-private",
    ),
    Case(
        "owncloud-company", "exec owncloud", "owncloud", packages=("owncloud-client",), display=True,
        before=_nextcloud("ownCloud", "https://cloud.bedrijf.example", "http"),
        keep=(".config/ownCloud/owncloud.cfg",), home="owncloud-company",
    ),
    Case(
        "owncloudcmd", "mkdir ~/files; exec owncloudcmd -u alice -p blank ~/files http://127.0.0.1:2222", "owncloud",
        packages=("owncloud-client-cmd",), serve=(SILENT,), ports=(2222,),
    ),
    Case(
        "onedrive", "exec onedrive --monitor", "onedrive", packages=("onedrive",),
        keep=(".config/onedrive/*",), home="onedrive-unlinked",
    ),
    Case(
        "onedrive-linked", "exec onedrive --monitor --verbose", "onedrive", packages=("onedrive",),
        before=("mkdir -p ~/.config/onedrive && printf blank >~/.config/onedrive/refresh_token",),
        note="an old token was put there; offline it waits for the network",
    ),
    Case(
        "maestral", "exec maestral start --foreground", "maestral", other=("pypi:maestral",),
        keep=(".config/maestral/*.ini", ".local/share/maestral/*.state"), home="maestral-unlinked",
    ),
    *(
        Case(
            f"maestral-{whose}", "maestral start", "maestral", other=("pypi:maestral",),
            before=(_maestral(kind, f"alice@{domain}"),),
            keep=(".config/maestral/*.ini", ".local/share/maestral/*.state"), home=f"maestral-{whose}",
        )
        for whose, kind, domain in (
            ("private", "basic", "thuis.example"), ("company", "business", "bedrijf.example"),
        )
    ),
    Case("megatools", "exec megatools put --reload ~/report", "mega", packages=("megatools",),
         before=(MEGARC,),
         keep=(".megarc",), home="megatools-private"),
    Case("megaput", "exec megaput ~/report", "mega", packages=("megatools",),
         before=(MEGARC,)),
    Case(
        "seafile-cli", "mkdir -p ~/seafile-client && seaf-cli init -d ~/seafile-client && seaf-cli start; sleep 4",
        "seafile", packages=("seafile-cli",), keep=(".ccnet/seafile.ini",), home="seafile-unlinked",
    ),
    Case(
        "seafile-applet", "exec seafile-applet", "seafile", packages=("seafile-gui",), display=True,
        keep=(".ccnet/seafile.ini", ".config/Seafile/*.conf"),
    ),
    Case("icloudpd", "exec icloudpd --directory ~/photos --username alice@thuis.example --password blank", "icloud",
         other=("pypi:icloudpd",), before=("mkdir ~/photos",)),
    *(
        Case(f"goa-{whose}", f"exec gio mount google-drive://{mail}/", "google-drive",
             packages=("gvfs-backends", "gnome-online-accounts"), before=(_goa(mail),),
             keep=(".config/goa-1.0/accounts.conf",), home=f"goa-{whose}")
        for whose, mail in (("private", "alice@thuis.example"), ("company", "alice@bedrijf.example"))
    ),
    Case("davfs2", "mount ~/dav; sleep 4", "webdav-mount", packages=("davfs2",), prepare=(FSTAB,),
         serve=(WEBDAV.format(port=8081),), ports=(8081,),
         before=(
             "mkdir -p ~/dav ~/.davfs2 && printf '%s alice blank\\n' " + DAV_AT + " >~/.davfs2/secrets"
             " && chmod 600 ~/.davfs2/secrets",
         ),
         keep=(".davfs2/secrets",)),
    Case("rclone-two-ends", "exec rclone sync --bwlimit 512k ~/a ~/b",
         "rclone", packages=("rclone",), note="from one folder of this machine to another, for real",
         before=("mkdir ~/a ~/b; head -c 4000000 /dev/urandom >~/a/x",)),
    Case("unison", "mkdir ~/a ~/b; exec unison ~/a ~/b -batch -repeat 1 -ui text", "unison", packages=("unison-gtk",)),
    Case("freefilesync", "exec FreeFileSync", "freefilesync", packages=("freefilesync",), display=True),
)  # fmt: skip

TRANSFER = (
    Case("wormhole", "exec wormhole send --code 1-a-b ~/report", "magic-wormhole", packages=("magic-wormhole",),
         before=("echo x >~/report",)),
    Case("kdeconnect", "exec /usr/lib/x86_64-linux-gnu/libexec/kdeconnectd", "kdeconnect", packages=("kdeconnect",),
         display=True),
    Case("kdeconnect-indicator", "exec kdeconnect-indicator", "kdeconnect", packages=("kdeconnect",), display=True),
    Case("webtorrent", "exec webtorrent seed ~/report", "torrent", other=("npm:webtorrent-cli",),
         before=("echo x >~/report",)),
    Case("transmission", "exec transmission-gtk", "torrent", packages=("transmission-gtk",), display=True),
    Case("transmission-daemon", "exec transmission-daemon --foreground", "torrent", packages=("transmission-daemon",)),
    Case("qbittorrent", "exec qbittorrent", "torrent", packages=("qbittorrent",), display=True),
    Case("amule", "exec amule", "amule", packages=("amule",), display=True),
    Case("lftp", "exec lftp -c 'open -u alice,blank ftp://127.0.0.1:2222; ls'", "ftp-client", packages=("lftp",),
         serve=(SILENT,), ports=(2222,)),
    Case("filezilla", "exec filezilla", "ftp-client", packages=("filezilla",), display=True),
    Case("onionshare-cli", "exec onionshare-cli --local-only ~/report", "onionshare", packages=("onionshare-cli",),
         before=("echo x >~/report",)),
    Case("copyparty", "exec copyparty -i 127.0.0.1 -p 3923", "copyparty", other=("pypi:copyparty",)),
    Case("wetransfertool", "exec wetransfertool -h", "wetransfer", other=("pypi:wetransfertool",)),
    Case("wetransfer-window", APP.format(url="https://wetransfer.com/"), "wetransfer", packages=("chromium",),
         display=True),
    Case("s3cmd", "exec s3cmd --access_key=blank --secret_key=blank --host=127.0.0.1:2222 --no-ssl ls", "s3-cli",
         packages=("s3cmd",), serve=(SILENT,), ports=(2222,)),
    Case("awscli", "exec aws s3 ls --endpoint-url http://127.0.0.1:2222", "s3-cli", packages=("awscli",),
         serve=(SILENT,), ports=(2222,),
         before=("aws configure set aws_access_key_id blank; aws configure set aws_secret_access_key blank",),
         keep=(".aws/credentials",)),
    Case("gsutil", "exec gsutil ls gs://bucket", "gcs-cli", other=("pypi:gsutil",)),
    Case("b2", "exec b2 account get", "b2-cli", other=("pypi:b2",)),
)  # fmt: skip

CHAT = (
    Case("telegram", "exec telegram-desktop", "telegram", packages=("telegram-desktop",), display=True),
    Case("telegram-send", "exec telegram-send hello", "telegram", other=("pypi:telegram-send",)),
    Case(
        "telegram-upload",
        "exec telegram-upload ~/report",
        "telegram",
        other=("pypi:telegram-upload",),
        before=("echo x >~/report",),
    ),
    Case(
        "whatsapp-window", APP.format(url="https://web.whatsapp.com/"), "whatsapp", packages=("chromium",), display=True
    ),
    Case("discord-window", APP.format(url="https://discord.com/app"), "discord", packages=("chromium",), display=True),
    Case("gajim", "exec gajim", "xmpp", packages=("gajim",), display=True),
    Case("dino", "exec dino-im", "xmpp", packages=("dino-im",), display=True),
    Case("nheko", "exec nheko", "matrix", packages=("nheko",), display=True),
    Case("pidgin", "exec pidgin", "pidgin", packages=("pidgin",), display=True),
    Case("qtox", "exec qtox", "tox", packages=("qtox",), display=True),
    Case("hexchat", "exec hexchat", "irc", packages=("hexchat",), display=True),
)

BACKUP = (
    Case(
        "restic-company",
        "export RESTIC_PASSWORD=blank; exec restic -r rest:https://backup.bedrijf.example/alice backup ~/out",
        "restic",
        packages=("restic",),
        before=("mkdir ~/out",),
    ),
    Case(
        "restic-private",
        "export AWS_ACCESS_KEY_ID=blank AWS_SECRET_ACCESS_KEY=blank RESTIC_PASSWORD=blank;"
        " exec restic -r b2:alice-private:x backup ~/out",
        "restic",
        packages=("restic",),
        before=("mkdir ~/out",),
    ),
    Case("restic-local", "export RESTIC_PASSWORD=blank; exec restic -r ~/repo init", "restic", packages=("restic",)),
    Case(
        "duplicity",
        "export PASSPHRASE=blank; exec duplicity ~/out webdav://alice:blank@127.0.0.1:8081/in",
        "duplicity",
        packages=("duplicity",),
        before=("mkdir ~/out",),
        serve=(WEBDAV.format(port=8081),),
        ports=(8081,),
    ),
    Case(
        "borg",
        "mkdir ~/out; borg init -e none ~/repo; head -c 90000000 /dev/urandom >~/out/x;"
        " exec borg create ~/repo::one ~/out",
        "borg",
        packages=("borgbackup",),
    ),
)

CASES = (*SYNC, *TRANSFER, *CHAT, *BACKUP)
