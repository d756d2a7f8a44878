"""GNOME Online Accounts: a file that the real daemon wrote, and the same form for providers that it had not."""

import os
from pathlib import Path

import pytest

from agent.clouds.goa import PLACE, seen, spots
from agent.sensors.spots import Spots
from policy import catalogue
from tests.support.until import until

ALL = catalogue.read((Path(catalogue.__file__).with_name("clouds.toml")).read_bytes())
# As goa-daemon 3.46.0 wrote it, told by AddAccount on its bus; the hosts are examples.
WRITTEN = """\
[Account account_1795546753_0]
Provider=google
Identity=alice@example.org
PresentationIdentity=alice@example.org
FilesEnabled=true
MailEnabled=true

[Account account_1795546753_1]
Provider=owncloud
Identity=carol
PresentationIdentity=carol@cloud.example.org
Uri=https://cloud.example.org:443/remote.php/webdav/
FilesEnabled=true
AcceptSslErrors=false

[Account account_1795546753_2]
Provider=google
Identity=dave@gmail.com
PresentationIdentity=dave@gmail.com
FilesEnabled=false
MailEnabled=true
"""


def write(home: Path, text: str) -> Path:
    file = home / PLACE
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name("accounts.conf.NEW")
    new.write_text(text)
    return new.rename(file)


def account(home: Path, provider: str, *lines: str) -> None:
    write(home, "\n".join(("[Account account_1_0]", f"Provider={provider}", *lines, "")))


def test_only_accounts_whose_files_are_on_are_seen(tmp_path: Path):
    write(tmp_path, WRITTEN)
    assert [(one.client, one.signal, one.value, one.state, one.told) for one in seen(ALL, tmp_path)] == [
        ("google-drive", "goa", "google", "syncing", (("domain", "example.org"),)),
        ("nextcloud", "goa", "owncloud", "syncing", (("server", "cloud.example.org"),)),
    ]


@pytest.mark.parametrize(
    ("provider", "line", "client", "name", "told"),
    [
        ("ms_graph", "PresentationIdentity=bob@Outlook.com", "onedrive", "", ("domain", "outlook.com")),
        ("windows_live", "PresentationIdentity=bob@hotmail.com", "onedrive", "", ("domain", "hotmail.com")),
        ("webdav", "Uri=https://www.dav.example.org:8443/x", "", "WebDAV", ("server", "dav.example.org")),
        ("google", "PresentationIdentity=nobody", "google-drive", "", ("linked", "")),
        ("owncloud", "Uri=", "nextcloud", "", ("linked", "")),
    ],
)
def test_each_provider_tells_whose_it_is(
    tmp_path: Path, provider: str, line: str, client: str, name: str, told: tuple[str, str]
):
    account(tmp_path, provider, "FilesEnabled=true", line)
    (sight,) = seen(ALL, tmp_path)
    assert (sight.client, sight.told) == (client, (told,))
    assert sight.name == (ALL.clients[client].name if client else name)


@pytest.mark.parametrize("provider", ["exchange", "imap_smtp", "kerberos", "fedora", "flickr", "unheard-of", ""])
def test_a_provider_that_has_no_files_is_no_cloud(tmp_path: Path, provider: str):
    account(tmp_path, provider, "FilesEnabled=true", "PresentationIdentity=a@example.org")
    assert seen(ALL, tmp_path) == ()


def test_files_that_are_not_said_to_be_on_are_off(tmp_path: Path):
    account(tmp_path, "google", "PresentationIdentity=a@example.org")
    assert seen(ALL, tmp_path) == ()


def test_a_server_on_this_machine_is_no_cloud(tmp_path: Path):
    account(tmp_path, "owncloud", "FilesEnabled=true", "Uri=http://localhost:8080/")
    assert seen(ALL, tmp_path) == ()


@pytest.mark.parametrize(
    "text", ["", "Provider=google\nFilesEnabled=true\n", "[Account", "[x]\n=\n", "\0", "[Account a]\n"]
)
def test_a_file_of_another_form_tells_nothing(tmp_path: Path, text: str):
    write(tmp_path, text)
    assert seen(ALL, tmp_path) == ()


def test_no_file_a_pipe_a_link_in_a_circle_or_a_huge_file_tells_nothing(tmp_path: Path):
    assert seen(ALL, tmp_path) == ()
    file = write(tmp_path, WRITTEN + "#" * 2_000_000)
    assert seen(ALL, tmp_path) == ()
    file.unlink()
    os.mkfifo(file)
    assert seen(ALL, tmp_path) == ()
    file.unlink()
    file.symlink_to(file)
    assert seen(ALL, tmp_path) == ()


@pytest.mark.parametrize("there", [True, False])
def test_a_new_account_is_told_by_an_event(tmp_path: Path, there: bool):
    if there:
        write(tmp_path, "")
    heard: list[float] = []
    watching = Spots(lambda: spots(tmp_path), settle=0.5)
    watching.start(heard.append)
    try:
        write(tmp_path, WRITTEN)
        until(lambda: heard, what="nothing heard")
    finally:
        watching.stop()
