"""installer/setup.sh: what it asks of the system, of the person, and in which words."""

import os
import shutil

import pytest


def test_sudo_is_refused(box) -> None:
    """Root's files in a user's checkout would break the next run without sudo."""
    status, said = box.run("run", given={"SUDO_UID": "1000"})
    assert (status, "Please run without sudo" in said) == (2, True)
    status, said = box.run("run", given={"SUDO_UID": "1000", "LANG": "nl_NL.UTF-8"})
    assert (status, "Voer dit uit zonder sudo" in said) == (2, True)
    assert box.calls() == []
    assert box.run("run", given={"SUDO_UID": "0"})[0] == 0


@pytest.mark.parametrize(
    ("names", "dutch"),
    [
        ({"LANG": "nl_NL.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "nl_BE.UTF-8"}, True),
        ({"LANG": "nl_NL.UTF-8", "LC_MESSAGES": "nl_NL.UTF-8", "LC_ALL": "en_GB.UTF-8"}, False),
        ({"LANG": ""}, True),
        ({"LANG": "C"}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "POSIX"}, True),
    ],
)
def test_it_speaks_the_locale_and_else_the_policys_language(box, names: dict[str, str], dutch: bool) -> None:
    """LC_ALL over LC_MESSAGES over LANG."""
    said = box.run("run", given={"SUDO_UID": "1000", **names})[1]
    assert ("zonder sudo" in said, "without sudo" in said) == (dutch, not dutch)


def test_without_a_terminal_it_never_asks(box) -> None:
    """It names what is missing, all of it and only that, and stops."""
    box.there("python3 sqlite3")
    status, said = box.run("run")
    assert status == 2
    assert "missing:\n  python3-venv ca-certificates\n" in said
    assert "YES=1" in said
    assert "[y/N]" not in said
    assert box.calls() == []


def test_yes_goes_on_without_asking(box) -> None:
    """An update first, no recommends, no questions, waiting for apt's lock; root needs no sudo."""
    box.there("python3 python3-venv")
    status, _ = box.run("run", given={"YES": "1"})
    always = "apt-get -y -o DPkg::Lock::Timeout=600 -o APT::Install-Recommends=false"
    assert status == 0
    assert box.calls()[:4] == [
        f"{always} update",
        f"{always} install --download-only ca-certificates",
        f"{always} install ca-certificates",
        "venv",
    ]


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("j", 0), ("n", 2), ("", 2)])
def test_on_a_terminal_it_asks_first(box, terminal, answer: str, status: int) -> None:
    """Only a yes is a yes."""
    box.there("python3 python3-venv")
    os.write(terminal[0], f"{answer}\n".encode())
    got, said = box.run("run", stdin=terminal[1])
    assert "Install them now with apt? [y/N]" in said
    assert got == status
    assert any(call.startswith("apt-get") for call in box.calls()) == (status == 0)


def test_a_failing_apt_is_told(box) -> None:
    """With its own last words; and Python is not begun."""
    box.there("python3 python3-venv")
    (box.folder / "apt-breaks").touch()
    status, said = box.run("run", given={"YES": "1"})
    assert status == 1
    assert "| E: the mirror is on fire" in said
    assert "apt could not install the system packages" in said
    assert "venv" not in box.calls()


def test_an_ordinary_user_gets_sudo_for_apt_alone(box) -> None:
    """The rest runs with their own rights."""
    box.there("python3 python3-venv")
    assert box.run("run", given={"YES": "1", "FAKE_UID": "1000"})[0] == 0
    by_sudo = [call for call in box.calls() if call.startswith("sudo") and call != "sudo -n true"]
    assert len(by_sudo) == 3
    assert all(" apt-get " in call for call in by_sudo)


def ready_to_test(box) -> dict[str, str]:
    """A machine with all packages and a Windows, for an ordinary user; the VM's disk is what is missing."""
    box.there(" ".join(line.split()[0] for line in box.package_lines()))
    box.program(box.house / "installer/wine.sh", "#!/bin/sh\necho /\n")
    return {"FAKE_UID": "1000", "HOME": str(box.folder)}


def test_root_fills_the_vms_disk_for_an_ordinary_user(box) -> None:
    """In the user's own cache, once, with their own proxies."""
    given = ready_to_test(box)
    assert box.run("test", given=given)[0] == 0
    *_, asked, by_root, made = box.calls()
    assert asked == "sudo -n true"
    assert by_root.startswith("sudo --preserve-env env HOME=")
    assert made == f"disk for {box.folder} in {box.folder}/.cache"
    assert (box.folder / ".cache/deskwarden").is_dir()
    box.forget()
    assert box.run("test", given=given)[0] == 0
    assert box.calls() == []


def test_root_fills_its_own_disk_without_sudo(box) -> None:
    """As in a bare chroot, where sudo may not be there."""
    assert box.run("test", given=ready_to_test(box) | {"FAKE_UID": "0"})[0] == 0
    assert box.calls()[-1].startswith("disk for ")
    assert not any(call.startswith("sudo") for call in box.calls())


def test_who_may_not_use_sudo_is_told_what_it_is_for(box) -> None:
    """The disk, here; packages are there already."""
    (box.folder / "sudo-refuses").touch()
    status, said = box.run("test", given=ready_to_test(box))
    assert status == 2
    assert "sudo did not let us in\n  Cause:   this account may not fill a VM's disk" in said
    assert "with an account that may use sudo" in said


def test_a_user_without_sudo_is_told_so(box) -> None:
    """Refused by sudo, or no sudo at all: plain words and what root can do."""
    box.there("python3 python3-venv")
    (box.folder / "sudo-refuses").touch()
    status, said = box.run("run", given={"YES": "1", "FAKE_UID": "1000"})
    assert (status, "sudo did not let us in" in said) == (2, True)
    (box.bin / "sudo").unlink()
    for name in ("sh", "dirname", "date", "flock", "cat", "sed", "fold", "env"):
        (box.bin / name).symlink_to(shutil.which(name) or name)
    status, said = box.run("run", given={"YES": "1", "FAKE_UID": "1000", "PATH": str(box.bin)})
    assert (status, "There is no sudo here" in said) == (2, True)
    assert "let root do this: apt-get install ca-certificates" in said


OLD_PYTHON = """\
#!/bin/sh
case $* in *version_info\\ \\<*) exit 1 ;; *) echo 3.9 ;; esac
"""


def test_an_old_python_is_refused_before_apt_is_asked(box) -> None:
    """Cause and way out, and nothing was changed."""
    box.there("python3")
    box.program(box.python, OLD_PYTHON)
    status, said = box.run("run", given={"YES": "1"})
    assert status == 2
    assert "This Python is too old" in said
    assert "is 3.9; Deskwarden needs 3.11 or later" in said
    assert "Debian 12 or later" in said
    assert box.calls() == []


def test_a_screen_asks_for_the_tray_and_a_test_for_all(box) -> None:
    """The one list is read by mode."""
    by_mode: dict[str, list[str]] = {}
    for line in box.package_lines():
        by_mode.setdefault(line.split()[1], []).append(line.split()[0])
    assert set(by_mode) == {"run", "run-desktop", "test"}
    for mode, screen, expected in (
        ("run", {}, by_mode["run"]),
        ("check", {"DISPLAY": ":0"}, by_mode["run"]),
        ("run", {"DISPLAY": ":0"}, by_mode["run"] + by_mode["run-desktop"]),
        ("run", {"WAYLAND_DISPLAY": "wayland-0"}, by_mode["run"] + by_mode["run-desktop"]),
        ("test", {}, [package for packages in by_mode.values() for package in packages]),
    ):
        box.there("")
        said = box.run(mode, given=screen)[1]
        listed = said.partition("missing:\n")[2].partition("\n\n")[0].split()
        assert listed == expected, (mode, screen)


def test_every_package_has_its_reason(box) -> None:
    """Package, mode, and why."""
    for line in box.package_lines():
        columns, mark, reason = line.partition("#")
        assert (len(columns.split()), mark, bool(reason.strip())) == (2, "#", True), line
