"""Disk, firewall, virus scanner, updates and sign-in of a machine.

Real: apt-config over files in a root of its own. Documented forms: the kernel's /proc and /sys (proc_pid_mountinfo(5),
Documentation/ABI), cgroups(7), nft's JSON (libnftables-json(5)), the files of ufw, gdm3, LightDM, SDDM, dnf-automatic.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from agent.sensors.settings import MachineSettings
from agent.settings import disk, firewall, scanner, sign_in, updates
from policy.kinds.settings import CHECKS, Setting
from tests.support.packages import NOW
from tests.support.until import until

MISSING = ["pipe", "huge", "loop", "folder", "text"]


def put(root: Path, name: str, text: str = "") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def spoil(path: Path, how: str) -> None:
    """Something is there that is no such file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if how == "pipe":
        os.mkfifo(path)
    elif how == "huge":
        path.touch()
        os.truncate(path, 1 << 40)
    elif how == "loop":
        path.symlink_to(path.name)
    elif how == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff\0 - \n[[=\n::::\n{")


# --- disk


class Disk:
    """What the kernel shows of block devices."""

    def __init__(self, root: Path) -> None:
        self.root, self._mounts, self._numbers = root, list[str](), 0

    def device(self, name: str, *on: str, uuid: str = "", loop: bool = False) -> None:
        """One that is made of others."""
        self._numbers += 1
        folder = self.root / "sys/devices" / name
        (folder / "slaves").mkdir(parents=True)
        for below in on:
            (folder / "slaves" / below).symlink_to(self.root / "sys/devices" / below)
        if uuid:
            put(folder, "dm/uuid", uuid + "\n")
        if loop:
            (folder / "loop").mkdir()
        for link in (f"sys/dev/block/8:{self._numbers}", f"sys/class/block/{name}"):
            path = self.root / link
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(folder)
        put(self.root, f"dev/{name}")

    def mount(self, place: str, number: str, source: str, form: str = "ext4") -> None:
        self._mounts.append(f"28 1 {number} / {place} rw,relatime shared:1 - {form} {source} rw")
        put(self.root, "proc/self/mountinfo", "\n".join(self._mounts))

    def state(self) -> str:
        return disk.look(self.root).state


@pytest.fixture
def devices(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_a_plain_partition_is_open(devices: Disk):
    devices.device("sda1")
    devices.mount("/", "8:1", "/dev/sda1")
    assert devices.state() == "off"


def test_a_root_on_luks_is_encrypted(devices: Disk):
    devices.device("sda3")
    devices.device("dm-0", "sda3", uuid="CRYPT-LUKS2-0123-sda3_crypt")
    devices.mount("/", "8:2", "/dev/mapper/sda3_crypt")
    assert devices.state() == "on"


def test_lvm_on_luks_is_encrypted_and_without_it_is_not(devices: Disk):
    devices.device("sda3")
    devices.device("dm-0", "sda3", uuid="CRYPT-LUKS2-0123-x")
    devices.device("dm-1", "dm-0", uuid="LVM-abc")
    devices.mount("/", "8:3", "/dev/mapper/vg-root")
    assert devices.state() == "on"
    devices.device("dm-2", "sda3", uuid="LVM-abd")
    devices.mount("/home", "8:4", "/dev/mapper/vg-home")
    assert devices.state() == "off"


def test_one_open_part_of_several_is_open(devices: Disk):
    devices.device("sda")
    devices.device("sdb")
    devices.device("dm-0", "sda", uuid="CRYPT-LUKS2-1-x")
    devices.device("dm-1", "dm-0", "sdb", uuid="LVM-abc")
    devices.mount("/", "8:4", "/dev/mapper/vg-root")
    assert devices.state() == "off"


def test_btrfs_is_told_by_its_source(devices: Disk):
    devices.device("sda")
    devices.device("dm-0", "sda", uuid="CRYPT-LUKS2-1-x")
    (devices.root / "dev/mapper").mkdir()
    (devices.root / "dev/mapper/luks").symlink_to("../dm-0")
    devices.mount("/", "0:27", "/dev/mapper/luks", "btrfs")
    assert devices.state() == "on"


def test_what_lies_on_top_of_another_root_counts(devices: Disk):
    devices.device("sda1")
    devices.mount("/", "0:2", "rootfs", "rootfs")
    devices.mount("/", "8:1", "/dev/sda1")
    assert devices.state() == "off"


def test_a_home_that_encrypts_its_files_is_encrypted(devices: Disk):
    devices.device("sda")
    devices.device("dm-0", "sda", uuid="CRYPT-LUKS2-1-x")
    devices.mount("/", "8:2", "/dev/mapper/x")
    devices.mount("/home", "0:44", "/home/.ecryptfs", "ecryptfs")
    assert devices.state() == "on"


@pytest.mark.parametrize(
    ("source", "form"),
    [("overlay", "overlay"), ("rpool/ROOT", "zfs"), ("server:/root", "nfs4"), ("/dev/gone", "btrfs")],
)
def test_a_root_that_is_no_device_is_unknown(devices: Disk, source: str, form: str):
    devices.mount("/", "0:30", source, form)
    assert devices.state() == "unknown"


def test_a_root_in_a_file_is_unknown(devices: Disk):
    devices.device("loop0", loop=True)
    devices.mount("/", "8:1", "/dev/loop0")
    assert devices.state() == "unknown"


def test_devices_in_a_circle_end(devices: Disk):
    devices.device("dm-0", "dm-1", uuid="LVM-a")
    devices.device("dm-1", "dm-0", uuid="LVM-b")
    devices.mount("/", "8:1", "/dev/dm-0")
    assert devices.state() == "unknown"


@pytest.mark.parametrize("how", MISSING)
def test_without_the_kernels_table_it_is_unknown(devices: Disk, how: str):
    assert devices.state() == "unknown"
    spoil(devices.root / "proc/self/mountinfo", how)
    assert devices.state() == "unknown"


# --- services


def runs(root: Path, unit: str, *, version: int = 2) -> None:
    if version == 2:
        put(root, f"sys/fs/cgroup/system.slice/{unit}.service/cgroup.events", "populated 1\nfrozen 0\n")
    else:
        put(root, f"sys/fs/cgroup/systemd/system.slice/{unit}.service/cgroup.procs", "812\n")


def stopped(root: Path, unit: str) -> None:
    put(root, f"sys/fs/cgroup/system.slice/{unit}.service/cgroup.events", "populated 0\nfrozen 0\n")


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("unit", ["clamav-clamonacc", "mdatp", "falcon-sensor"])
def test_a_scanner_that_runs_is_seen(tmp_path: Path, unit: str, version: int):
    runs(tmp_path, "ssh", version=version)
    assert scanner.look(tmp_path).state == "off"
    runs(tmp_path, unit, version=version)
    assert scanner.look(tmp_path).state == "on"


def test_a_scanner_that_stopped_is_none(tmp_path: Path):
    stopped(tmp_path, "clamav-clamonacc")
    assert scanner.look(tmp_path).state == "off"


def test_a_daemon_that_only_waits_to_be_asked_is_no_scanner_of_what_is_opened(tmp_path: Path):
    runs(tmp_path, "clamav-daemon")
    assert scanner.look(tmp_path).state == "off"


def test_a_company_names_its_own_scanner(tmp_path: Path):
    runs(tmp_path, "kpn-guard")
    assert scanner.look(tmp_path, ["kpn-guard.service"]).state == "on"


def test_without_systemd_a_scanner_is_unknown(tmp_path: Path):
    assert scanner.look(tmp_path).state == "unknown"


# --- firewall


def chain(name: str, *, hook: str = "", policy: str = "accept", family: str = "inet") -> dict[str, Any]:
    base = {"hook": hook, "type": "filter", "prio": 0, "policy": policy} if hook else {}
    return {"chain": {"family": family, "table": "filter", "name": name, "handle": 1, **base}}


def rule(of: str, *expr: dict[str, Any], family: str = "inet") -> dict[str, Any]:
    return {"rule": {"family": family, "table": "filter", "chain": of, "handle": 2, "expr": list(expr)}}


def nft(*listed: dict[str, Any]) -> str:
    return json.dumps({"nftables": [{"metainfo": {"version": "1.0.9", "json_schema_version": 1}}, *listed]})


COUNT: dict[str, Any] = {"counter": {"packets": 0, "bytes": 0}}


@pytest.mark.parametrize(
    "said",
    [
        nft(chain("INPUT", hook="input", policy="drop")),
        nft(chain("input", hook="input"), rule("input", COUNT, {"drop": None})),
        nft(chain("input", hook="input"), rule("input", {"reject": {"type": "icmpx", "expr": "port-unreachable"}})),
        nft(
            chain("input", hook="input"),
            chain("more"),
            rule("input", {"jump": {"target": "more"}}),
            rule("more", {"goto": {"target": "last"}}),
            rule("last", {"drop": None}),
        ),
    ],
)
def test_a_rule_set_that_stops_what_comes_in_is_a_firewall(tmp_path: Path, said: str):
    found = firewall.look(tmp_path, lambda _command: said)
    assert (found.state, found.how) == ("on", "nftables")


@pytest.mark.parametrize(
    "said",
    [
        nft(),
        nft(chain("input", hook="input"), rule("input", COUNT)),
        nft(chain("forward", hook="forward", policy="drop")),
        nft(chain("output", hook="output"), rule("output", {"drop": None})),
        nft(chain("input", hook="input", policy="drop", family="bridge")),
        nft(chain("input", hook="input"), chain("alone"), rule("alone", {"drop": None})),
        nft(chain("input", hook="input"), rule("input", {"jump": {"target": "input"}})),
    ],
)
def test_a_rule_set_that_lets_all_in_is_none(tmp_path: Path, said: str):
    assert firewall.look(tmp_path, lambda _command: said).state == "off"


@pytest.mark.parametrize(
    "said", [None, "", "{", "[]", "null", '{"nftables": 3}', '{"nftables": [{"rule": 3}]}', "[" * 10**5]
)
def test_what_is_no_rule_set_accuses_nobody(tmp_path: Path, said: str | None):
    assert firewall.look(tmp_path, lambda _command: said).state == "unknown"


def test_an_ordinary_user_is_never_told_that_there_is_none(tmp_path: Path):
    put(tmp_path, "etc/ufw/ufw.conf", "ENABLED=no\n")
    assert firewall.look(tmp_path, None).state == "unknown"


def test_ufw_says_itself_that_it_is_on(tmp_path: Path):
    put(tmp_path, "etc/ufw/ufw.conf", "# /etc/ufw/ufw.conf\n#\nENABLED=yes\nLOGLEVEL=low\n")
    found = firewall.look(tmp_path, None)
    assert (found.state, found.how) == ("on", "ufw")


def test_firewalld_is_told_by_its_running(tmp_path: Path):
    stopped(tmp_path, "firewalld")
    assert firewall.look(tmp_path, None).state == "unknown"
    runs(tmp_path, "firewalld")
    assert firewall.look(tmp_path, None).how == "firewalld"


def test_rules_of_the_older_iptables_can_not_be_seen_and_are_unknown(tmp_path: Path):
    put(tmp_path, firewall.LEGACY, "filter\n")
    assert firewall.look(tmp_path, lambda _command: nft()).state == "unknown"


@pytest.mark.parametrize("how", MISSING)
def test_a_broken_file_of_ufw_does_no_harm(tmp_path: Path, how: str):
    spoil(tmp_path / "etc/ufw/ufw.conf", how)
    assert firewall.look(tmp_path, None).state == "unknown"


# --- updates

AUTO = 'APT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "{}";\n'
TWENTY = "etc/apt/apt.conf.d/20auto-upgrades"


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    """Apt itself is this machine's; its files are these."""
    put(tmp_path, updates.APT)
    put(tmp_path, updates.UNATTENDED)
    put(tmp_path, TWENTY, AUTO.format(1))
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    return tmp_path


def test_unattended_upgrades_as_debian_sets_it(debian: Path):
    found = updates.look(debian)
    assert (found.state, found.how) == ("on", "unattended-upgrades")


@pytest.mark.parametrize("text", [AUTO.format(0), "", 'APT::Periodic::Enable "0";\n' + AUTO.format(1)])
def test_apt_that_was_told_not_to(debian: Path, text: str):
    put(debian, TWENTY, text)
    assert updates.look(debian).state == "off"


def test_a_later_file_of_apt_wins_in_its_other_form_too(debian: Path):
    put(debian, "etc/apt/apt.conf.d/99mine", 'APT { Periodic { Unattended-Upgrade "0"; }; };\n')
    assert updates.look(debian).state == "off"


def test_without_the_program_or_its_timer_nothing_is_installed(debian: Path):
    timer = debian / "etc/systemd/system" / updates.TIMER
    timer.symlink_to("/dev/null")
    assert updates.look(debian).state == "off"
    timer.unlink()
    (debian / updates.UNATTENDED).unlink()
    assert updates.look(debian).state == "off"


def test_a_file_of_apt_that_is_torn_is_unknown(debian: Path):
    put(debian, "etc/apt/apt.conf.d/99torn", "APT { {{{")
    assert updates.look(debian).state == "unknown"


@pytest.mark.parametrize("tool", ["dnf", "dnf5"])
def test_dnf_by_its_timer_and_what_it_is_told(tmp_path: Path, tool: str):
    put(tmp_path, f"usr/bin/{tool}")
    assert updates.look(tmp_path).state == "off"
    put(tmp_path, f"etc/systemd/system/timers.target.wants/{tool}-automatic.timer")
    assert updates.look(tmp_path).state == "off"
    put(tmp_path, "etc/dnf/automatic.conf", "[commands]\napply_updates = yes\n[emitters]\napply_updates = no\n")
    assert updates.look(tmp_path).state == "on"
    (tmp_path / f"etc/systemd/system/timers.target.wants/{tool}-automatic.timer").unlink()
    assert updates.look(tmp_path).state == "off"


def test_the_timer_that_always_installs_needs_no_word(tmp_path: Path):
    put(tmp_path, "usr/bin/dnf")
    put(tmp_path, "etc/systemd/system/timers.target.wants/dnf-automatic-install.timer")
    assert updates.look(tmp_path).state == "on"


def test_a_machine_that_is_updated_otherwise_is_unknown(tmp_path: Path):
    assert updates.look(tmp_path).state == "unknown"


@pytest.mark.parametrize("how", MISSING)
def test_a_broken_file_of_dnf_does_no_harm(tmp_path: Path, how: str):
    put(tmp_path, "usr/bin/dnf")
    put(tmp_path, "etc/systemd/system/timers.target.wants/dnf-automatic.timer")
    spoil(tmp_path / "etc/dnf/automatic.conf", how)
    assert updates.look(tmp_path).state == ("off" if how == "text" else "unknown")


# --- sign-in


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    put(
        tmp_path,
        "etc/passwd",
        "root:x:0:0:root:/root:/bin/bash\njan:x:1000:1000::/home/jan:/bin/bash\nd:x:2:2::/:/usr/sbin/nologin\n",
    )
    put(tmp_path, "etc/shadow", "root:*:19000:0:99999:7:::\njan:$y$j9T$x$y:19000:0:99999:7:::\nd::19000::::::\n")
    return tmp_path


def test_passwords_everywhere_are_closed(closed: Path):
    assert sign_in.look(closed).state == "on"


@pytest.mark.parametrize(
    ("name", "text", "how"),
    [
        ("etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable = true\nAutomaticLogin = jan\n", "gdm"),
        ("etc/gdm3/custom.conf", "[daemon]\nAutomaticLoginEnable=True\nAutomaticLogin=jan\n", "gdm"),
        ("etc/gdm/custom.conf", "[daemon]\nTimedLoginEnable=true\nTimedLogin=jan\nTimedLoginDelay=10\n", "gdm"),
        ("etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=jan\n", "lightdm"),
        ("etc/lightdm/lightdm.conf.d/50-me.conf", "[SeatDefaults]\nautologin-user=jan\n", "lightdm"),
        ("etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-guest=true\n", "lightdm"),
        ("etc/sddm.conf.d/kde_settings.conf", "[Autologin]\nRelogin=false\nSession=plasma\nUser=jan\n", "sddm"),
        ("etc/sddm.conf", "[Autologin]\nUser=jan\n", "sddm"),
        ("etc/shadow", "root:*:1::::::\njan::19000:0:99999:7:::\n", "no_password"),
    ],
)
def test_each_way_in_without_a_password_is_seen(closed: Path, name: str, text: str, how: str):
    put(closed, name, text)
    found = sign_in.look(closed)
    assert (found.state, found.how) == ("off", how)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("etc/gdm3/daemon.conf", "[daemon]\n#  AutomaticLoginEnable = true\n#  AutomaticLogin = jan\n"),
        ("etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable=false\nAutomaticLogin=jan\n"),
        ("etc/gdm3/daemon.conf", "[security]\nAutomaticLoginEnable=true\nAutomaticLogin=jan\n"),
        ("etc/lightdm/lightdm.conf", "[Seat:*]\n#autologin-user=\nautologin-user=\n"),
        ("etc/lightdm/lightdm.conf", "[XDMCPServer]\nautologin-user=jan\n"),
        ("etc/sddm.conf", "[Autologin]\nUser=\nSession=plasma\n"),
    ],
)
def test_what_only_looks_like_one_is_none(closed: Path, name: str, text: str):
    put(closed, name, text)
    assert sign_in.look(closed).state == "on"


def test_a_later_file_of_sddm_takes_it_back(closed: Path):
    put(closed, "etc/sddm.conf.d/a.conf", "[Autologin]\nUser=jan\n")
    put(closed, "etc/sddm.conf.d/b.conf", "[Autologin]\nUser=\n")
    assert sign_in.look(closed).state == "on"


@pytest.mark.parametrize("how", MISSING[:-1])
@pytest.mark.parametrize("name", ["etc/shadow", "etc/gdm3/daemon.conf", "etc/sddm.conf", "etc/lightdm/lightdm.conf"])
def test_what_can_not_be_read_is_unknown_unless_another_way_is_open(closed: Path, name: str, how: str):
    spoil(closed / name, how)
    assert sign_in.look(closed).state == "unknown"
    if name != "etc/sddm.conf":
        put(closed, "etc/sddm.conf", "[Autologin]\nUser=jan\n")
        assert sign_in.look(closed).state == "off"


# --- the sensor


def test_a_look_has_each_check_of_the_machine_and_no_gap_on_an_empty_one(tmp_path: Path):
    look = MachineSettings(tmp_path, superuser=True, ask=lambda _command: None).look(NOW)
    facts = [fact for fact in look.facts if isinstance(fact, Setting)]
    assert {fact.check for fact in facts} == {*CHECKS} - {"auto_lock"}
    assert {fact.subject.scope for fact in facts} == {"machine"}
    assert look.gap is None


def test_only_root_asks_the_kernel_for_its_rules(tmp_path: Path):
    asked = list[object]()
    MachineSettings(tmp_path, superuser=False, ask=asked.append).look(NOW)
    assert asked == []
    MachineSettings(tmp_path, superuser=True, ask=asked.append).look(NOW)
    assert asked == [firewall.NFT]


@pytest.mark.parametrize("name", ["etc/ufw/ufw.conf", TWENTY, "etc/gdm3/daemon.conf", "etc/sddm.conf", "etc/shadow"])
def test_a_changed_file_is_heard(tmp_path: Path, name: str):
    put(tmp_path, name, "old")
    sensor, heard = MachineSettings(tmp_path, superuser=False, settle=0.0), list[float]()
    sensor.start(heard.append)
    put(tmp_path, name + ".new", "new").rename(tmp_path / name)
    until(lambda: heard, what="no event")
    sensor.stop()


def test_a_file_beside_them_is_not_heard(tmp_path: Path):
    put(tmp_path, "etc/shadow")
    sensor, heard = MachineSettings(tmp_path, superuser=False, settle=0.0), list[float]()
    sensor.start(heard.append)
    put(tmp_path, "etc/hosts", "x")
    put(tmp_path, "etc/shadow", "x")
    until(lambda: heard, what="no event")
    sensor.stop()
    assert len(heard) == 1
