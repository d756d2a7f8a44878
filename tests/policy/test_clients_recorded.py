"""Real clients as they ran on Debian 12, each as an ordinary user: found, named right, with its state."""

from pathlib import Path

import pytest

from policy.catalogue import read
from policy.catalogue.clients import Evidence, found, installed
from policy.catalogue.commandline import runs
from policy.catalogue.processes import Processes
from tests.support.recorded import Recorded, packages, recorded

CATALOGUE = read((Path(__file__).resolve().parents[2] / "policy/catalogue/clouds.toml").read_bytes())
LINUX = Processes(CATALOGUE, "linux")
CLIENTS = recorded(innocent=False)
# What Debian's packages on that machine are clients of.
ON_THE_MACHINE = {
    "amule", "borg", "duplicity", "freefilesync", "ftp-client", "irc", "kdeconnect", "magic-wormhole", "matrix", "mega",
    "nextcloud", "onedrive", "onionshare", "owncloud", "pidgin", "rclone", "restic", "s3-cli", "seafile", "syncthing",
    "telegram", "torrent", "tox", "unison", "webdav-mount", "xmpp",
}  # fmt: skip


def matches(case: Recorded):
    """Each process of it that is a client."""
    all_of_them = ((record, LINUX.identify(record, case.elsewhere(record))) for record in case.processes())
    return [(record, match) for record, match in all_of_them if match]


def evidence(case: Recorded) -> dict[str, Evidence]:
    """All that is seen of each client of the catalogue."""
    seen = {client.id: case.around(client.linux) for client in CATALOGUE.clients.values() if client.linux}
    running = {match.client: match.signals for _, match in matches(case)}
    return {name: Evidence(around, running.get(name, ())) for name, around in seen.items()}


def test_at_least_fifteen_clients_and_their_like_were_recorded():
    assert len({case.client for case in CLIENTS}) >= 15
    assert {
        "syncthing", "rclone", "nextcloud", "owncloud", "onedrive", "maestral", "mega", "seafile", "kdeconnect",
        "telegram", "magic-wormhole", "google-drive", "webdav-mount", "torrent", "whatsapp",
    } <= {case.client for case in CLIENTS}  # fmt: skip


@pytest.mark.parametrize("case", CLIENTS, ids=lambda case: case.case)
def test_a_real_client_is_named_right(case: Recorded):
    """One of its processes is, and none is taken for another's."""
    assert {match.client for _, match in matches(case)} == {case.client}


@pytest.mark.parametrize("case", CLIENTS, ids=lambda case: case.case)
def test_a_real_client_is_running(case: Recorded):
    """Except what a desktop starts for everybody that has it: to run is no more than to be installed."""
    state = "installed" if CATALOGUE.clients[str(case.client)].starts == "itself" else "running"
    assert {match.state for _, match in matches(case)} == {state}


@pytest.mark.parametrize("case", CLIENTS, ids=lambda case: case.case)
def test_a_real_client_is_found_by_all_that_was_seen_of_it_and_no_other_is(case: Recorded):
    there = found(CATALOGUE, "linux", evidence(case))
    wanted = [] if CATALOGUE.clients[str(case.client)].starts == "itself" else [case.client]
    assert [one.client for one in there] == wanted


@pytest.mark.parametrize(("case", "client"), [("syncthing-renamed", "syncthing"), ("rclone-renamed", "rclone")])
def test_one_with_another_name_is_found_by_what_stands_in_its_bytes(case: str, client: str):
    (one,) = [each for each in CLIENTS if each.case == case]
    assert {runs(record).program for record, _ in matches(one)} & {"updater", "svchost"}
    (match,) = [match for _, match in matches(one)]
    assert (match.client, match.state) == (client, "running")
    assert {"text"} <= set(match.signals) <= {"text", "verb", "port"}  # neither its name nor its place


def test_what_is_installed_on_that_machine_is_told_by_its_packages_names():
    """And no package of another, of some three thousand names: Debian's slack, boxes and python3-dropbox are none."""
    names = packages()
    assert {"slack", "boxes", "python3-dropbox", "git-annex-remote-rclone", "libnet-dropbox-api-perl"} <= set(names)
    assert len(names) > 1000
    assert set(installed(CATALOGUE, "linux", [("dpkg", name) for name in names])) == ON_THE_MACHINE
