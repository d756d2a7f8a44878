"""Innocent look-alikes, each run for real on a machine that has the clients too: none is taken for one."""

from pathlib import Path

import pytest

from policy.catalogue import read
from policy.catalogue.clients import Evidence, found, installed
from policy.catalogue.processes import Processes
from tests.support.recorded import HERE, Recorded, recorded

CATALOGUE = read((Path(__file__).resolve().parents[2] / "policy/catalogue/clouds.toml").read_bytes())
LINUX = Processes(CATALOGUE, "linux")
INNOCENT = recorded(innocent=True)
# Packages whose name collides, or that hold a client's name.
COLLIDE = ("slack", "boxes", "python3-dropbox", "libnet-dropbox-api-perl", "git-annex-remote-rclone")


def test_thirty_were_recorded_each_with_what_it_ran():
    assert len(INNOCENT) >= 30
    assert [case.case for case in INNOCENT if not case.processes()] == []


@pytest.mark.parametrize("case", INNOCENT, ids=lambda case: case.case)
def test_no_process_of_it_is_a_client(case: Recorded):
    matches = [LINUX.identify(record, case.elsewhere(record)) for record in case.processes()]
    assert [match for match in matches if match] == []


@pytest.mark.parametrize("case", INNOCENT, ids=lambda case: case.case)
def test_nothing_that_it_left_is_a_client(case: Recorded):
    """Neither a folder called Dropbox nor a package that holds a client's name."""
    around = {client.id: Evidence(case.around(client.linux)) for client in CATALOGUE.clients.values() if client.linux}
    assert found(CATALOGUE, "linux", around) == ()


@pytest.mark.parametrize("name", COLLIDE)
def test_a_package_whose_name_collides_is_none(name: str):
    assert installed(CATALOGUE, "linux", [("dpkg", name)]) == {}


def test_the_words_stand_in_what_they_ran():
    """Or they would prove nothing. Two are no words' doing: a desktop starts them for everybody."""
    words = ("dropbox", "onedrive", "nextcloud", "sync", "rclone", "maestral", "mega", "box", "whatsapp", "wetransfer",
             "webtorrent", "unison", "signal", "slack", "aws")  # fmt: skip
    lines = {case.case: case.told["run"].lower() for case in INNOCENT}
    without = {case for case, line in lines.items() if not any(word in line for word in words)}
    assert without <= {"deja-dup-monitor", "goa-daemon"}


def test_a_folder_with_a_clients_name_is_no_sign_of_it():
    """The home in homes/innocent has one of each."""
    folders = {path.name for path in (HERE / "homes/innocent").iterdir()}
    assert folders == {"Dropbox", "OneDrive", "Nextcloud", "Sync"}
    for client in CATALOGUE.clients.values():
        if client.linux:
            assert not folders & {*client.linux.config, *client.linux.linked, *client.linux.marker}, client.id
