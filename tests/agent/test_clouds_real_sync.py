"""Real syncing between two ends on this machine: what Syncthing and rclone wrote while they did it tells the account.

Every server is on the loopback and binds port 0; nothing asks the network.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from agent.clouds.accounts import accounts
from agent.clouds.traces import traces
from policy.catalogue import read
from policy.catalogue.clients import Evidence, found
from policy.catalogue.owners import Told, owner
from tests.support.until import until

CATALOGUE = read((Path(__file__).parents[2] / "policy/catalogue/clouds.toml").read_bytes())
_QUIET = {
    "globalAnnounceEnabled": "false", "localAnnounceEnabled": "false", "relaysEnabled": "false", "natEnabled": "false",
    "startBrowser": "false", "autoUpgradeIntervalH": "0", "crashReportingEnabled": "false", "urAccepted": "-1",
    "stunKeepaliveStartS": "0", "listenAddress": "tcp://127.0.0.1:0", "reconnectionIntervalS": "1",
}  # fmt: skip


@pytest.fixture
def running() -> Iterator[ExitStack]:
    """Processes that end with the test."""
    with ExitStack() as stack:
        yield stack


def environment(home: Path) -> dict[str, str]:
    """Nothing of the machine's own home."""
    return {"HOME": str(home), "PATH": os.environ["PATH"]}


def start(running: ExitStack, home: Path, log: Path, *words: str | Path) -> None:
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, env=environment(home))
    running.enter_context(process)
    running.callback(process.terminate)


def run(home: Path, *words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60, env=environment(home))


def state(home: Path, client: str, told: tuple[Told, ...]) -> str:
    """What the catalogue makes of it: the process runs, and this was told."""
    seen = traces(CATALOGUE.clients[client], "linux", home) | {("program", client)}
    (one,) = found(CATALOGUE, "linux", {client: Evidence(seen, ("program",), told)})
    return one.state


# --- Syncthing: two homes that share a folder


class End:
    """One home with a Syncthing that speaks on the loopback alone."""

    def __init__(self, home: Path, log: Path) -> None:
        self.home, self.folder, self.log = home, home / "Sync", log
        self.config = home / ".config/syncthing/config.xml"
        self.folder.mkdir(parents=True)
        run(home, "syncthing", "generate", f"--home={self.config.parent}")
        tree = ET.parse(self.config)  # noqa: S314 - Syncthing wrote it just now
        (device,) = tree.findall("device")
        self.id = device.attrib["id"]

    def quiet(self) -> None:
        tree = ET.parse(self.config)  # noqa: S314
        for name, value in _QUIET.items():
            for option in tree.findall(f"options/{name}"):
                option.text = value
        for gui in tree.findall("gui"):
            gui.set("enabled", "false")
        tree.write(self.config)

    def share(self, other: "End", address: str) -> None:
        """Its default folder, with the other."""
        tree = ET.parse(self.config)  # noqa: S314
        ET.SubElement(ET.SubElement(tree.getroot(), "device", id=other.id), "address").text = address
        (folder,) = tree.findall("folder")
        folder.set("path", str(self.folder))
        folder.set("fsWatcherDelayS", "1")
        ET.SubElement(folder, "device", id=other.id)
        tree.write(self.config)

    def start(self, running: ExitStack) -> None:
        words = ("serve", "--no-browser", "--no-restart", "--no-upgrade", f"--home={self.config.parent}")
        start(running, self.home, self.log, "syncthing", *words)

    def address(self) -> str:
        said = re.search(rb"TCP listener \((127\.0\.0\.1:[1-9]\d*)\) starting", self.log.read_bytes())
        return f"tcp://{said[1].decode()}" if said else ""

    def told(self, *cmdlines: tuple[str, ...]) -> tuple[Told, ...]:
        return accounts(CATALOGUE.clients["syncthing"], "linux", self.home, cmdlines)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[End, End]:
    """Two that know nothing of each other."""
    return End(tmp_path / "one", tmp_path / "one.log"), End(tmp_path / "two", tmp_path / "two.log")


def test_a_syncthing_that_syncs_is_linked_and_one_that_started_alone_is_not(pair: tuple[End, End], running: ExitStack):
    one, two = pair
    assert one.told() == two.told() == ()
    assert state(one.home, "syncthing", one.told()) == "running"
    one.quiet()
    two.quiet()
    one.share(two, "dynamic")
    one.start(running)
    two.share(one, until(one.address, what="a port"))
    two.start(running)
    (one.folder / "letter.txt").write_text("from one")
    until(lambda: (two.folder / "letter.txt").read_text() == "from one", 60, "the letter at the other end")
    (two.folder / "answer.txt").write_text("from two")
    until(lambda: (one.folder / "answer.txt").read_text() == "from two", 60, "the answer at the first end")
    for end in pair:
        assert end.told() == (Told("linked", "local"),)
        assert state(end.home, "syncthing", end.told()) == "syncing"
        assert owner(end.told(), {"company.example"}, {"company.example"}) == "unknown"


def test_as_it_is_made_syncthing_lets_others_help_to_find_its_devices(pair: tuple[End, End]):
    one, two = pair
    one.share(two, "dynamic")
    assert one.told() == (Told("linked", "internet"),)


def test_a_syncthing_whose_home_is_elsewhere_is_found_by_its_command_line(pair: tuple[End, End], tmp_path: Path):
    one, two = pair
    one.share(two, "dynamic")
    moved = one.config.parent.rename(tmp_path / "odd")
    assert one.told() == ()
    assert one.told(("syncthing", "serve", f"--home={moved}")) == (Told("linked", "internet"),)


# --- rclone: to a server of WebDAV of its own


def test_an_rclone_that_synced_to_a_server_tells_that_server(tmp_path: Path, running: ExitStack):
    served, source, home = tmp_path / "served", tmp_path / "source", tmp_path / "home"
    conf, log = home / ".config/rclone/rclone.conf", tmp_path / "serve.log"
    for folder in (served, source, conf.parent):
        folder.mkdir(parents=True)
    (source / "letter.txt").write_text("from here")
    start(
        running, home, log, "rclone", "serve", "webdav", served, "--addr", "localhost:0", "--config", tmp_path / "none"
    )

    def port() -> str:
        said = re.search(rb"http://(?:127\.0\.0\.1|\[::1\]|localhost):([1-9]\d*)/", log.read_bytes())
        return said[1].decode() if said else ""

    url = f"http://localhost:{until(port, what='a port')}"
    make = ("rclone", "--config", conf, "config", "create", "--non-interactive", "work", "webdav", f"url={url}")
    subprocess.run(make, check=True, capture_output=True, timeout=60)
    subprocess.run(
        ("rclone", "--config", conf, "sync", source, "work:box"), check=True, capture_output=True, timeout=60
    )
    assert (served / "box/letter.txt").read_text() == "from here"
    told = accounts(CATALOGUE.clients["rclone"], "linux", home)
    assert told == (Told("server", "localhost"),)
    assert state(home, "rclone", told) == "syncing"
    assert owner(told, (), {"localhost"}) == "company"
    assert owner(told, (), {"company.example"}) == "unknown"
    written = ("rclone", "sync", str(source), f":webdav,url='{url}':other")
    run(home, *written, "--config", tmp_path / "none")
    assert (served / "other/letter.txt").read_text() == "from here"
    assert accounts(CATALOGUE.clients["rclone"], "linux", tmp_path / "empty", [written]) == told
