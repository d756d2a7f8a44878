"""Which clients run: by real processes of this machine, each a copy of `sleep` or a script under a client's name."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from agent.clouds.processes import Running, command_lines
from agent.clouds.reading import Mark, Proc, Psutil, this_owner
from agent.clouds.strings import in_package_place
from policy.catalogue import read
from tests.support.until import until

TEXT = b"""format = 1
[[clients]]
id = "rclone"
name = "rclone"
vendor = "open source"
category = "sync"
linux = { sources = ["ran"], decisive = ["program", "text"], program = ["rclone"], text = ["github.com/rclone/rclone"] }
[[clients]]
id = "maestral"
name = "Maestral"
vendor = "open source"
category = "sync"
linux = { sources = ["ran"], decisive = ["program"], program = ["maestral"] }
[[clients]]
id = "box"
name = "Box"
vendor = "Box"
category = "sync"
linux = { sources = ["ran"], program = ["box"], port = [PORT] }
[[clients]]
id = "whatsapp"
name = "WhatsApp"
vendor = "Meta"
category = "chat"
linux = { sources = ["ran"], decisive = ["site"], site = ["web.whatsapp.com"] }
"""
CATALOGUE = read(TEXT.replace(b"PORT", b"8888"))
GO_MAIN = b"\x00path\tgithub.com/rclone/rclone\nbuild\t-compiler=gc\n"
ME = os.getuid()


@pytest.fixture
def processes():
    """Starts programs, and ends each."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        started.append(subprocess.Popen([str(word) for word in words], **how))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def running():
    """Makes a table that runs, and ends each."""
    made: list[Running] = []

    def make(uid=ME, table=None, start=True, **how):
        one = Running(
            how.pop("catalogue", CATALOGUE), "linux", uid, how.pop("on_change", lambda: None), table=table, **how
        )
        made.append(one)
        if start:
            one.start()
        return one

    yield make
    for one in made:
        one.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("clouds-")]


class Fake:
    """Processes as a test says; counts what is asked of each."""

    def __init__(self):
        self.there: dict[int, tuple[int | None, str, tuple[str, ...]]] = {}
        self.marks: Counter[int] = Counter()
        self.asked: Counter[tuple[str, int]] = Counter()
        self.fails = False
        self.last: str | None = None

    def pids(self):
        self.asked["pids", 0] += 1
        if self.fails:
            raise PermissionError(13, "no")
        return set(self.there)

    def latest(self):
        return self.last

    def _one(self, what, pid):
        self.asked[what, pid] += 1
        return self.there.get(pid, (None, "", ()))

    def owner(self, pid):
        return self._one("owner", pid)[0]

    def mark(self, pid):
        return Mark(str(self.marks[pid]), "", "x") if self._one("mark", pid)[1] else None

    def exe(self, pid):
        return self._one("exe", pid)[1]

    def image(self, pid):
        return self.exe(pid)

    def cmdline(self, pid):
        return self._one("cmdline", pid)[2]

    def ports(self, pid):
        self._one("ports", pid)
        return ()

    def of(self, pid):
        return sum(count for (_, whose), count in self.asked.items() if whose == pid)


@pytest.fixture
def quick(monkeypatch):
    """Compares ten times as often: what counts is what each does."""
    monkeypatch.setattr("agent.clouds.processes.EVERY", 0.2)
    monkeypatch.setattr("agent.clouds.processes.AGAIN", 0.02)


def program(folder, name, also=b""):
    """A copy of `sleep`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(Path(shutil.which("sleep") or "").resolve().read_bytes() + also)
    path.chmod(0o755)
    return path


def found(one):
    return {process.pid: process.client for process in one.now()}


def test_what_runs_already_is_known_at_once(tmp_path, processes, running):
    process = processes(program(tmp_path, "rclone"), 60)
    one = running()
    match = next(match for match in one.now() if match.pid == process.pid)
    assert (match.client, match.uid, match.state, match.signals) == ("rclone", ME, "running", ("program",))
    assert not match.fresh


def test_what_starts_is_found_and_what_ends_is_gone(tmp_path, processes, running):
    changes = threading.Semaphore(0)
    one = running(on_change=changes.release)
    process = processes(program(tmp_path, "rclone"), 60)
    assert until(lambda: [match.fresh for match in one.now() if match.pid == process.pid]) == [True]
    assert changes.acquire(timeout=30)
    process.kill()
    process.wait()
    until(lambda: process.pid not in found(one))
    assert changes.acquire(timeout=30)


def test_a_script_counts_and_who_reads_it_does_not(tmp_path, processes, running):
    script = tmp_path / "maestral"
    script.write_text("#!/bin/sh\nread x\n")
    script.chmod(0o755)
    read_end, write_end = os.pipe()
    try:
        runs = processes(script, stdin=read_end)
        asks = processes("/bin/sh", "-c", "read maestral", stdin=read_end)
        reads = processes("tail", "-f", script, stdout=subprocess.DEVNULL)
        one = running()
        until(lambda: found(one).get(runs.pid) == "maestral")
        assert not {asks.pid, reads.pid} & set(found(one))
    finally:
        os.close(read_end)
        os.close(write_end)


def test_an_exec_of_the_same_pid_is_noticed(tmp_path, processes, running, quick):
    """As a script does that sets something up and then becomes the client."""
    there, go = tmp_path / "there", tmp_path / "go"
    os.mkfifo(go)
    script = f'echo > "{there}"; read x < "{go}"; exec "{program(tmp_path / "bin", "rclone")}" 60'
    process = processes("/bin/sh", "-c", script)
    until(there.exists)
    one = running()
    assert process.pid not in found(one)
    go.write_text("\n")
    until(lambda: found(one).get(process.pid) == "rclone")


def test_a_renamed_client_is_found_by_its_bytes(tmp_path, processes, running, quick):
    renamed = processes(program(tmp_path, "svchost", GO_MAIN), 60)
    uses_it_as_a_library = processes(program(tmp_path, "other", b"dep\tgithub.com/rclone/rclone\tv1\n"), 60)
    one = running()
    (match,) = until(lambda: [match for match in one.now() if match.pid == renamed.pid])
    assert (match.client, match.signals) == ("rclone", ("text",))
    assert uses_it_as_a_library.pid not in found(one)


def test_bytes_of_packages_are_not_read(tmp_path, processes, running, quick, monkeypatch):
    asked: list[str] = []
    monkeypatch.setattr("agent.clouds.strings.Strings.ask", lambda _self, image, _tell: asked.append(image))
    ours = processes(program(tmp_path / "usr/bin", "updater", GO_MAIN), 60)
    other = processes(program(tmp_path / "home", "updater", GO_MAIN), 60)
    running(packaged=lambda exe: exe.startswith(str(tmp_path / "usr")) or in_package_place(exe))
    until(lambda: f"/proc/{other.pid}/exe" in asked)
    assert f"/proc/{ours.pid}/exe" not in asked


def test_no_executable_is_opened_where_everybody_is_looked_at(tmp_path, processes, running, quick, monkeypatch):
    """The device half never opens what a user can write."""
    monkeypatch.setattr("agent.clouds.strings.Strings.of", lambda _self, image: pytest.fail(image))
    processes(program(tmp_path, "svchost", GO_MAIN), 60)
    client = processes(program(tmp_path, "rclone"), 60)
    one = running(uid=None)
    assert found(one)[client.pid] == "rclone"
    assert not [thread for thread in threading.enumerate() if thread.name == "clouds-strings"]


@pytest.mark.skipif(ME != 0, reason="only root starts something as another user")
def test_another_users_process_is_not_this_users(processes, running):
    path = Path("/tmp") / f"clouds-{os.getpid()}"
    try:
        process = processes(program(path, "rclone"), 60, user=65534, cwd="/")
        until(lambda: Proc().owner(process.pid) == 65534 and Proc().exe(process.pid).endswith("rclone"))
        assert process.pid not in found(running())
        match = next(match for match in running(uid=None).now() if match.pid == process.pid)
        assert match.uid == 65534
        assert process.pid in found(running(uid=65534))
    finally:
        shutil.rmtree(path)


def test_a_port_is_asked_of_candidates_only(running, quick):
    table = Fake()
    names = {1: "/home/me/box", 2: "/bin/sh", 3: "/home/me/rclone"}
    table.there = {pid: (ME, path, (path,)) for pid, path in names.items()}
    one = running(table=table)
    until(lambda: table.asked["ports", 1] > 2)
    assert not table.asked["ports", 2]
    assert not table.asked["ports", 3]
    assert set(found(one)) == {3}


def test_a_port_that_opens_later_tells(tmp_path, processes, running, quick):
    path = tmp_path / "box"
    path.write_text("import socket, sys\nsys.stdin.readline()\nsocket.socket(fileno=3).listen()\nsys.stdin.read()\n")
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))  # nobody else has it then, and it listens only once the client says so
        port, handle = ours.getsockname()[1], ours.fileno()
        words = f'exec 3<&{handle}; exec "{sys.executable}" -I "{path}"'
        process = processes("/bin/bash", "-c", words, stdin=subprocess.PIPE, pass_fds=[handle])
    until(lambda: "-I" in command_lines([process.pid])[0])
    one = running(catalogue=read(TEXT.replace(b"PORT", str(port).encode())))
    assert process.pid not in found(one)
    process.stdin.write(b"\n")
    process.stdin.flush()
    until(lambda: found(one).get(process.pid) == "box")
    process.stdin.close()


def test_what_is_others_costs_nothing_once_it_is_judged(running, quick):
    table = Fake()
    table.there = {pid: (None if pid < 50 else ME + 1, "/usr/bin/x", ("x",)) for pid in range(1, 100)}
    running(table=table)
    until(lambda: table.asked["pids", 0] > 5)
    assert {table.of(pid) for pid in table.there} == {2}


def test_a_process_that_stays_is_read_no_more(running, quick, monkeypatch):
    monkeypatch.setattr("agent.clouds.processes.YOUNG", 0.0)
    table = Fake()
    table.there = dict.fromkeys(range(1, 100), (ME, "/bin/sh", ("sh",)))
    running(table=table)
    until(lambda: table.asked["pids", 0] > 5)
    assert {table.asked["cmdline", pid] for pid in table.there} == {2}  # met, and judged


@pytest.mark.parametrize("by_event", [False, True])
def test_a_process_is_judged_by_what_it_is_after_its_exec(running, monkeypatch, by_event):
    """Until then a client's child looks like the client."""
    monkeypatch.setattr("agent.clouds.processes.AGAIN", 0.0)
    table = Fake()
    short: list[str] = []
    one = running(table=table, start=False, on_short=lambda what: short.append(what.client))
    one._compare(first=True)
    table.there[7] = (ME, "/home/me/rclone", ("rclone",))
    if by_event:
        one.executed(7)
    one._compare()
    assert not found(one)
    table.there[7], table.marks[7] = (ME, "/bin/sh", ("sh",)), 1
    one._judge()
    one._publish()
    assert not found(one)
    assert not short


def test_a_new_process_is_not_judged_at_once(running):
    table = Fake()
    one = running(table=table, start=False)
    table.there[7] = (ME, "/home/me/rclone", ("rclone",))
    one.executed(7)
    one._judge()
    assert one._new[7].due
    assert not one._known


@pytest.fixture
def settled(running, monkeypatch):
    """Many processes that are no longer young, each the client's; no thread runs: a test does each compare itself."""
    monkeypatch.setattr("agent.clouds.processes.AGAIN", 0.0)
    monkeypatch.setattr("agent.clouds.processes.YOUNG", 0.0)
    table = Fake()
    table.last = "200"

    def make(exe):
        table.there = dict.fromkeys(range(1, 201), (ME, exe, (exe,)))
        one = running(table=table, start=False)
        for _ in range(3):
            one._compare(first=not one._known)
            one._judge()
            one._publish()
        table.asked.clear()
        return one, table

    return make


def test_a_client_that_ended_is_noticed_by_the_next_compare(settled):
    one, table = settled("/home/me/rclone")
    del table.there[200]
    one._compare()
    one._publish()
    assert 200 not in found(one)
    assert not table.asked["pids", 0]


def test_of_those_that_are_no_longer_young_a_share_is_looked_at(settled):
    one, table = settled("/bin/sh")
    one._compare()
    assert len([pid for what, pid in table.asked if what == "mark"]) == 4
    for _ in range(60):
        one._compare()
    assert {pid for what, pid in table.asked if what == "mark"} == set(table.there)


def test_after_lost_events_everything_is_looked_at_at_once(settled):
    one, table = settled("/bin/sh")
    for pid in (1, 200):  # looked at in this round already, and not yet
        table.there[pid], table.marks[pid] = (ME, "/home/me/rclone", ("rclone",)), 1
    one.lost()
    one._compare()
    assert table.asked["pids", 0] == 1
    one._judge()
    one._publish()
    assert found(one) == {1: "rclone", 200: "rclone"}


def test_the_words_of_what_its_executable_rules_out_are_not_read(running, quick):
    table = Fake()
    table.there = {1: (ME, "/usr/bin/sleep", ("sleep",)), 2: (ME, "/bin/sh", ("sh",))}
    running(table=table)
    until(lambda: table.asked["cmdline", 2] > 1)
    assert not table.asked["cmdline", 1]


def test_what_its_bytes_told_holds_when_it_is_looked_at_again(settled):
    one, table = settled("/home/me/svchost")
    changes = list[int]()
    one._on_change = lambda: changes.append(1)
    one._tell_texts(7, table.mark(7), frozenset({"github.com/rclone/rclone"}))
    one._hear_texts()
    one._publish()
    assert found(one) == {7: "rclone"}
    one.executed(7)  # told late, of the exec that is known
    one._judge()
    one._publish()
    assert found(one) == {7: "rclone"}
    assert len(changes) == 1
    table.marks[7] = 1
    one.executed(7)
    one._judge()
    one._publish()
    assert not found(one)


def test_the_mark_is_another_after_an_exec_of_the_same_program(processes):
    process = processes("/bin/sh", "-c", "read x; exec /bin/sh -c 'read y; echo'", stdin=subprocess.PIPE)
    until(lambda: command_lines([process.pid])[0][0] == "/bin/sh")
    before = Proc().mark(process.pid)
    process.stdin.write(b"\n")
    process.stdin.flush()
    until(lambda: command_lines([process.pid])[0][2].startswith("read y"))
    after = Proc().mark(process.pid)
    assert before
    assert after
    assert (before.started, before.name) == (after.started, after.name)
    assert before != after
    process.stdin.close()


def test_a_client_that_is_gone_before_it_is_judged_is_told_as_such(running):
    table = Fake()
    short: list[tuple[str, int | str | None]] = []
    one = running(uid=None, table=table, on_short=lambda what: short.append((what.client, what.uid)))
    table.there[7] = (1234, "/home/x/rclone", ("rclone",))
    one.executed(7)
    del table.there[7]
    until(lambda: short)
    assert short == [("rclone", 1234)]
    assert not found(one)


def test_where_nothing_started_the_list_is_not_read(running, quick):
    """And who ended is noticed all the same."""
    table = Fake()
    table.last = "8"
    table.there = dict.fromkeys((7, 8), (ME, "/home/me/rclone", ("rclone",)))
    one = running(table=table)
    until(lambda: table.asked["mark", 7] > 5)
    assert table.asked["pids", 0] == 1
    del table.there[7]
    until(lambda: found(one) == {8: "rclone"})
    assert table.asked["pids", 0] == 1
    table.there[9], table.last = (ME, "/home/me/rclone", ("rclone",)), "9"
    until(lambda: found(one) == {8: "rclone", 9: "rclone"})


def test_a_list_is_read_now_and_then_whatever_the_kernel_says(running, quick, monkeypatch):
    monkeypatch.setattr("agent.clouds.processes.LISTED", 3)
    table = Fake()
    table.last = "8"
    one = running(table=table)
    table.there[9] = (ME, "/home/me/rclone", ("rclone",))
    until(lambda: found(one))


def test_a_client_that_lived_between_two_compares_is_told_once(running, quick, monkeypatch):
    monkeypatch.setattr("agent.clouds.processes.EVERY", 1.0)
    table = Fake()
    short: list[str] = []
    one = running(uid=None, table=table, on_short=lambda what: short.append(what.client))
    table.there[7] = (1234, "/home/x/rclone", ("rclone",))
    one.executed(7)
    until(lambda: found(one))
    del table.there[7]
    until(lambda: short)
    asked = table.asked["pids", 0]
    until(lambda: table.asked["pids", 0] > asked + 1)
    assert short == ["rclone"]


def test_a_client_that_stays_is_no_short_lived_one(running, quick):
    table = Fake()
    short: list[str] = []
    one = running(table=table, on_short=lambda what: short.append(what.client))
    table.there[7] = (ME, "/home/me/rclone", ("rclone",))
    until(lambda: found(one))
    asked = table.asked["pids", 0]
    until(lambda: table.asked["pids", 0] > asked + 1)
    del table.there[7]
    until(lambda: not found(one))
    assert not short


def test_what_waits_to_be_forgotten_runs_no_more(tmp_path, processes, running, quick):
    process = processes(program(tmp_path, "rclone"), 60)
    one = running()
    assert process.pid in found(one)
    process.kill()  # and not waited for: it stays in the list
    until(lambda: process.pid not in found(one))
    assert Path(f"/proc/{process.pid}").exists()


def test_a_list_that_cant_be_read_ends_nothing_and_is_said(running, quick):
    table = Fake()
    table.there[7] = (ME, "/home/me/rclone", ("rclone",))
    one = running(table=table)
    table.fails = True
    assert until(lambda: one.fault) == "no"
    assert found(one) == {7: "rclone"}
    table.fails = False
    until(lambda: one.fault is None)


def test_an_app_window_counts_by_the_catalogues_sites_alone(running):
    table = Fake()
    table.there = {
        1: (ME, "/opt/google/chrome/chrome", ("chrome", "--app=https://web.whatsapp.com/")),
        2: (ME, "/opt/google/chrome/chrome", ("chrome", "--app=https://roster.example/")),
        3: (ME, "/opt/google/chrome/chrome", ("chrome", "https://roster.example/")),
    }
    one = running(table=table)
    assert found(one) == {1: "whatsapp"}
    assert [window.pid for window in one.unlisted()] == [2]
    assert "roster" not in repr(vars(one))


def test_no_word_of_a_command_line_is_kept(tmp_path, processes, running):
    process = processes(program(tmp_path, "rclone"), "12345.6789")
    one = running()
    assert process.pid in found(one)
    assert "12345.6789" not in repr(vars(one)) + repr([*one._known.values()])
    assert command_lines([process.pid]) == ((str(tmp_path / "rclone"), "12345.6789"),)
    assert command_lines([0]) == ()


@pytest.mark.parametrize("table", [Proc(), Psutil()], ids=["proc", "psutil"])
def test_both_tables_tell_the_same_of_a_process(tmp_path, processes, table):
    path = program(tmp_path, "rclone")
    process = processes(path, 60)
    assert process.pid in table.pids()
    until(lambda: table.exe(process.pid) == str(path) and table.cmdline(process.pid))
    assert table.cmdline(process.pid) == (str(path), "60")
    assert table.mark(process.pid).name == "rclone"
    assert table.owner(process.pid) == table.owner(os.getpid())
    assert table.ports(process.pid) == ()
    mark = table.mark(process.pid)
    assert mark
    assert mark == table.mark(process.pid) != table.mark(os.getpid())
    process.kill()
    until(lambda: table.mark(process.pid) is None)
    process.wait()
    assert (table.owner(process.pid), table.cmdline(process.pid), table.exe(process.pid)) == (None, (), "")
    assert table.ports(process.pid) == ()


def test_where_it_listens_is_told():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert server.getsockname()[1] in Proc().ports(os.getpid())


def test_whose_processes_they_are_here():
    assert this_owner() == ME


def test_a_hostile_command_line_is_cut(processes):
    read_end, write_end = os.pipe()
    process = processes("/bin/sh", "-c", "read x", *["y"] * 5000, *["x" * 100_000] * 5, stdin=read_end)
    words = until(lambda: Proc().cmdline(process.pid)[1:])
    os.close(read_end)
    os.close(write_end)
    assert len(words) <= 1000
    assert sum(map(len, words)) <= 64 * 1024


def test_a_proc_of_nonsense_says_nothing(tmp_path):
    for pid, stat in {1: b"", 2: b"\xff(", 3: b"3 (a) b) S 1", 4: b"4 (x) Z " + b"0 " * 50}.items():
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "stat").write_bytes(stat)
    (tmp_path / "5").mkdir()
    (tmp_path / "5/stat").mkdir()
    (tmp_path / "self").mkdir()
    proc = Proc(tmp_path)
    assert proc.pids() == {1, 2, 3, 4, 5}
    assert [proc.mark(pid) for pid in range(7)] == [None] * 7
    assert [proc.cmdline(pid) for pid in range(7)] == [()] * 7
    assert proc.latest() is None


@pytest.mark.parametrize(
    ("exe", "packaged"),
    [
        ("/usr/bin/vim", True),
        ("/app/bin/nextcloud", True),
        ("/usr/local/bin/x", False),
        ("/opt/x/x", False),
        ("/home/me/usr/bin/x", False),
        ("/memfd:x (deleted)", False),
        ("C:\\Program Files\\x\\x.exe", True),
        ("c:\\windows\\System32\\x.exe", True),
        ("C:\\Windowsish\\x.exe", False),
        ("C:\\Users\\me\\x.exe", False),
    ],
)
def test_what_packages_alone_fill(exe, packaged, monkeypatch):
    monkeypatch.setenv("ProgramFiles", "C:\\Program Files")
    monkeypatch.setenv("SystemRoot", "C:\\Windows\\")
    assert in_package_place(exe) is packaged
