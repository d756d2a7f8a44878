"""`deskwarden policy identify --json`: a record a line in, an answer a line out; this machine is not looked at."""

import json
import subprocess
import sys
from typing import Any

PEOPLE = "someone"


def identify(*records: object, options: tuple[str, ...] = ("--json",)) -> list[dict[str, Any]]:
    lines = "".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in records)
    command = (sys.executable, "-I", "-m", "agent.cli", "policy", "identify", *options)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False, timeout=60)
    assert not done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def record(name: str, exe: str | None, *cmdline: str, **more: object) -> dict[str, object]:
    return {"name": name, "exe": exe, "cmdline": list(cmdline), "username": PEOPLE, "listen": [], **more}


def test_a_client_is_named_with_what_told_it_and_a_look_alike_is_not() -> None:
    found = identify(
        record("rclone", "/usr/bin/rclone", "rclone", "sync", "/home/someone/Docs", "gdrive:"),
        record("vim", "/usr/bin/vim.basic", "vim", "rclone.py"),
        record("grep", "/usr/bin/grep", "grep", "-r", "dropbox", "."),
    )
    assert [one["client"] for one in found] == ["rclone", None, None]
    assert found[0]["state"] == "running"
    assert "program" in found[0]["signals"]
    assert found[1] == {"client": None, "state": None, "account": None, "signals": []}


def test_an_interpreters_script_and_module_count() -> None:
    found = identify(
        record("python3", "/usr/bin/python3.11", "python3", "-m", "maestral", "start"),
        record("maestral", "/usr/bin/python3.11", "/usr/bin/python3", "/home/someone/.local/bin/maestral", "start"),
    )
    assert [one["client"] for one in found] == ["maestral", "maestral"]


def test_whose_a_back_end_is_comes_from_the_command_line() -> None:
    found = identify(
        record("restic", "/usr/bin/restic", "restic", "-r", "rest:https://backup.kpn.com/me", "backup", "/home"),
        record("restic", "/usr/bin/restic", "restic", "-r", "s3:s3.amazonaws.com/mine", "backup", "/home"),
    )
    assert found[0]["account"] == "company"
    assert found[1]["account"] in {"private", "unknown"}


def test_a_path_of_windows_tells_whose_process_it_is() -> None:
    path = "C:\\Program Files\\Google\\Drive File Stream\\99.0\\GoogleDriveFS.exe"
    (found,) = identify(record("GoogleDriveFS.exe", path, path))
    assert found["client"] == "google-drive"


def test_what_is_left_out_of_a_record_is_not_missed() -> None:
    found = identify({"name": "syncthing", "exe": None, "cmdline": None, "username": None, "listen": None}, {})
    assert found[1]["client"] is None


def test_a_line_that_is_no_record_is_answered_with_an_error_and_the_rest_goes_on() -> None:
    found = identify("{broken", record("rclone", "/usr/bin/rclone", "rclone", "mount", "x:", "/m"))
    assert "error" in found[0]
    assert found[1]["client"] == "rclone"


def test_a_command_line_with_a_password_is_not_given_back() -> None:
    (found,) = identify(
        record("nextcloudcmd", "/usr/bin/nextcloudcmd", "nextcloudcmd", "-p", "s3cret", "/h", "https://x.example")
    )
    assert found["client"] == "nextcloud"
    assert "s3cret" not in json.dumps(found)
