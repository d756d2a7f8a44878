"""Runs one stage: its commands in a session of their own, with a clock beside them."""

import contextlib
import resource
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass
class Result:
    name: str
    budget: float
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    remark: str = ""


@dataclass
class Run:
    root: Path
    clock: Callable[[], float] = time.monotonic
    stopped: bool = False
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    printing: threading.Lock = field(default_factory=threading.Lock)

    def say(self, text: str) -> None:
        with self.printing:
            sys.stdout.write(text)
            sys.stdout.flush()

    def stop(self) -> None:
        self.stopped = True
        for process in tuple(self.running):
            end(process, signal.SIGTERM)


def end(process: subprocess.Popen[bytes], gently: signal.Signals, patience: float = 10.0) -> None:
    """End a command and all that it started, even in sessions of their own.

    SIGABRT as the gentle one makes faulthandler write every thread's stack first.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(gently)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        for relative in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                relative.kill()
        process.kill()
        process.wait()


def no_core() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def count(report: Path, result: Result) -> bool:
    """Add what pytest's own report says; False if it never came to one."""
    try:
        suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314  our own pytest wrote it
    except (ET.ParseError, FileNotFoundError):
        return False
    for suite in suites:
        tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
        failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        result.failed += failed
        result.skipped += skipped
        result.passed += max(tests - failed - skipped, 0)
    return True


def run_command(run: Run, command: tuple[str, ...], result: Result, until: float) -> str:
    is_pytest = "pytest" in command
    with tempfile.TemporaryDirectory(prefix="dw-") as folder, tempfile.TemporaryFile() as said:
        report = Path(folder) / "report.xml"
        argv = (*command, f"--junitxml={report}") if is_pytest else command
        process = subprocess.Popen(
            argv,
            cwd=run.root,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=no_core,  # noqa: PLW1509  nothing but one system call
        )
        run.running.append(process)
        while process.poll() is None:
            if run.clock() >= until:
                end(process, signal.SIGABRT)
                result.remark = "stopped at twice its budget"
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
        run.running.remove(process)
        if not is_pytest:
            result.passed += process.returncode == 0
            result.failed += process.returncode != 0
        elif not count(report, result) or (process.returncode and not result.failed):
            # It broke before, or besides, any test: that is a failure too.
            result.failed += 1
        said.seek(0)
        text = said.read().decode(errors="replace").strip()
    mark = "ok" if process.returncode == 0 else f"FAILED ({process.returncode})"
    shown = shlex.join(Path(part).name if part.startswith("/") else part for part in command)
    return f"$ {shown}  {mark}\n" + (f"{text}\n" if text else "")


def run_stage(run: Run, name: str, budget: float, commands: tuple[tuple[str, ...], ...]) -> Result:
    result = Result(name, budget)
    started = run.clock()
    run.say(f"[{name}] started\n")
    text = ""
    for command in commands:
        if result.remark or run.stopped:
            break
        text += run_command(run, command, result, started + 2 * budget)
    result.seconds = run.clock() - started
    bar = "-" * 8
    run.say(f"\n{bar} {name}: {result.seconds:.1f} s {bar}\n{text}{bar} end of {name} {bar}\n")
    return result
