"""The dpkg sensor over the real dpkg, in a root of its own: what is there, and when that can't be told."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from agent.sensors.dpkg import Dpkg
from tests.support.packages import NOW, Debs, Packages, names, seen

BROKEN = "exit 1"


# --- what is there


def test_installed_upgraded_removed_purged(machine: Packages, sensor: Dpkg):
    """One subject through its versions, and gone."""
    machine.install(machine.deb("toy", "1.0"))
    (fact,) = sensor.look(NOW).facts
    machine.install(machine.deb("toy", "2:1.1~rc1-1"))
    (newer,) = sensor.look(NOW).facts
    assert fact.subject == newer.subject
    assert seen(sensor.look(NOW))["toy"].version == "2:1.1~rc1-1"
    machine.remove("toy", purge=True)
    gone = sensor.look(NOW)
    assert (gone.facts, gone.gap) == ((), None)


def test_what_left_only_its_settings_is_gone(machine: Packages, sensor: Dpkg):
    """`config-files`: removed, not purged."""
    machine.install(machine.deb("toy", postrm="true"))
    machine.remove("toy")
    assert "config-files" in machine.status.read_text(), "else this tests nothing"
    look = sensor.look(NOW)
    assert (look.facts, look.gap) == ((), None)


def test_a_package_whose_script_fails_is_there_and_a_gap_about_itself(machine: Packages, sensor: Dpkg):
    """Half configured: a fact, and nobody may take its absence for repair; the rest is seen whole."""
    machine.install("other")
    assert machine.dpkg("--install", str(machine.deb("toy", postinst=BROKEN))).returncode
    look = sensor.look(NOW)
    assert names(look) == ["other", "toy"]
    assert look.gap is not None
    assert look.gap.reason == "half_configured"
    assert [s.key for s in look.gap.about] == ["toy"]
    machine.remove("toy", purge=True)
    assert sensor.look(NOW).gap is None


def test_unpacked_and_not_configured_is_the_same(machine: Packages, sensor: Dpkg):
    """The machine lost power in the middle."""
    machine.dpkg("--unpack", str(machine.deb("toy")))
    look = sensor.look(NOW)
    assert names(look) == ["toy"]
    assert look.gap
    assert [s.key for s in look.gap.about] == ["toy"]


def test_a_torn_database_is_a_gap_with_its_reason(machine: Packages, sensor: Dpkg):
    """Cut in the middle of a line, and full of zeros as after a power cut."""
    machine.install("toy", "other")
    whole = machine.status.read_bytes()
    for torn in (whole[: len(whole) - 8].replace(b"Version: 1.0", b"Versi"), whole[:40] + bytes(200)):
        machine.status.write_bytes(torn)
        look = sensor.look(NOW)
        assert look.facts == ()
        assert look.gap is not None
        assert look.gap.reason.startswith("unreadable: dpkg-query: ")
        assert not look.gap.about, "it says nothing of any package"
    machine.status.write_bytes(whole)
    assert names(sensor.look(NOW)) == ["other", "toy"]


@pytest.mark.parametrize("gone", ["status", "."])
def test_a_database_that_is_not_there_is_a_gap(machine: Packages, sensor: Dpkg, gone: str):
    """The file or the whole directory: dpkg-query would tell of a machine without a package."""
    machine.install("toy")
    assert names(sensor.look(NOW)) == ["toy"]
    path = machine.database / gone
    path.rename(machine.root / "elsewhere")
    look = sensor.look(NOW)
    assert look.facts == ()
    assert look.gap is not None
    assert look.gap.reason == "unreadable: there is no database"
    (machine.root / "elsewhere").rename(path)
    assert names(sensor.look(NOW)) == ["toy"]


@pytest.mark.parametrize("restarted", [False, True])
def test_an_emptied_database_of_a_machine_that_has_dpkg_is_a_gap(machine: Packages, sensor: Dpkg, restarted: bool):
    """Nobody removed everything, dpkg itself among it: an earlier look, or an earlier run, knew it."""
    machine.install("dpkg", "toy")
    first = Dpkg(machine.root)
    first.look(NOW)
    machine.status.write_bytes(b"")
    look = (Dpkg(machine.root, known=first.known) if restarted else first).look(NOW)
    assert look.facts == ()
    assert look.gap is not None
    assert look.gap.reason == "unreadable: dpkg itself is not in it"


def test_the_journal_of_a_dpkg_that_was_killed_is_read_too(machine: Packages, sensor: Dpkg):
    """What stands in updates/ is newer than the file; dpkg-query knows."""
    machine.install("toy")
    stanza = machine.status.read_text().replace("1.0", "1.7")
    (machine.database / "updates/0000").write_text(stanza)
    assert seen(sensor.look(NOW))["toy"].version == "1.7"


@pytest.mark.parametrize("locks", [("lock-frontend",), ("lock",), ("lock-frontend", "lock")])
def test_a_locked_database_is_a_gap(machine: Packages, sensor: Dpkg, locks):
    """Somebody is at work: nothing is seen, and nothing is said of it."""
    machine.install("toy")
    with machine.held(*locks):
        assert sensor.busy()
        look = sensor.look(NOW)
        assert look.facts == ()
        assert look.gap is not None
        assert look.gap.reason == "locked"
    assert not sensor.busy()
    assert names(sensor.look(NOW)) == ["toy"]


def test_another_file_that_is_locked_is_not_this_one(machine: Packages, sensor: Dpkg):
    """Told by inode."""
    machine.install("toy")
    with machine.held("triggers-lock"):
        assert not sensor.busy()


def test_a_machine_without_dpkg_query_is_a_gap(machine: Packages, sensor: Dpkg, monkeypatch: pytest.MonkeyPatch):
    """Not Debian at all."""
    monkeypatch.setenv("PATH", str(machine.root))
    look = sensor.look(NOW)
    assert look.gap
    assert look.gap.reason.startswith("unreadable: ")


def test_an_ordinary_user_can_tell_that_somebody_is_at_work(debs: Debs):
    """The locks are 0640 root; /proc/locks is everybody's."""
    with tempfile.TemporaryDirectory(prefix="dw-") as folder:
        Path(folder).chmod(0o755)
        machine = Packages(Path(folder) / "root", debs)
        machine.install("toy")
        for name in ("lock", "lock-frontend"):
            assert (machine.database / name).stat().st_mode & 0o777 == 0o640
        with machine.held("lock-frontend"):
            assert as_nobody(machine.root) == "True"
        assert as_nobody(machine.root) == "False"


def as_nobody(root: Path) -> str:
    """Whether the sensor of a user with no rights says that it is busy."""
    script = (
        "import os, pathlib, sys\n"
        "from agent.sensors.dpkg import Dpkg\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "if os.getuid() == 0:\n"
        "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "    try: open(root / 'var/lib/dpkg/lock'); sys.exit('it could be opened')\n"
        "    except PermissionError: pass\n"
        "print(Dpkg(root).busy())\n"
    )
    project = Path(__file__).resolve().parents[2]
    command = (sys.executable, "-c", script, str(root))
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=30, check=False, env=os.environ)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- what was there, and what is new


def test_what_was_there_at_the_first_look_is_not_described(machine: Packages):
    """No history, no lists are read for it: its origin is not known."""
    machine.install("toy")
    machine.log("toy", by="me (1000)")
    machine.offers("a.example", "Company", ("toy", "1.0"))
    sensor = Dpkg(machine.root)
    first = seen(sensor.look(NOW))["toy"]
    assert (first.origin, first.brought_by, first.brings) == (None, "unknown", ())


def test_removed_and_installed_again_is_new(machine: Packages):
    """Its origin is asked then."""
    machine.install("toy")
    machine.offers("a.example", "Company", ("toy", "1.0"))
    sensor = Dpkg(machine.root)
    sensor.look(NOW)
    machine.remove("toy", purge=True)
    sensor.look(NOW)
    machine.install("toy")
    assert seen(sensor.look(NOW))["toy"].origin == "Company"


def test_an_earlier_runs_baseline_holds(machine: Packages):
    """The agent starts again: what is new since then is described."""
    machine.install("old", "new")
    machine.offers("a.example", "Company", ("old", "1.0"), ("new", "1.0"))
    look = seen(Dpkg(machine.root, known=frozenset({"old"})).look(NOW))
    assert (look["old"].origin, look["new"].origin) == (None, "Company")


# --- what was pulled in


def test_one_program_with_a_dozen_dependencies_names_them(machine: Packages, sensor: Dpkg):
    """A dozen facts that were pulled in, one that was chosen, and what it brings."""
    libraries = [f"lib{i:02}" for i in range(12)]
    needs = f"Depends: {', '.join(libraries)}"
    machine.apt(machine.deb("toy", "1.0", needs), *libraries, auto=libraries, command="apt-get install toy")
    look = seen(sensor.look(NOW))
    assert look["toy"].chosen
    assert look["toy"].brings == tuple(libraries)
    assert not any(look[name].chosen for name in libraries)


def test_what_something_else_needs_too_is_not_brought_by_it(machine: Packages, sensor: Dpkg):
    """Removing it would not take that away."""
    machine.apt("shared", "own", machine.deb("other", "1.0", "Depends: shared"), auto=("shared", "own"))
    machine.apt(machine.deb("toy", "1.0", "Depends: shared (>= 1), own"))
    assert seen(sensor.look(NOW))["toy"].brings == ("own",)


def test_what_was_there_before_is_not_brought_by_it(machine: Packages):
    """Though nothing else holds it any more."""
    machine.apt("old", auto=("old",))
    sensor = Dpkg(machine.root)
    sensor.look(NOW)
    machine.apt(machine.deb("toy", "1.0", "Depends: old"))
    assert seen(sensor.look(NOW))["toy"].brings == ()


@pytest.mark.parametrize(
    "needs", ["Depends: engine", "Depends: nothing | real", "Recommends: engine", "Pre-Depends: engine"]
)
def test_virtual_packages_and_alternatives(machine: Packages, sensor: Dpkg, needs):
    """Whatever is here and fulfils it was brought by it."""
    real = machine.deb("real", "1.0", "Provides: engine (= 2), motor")
    machine.apt(real, auto=("real",))
    machine.apt(machine.deb("toy", "1.0", needs))
    assert seen(sensor.look(NOW))["toy"].brings == ("real",)


def test_over_two_steps_and_around_a_circle(machine: Packages, sensor: Dpkg):
    """One needs the second, that one the third, and that one the second."""
    second, third = machine.deb("second", "1.0", "Depends: third"), machine.deb("third", "1.0", "Recommends: second")
    machine.apt(third, second, auto=("second", "third"))
    machine.apt(machine.deb("first", "1.0", "Depends: second"))
    assert seen(sensor.look(NOW))["first"].brings == ("second", "third")
