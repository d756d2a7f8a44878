"""Each signal of each client taken away once: another still finds it, or a table here says why none can.

First by the catalogue: with all the values of one signal gone from all that a client could show. Then by what real
clients showed while they ran: of what was recorded, one signal at a time is taken away.
"""

from pathlib import Path

import pytest

from policy.catalogue import OS, Signs, read
from policy.catalogue.commandline import runs
from policy.catalogue.processes import Processes, _seen
from policy.catalogue.weigh import Seen, found
from tests.support.recorded import Recorded, recorded

CATALOGUE = read((Path(__file__).resolve().parents[2] / "policy/catalogue/clouds.toml").read_bytes())
LINUX = Processes(CATALOGUE, "linux")

UNCONFIRMED = "no document confirmed a fact of it, so none decides: two must agree, and there are not three"
ONE_SOURCE = "the one source that names it gives this one fact"
ALONE = "its other fact is a common word, a place, or unconfirmed: it never tells alone"
BROWSER = "it is a page: a browser's window is all there is"
# (client, OS) -> the signals that nothing makes up for, and why.
NOTHING_ELSE: dict[tuple[str, OS], tuple[set[str], str]] = {
    ("proton-drive", "windows"): ({"uninstall"}, ALONE),
    ("owncloud", "windows"): ({"uninstall", "program"}, UNCONFIRMED),
    ("syncthing", "windows"): ({"program"}, UNCONFIRMED),
    ("resilio-sync", "linux"): ({"program"}, UNCONFIRMED),
    ("resilio-sync", "windows"): ({"program", "config"}, UNCONFIRMED),
    ("sync-com", "windows"): ({"uninstall", "program"}, UNCONFIRMED),
    ("tresorit", "linux"): ({"program", "config"}, UNCONFIRMED),
    ("tresorit", "windows"): ({"program", "below"}, UNCONFIRMED),
    ("internxt", "windows"): ({"sync_root"}, ONE_SOURCE),
    ("wetransfer", "windows"): ({"site"}, BROWSER),
    ("magic-wormhole", "windows"): ({"program", "verb"}, UNCONFIRMED),
    ("croc", "windows"): ({"program", "verb"}, UNCONFIRMED),
    ("kdeconnect", "windows"): ({"program", "port"}, UNCONFIRMED),
    ("onionshare", "windows"): ({"program", "below"}, UNCONFIRMED),
    ("torrent", "windows"): ({"program", "below"}, UNCONFIRMED),
    ("ftp-client", "windows"): ({"program", "below"}, UNCONFIRMED),
    ("viber", "windows"): ({"program"}, UNCONFIRMED),
    ("notion", "windows"): ({"uninstall"}, ONE_SOURCE),
    ("quick-share", "linux"): ({"flatpak"}, ONE_SOURCE),
    ("transfer-sh", "linux"): ({"pypi"}, ALONE),
    ("wechat", "linux"): ({"flatpak"}, ONE_SOURCE),
    ("qq", "linux"): ({"flatpak"}, ONE_SOURCE),
    ("zoom", "windows"): ({"uninstall"}, ALONE),
    ("idrive", "windows"): ({"uninstall", "config"}, UNCONFIRMED),
    ("anydesk", "linux"): ({"program", "config"}, UNCONFIRMED),
}
# A recording -> the signals that nothing else of that run makes up for, and why.
RENAMED = "under another name, where no package put it: what its bytes hold is what is left"
GNOME = "part of GNOME, by no package of its own; its account is told without the catalogue (agent/clouds)"
SEEN_ALONE = {
    "discord-window": ({"site"}, BROWSER),
    "goa-company": ({"program"}, GNOME),
    "goa-private": ({"program"}, GNOME),
    "rclone-renamed": ({"text"}, RENAMED),
    "syncthing-renamed": ({"text"}, RENAMED),
    "wetransfer-window": ({"site"}, BROWSER),
    "whatsapp-window": ({"site"}, BROWSER),
}
EVERY = [
    pytest.param(client.id, os, signs, id=f"{client.id}-{os}")
    for client in CATALOGUE.clients.values()
    for os, signs in (("linux", client.linux), ("windows", client.windows))
    if signs is not None
]


def irreplaceable(signs: Signs, seen: frozenset[Seen]) -> set[str]:
    """The signals without which it is not found any more."""
    return {name for name, _ in seen if not found(signs, {one for one in seen if one[0] != name})}


def every_value(signs: Signs) -> frozenset[Seen]:
    return frozenset((name, value) for name in signs.given() for value in signs.of(name))


@pytest.mark.parametrize(("client", "os", "signs"), EVERY)
def test_with_any_one_signal_gone_another_finds_it_or_the_table_says_why(client: str, os: OS, signs: Signs):
    missed, _ = NOTHING_ELSE.get((client, os), (set(), ""))
    assert irreplaceable(signs, every_value(signs)) == missed


@pytest.mark.parametrize(("client", "os", "signs"), EVERY)
def test_with_all_its_signals_it_is_found(client: str, os: OS, signs: Signs):
    assert found(signs, every_value(signs))


@pytest.mark.parametrize("case", recorded(innocent=False), ids=lambda case: case.case)
def test_of_what_a_real_client_showed_any_one_may_be_missing_or_the_table_says_why(case: Recorded):
    missed, _ = SEEN_ALONE.get(case.case, (set(), ""))
    signs = CATALOGUE.clients[str(case.client)].linux
    assert signs is not None
    assert irreplaceable(signs, showed(case, signs)) == missed


def test_a_table_names_no_one_who_is_gone():
    assert set(NOTHING_ELSE) <= {(client, os) for client, os, _ in (one.values for one in EVERY)}
    assert set(SEEN_ALONE) <= {case.case for case in recorded(innocent=False)}


def showed(case: Recorded, signs: Signs) -> frozenset[Seen]:
    """Each (signal, value) of that run: of its processes, and around them."""
    from_processes: set[Seen] = set()
    for record in case.processes():
        match = LINUX.identify(record, case.elsewhere(record))
        if match and match.client == case.client:
            from_processes |= _seen(signs, runs(record), record, case.elsewhere(record))
    return frozenset(from_processes) | case.around(signs)
