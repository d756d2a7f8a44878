"""Company or private, of the homes in tests/recordings/clouds: what real clients wrote, and documented forms.

Its README.txt says which is which.
"""

from pathlib import Path

import pytest

from agent.clouds.accounts import accounts
from agent.clouds.traces import traces
from policy.catalogue import read
from policy.catalogue.owners import Whose, owner

HOMES = Path(__file__).parents[1] / "recordings/clouds/homes"
CATALOGUE = read((Path(__file__).parents[2] / "policy/catalogue/clouds.toml").read_bytes())
DOMAINS, SERVERS = frozenset({"bedrijf.example"}), frozenset({"cloud.bedrijf.example", "s3.bedrijf.example"})
CLIENTS = {"davfs2": "webdav-mount", "goa": "google-drive", "megatools": "mega"}


def whose(home: str, client: str) -> Whose | None:
    """None where no account is linked."""
    made = CATALOGUE.clients[client]
    told = accounts(made, "linux", HOMES / home)
    if not told:
        return None
    return "private" if made.private else owner(told, DOMAINS, SERVERS)


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        ("davfs2-private", "private"),
        ("davfs2-company", "company"),
        ("dropbox-private", "private"),
        ("dropbox-company", "company"),
        ("goa-private", "private"),
        ("goa-company", "company"),
        ("maestral-private", "private"),
        ("maestral-company", "company"),
        ("maestral-unlinked", None),
        ("megatools-private", "private"),
        ("nextcloud-private", "private"),
        ("nextcloud-company", "company"),
        ("nextcloud-unlinked", None),
        ("owncloud-private", "private"),
        ("owncloud-company", "company"),
        ("rclone-private", "private"),
        ("rclone-company", "company"),
        ("syncthing-unlinked", None),
    ],
)
def test_a_home_tells_whose_its_account_is(home: str, expected: Whose | None):
    name = home.partition("-")[0]
    assert whose(home, CLIENTS.get(name, name)) == expected


def test_folders_that_only_have_a_clients_name_tell_nothing():
    for client in CATALOGUE.clients.values():
        assert accounts(client, "linux", HOMES / "innocent") == ()
        assert traces(client, "linux", HOMES / "innocent") == frozenset()


def test_a_home_tells_of_no_client_but_its_own():
    for home in HOMES.iterdir():
        name = home.name.partition("-")[0]
        others = [one for one in CATALOGUE.clients.values() if one.id != CLIENTS.get(name, name)]
        assert [one.id for one in others if home.is_dir() and accounts(one, "linux", home)] == []
