"""What the kernel tells of executions: asked for real, which takes root outside containers.

As root in the machine's own namespaces, as `make test` runs them; elsewhere only what is refused there is tested (a
user namespace does not get these events either).
"""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent.clouds import executions
from agent.clouds.executions import Executions
from agent.clouds.processes import Running
from policy.catalogue import read
from tests.support.until import until

TRUE = "/bin/true"
ROOT = Path(__file__).resolve().parents[2]
START = "from agent.clouds.executions import Executions; Executions(print, print).start()"


INITIAL = {"pid": "pid:[4026531836]", "user": "user:[4026531837]"}  # linux/proc_ns.h: the machine's own namespaces


def _is_told_here():
    """By the kernel's rule, not by asking the product: what is broken must not skip its tests."""
    ours = {name: str(Path(f"/proc/self/ns/{name}").readlink()) for name in INITIAL}
    return os.getuid() == 0 and ours == INITIAL


told_here = pytest.mark.skipif(not _is_told_here(), reason="the kernel tells root alone, and no container")


@pytest.fixture
def listen():
    """Makes one that listens, and ends each."""
    made: list[Executions] = []

    def make(on_exec, on_lost=lambda: None):
        one = Executions(on_exec, on_lost)
        one.start()
        made.append(one)
        return one

    yield make
    for one in made:
        one.stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "clouds-exec"]


def _told_of_one(pids):
    process = subprocess.Popen([TRUE])
    process.wait()
    until(lambda: process.pid in pids)


@told_here
def test_each_exec_is_told(listen):
    pids = list[int]()
    listen(pids.append)
    for _ in range(3):
        _told_of_one(pids)


@told_here
def test_one_pid_that_runs_something_else_is_told_again(listen):
    pids = list[int]()
    listen(pids.append)
    with subprocess.Popen(["/bin/sh", "-c", f"read x; exec {TRUE}"], stdin=subprocess.PIPE) as process:
        until(lambda: pids.count(process.pid) == 1)
        process.communicate(b"\n")
    until(lambda: pids.count(process.pid) == 2)


@told_here
def test_a_fork_wakes_nobody():
    """Threads and forks come by the thousand."""
    with executions._listening() as told:
        told.settimeout(30)
        for _ in range(20):
            thread = threading.Thread(target=lambda: None)
            thread.start()
            thread.join()
        process = subprocess.Popen(["/bin/sh", "-c", "(:); (:)"])
        process.wait()
        while True:
            event = executions._event(told.recv(4096))
            assert event
            assert event[0] in {executions._EXEC, executions._ANSWER}  # an answer to another listener
            if event[4:] == (process.pid,):
                break


@told_here
def test_what_was_too_much_is_told_as_lost_and_the_next_are_heard(listen, monkeypatch):
    monkeypatch.setattr(executions, "_ROOM", 1)  # as little as the kernel gives
    pids, held, go, lost = list[int](), threading.Event(), threading.Event(), threading.Event()

    def hold(pid):
        pids.append(pid)
        held.set()
        assert go.wait(60)

    listen(hold, lost.set)
    subprocess.run([TRUE], check=True)
    assert held.wait(30)
    subprocess.run(["/bin/sh", "-c", f"for x in $(seq 300); do {TRUE}; done"], check=True)
    go.set()
    assert lost.wait(30)
    started = list[int]()

    def heard():
        """With so little room one event may be lost again where much is started beside this."""
        with subprocess.Popen([TRUE]) as process:
            started.append(process.pid)
        return set(started) & set(pids)

    until(heard)


@told_here
def test_an_error_behind_an_event_does_not_end_the_events(listen, caplog):
    pids = list[int]()

    def fail(pid):
        pids.append(pid)
        raise ValueError

    listen(fail)
    for _ in range(2):
        _told_of_one(pids)
    until(lambda: "was not looked at" in caplog.text)


@told_here
def test_a_line_that_broke_ends_the_events_and_is_said_once(listen, monkeypatch, caplog):
    def broken(_self, _told):
        raise OSError(5, "broken")

    monkeypatch.setattr(Executions, "_hear", broken)
    one = listen(print)
    subprocess.run([TRUE], check=True)
    until(lambda: not one._thread.is_alive())
    assert caplog.text.count("no longer tells of executions (broken)") == 1


@told_here
def test_what_no_kernel_sent_is_not_heard(listen):
    pids = list[int]()
    one = listen(pids.append)
    forged = _forged(424242)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, executions._CONNECTOR) as sender:
        sender.sendto(forged, (one._socket.getsockname()[0], 0))
    _told_of_one(pids)
    assert 424242 not in pids
    assert (executions._event(forged) or ())[4:] == (424242,)


def _forged(pid):
    body = executions._EVENT.pack(executions._EXEC, 0, 0, pid, pid)
    message = executions._MESSAGE.pack(1, 1, 0, 0, len(body), 0) + body
    return executions._HEADER.pack(executions._HEADER.size + len(message), executions._DONE, 0, 0, 0) + message


@pytest.mark.parametrize("data", [b"", b"x" * 10, b"\xff" * 100, _forged(1)[:-1]])
def test_nonsense_is_no_event(data):
    assert executions._event(data) is None


@told_here
def test_a_client_that_ran_for_a_moment_is_told(tmp_path, listen):
    """As a device half has it."""
    catalogue = read(b"""format = 1
[[clients]]
id = "mega"
name = "MEGA"
vendor = "Mega Limited"
category = "sync"
linux = { sources = ["ran"], decisive = ["program"], program = ["megaput"] }
""")
    script = tmp_path / "megaput"
    script.write_text("#!/bin/sh\nread x\n")
    script.chmod(0o755)
    short, seen = list[tuple[str, object]](), list[int]()
    running = Running(
        catalogue, "linux", None, lambda: None, on_short=lambda what: short.append((what.client, what.uid))
    )

    def executed(pid):
        running.executed(pid)
        seen.append(pid)

    running.start()
    try:
        listen(executed, running.lost)
        with subprocess.Popen([script], stdin=subprocess.PIPE) as process:
            until(lambda: process.pid in seen)
        running.lost()
        until(lambda: short)
        assert short == [("mega", os.getuid())]
        assert not running.now()
    finally:
        running.stop()


def test_it_is_refused_without_roots_rights():
    drop = "import os; os.getuid() or (os.setgroups([]), os.setgid(65534), os.setuid(65534)); "
    assert "PermissionError" in _refused([], drop)


@told_here
def test_it_is_refused_in_a_container():
    """Where the kernel is silent, that is no hearing."""
    assert "does not tell" in _refused(["unshare", "--pid", "--fork", "--mount-proc"], "")


@told_here
def test_an_answer_to_another_is_none():
    """Each listener hears what the kernel answers to the others."""
    with executions._listening() as told, executions._listening():
        assert executions._event(told.recv(4096))[0] == executions._ANSWER  # type: ignore[index] # it is one
        with executions._listening(), pytest.raises(OSError, match="does not tell"):
            executions._answered(told, 1)


def _refused(around, first):
    # Imported before the rights are dropped: another user may not read this folder.
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import agent.clouds.executions; {first}{START}"
    done = subprocess.run([*around, sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr
