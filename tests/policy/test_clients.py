"""A client is told from all that was seen of it: something that is installed or runs must be among that."""

from policy.catalogue import Catalogue, read
from policy.catalogue.clients import Evidence, Found, State, found, installed
from policy.catalogue.owners import Told

CATALOGUE = read(b"""
format = 1
[[clients]]
id = "drop"
name = "Drop"
vendor = "Drop Inc."
category = "sync"
[clients.linux]
sources = ["made up"]
decisive = ["dpkg", "program", "linked"]
dpkg = ["drop-client"]
snap = ["dropper"]
program = ["drop"]
config = [".drop"]
linked = [".drop/info"]
[[clients]]
id = "desk"
name = "Desk"
vendor = "Desk"
category = "sync"
starts = "itself"
[clients.linux]
sources = ["made up"]
decisive = ["program", "dpkg"]
program = ["desk"]
dpkg = ["desk"]
config = [".desk"]
""")


def state(name: str, *seen: tuple[str, str], runs: tuple[str, ...] = (), told: tuple[Told, ...] = ()) -> State | None:
    one = first(CATALOGUE, {name: Evidence(frozenset(seen), runs, told)})
    return one.state if one else None


def first(catalogue: Catalogue, evidence: dict[str, Evidence]) -> Found | None:
    return next(iter(found(catalogue, "linux", evidence)), None)


def test_what_is_installed_runs_or_is_linked_has_that_state() -> None:
    package = ("dpkg", "drop-client")
    assert state("drop", package) == "installed"
    assert state("drop", package, runs=("program",)) == "running"
    assert state("drop", package, ("linked", ".drop/info"), runs=("program",)) == "syncing"
    assert state("drop", package, told=(Told("private"),)) == "syncing"


def test_what_a_client_left_behind_is_no_client() -> None:
    assert state("drop", ("config", ".drop"), ("linked", ".drop/info")) is None
    assert state("drop", ("config", ".drop")) is None


def test_a_sign_that_does_not_tell_alone_needs_another() -> None:
    assert state("drop", ("snap", "dropper")) is None
    assert state("drop", ("snap", "dropper"), ("config", ".drop")) == "installed"


def test_a_program_that_lies_there_is_no_process() -> None:
    assert state("drop", ("program", "drop")) == "installed"


def test_what_cannot_be_read_of_an_account_links_none() -> None:
    assert state("drop", ("dpkg", "drop-client"), told=(Told("unread"),)) == "installed"


def test_what_a_desktop_starts_for_everybody_is_told_once_an_account_is_linked() -> None:
    assert state("desk", ("dpkg", "desk"), ("config", ".desk"), runs=("program",)) is None
    assert state("desk", ("dpkg", "desk"), told=(Told("linked"),)) == "syncing"


def test_the_signals_are_named_in_the_catalogues_order() -> None:
    one = first(CATALOGUE, {"drop": Evidence(frozenset({("config", ".drop"), ("dpkg", "drop-client")}), ("program",))})
    assert one
    assert one.signals == ("dpkg", "program", "config")


def test_a_package_is_known_by_the_whole_of_its_name() -> None:
    packages = [("dpkg", "drop-client"), ("dpkg", "drop"), ("snap", "Dropper"), ("rpm", "drop-client")]
    assert installed(CATALOGUE, "linux", packages) == {
        "drop": frozenset({("dpkg", "drop-client"), ("snap", "dropper")})
    }
