"""Which client a process is: real clients as they were seen to run, and innocent ones that look like them."""

from pathlib import Path

import pytest

from policy.catalogue import read
from policy.catalogue.commandline import Record, imported, runs
from policy.catalogue.processes import Processes, is_window

CATALOGUE = read((Path(__file__).resolve().parents[2] / "policy/catalogue/clouds.toml").read_bytes())
LINUX, WINDOWS = Processes(CATALOGUE, "linux"), Processes(CATALOGUE, "windows")
PYTHON = "/usr/bin/python3.11"


def identify(exe, *words, on=LINUX, listen=()):
    """The client's id, or None."""
    match = on.identify(Record(exe=exe, cmdline=tuple(words), listen=tuple(listen)))
    return match and match.client


@pytest.mark.parametrize(
    ("client", "exe", "words"),
    [
        ("syncthing", "/usr/bin/syncthing", "/usr/bin/syncthing serve --no-browser"),
        ("rclone", "/home/me/bin/rclone", "rclone mount remote: /mnt"),
        ("nextcloud", "/usr/bin/nextcloud", "nextcloud --background"),
        ("nextcloud", "/usr/bin/nextcloudcmd", "nextcloudcmd /tmp/x https://cloud.example"),
        ("owncloud", "/usr/bin/owncloud", "owncloud"),
        ("onedrive", "/usr/bin/onedrive", "onedrive --monitor"),
        ("onedrive", "/home/me/bin/onedrive", "onedrive --monitor"),
        ("dropbox", "/home/me/.dropbox-dist/dropbox-lnx.x86_64-1/dropbox", "/home/me/.dropbox-dist/dropboxd"),
        ("dropbox", PYTHON, "python3 /usr/bin/dropbox start -i"),
        ("maestral", "/home/me/venv/bin/python3", "python -m maestral start"),
        ("maestral", PYTHON, "/usr/bin/python3 /home/me/.local/bin/maestral start"),
        ("magic-wormhole", PYTHON, "/usr/bin/python3 /usr/bin/wormhole send file"),
        ("magic-wormhole", PYTHON, "python3 -m wormhole receive"),
        ("magic-wormhole", PYTHON, "python3 -Im wormhole receive"),
        ("magic-wormhole", PYTHON, "python3 -X utf8 -m wormhole receive"),
        ("google-drive", "/usr/libexec/gvfsd-google", "/usr/libexec/gvfsd-google --spawner :1.2 /x"),
        ("webdav-mount", "/usr/sbin/mount.davfs", "/sbin/mount.davfs https://dav.example /mnt"),
        ("torrent", "/usr/bin/node", "node /usr/local/bin/webtorrent download x"),
        ("torrent", "/usr/bin/node", "node --require hook.js -r other /usr/local/bin/webtorrent download x"),
        ("telegram", "/usr/bin/telegram-desktop", "telegram-desktop --"),
        ("seafile", PYTHON, "/usr/bin/python3 /usr/bin/seaf-cli start"),
        ("mega", "/usr/bin/megatools", "megaput file"),
        ("icloud", "/tmp/staticx-AbCd/icloudpd", "icloudpd --directory x"),
        ("whatsapp", "/usr/lib/chromium/chromium", "/usr/lib/chromium/chromium --app=https://web.whatsapp.com/"),
        ("wetransfer", "/opt/google/chrome/chrome", "chrome --app=https://me@www.WeTransfer.com:443/x?y#z"),
        ("whatsapp", "/opt/google/chrome/chrome", "chrome --app-id=hnpfjngllnobngcgfapefoaidbinmjnm"),
        ("kdeconnect", "/usr/lib/x86_64-linux-gnu/libexec/kdeconnectd", "kdeconnectd"),
        (
            "kdeconnect",
            "/usr/bin/gjs-console",
            "gjs /usr/share/gnome-shell/extensions/gsconnect@andyholmes.github.io/service/daemon.js",
        ),
        ("restic", "/usr/bin/restic (deleted)", "restic backup x"),
        ("rclone", None, "/usr/bin/rclone rcd"),
    ],
)
def test_a_client_is_named(client, exe, words):
    assert identify(exe, *words.split()) == client


def test_what_code_imports_counts():
    """As Maestral starts its daemon."""
    code = "import maestral.daemon; maestral.daemon.start_maestral_daemon('maestral')"
    assert identify(PYTHON, "python3", "-c", code) == "maestral"
    assert identify(PYTHON, "python3", "-c", "print('import maestral')") is None
    assert identify("/usr/bin/bash", "bash", "-c", "import maestral") is None  # a shell's import takes a picture


@pytest.mark.parametrize(
    ("exe", "words"),
    [
        ("/usr/bin/vim.basic", "vim rclone.py"),
        ("/usr/bin/vim.basic", "vim /usr/bin/rclone"),
        ("/usr/bin/grep", "grep -r dropbox ."),
        ("/usr/bin/grep", "grep --application-name=Nextcloud x"),
        ("/usr/bin/grep", "grep --app=https://web.whatsapp.com x"),
        ("/usr/bin/man", "man rclone"),
        ("/usr/bin/less", "less /usr/share/doc/syncthing/README"),
        ("/usr/bin/tail", "tail -f syncthing"),
        ("/usr/bin/sudo", "sudo rclone mount x: /y"),
        ("/usr/bin/ls", "ls Dropbox"),
        ("/usr/bin/nautilus", "nautilus /home/me/Dropbox"),
        ("/usr/bin/bash", "bash -c rclone"),
        ("/usr/bin/dash", "pgrep -fa rclone"),  # read while the shell became pgrep
        ("/usr/bin/bash", "-bash"),
        (PYTHON, "python3 rclone.py"),
        (PYTHON, "python3 tools/dropbox.py start"),
        (PYTHON, "python3 /home/me/bin/dropbox"),
        (PYTHON, "python3 -m http.server"),
        (PYTHON, "python3 -m pip install maestral"),
        (PYTHON, "python3 -m json.tool rclone"),
        (PYTHON, "python3 -"),
        (PYTHON, "python3"),
        (PYTHON, "python3 -c"),
        (PYTHON, "python3 -X"),
        ("/usr/bin/perl", "perl -e rclone"),
        ("/usr/bin/node", "node /home/me/rclone/index.js"),
        ("/usr/sbin/slack", "slack"),
        ("/home/me/bin/signal-desktop", "signal-desktop"),
        ("/home/me/src/box/box", "box"),
        ("/home/me/unison/unison", "unison"),
        ("/home/me/aws", "aws"),
        ("/home/me/rclone/build/server", "server mount remote:"),
        ("/usr/lib/chromium/chromium", "chromium --app=https://mail.example/?to=web.whatsapp.com"),
        ("/usr/lib/chromium/chromium", "chromium https://web.whatsapp.com"),
        ("/usr/lib/chromium/chromium", "chromium --app=https://web.whatsapp.com.example"),
        ("/usr/lib/chromium/chromium", "chromium --app=https://web.whatsapp.com@mail.example/"),
        ("/usr/bin/sleep", "rclone 60"),
        ("/usr/lib/deja-dup/deja-dup-monitor", "deja-dup-monitor"),
        ("", ""),
    ],
)
def test_what_looks_like_one_is_none(exe, words):
    assert identify(exe, *words.split(" ")) is None


def test_a_port_is_a_second_signal_and_never_the_only_one():
    assert identify("/home/me/rslsync", "rslsync", listen=[8888]) == "resilio-sync"
    assert identify("/home/me/rslsync", "rslsync", listen=["0.0.0.0:8888"]) == "resilio-sync"
    assert identify("/home/me/rslsync", "rslsync") is None
    assert identify("/home/me/jupyter", "jupyter", listen=[8888]) is None


def test_a_port_and_a_verb_are_nobody():
    """Though the client could be told by its folder alone."""
    one = b"""format = 1
[[clients]]
id = "one"
name = "One"
vendor = "One"
category = "sync"
linux = { sources = ["ran"], decisive = ["below"], below = ["/opt/one"], verb = ["start"], port = [99] }
"""
    known = Processes(read(one), "linux")
    assert known.identify(Record(exe="/opt/one/x", cmdline=("x", "start"))) is not None
    assert known.identify(Record(exe="/opt/x", cmdline=("x", "start"), listen=(99,))) is None


def test_the_signals_are_named_by_id():
    match = LINUX.identify(Record(exe="/usr/bin/onedrive", cmdline=("onedrive", "--monitor")))
    assert match is not None
    assert match.signals == ("program", "option", "below")


def test_what_a_desktop_starts_itself_is_installed_no_more():
    match = LINUX.identify(Record(exe="/usr/lib/kdeconnectd"))
    assert match is not None
    assert match.state == "installed"


@pytest.mark.parametrize(
    ("client", "exe"),
    [
        ("google-drive", "C:\\Program Files\\Google\\Drive File Stream\\99.0\\GoogleDriveFS.exe"),
        ("dropbox", "C:\\Program Files (x86)\\Dropbox\\Client\\Dropbox.exe"),
        ("signal", "C:\\Users\\me\\AppData\\Local\\Programs\\signal-desktop\\Signal.exe"),
        ("anydesk", "D:\\tools\\AnyDesk.exe"),
        (None, "C:\\Users\\me\\Desktop\\Dropbox.exe"),
        (None, "C:\\Users\\me\\Dropbox\\Client\\notepad.exe"),
        (None, "C:\\Windows\\notepad.exe"),
    ],
)
def test_windows_by_name_and_place(client, exe):
    assert identify(exe, exe, on=WINDOWS) == client


def test_two_that_fit_as_well_are_nobody():
    """A wrong match is worse than a late one."""
    one = b"""format = 1
[[clients]]
id = "one"
name = "One"
vendor = "One"
category = "sync"
linux = { sources = ["ran"], program = ["shared"], verb = ["start"] }
"""
    two = one.replace(b"format = 1\n", b"").replace(b'"one"', b'"two"')
    record = Record(exe="/opt/shared", cmdline=("shared", "start"))
    assert Processes(read(one), "linux").identify(record) is not None
    assert Processes(read(one + two), "linux").identify(record) is None


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import a.b", ["a.b"]),
        ("import a, b as c", ["a", "b"]),
        ("x = 1; from d.e import f", ["d.e"]),
        ("print('import a')", []),
        ("import", []),
        ("import ,,", []),
        ("from", []),
        ("\x00((((" * 10_000, []),
    ],
)
def test_imports_are_read_as_words(code, names):
    assert imported(code) == names


def test_any_words_are_taken_apart_without_an_error():
    for words in ([], [""], ["", ""], ["python3", "--"], ["python3", "-"], ["node", "--require"], ["sh", "-"]):
        assert runs(Record(cmdline=tuple(words))).program is not None


ELSEWHERE = b"""format = 1
[[clients]]
id = "one"
name = "One"
vendor = "One"
category = "sync"
[clients.linux]
sources = ["ran"]
decisive = ["text", "linked"]
program = ["oneclient"]
text = ["one.example/api"]
socket = ["one"]
linked = [".one/token"]
port = [99]
"""


def test_what_was_seen_of_a_process_elsewhere_counts():
    known = Processes(read(ELSEWHERE), "linux")
    record = Record(exe="/home/me/svchost", cmdline=("svchost",))
    match = known.identify(record, {("text", "one.example/api")})
    assert match is not None
    assert (match.client, match.signals) == ("one", ("text",))
    assert known.identify(record, {("socket", "one")}) is None
    assert known.identify(record, {("text", "another")}) is None
    match = known.identify(Record(exe="/x/oneclient"), {("socket", "one")})
    assert match is not None
    assert match.signals == ("program", "socket")


def test_what_lies_in_a_home_makes_no_process_a_client():
    """Though it tells alone that the client is there."""
    known = Processes(read(ELSEWHERE), "linux")
    assert known.identify(Record(exe="/usr/bin/vim"), {("linked", ".one/token")}) is None
    assert known.identify(Record(exe="/usr/bin/vim"), {("linked", ".one/token"), ("socket", "one")}) is None
    match = known.identify(Record(exe="/x/oneclient"), {("linked", ".one/token")})
    assert match is not None
    assert match.client == "one"


@pytest.mark.parametrize(
    ("exe", "may_be"),
    [
        ("/home/me/rclone", True),
        ("/home/me/RClone (deleted)", True),
        (PYTHON, True),
        ("/usr/bin/bash", True),
        ("/opt/google/chrome/chrome", True),
        ("/home/me/.dropbox-dist/dropbox-lnx/anything", True),
        ("/usr/bin/sleep", False),
        ("/home/me/svchost", False),
    ],
)
def test_what_an_executable_leaves_open(exe, may_be):
    assert LINUX.may_be(exe) is may_be


def test_a_folder_that_does_not_tell_alone_leaves_nothing_open():
    text = ELSEWHERE.replace(b'"linked"]', b'"/opt/one"]').replace(b"linked = ", b'below = ["/opt/one", "/usr/bin"] # ')
    known = Processes(read(text), "linux")
    assert known.may_be("/opt/one/x")
    assert not known.may_be("/usr/bin/x")


def test_nothing_is_a_client_that_its_executable_rules_out():
    """Of each client's own names and places."""
    for client in CATALOGUE.clients.values():
        for signs, known in ((client.linux, LINUX), (client.windows, WINDOWS)):
            for name in signs.program if signs else ():
                assert known.may_be(f"/x/{name}")
                assert known.may_be(f"C:\\x\\{name}.exe")


def test_a_port_is_missing_of_those_alone_that_have_one():
    known = Processes(read(ELSEWHERE), "linux")
    assert known.needs_port(Record(exe="/x/oneclient"))
    assert not known.needs_port(Record(exe="/x/another"))
    assert not LINUX.needs_port(Record(exe="/usr/bin/dropbox"))


def test_the_texts_of_an_os():
    assert Processes(read(ELSEWHERE), "linux").texts() == {"one.example/api"}
    assert Processes(read(ELSEWHERE), "windows").texts() == frozenset()


@pytest.mark.parametrize(
    ("exe", "words", "window"),
    [
        ("/opt/google/chrome/chrome", "chrome --app=https://roster.example/", True),
        ("/opt/google/chrome/chrome", "chrome --app-id=abc", True),
        ("/opt/google/chrome/chrome", "chrome https://roster.example/", False),
        ("/usr/bin/grep", "grep --app=https://roster.example/", False),
    ],
)
def test_a_browsers_window_of_one_site(exe, words, window):
    assert is_window(Record(exe=exe, cmdline=tuple(words.split()))) is window
