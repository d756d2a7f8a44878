"""How each source's programs go again: a command that can be typed, or where to go."""

import shlex
from datetime import UTC, datetime

import pytest

from agent.words import load
from policy.kinds.removal import REMOVE
from policy.kinds.software import words
from tests.support.made import notice

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def steps(source: str, name: str = "toy", *, superuser: bool = False) -> tuple[str, ...]:
    made = notice(name, attrs={"name": name, "source": source}, superuser=superuser)
    return words(made, "en", load("en"), NOW).steps


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ("rpm", "sudo rpm --erase toy"),
        ("flatpak", "sudo flatpak uninstall --system toy"),
        ("flatpak_user", "flatpak uninstall --user toy"),
        ("snap", "sudo snap remove toy"),
        ("pip_user", "PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip uninstall toy"),
        ("pipx", "pipx uninstall toy"),
        ("npm", "npm uninstall --global toy"),
        ("uv", "uv tool uninstall toy"),
        ("cargo", "cargo uninstall toy"),
        ("cargo_local", "cargo uninstall --root ~/.local toy"),
        ("go", "cd ~/go/bin && rm toy"),
        ("brew", "brew uninstall toy"),
    ],
)
def test_a_command_that_can_be_typed(source: str, command: str):
    """Without sudo for who may do everything."""
    assert steps(source) == (f"Open a terminal and type: {command}",)
    assert steps(source, superuser=True)[0].endswith(f": {command.removeprefix('sudo ')}")


@pytest.mark.parametrize("name", ["toy; rm -rf ~", "$(reboot)", "a b", "`x`", "it's", "--all"])
@pytest.mark.parametrize("source", sorted(REMOVE))
def test_a_name_in_a_command_is_one_word_and_no_option(source: str, name: str):
    """It was written by who knows whom, and the employee is told to type it."""
    for step in steps(source, name):
        start, found, command = step.partition("type: ")
        if found:
            *before, last = shlex.split(command)
            assert last == name
            assert name not in before
            assert not name.startswith("-") or before[-1] == "--"
        else:
            assert name in start


@pytest.mark.parametrize("source", ["appimage", "own_bin", "placed", "firefox", "chrome", "vscode", "cursor"])
def test_what_no_command_removes_is_told_by_its_place(source: str):
    (*_, last) = steps(source)
    assert "toy" in last
    assert "{" not in last
