"""The catalogue of public clouds: what stands in it holds to its own rules, and what doesn't is told with its place."""

from collections import Counter
from pathlib import Path

import pytest

from policy.catalogue import SHORTEST, SIGNS, BadCatalogue, Catalogue, read

FILE = Path(__file__).resolve().parents[2] / "policy/catalogue/clouds.toml"
# The clients that the work began with; none of them may get lost.
FIRST = (
    "onedrive", "dropbox", "google-drive", "icloud", "box", "mega", "pcloud", "proton-drive", "nextcloud",
    "owncloud", "syncthing", "resilio-sync", "sync-com", "tresorit", "filen", "internxt", "insync", "seafile",
    "maestral", "rclone", "webdav-mount", "unison", "wetransfer", "magic-wormhole", "croc", "localsend",
    "kdeconnect", "onionshare", "torrent", "ftp-client", "copyparty", "whatsapp", "telegram", "signal", "discord",
    "slack", "viber", "jami", "matrix", "xmpp", "duplicity", "restic", "borg", "s3-cli",
)  # fmt: skip
PATTERNS = ("\\b", "\\S", ".*", "(?", "[A-Z", "[a-z", "|", "$", "^")
ONE = b"""format = 1
[[clients]]
id = "one"
name = "One"
vendor = "One"
category = "sync"
[clients.linux]
sources = ["ran"]
decisive = ["program"]
program = ["onesync"]
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read(FILE.read_bytes())


def every(catalogue: Catalogue):
    """Each client with its signs on each OS."""
    both = ((client, client.on(os), os) for client in catalogue.clients.values() for os in ("linux", "windows"))
    return [(client, signs, os) for client, signs, os in both if signs is not None]


def test_at_least_sixty_and_the_first_of_them_are_there(catalogue: Catalogue):
    assert len(catalogue.clients) >= 60
    assert set(FIRST) - set(catalogue.clients) == set()
    assert len(FIRST) == 44


def test_each_has_a_signal_that_decides_or_two(catalogue: Catalogue):
    """On each OS that it speaks of; and it speaks of one at least."""
    for client in catalogue.clients.values():
        assert client.linux or client.windows, client.id
    for client, signs, os in every(catalogue):
        sure = [name for name in signs.given() if any(signs.decides(name, value) for value in signs.of(name))]
        assert sure or len(signs.given()) > 1, (client.id, os)


def test_what_no_document_confirmed_never_decides(catalogue: Catalogue):
    """Neither a whole signal nor a single value of one."""
    for client, signs, os in every(catalogue):
        for name in signs.given():
            for value in signs.of(name):
                if signs.sources == ("unconfirmed",) or {name, value} & set(signs.unconfirmed):
                    assert not signs.decides(name, value), (client.id, os, name, value)


def test_there_are_no_patterns_in_it(catalogue: Catalogue):
    """Whole words alone: a pattern over a command line hits a grep for the client's name too."""
    for client, signs, os in every(catalogue):
        for name in signs.given():
            for value in signs.of(name):
                assert not any(mark in value for mark in PATTERNS), (client.id, os, name, value)


def test_a_program_is_a_name_and_long_enough_to_decide(catalogue: Catalogue):
    for client, signs, os in every(catalogue):
        for name in signs.program:
            assert "/" not in name, (client.id, os, name)
            assert not name.lower().endswith(".exe"), (client.id, os, name)
            assert len(name) >= SHORTEST or not signs.decides("program", name), (client.id, os, name)


def test_no_program_decides_for_two_clients(catalogue: Catalogue):
    for os in ("linux", "windows"):
        names = [
            name.lower()
            for _, signs, its in every(catalogue)
            if its == os
            for name in signs.program
            if signs.decides("program", name)
        ]
        assert [name for name, count in Counter(names).items() if count > 1] == []


def test_no_machine_and_no_address_of_a_registry_stands_in_it():
    text = FILE.read_text(encoding="utf-8").lower()
    assert [word for word in ("https://", "http://", "/work/", "/home/", "c:/users") if word in text] == []


def test_one_that_is_right_is_read():
    assert read(ONE).clients["one"].linux is not None


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        (b'category = "sync"', b'category = "cloud"', "line 6: clients[0].category: expected one of 'sync'"),
        (b'program = ["onesync"]', b'porgram = ["onesync"]', "line 10: clients[0].linux.porgram: expected one of"),
        (b'["onesync"]', b'["one"]', "line 10: clients[0].linux.program: expected a name of 4 letters or more"),
        (b'decisive = ["program"]', b"", "line 7: clients[0].linux: expected two signals, or one that tells alone"),
        (
            b'decisive = ["program"]',
            b'decisive = ["config"]',
            "line 9: clients[0].linux.decisive: expected one of program, found 'config'",
        ),
        (
            b'decisive = ["program"]',
            b'decisive = ["program"]\nunconfirmed = ["program"]',
            "line 7: clients[0].linux: expected two signals",
        ),
        (b'id = "one"', b'id = "One!"', "line 3: clients[0].id: expected small letters"),
        (b"format = 1", b"format = 2", "line 1: format: expected 1, found 2"),
        (b"format = 1", b"format = ", "line 1"),
        (b"format = 1", b"format = 1 # \xff", "can't decode byte 0xff"),
    ],
)
def test_one_that_is_wrong_is_told_with_its_place(was, becomes, said):
    assert was in ONE
    with pytest.raises(BadCatalogue) as caught:
        read(ONE.replace(was, becomes))
    assert said in str(caught.value)


def test_one_id_twice_is_told():
    with pytest.raises(BadCatalogue, match=r"line 13: clients\[1\]\.id: .*'one'"):
        read(ONE + ONE.replace(b"format = 1\n", b"\n", 1))


def test_every_error_is_told_at_once():
    with pytest.raises(BadCatalogue, match=r"category.*; .*porgram"):
        read(ONE.replace(b'"sync"', b'"cloud"').replace(b"\nprogram", b"\nporgram"))


def test_the_signals_ids_are_the_fields_names(catalogue: Catalogue):
    """What a finding names can be looked up."""
    given = {name for _, signs, _ in every(catalogue) for name in signs.given()}
    assert given <= set(SIGNS)
