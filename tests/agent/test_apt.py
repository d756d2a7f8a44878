"""What apt knows beside the real dpkg: who brought a program, and which repository it comes from."""

import pytest

from agent.sensors.dpkg import Dpkg
from tests.support.packages import NOW, Packages, seen

# --- who brought it


@pytest.mark.parametrize(
    ("command", "by", "who", "scope"),
    [
        ("apt-get install -y toy", "me (1000)", "user", "user:1000"),
        ("apt-get install -y toy", "", "unknown", ""),  # a root shell's
        ("/usr/bin/unattended-upgrade", "", "management", ""),
        ("/usr/bin/unattended-upgrade --verbose", "me (1000)", "management", ""),
        ("/usr/bin/ansible-apt toy", "", "management", ""),
        ("apt-get install -y toy /usr/bin/unattended-upgrade", "me (1000)", "user", "user:1000"),
        ("packagekit role='install-packages'", "Jan de Vries (1001)", "user", "user:1001"),
    ],
)
def test_who_brought_it(machine: Packages, sensor: Dpkg, command, by, who, scope):
    """Apt says whom sudo named; the policy names the company's own ways."""
    machine.apt("toy", command=command, by=by)
    fact = seen(sensor.look(NOW))["toy"]
    assert (fact.brought_by, fact.by) == (who, scope)


def test_by_dpkg_alone_nobody_is_named(machine: Packages, sensor: Dpkg):
    """No line of apt's log speaks of it."""
    machine.log("other", by="me (1000)")
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].brought_by == "unknown"


def test_the_last_run_counts(machine: Packages, sensor: Dpkg):
    """Installed by one, later by another."""
    machine.log("toy", by="me (1000)")
    machine.apt("toy", by="other (1001)")
    assert seen(sensor.look(NOW))["toy"].by == "user:1001"


@pytest.mark.parametrize("verb", ["Remove", "Purge"])
def test_who_brought_it_before_it_was_taken_away_did_not_bring_it_now(machine: Packages, sensor: Dpkg, verb: str):
    """Last year one by apt; today somebody by dpkg alone: nobody is named."""
    machine.apt("toy", by="me (1000)")
    machine.remove("toy", purge=True)
    machine.log("toy", by="me (1000)", verb=verb)
    sensor.look(NOW)
    machine.install("toy")
    fact = seen(sensor.look(NOW))["toy"]
    assert (fact.brought_by, fact.by) == ("unknown", "")
    machine.remove("toy")
    sensor.look(NOW)
    machine.apt("toy", by="other (1001)")
    assert seen(sensor.look(NOW))["toy"].by == "user:1001"


def test_an_upgrade_of_the_os_is_nobodys(machine: Packages, sensor: Dpkg):
    """Over fifty new packages in one run, none of them named by who ran it."""
    many = [f"p{i:02}" for i in range(51)]
    machine.install("p00")
    machine.log(*many, command="apt-get dist-upgrade", by="me (1000)")
    assert seen(sensor.look(NOW))["p00"].brought_by == "management"


def test_fifty_are_no_upgrade_of_the_os(machine: Packages, sensor: Dpkg):
    """The promise says: over fifty."""
    machine.install("p00")
    machine.log(*(f"p{i:02}" for i in range(50)), command="apt-get dist-upgrade", by="me (1000)")
    assert seen(sensor.look(NOW))["p00"].by == "user:1000"


@pytest.mark.parametrize("named", ["toy", "toy=1.0", "toy:amd64", "./toy_1.0_all.deb", "/home/me/toy_1.0_all.deb"])
def test_a_users_own_install_of_what_needs_sixty_others_is_still_theirs(machine: Packages, sensor: Dpkg, named: str):
    """They named it, or its file; what came along they did not."""
    libraries = [f"l{i:02}" for i in range(60)]
    machine.install("toy", "l00")
    machine.log("toy", *libraries, auto=libraries, command=f"apt-get install -y {named}", by="me (1000)")
    look = seen(sensor.look(NOW))
    assert look["toy"].by == "user:1000"
    assert look["l00"].brought_by == "management"


def test_of_a_long_history_the_end_is_read(machine: Packages, sensor: Dpkg):
    """Months of runs before it."""
    for _ in range(40):
        machine.log(*(f"old-package-{i}" for i in range(300)), by="other (1001)")
    machine.apt("toy", by="me (1000)")
    assert seen(sensor.look(NOW))["toy"].by == "user:1000"


# --- where it comes from


@pytest.mark.parametrize("packed", [False, True])
def test_the_origin_of_the_repository_that_offers_this_version(machine: Packages, sensor: Dpkg, packed):
    """Of two lists the one that has it; as it lies there, or packed as apt does on small disks."""
    machine.offers("a.example", "Debian", ("first", "1.0"), ("toy", "0.9"), ("last", "1.0"), packed=packed)
    machine.offers("b.example", "KPN Werkplek", ("aaa", "1"), ("toy", "1.0"), packed=packed)
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].origin == "KPN Werkplek"


def test_the_first_and_the_last_of_a_list_are_found(machine: Packages, sensor: Dpkg):
    """At both ends of the file."""
    machine.offers("a.example", "Debian", ("toy", "1.0"), ("middle", "1.0"), ("last", "1.0"))
    machine.install("toy", "last")
    assert {fact.origin for fact in seen(sensor.look(NOW)).values()} == {"Debian"}


@pytest.mark.parametrize("stanza", [("toy-extra", "1.0"), ("not-toy", "1.0"), ("toy", "1.0~1"), ("toy", "0.9")])
def test_what_only_looks_like_it_is_not_it(machine: Packages, sensor: Dpkg, stanza):
    """A longer name, an older version: no repository offers this one."""
    machine.offers("a.example", "Debian", stanza)
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].origin == ""


@pytest.mark.parametrize("version", ["1.0-1", "11.0"])
def test_a_repository_that_has_moved_on_is_still_where_it_came_from(machine: Packages, sensor: Dpkg, version):
    """apt-get update brought a newer list; the program on the laptop has yet to follow."""
    machine.offers("a.example", "Debian", ("toy", version))
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].origin == "Debian"


@pytest.mark.parametrize("first", ["a", "z"])
def test_the_repository_that_has_this_version_counts_before_one_that_has_a_newer(
    machine: Packages, sensor: Dpkg, first: str
):
    """In whichever order the lists lie: the company's own build, and Debian's of next year."""
    machine.offers("m.example", "KPN Werkplek", ("toy", "1.0"))
    machine.offers(f"{first}.example", "Debian", ("toy", "2.0"))
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].origin == "KPN Werkplek"


def test_no_lists_tell_nothing(machine: Packages, sensor: Dpkg):
    """Not known is not none."""
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].origin is None


def test_a_list_without_its_release_file_has_no_origin(machine: Packages, sensor: Dpkg):
    """Nobody signed for it here."""
    machine.offers("a.example", None, ("toy", "1.0"))
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].origin == ""


def test_an_empty_list_is_no_error(machine: Packages, sensor: Dpkg):
    """A repository that offers nothing for this machine."""
    machine.offers("a.example", "Debian")
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].origin == ""
