"""Company or private, by what a client's own configuration says.

rclone's, Syncthing's and sqlite's files here are written by these programs; the others' are of their documented forms,
as the catalogue's `source` of each says.
"""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.clouds.accounts import accounts, places
from agent.clouds.forms import MOST, sqlite
from policy.catalogue import OS, Catalogue, read
from policy.catalogue.owners import Told, Whose, owner

DOMAINS, SERVERS = frozenset({"company.example"}), frozenset({"files.company.example"})
SECRET = "hunter2-secret"  # no file's content may hold it afterwards
CATALOGUE: Catalogue = read((Path(__file__).parents[2] / "policy/catalogue/clouds.toml").read_bytes())


def told(home: Path, client: str, *cmdlines: tuple[str, ...], system: OS = "linux") -> tuple[Told, ...]:
    return accounts(CATALOGUE.clients[client], system, home, cmdlines)


def whose(found: Iterable[Told]) -> Whose:
    return owner(tuple(found), DOMAINS, SERVERS)


def write(file: Path, text: str | bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def database(file: Path, *statements: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(file)) as base:
        for statement in statements:
            base.execute(statement)
        base.commit()
    return file


# --- each client's own form


def nextcloud(home: Path, *urls: str) -> None:
    lines = "".join(f"{n}\\url={url}\n{n}\\dav_user=me\n{n}\\authType=webflow\n" for n, url in enumerate(urls))
    write(home / ".config/Nextcloud/nextcloud.cfg", f"[General]\nclientVersion=3.7\n\n[Accounts]\nversion=2\n{lines}")


def test_nextcloud_tells_each_accounts_server(tmp_path: Path):
    nextcloud(tmp_path, "https://Files.Company.example:8443/cloud", f"https://me:{SECRET}@www.cloud.example/")
    assert told(tmp_path, "nextcloud") == (Told("server", "files.company.example"), Told("server", "cloud.example"))
    assert whose(told(tmp_path, "nextcloud")) == "private"
    nextcloud(tmp_path, "https://files.company.example")
    assert whose(told(tmp_path, "nextcloud")) == "company"


def test_a_client_that_started_and_was_never_linked_has_no_account(tmp_path: Path):
    nextcloud(tmp_path)
    write(tmp_path / ".dropbox/info.json", "{}")
    write(tmp_path / ".config/maestral/maestral.ini", "[auth]\naccount_id = \nkeyring = automatic\n")
    write(tmp_path / ".config/goa-1.0/accounts.conf", "")
    for client in ("nextcloud", "dropbox", "maestral", "google-drive", "rclone", "syncthing", "onedrive"):
        assert told(tmp_path, client) == ()


def test_a_flatpaks_configuration_lies_in_its_own_folder(tmp_path: Path):
    nextcloud(tmp_path, "https://cloud.example")
    sandbox = tmp_path / ".var/app/com.nextcloud.desktopclient.nextcloud/config"
    sandbox.parent.mkdir(parents=True)
    (tmp_path / ".config").rename(sandbox)
    assert told(tmp_path, "nextcloud") == (Told("server", "cloud.example"),)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [(("personal",), "private"), (("business",), "company"), (("business", "personal"), "private")],
)
def test_dropbox_tells_the_kind_of_each_account(tmp_path: Path, kinds: tuple[str, ...], expected: Whose):
    info = {kind: {"path": str(tmp_path / "Dropbox"), "host": 5, "is_team": False} for kind in kinds}
    write(tmp_path / ".dropbox/info.json", json.dumps(info))
    write(tmp_path / "AppData/Local/Dropbox/info.json", json.dumps(info))
    assert [one.kind for one in told(tmp_path, "dropbox")] == [
        *({"business": "company"}.get(k, "private") for k in kinds)
    ]
    assert whose(told(tmp_path, "dropbox")) == whose(told(tmp_path, "dropbox", system="windows")) == expected


GOA = """[Account account_1]
Provider={provider}
Identity=117
PresentationIdentity={mail}
FilesEnabled={files}
"""


def test_gnomes_google_drive_tells_the_mail_domain_where_files_are_on(tmp_path: Path):
    conf = tmp_path / ".config/goa-1.0/accounts.conf"
    write(conf, GOA.format(provider="google", mail="Me@Company.example", files="true"))
    assert told(tmp_path, "google-drive") == (Told("domain", "company.example"),)
    for provider, files in (("google", "false"), ("imap_smtp", "true")):
        write(conf, GOA.format(provider=provider, mail="me@gmail.com", files=files))
        assert told(tmp_path, "google-drive") == ()


def drivefs(home: Path, blob: bytes) -> None:
    folder = home / "AppData/Local/Google/DriveFS/117000000000000000000"
    database(folder / "metadata_sqlite_db", "CREATE TABLE properties (property TEXT PRIMARY KEY, value BLOB)")
    with closing(sqlite3.connect(folder / "metadata_sqlite_db")) as base:
        base.execute("INSERT INTO properties VALUES ('root_id', 'x'), ('driveway_account', ?)", (blob,))
        base.commit()


def test_google_drive_on_windows_tells_the_mail_domain_in_its_record(tmp_path: Path):
    """A record of fields: what follows the address may be a letter or a digit of the next one's tag."""
    (tmp_path / "AppData/Local/Google/DriveFS/Logs").mkdir(parents=True)
    assert told(tmp_path, "google-drive", system="windows") == ()
    drivefs(tmp_path, b"\x12\x30\x0a\x2e\x1a\x02Me\x22\x12me@company.example2\x08\x04\x00\xff")
    assert told(tmp_path, "google-drive", system="windows") == (Told("domain", "company.example"),)


def test_google_drive_of_an_account_that_does_not_tell_is_linked(tmp_path: Path):
    (tmp_path / "AppData/Local/Google/DriveFS/117000000000000000000").mkdir(parents=True)
    assert told(tmp_path, "google-drive", system="windows") == (Told("linked"),)


def test_box_tells_the_domain_of_whoever_signed_in(tmp_path: Path):
    data = tmp_path / "AppData/Local/Box/Box/data"
    write(data / "shell/sync_root_folder.txt", "C:\\Users\\me\\Box")
    assert told(tmp_path, "box", system="windows") == (Told("linked"),)
    database(
        data / "metrics.db", "CREATE TABLE user (id, login TEXT)", "INSERT INTO user VALUES (1, 'me@company.example')"
    )
    assert whose(told(tmp_path, "box", system="windows")) == "company"


def test_box_with_the_addresses_of_two_is_unknown(tmp_path: Path):
    rows = "INSERT INTO user VALUES ('me@company.example'), ('you@elsewhere.example')"
    database(tmp_path / "AppData/Local/Box/Box/data/metrics.db", "CREATE TABLE user (login TEXT)", rows)
    assert whose(told(tmp_path, "box", system="windows")) == "unknown"


def test_seafile_tells_the_server_of_each_account_and_nothing_of_its_token(tmp_path: Path):
    table = "CREATE TABLE Accounts (url VARCHAR(24), username VARCHAR(15), token VARCHAR(40), lastVisited INTEGER)"
    row = f"INSERT INTO Accounts VALUES ('https://files.company.example/', 'me', '{SECRET}', 1)"  # noqa: S608 - a test's own
    database(tmp_path / ".ccnet/accounts.db", table)
    assert told(tmp_path, "seafile") == ()
    database(tmp_path / ".ccnet/accounts.db", row)
    assert told(tmp_path, "seafile") == (Told("server", "files.company.example"),)


def test_seafiles_daemon_says_where_its_libraries_are(tmp_path: Path):
    table = "CREATE TABLE RepoProperty (repo_id TEXT, key TEXT, value TEXT)"
    rows = f"INSERT INTO RepoProperty VALUES ('a', 'server-url', 'https://sea.example'), ('a', 'token', '{SECRET}')"  # noqa: S608 - a test's own
    database(tmp_path / "lib/seafile-data/repo.db", table, rows)
    line = ("seaf-daemon", "--daemon", "-c", str(tmp_path / ".ccnet"), "-d", str(tmp_path / "lib/seafile-data"))
    assert told(tmp_path, "seafile", line) == (Told("server", "sea.example"),)


def test_a_mount_of_webdav_tells_its_server(tmp_path: Path):
    """davfs2(5): its secrets begin with the address, or with the place where it is mounted."""
    write(tmp_path / ".davfs2/secrets", f"# comment\n/mnt/other me {SECRET}\nhttps://dav.example/x me {SECRET}\n")
    assert told(tmp_path, "webdav-mount") == (Told("server", "dav.example"),)


def test_a_mount_in_the_own_home_tells_its_server_and_one_of_another_home_does_not(tmp_path: Path):
    r"""proc(5): source, place, type; a space in a place is written \040. As davfs2 mounted it in its recording."""
    home, mounts = tmp_path / "my home", tmp_path / "mounts"
    mine = str(home / "dav").replace(" ", "\\040")
    lines = (
        "proc /proc proc rw 0 0",
        f"https://dav.example/x {mine} fuse rw 0 0",
        "http://other.example /home/you/d fuse rw",
    )
    write(mounts, "\n".join(lines))
    made = CATALOGUE.clients["webdav-mount"]
    there = replace(made, accounts=tuple(replace(one, at=str(mounts)) for one in made.accounts if one.form == "mounts"))
    assert accounts(there, "linux", home) == (Told("server", "dav.example"),)


def syncthing(*folders: tuple[str, ...], before: str = "") -> str:
    """Of the form that Syncthing writes (tests/agent/test_clouds_real_sync.py has what it wrote)."""
    inside = "".join("<folder>" + "".join(f'<device id="{one}"/>' for one in ids) + "</folder>" for ids in folders)
    new = "<defaults><folder><device id='a'/><device id=''/></folder></defaults>"
    return f"{before}<configuration>{inside}{new}</configuration>"


def test_a_syncthing_folder_is_shared_where_it_names_two_devices(tmp_path: Path):
    conf = tmp_path / ".config/syncthing/config.xml"
    write(conf, syncthing(("a",), ("b",), ("a", "a")))
    assert told(tmp_path, "syncthing") == ()
    write(conf, syncthing(("a",), ("a", "b")))
    assert told(tmp_path, "syncthing") == (Told("linked", "local"),)
    write(conf, syncthing(("a", "b"), before='<!DOCTYPE configuration [<!ENTITY x "y">]>'))
    assert told(tmp_path, "syncthing") == (Told("unread"),)


def test_kde_connect_is_linked_once_a_device_is_trusted(tmp_path: Path):
    write(tmp_path / ".config/kdeconnect/config", "[General]\nname=laptop\n")
    assert told(tmp_path, "kdeconnect") == ()
    write(tmp_path / ".config/kdeconnect/trusted_devices", f"[ab12]\nname=phone\ncertificate={SECRET}\n")
    assert told(tmp_path, "kdeconnect") == (Told("linked"),)


def test_what_only_an_account_makes_is_linked(tmp_path: Path):
    write(tmp_path / ".config/onedrive/items.sqlite3", "")
    assert told(tmp_path, "onedrive") == (Told("linked"),)


# --- command lines


@pytest.mark.parametrize(
    ("client", "words", "expected"),
    [
        ("restic", ("-r", "sftp:me@files.company.example:/srv/b", "backup"), Told("server", "files.company.example")),
        ("restic", (f"--repo=rest:https://me:{SECRET}@nas.example:8000/", "backup"), Told("server", "nas.example")),
        ("restic", ("-rs3:s3.amazonaws.example/bucket", "backup"), Told("remote", "s3 s3.amazonaws.example")),
        ("restic", ("-r", "s3:https://files.company.example:9000/b"), Told("remote", "s3 files.company.example")),
        ("restic", ("-r", "b2:bucket:path"), Told("remote", "b2")),
        ("restic", ("-r", "rclone:mine:path"), Told("remote", "rclone")),
        ("restic", ("-r", "/srv/backup", "backup"), None),
        ("restic", ("-r", "C:\\backup", "backup"), None),
        ("duplicity", ("/home/me", f"webdavs://me:{SECRET}@dav.example/b"), Told("server", "dav.example")),
        ("duplicity", ("/home/me", "boto3+s3://bucket/b"), Told("remote", "s3")),
        ("duplicity", ("/home/me", f"mega://me:{SECRET}@mega.example/b"), Told("private", "mega")),
        ("duplicity", ("/home/me", "file:///srv/b"), None),
        ("nextcloudcmd", ("-p", f"x://{SECRET}", "/x", "https://nc.example/a"), Told("server", "nc.example")),
        (
            "nextcloudcmd",
            ("--httpproxy", "http://proxy.example", "/x", "https://nc.example"),
            Told("server", "nc.example"),
        ),
    ],
)
def test_a_command_line_tells_where_it_goes(tmp_path: Path, client: str, words: tuple[str, ...], expected: Told | None):
    name = client.removesuffix("cmd")
    assert told(tmp_path, name, (f"/usr/bin/{client}", *words)) == ((expected,) if expected else ())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((":webdav,url='https://files.company.example:8443/x':b",), Told("server", "files.company.example")),
        ((":webdav:b", f"--webdav-url=https://me:{SECRET}@nas.example"), Told("server", "nas.example")),
        ((":sftp,host=nas.example:b",), Told("server", "nas.example")),
        ((":mega:b",), Told("private", "mega")),
        ((":drive:b",), Told("remote", "drive")),
        ((":local:b",), None),
        (("mine:b", "/srv"), None),
    ],
)
def test_rclone_may_have_its_remote_in_the_command_line(tmp_path: Path, words: tuple[str, ...], expected: Told | None):
    assert told(tmp_path, "rclone", ("rclone", "copy", "/x", *words)) == ((expected,) if expected else ())


# --- rclone, by the file that it wrote


def rclone(conf: Path, *words: str) -> None:
    subprocess.run(("rclone", "--config", conf, *words), check=True, capture_output=True, timeout=60)


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    file = tmp_path / ".config/rclone/rclone.conf"
    file.parent.mkdir(parents=True)
    return file


def test_rclones_remotes_are_told_by_server_by_kind_or_by_back_end(tmp_path: Path, conf: Path):
    create = ("config", "create", "--non-interactive")
    rclone(conf, *create, "work", "webdav", "url=https://files.company.example/dav", "user=me", f"pass={SECRET}")
    assert told(tmp_path, "rclone") == (Told("server", "files.company.example"),)
    rclone(conf, *create, "nas", "sftp", "host=nas.example", "user=me")
    rclone(conf, *create, "store", "s3", "provider=Minio", "endpoint=http://files.company.example:9000")
    rclone(conf, *create, "home", "koofr", "user=me@mail.example", f"password={SECRET}")
    assert told(tmp_path, "rclone")[1:] == (
        Told("server", "nas.example"), Told("remote", "s3 files.company.example"), Told("private", "koofr"),
    )  # fmt: skip


def test_what_rclone_wraps_is_what_it_is(tmp_path: Path, conf: Path):
    """crypt, alias, union and chunker of a company's server are the company's; of what is not there, unknown."""
    create = ("config", "create", "--non-interactive")
    rclone(conf, *create, "work", "webdav", "url=https://files.company.example/dav")
    rclone(conf, *create, "safe", "crypt", "remote=work:x", "password=abc", "--obscure")
    rclone(conf, *create, "short", "alias", "remote=safe:y")
    rclone(conf, *create, "both", "union", "upstreams=work:x /srv/disk:ro")
    rclone(conf, *create, "parts", "chunker", "remote=/srv/disk")
    rclone(conf, *create, "disk", "local")
    assert told(tmp_path, "rclone") == (Told("server", "files.company.example"),)
    rclone(conf, *create, "more", "union", "upstreams=work:x :mega:y")
    assert whose(told(tmp_path, "rclone")) == "private"
    rclone(conf, "config", "delete", "more")
    rclone(conf, *create, "shelf", "combine", "upstreams=one=work:x two=:koofr:y")
    assert whose(told(tmp_path, "rclone")) == "private"
    rclone(conf, "config", "delete", "shelf")
    rclone(conf, *create, "gone", "alias", "remote=nobody:y")
    assert whose(told(tmp_path, "rclone")) == "unknown"


def test_remotes_that_stay_on_this_machine_are_no_account(tmp_path: Path, conf: Path):
    rclone(conf, "config", "create", "--non-interactive", "disk", "alias", "remote=/srv/disk")
    write(conf, conf.read_bytes() + b"[a]\ntype = alias\nremote = b:\n[b]\ntype = alias\nremote = a:\n")
    assert told(tmp_path, "rclone") == ()


@pytest.mark.parametrize(
    ("drive", "expected"), [("personal", "private"), ("business", "company"), ("other", "unknown")]
)
def test_rclones_onedrive_tells_its_kind(tmp_path: Path, conf: Path, drive: str, expected: Whose):
    """Of rclone's documentation, onedrive: nobody can sign in here."""
    write(conf, f'[x]\ntype = onedrive\ntoken = {{"access_token":"{SECRET}"}}\ndrive_type = {drive}\n')
    assert whose(told(tmp_path, "rclone")) == expected


def test_an_encrypted_rclone_conf_is_unread_and_so_is_one_that_nobody_can_find(tmp_path: Path, conf: Path):
    """Encrypted as rclone's documentation says, by its first lines."""
    write(conf, "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nAAAA\n")
    assert told(tmp_path, "rclone") == (Told("unread"),)
    conf.unlink()
    assert told(tmp_path, "rclone", ("rclone", "--config", "here.conf", "sync")) == (Told("unread"),)


def test_rclones_configuration_may_be_elsewhere(tmp_path: Path):
    rclone(tmp_path / "odd.conf", "config", "create", "--non-interactive", "x", "webdav", "url=https://dav.example")
    for words in (("--config", str(tmp_path / "odd.conf")), (f"--config={tmp_path / 'odd.conf'}",)):
        assert told(tmp_path, "rclone", ("rclone", "sync", *words)) == (Told("server", "dav.example"),)


# --- what is hostile


def every(home: Path) -> tuple[Told, ...]:
    """What all clients of the catalogue tell of this home."""
    found = [told(home, client, system=system) for client in CATALOGUE.clients for system in ("linux", "windows")]
    return tuple(one for some in found for one in some)


def files(home: Path) -> list[Path]:
    """All files that the catalogue reads, by their own names."""
    out = []
    for client in CATALOGUE.clients.values():
        for system in ("linux", "windows"):
            entries = [one for one in client.accounts if one.os == system and one.form not in {"registry", "argument"}]
            names = [one.at.replace("[0-9]*", "1") for one in entries if one.form not in {"path", "mounts"}]
            local = [
                name.replace("%LOCALAPPDATA%", "AppData/Local").replace("%APPDATA%", "AppData/Roaming")
                for name in names
            ]
            out += [home / name.replace("%USERPROFILE%/", "") for name in local]
    assert len(out) > 15
    return list(dict.fromkeys(out))


def _pipe(file: Path) -> None:
    os.mkfifo(file)


def _loop(file: Path) -> None:
    file.symlink_to(file)


def _large(file: Path) -> None:
    with file.open("wb") as opened:
        opened.truncate(64 * 1024 * 1024)


def _device(file: Path) -> None:
    file.symlink_to("/dev/zero")


def _folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("make", [_pipe, _loop, _large, _device, _folder])
def test_what_is_there_and_cannot_be_read_is_unread_never_no_account(tmp_path: Path, make):
    for file in files(tmp_path):
        file.parent.mkdir(parents=True, exist_ok=True)
        make(file)
    found = every(tmp_path)
    assert len([one for one in found if one == Told("unread")]) >= 14  # clients: one may have several files
    assert {one.kind for one in found} <= {"unread", "linked"}


@pytest.mark.parametrize(
    "junk",
    [
        b"\0" * 5000,
        b"\xff\xfe{[<" * 900,
        b'{"a": ' * 150_000,
        b"<a>" * 200_000,
        b'<?xml version="1.0" encoding="no-such"?><configuration/>',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><configuration>&d;</configuration>',
        b"[" + b"9" * 9000 + b"]",
        b'{"personal": ' + b"9" * 9000 + b"}",
        b"SQLite format 3\0" + os.urandom(5000),
        b"[" * 500_000,
        b"",
    ],
    ids=range(11),
)
def test_a_bad_form_raises_nothing_and_tells_nothing(tmp_path: Path, junk: bytes):
    for file in files(tmp_path):
        write(file, junk)
    assert {one.kind for one in every(tmp_path)} <= {"unread", "linked"}


def test_a_database_that_never_ends_is_ended(tmp_path: Path):
    """A table forged into a view of endless rows: it is not asked; one without its column or table is unread."""
    endless = "WITH RECURSIVE n(url) AS (SELECT 'https://a.example' UNION ALL SELECT url FROM n) SELECT url FROM n"
    database(tmp_path / ".ccnet/accounts.db", f"CREATE VIEW Accounts AS {endless}")
    assert told(tmp_path, "seafile") == (Told("unread"),)


def test_many_rows_and_many_accounts_are_bounded(tmp_path: Path):
    table = "CREATE TABLE Accounts (url, username)"
    rows = "INSERT INTO Accounts WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x+1 FROM n WHERE x < 100000) \
        SELECT 'https://a' || x || '.example', 'u' FROM n"
    database(tmp_path / ".ccnet/accounts.db", table, rows)
    assert 0 < len(told(tmp_path, "seafile")) <= MOST
    assert len(list(sqlite.find(tmp_path / ".ccnet/accounts.db", "Accounts/url"))) == MOST


def test_what_is_no_text_or_no_object_is_unread(tmp_path: Path):
    write(tmp_path / ".config/rclone/rclone.conf", "[x]\ntype = drive\n\0")
    write(tmp_path / ".dropbox/info.json", "[]")
    assert told(tmp_path, "rclone") == told(tmp_path, "dropbox") == (Told("unread"),)


def test_a_configuration_of_very_many_accounts_is_bounded(tmp_path: Path):
    nextcloud(tmp_path, *(f"https://a{n}.example" for n in range(5000)))
    assert len(told(tmp_path, "nextcloud")) == MOST


def test_a_file_that_may_not_be_read_is_unread_beside_what_another_tells(tmp_path: Path):
    info = json.dumps({"business": {"path": "x"}})
    write(tmp_path / "AppData/Local/Dropbox/info.json", info)
    write(tmp_path / "AppData/Roaming/Dropbox/info.json", "{" + info)
    found = told(tmp_path, "dropbox", system="windows")
    assert found == (Told("company"), Told("unread"))
    assert whose(found) == "unknown"


def test_no_secret_of_a_file_or_a_command_line_is_in_what_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    nextcloud(tmp_path, f"https://{SECRET}:{SECRET}@cloud.example/{SECRET}?{SECRET}#{SECRET}")
    secret = f"[{SECRET}]\ntype = webdav\nurl = {SECRET}:{SECRET}@d.example\npass = {SECRET}\n[x]\ntype = {SECRET}x,\n"
    write(tmp_path / ".config/rclone/rclone.conf", secret)
    write(tmp_path / ".davfs2/secrets", f"https://dav.example/{SECRET} {SECRET} {SECRET}")
    write(tmp_path / ".dropbox/info.json", json.dumps({SECRET: {"path": SECRET}, "personal": SECRET}))
    write(
        tmp_path / ".config/goa-1.0/accounts.conf",
        GOA.format(provider="google", mail=f"{SECRET}@a.example", files="true"),
    )
    lines = (
        ("restic", "-r", f"rest:https://{SECRET}:{SECRET}@b.example/{SECRET}"),
        ("x", f"sftp://{SECRET}@c.example"),
    )
    found = every(tmp_path) + tuple(one for client in CATALOGUE.clients for one in told(tmp_path, client, *lines))
    assert {"cloud.example", "dav.example", "a.example", "b.example", "c.example", "d.example"} <= {
        one.value for one in found
    }
    assert SECRET not in repr(found) + caplog.text


# --- where to listen


def test_the_places_of_all_clients_are_few_and_named(tmp_path: Path):
    for client in CATALOGUE.clients.values():
        found = places(client, "linux", tmp_path)
        assert len(found) < 16
        assert all(one.is_relative_to(tmp_path) and one != tmp_path and "*" not in str(one) for one in found)
    assert tmp_path / ".dropbox/info.json" in places(CATALOGUE.clients["dropbox"], "linux", tmp_path)
    assert tmp_path / "AppData/Local/Google/DriveFS" in places(CATALOGUE.clients["google-drive"], "windows", tmp_path)


def test_windows_folders_that_were_moved_are_where_windows_says(tmp_path: Path):
    write(tmp_path / "elsewhere/Dropbox/info.json", '{"personal": {"path": "x"}}')
    moved = {"APPDATA": str(tmp_path / "elsewhere")}
    assert accounts(CATALOGUE.clients["dropbox"], "windows", tmp_path, (), moved) == (Told("private"),)
