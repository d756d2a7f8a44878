"""Whether a screen locks itself, as each desktop has it set.

Real programs: gsettings and dconf on a bus of their own, with GNOME's and MATE's own schemas; xfconf-query and xfconfd.
Documented forms: Cinnamon's schema (written here), KDE Plasma's kscreenlockerrc, the names of xfce4-screensaver's keys.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from agent.sensors.settings import UserSettings
from agent.settings import asking
from policy.kinds.settings import Setting
from tests.support.packages import NOW
from tests.support.until import until

CINNAMON = """<schemalist>
<schema id="org.cinnamon.desktop.screensaver" path="/org/cinnamon/desktop/screensaver/">
<key name="lock-enabled" type="b"><default>true</default></key>
<key name="lock-delay" type="u"><default>2</default></key></schema>
<schema id="org.cinnamon.desktop.session" path="/org/cinnamon/desktop/session/">
<key name="idle-delay" type="u"><default>900</default></key></schema>
</schemalist>"""
MINUTE = 60.0


class Home:
    """A user with a bus; their settings are kept by dconf and xfconf, as on their desktop."""

    def __init__(self, folder: Path, bus: str) -> None:
        self.config = folder / "config"
        self.config.mkdir()
        self.system = folder / "xdg"
        schemas = folder / "schemas"
        schemas.mkdir()
        (schemas / "cinnamon.gschema.xml").write_text(CINNAMON)
        subprocess.run(["glib-compile-schemas", str(schemas)], check=True, timeout=30)
        self.env = {
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(self.config),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "GSETTINGS_BACKEND": "dconf",
            "GSETTINGS_SCHEMA_DIR": str(schemas),
        }

    def ask(self, command: Sequence[str]) -> str | None:
        return asking.ask(command, self.env)

    def set(self, schema: str, key: str, value: str) -> None:
        self._run("gsettings", "set", schema, key, value)

    def xfce(self, key: str, form: str, value: str) -> None:
        self._run("xfconf-query", "-c", "xfce4-screensaver", "-p", key, "-n", "-t", form, "-s", value)

    def _run(self, *command: str) -> None:
        subprocess.run(command, check=True, timeout=30, env={**os.environ, **self.env})

    def kde(self, text: str) -> None:
        (self.config / "kscreenlockerrc").write_text(text)

    def sensor(self, desktop: str) -> UserSettings:
        return UserSettings(self.config, desktop, self.system, self.ask, settle=0.0)

    def look(self, desktop: str) -> Setting:
        (found,) = self.sensor(desktop).look(NOW).facts
        assert isinstance(found, Setting)
        return found

    def locks(self, desktop: str) -> tuple[str, float | None]:
        found = self.look(desktop)
        return found.state, found.seconds


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    command = ("dbus-daemon", "--session", "--nofork", "--print-address=1")
    env = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}
    bus = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    assert bus.stdout
    yield Home(tmp_path, bus.stdout.readline().strip())
    bus.terminate()
    bus.communicate(timeout=30)


# --- GNOME


def test_gnome_locks_after_five_minutes_as_it_comes(home: Home):
    assert home.look("GNOME").how == "gnome"
    assert home.locks("ubuntu:GNOME") == ("on", 300)


def test_gnomes_delay_of_the_lock_comes_on_top(home: Home):
    home.set("org.gnome.desktop.session", "idle-delay", "900")
    home.set("org.gnome.desktop.screensaver", "lock-delay", "120")
    assert home.locks("GNOME") == ("on", 1020)


@pytest.mark.parametrize(
    ("schema", "key", "value"),
    [
        ("org.gnome.desktop.screensaver", "lock-enabled", "false"),
        ("org.gnome.desktop.session", "idle-delay", "0"),
        ("org.gnome.desktop.lockdown", "disable-lock-screen", "true"),
    ],
)
def test_gnome_never_locks_once_one_of_these_is_set(home: Home, schema: str, key: str, value: str):
    home.set(schema, key, value)
    assert home.locks("GNOME") == ("off", None)


# --- MATE, Cinnamon, Xfce


def test_mate_counts_in_minutes(home: Home):
    home.set("org.mate.session", "idle-delay", "7")
    home.set("org.mate.screensaver", "lock-delay", "1")
    assert home.locks("MATE") == ("on", 8 * MINUTE)


@pytest.mark.parametrize(
    ("schema", "key", "value"),
    [
        ("org.mate.screensaver", "lock-enabled", "false"),
        ("org.mate.screensaver", "idle-activation-enabled", "false"),
        ("org.mate.session", "idle-delay", "0"),
    ],
)
def test_mate_never_locks_once_one_of_these_is_set(home: Home, schema: str, key: str, value: str):
    home.set(schema, key, value)
    assert home.locks("MATE") == ("off", None)


def test_cinnamon(home: Home):
    assert home.locks("X-Cinnamon") == ("on", 902)
    home.set("org.cinnamon.desktop.session", "idle-delay", "0")
    assert home.locks("X-Cinnamon") == ("off", None)
    home.set("org.cinnamon.desktop.session", "idle-delay", "60")
    home.set("org.cinnamon.desktop.screensaver", "lock-enabled", "false")
    assert home.locks("X-Cinnamon") == ("off", None)


def test_xfce_is_unknown_until_its_screensaver_keeps_something(home: Home):
    """Another program may lock."""
    assert home.locks("XFCE") == ("unknown", None)
    home.xfce("/saver/idle-activation/delay", "int", "12")
    home.xfce("/lock/saver-activation/delay", "int", "3")
    assert home.locks("XFCE") == ("on", 15 * MINUTE)


@pytest.mark.parametrize(
    "key", ["/saver/enabled", "/saver/idle-activation/enabled", "/lock/enabled", "/lock/saver-activation/enabled"]
)
def test_xfce_never_locks_once_one_of_these_is_off(home: Home, key: str):
    home.xfce(key, "bool", "false")
    assert home.locks("XFCE") == ("off", None)


# --- KDE Plasma


def test_kde_locks_after_five_minutes_and_a_moment_as_it_comes(home: Home):
    assert home.locks("KDE") == ("on", 305)


def test_kde_counts_in_minutes_and_its_grace_in_seconds(home: Home):
    home.kde("[Daemon]\nTimeout=15\nLockGrace=30\n\n[Greeter]\nTimeout=1\n")
    assert home.locks("KDE") == ("on", 930)


@pytest.mark.parametrize(
    "line", ["Autolock=false", "Timeout=0", "Autolock[$i]=false", "RequirePassword=false", "LockGrace=-1"]
)
def test_kde_never_locks_once_one_of_these_is_set(home: Home, line: str):
    home.kde(f"[Daemon]\n{line}\n")
    assert home.locks("KDE") == ("off", None)


def test_a_companys_own_default_counts_where_the_user_set_nothing(home: Home):
    home.system.mkdir()
    (home.system / "kscreenlockerrc").write_text("[Daemon]\nTimeout=3\nLockGrace=0\n")
    assert home.locks("KDE") == ("on", 180)
    home.kde("[Daemon]\nTimeout=30\n")
    assert home.locks("KDE") == ("on", 1800)


# --- what can't be seen


@pytest.mark.parametrize("desktop", ["", "sway", "GNUSTEP", ":"])
def test_another_desktop_is_unknown(home: Home, desktop: str):
    assert home.locks(desktop) == ("unknown", None)


@pytest.mark.parametrize("desktop", ["GNOME", "MATE", "X-Cinnamon", "XFCE"])
@pytest.mark.parametrize("said", [None, "", "nonsense", "No such schema\n\n\n", "a b c d e\n" * 3])
def test_a_program_that_is_missing_or_says_nonsense_tells_nothing(tmp_path: Path, desktop: str, said: str | None):
    sensor = UserSettings(tmp_path, desktop, tmp_path, lambda _command: said)
    (found,) = sensor.look(NOW).facts
    assert isinstance(found, Setting)
    assert found.state in ({"on", "unknown"} if desktop == "XFCE" else {"unknown"})


@pytest.mark.parametrize("how", ["pipe", "huge", "loop", "folder"])
def test_a_file_that_can_not_be_read_is_unknown(home: Home, how: str):
    """No wait, no memory."""
    spoil(home.config / "kscreenlockerrc", how)
    assert home.locks("KDE") == ("unknown", None)


def spoil(path: Path, how: str) -> None:
    if how == "pipe":
        os.mkfifo(path)
    elif how == "huge":
        path.touch()
        os.truncate(path, 1 << 40)
    elif how == "loop":
        path.symlink_to(path.name)
    else:
        path.mkdir()


def test_a_file_of_nonsense_says_nothing_and_so_kdes_own_defaults_hold(home: Home):
    (home.config / "kscreenlockerrc").write_bytes(b"\xff\0[[[=\n[Daemon\nAutolock=false\n=\n")
    assert home.locks("KDE") == ("on", 305)


def test_a_program_that_does_not_answer_is_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(asking, "PATIENCE", 0.1)
    assert asking.ask(("sleep", "60")) is None
    assert asking.ask(("false",)) is None
    assert asking.ask(("there-is-no-such-program",)) is None


# --- events


@pytest.mark.parametrize("there", [False, True])
def test_a_changed_setting_of_gnome_is_heard(home: Home, there: bool):
    """Also the first one ever, which makes the file."""
    if there:
        home.set("org.gnome.desktop.session", "idle-delay", "600")
    sensor, heard = home.sensor("GNOME"), list[float]()
    sensor.start(heard.append)
    sensor.look(NOW)
    home.set("org.gnome.desktop.screensaver", "lock-enabled", "false")
    until(lambda: heard, what="no event")
    sensor.stop()


def test_a_changed_file_of_kde_is_heard_and_no_other(home: Home):
    sensor, heard = home.sensor("KDE"), list[float]()
    sensor.start(heard.append)
    (home.config / "plasmarc").write_text("x")
    new = home.config / "kscreenlockerrc.new"
    new.write_text("[Daemon]\nAutolock=false\n")
    new.rename(home.config / "kscreenlockerrc")
    until(lambda: heard, what="no event")
    sensor.stop()
    assert len(heard) == 1
