"""The stages of `make test`, in two lanes, each with a budget.

.venv/bin/python -I tests/stages.py [STAGE...]

A stage is a few commands, run one after the other; what they say is printed when the stage ends. At twice its
budget a stage is stopped, its stacks dumped. The last line is `N passed, N failed`.
"""

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.running.lane import Result, Run, run_stage  # noqa: E402  -I left the folder out

PYTHON = (sys.executable, "-I", "-X", "faulthandler")
CODE = ("agent", "feed", "installer", "policy")
# Folders with a stage of their own, and those that hold no tests for every run.
APART = ("bench", "crash", "desktop", "shows", "soak", "support", "vm", "wine")


@dataclass(frozen=True)
class Stage:
    name: str
    lane: int
    minutes: float
    commands: tuple[tuple[str, ...], ...]


def pytest(*where: str) -> tuple[str, ...]:
    return (*PYTHON, "-m", "pytest", "-q", "--color=no", *where)


def check() -> tuple[tuple[str, ...], ...]:
    tool = str(Path(sys.executable).parent)
    code = [name for name in CODE if any((ROOT / name).rglob("*.py"))]
    # Each platform has a cache of its own: one would throw the other's away.
    mypy = (f"{tool}/mypy", "--no-error-summary", "--cache-dir")
    return (
        (f"{tool}/ruff", "check", "--quiet", "--output-format=concise", "."),
        (f"{tool}/ruff", "format", "--check", "--quiet", "."),
        (*mypy, ".mypy_cache/linux", "--platform", "linux", *code, "tests"),
        (*mypy, ".mypy_cache/win32", "--platform", "win32", *code, "tests/wine/inside"),
        (f"{tool}/lint-imports", "--no-logo"),
    )


def wine() -> tuple[tuple[str, ...], ...]:
    """Those that run in Wine's Windows, by a Python for it; and those that use it from here, as a person would."""
    inside = ("-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", "tests/wine/inside")
    return ((*PYTHON, "tests/wine/run.py", *inside), pytest("tests/wine/outside"))


def stages() -> list[Stage]:
    """Those that have something to test."""
    unit = [f"--ignore=tests/{name}" for name in APART]
    every = [Stage("check", 1, 1, check()), Stage("unit", 1, 4, (pytest("tests", *unit),))]
    for name, lane, minutes in (("desktop", 1, 5), ("crash", 2, 5), ("shows", 2, 5)):
        if any((ROOT / "tests" / name).rglob("test_*.py")):
            every.append(Stage(name, lane, minutes, (pytest(f"tests/{name}"),)))
    every.append(Stage("wine", 2, 5, wine()))
    every.append(Stage("vm", 2, 10, (pytest("tests/vm"),)))
    return every


def run_lane(lane: list[Stage], results: list[Result], run: Run) -> None:
    for stage in lane:
        if run.stopped:
            return
        results.append(run_stage(run, stage.name, stage.minutes * 60, stage.commands))


def choose(names: list[str]) -> list[Stage]:
    every = stages()
    known = {stage.name for stage in every}
    if strange := [name for name in names if name not in known]:
        sys.exit(
            f"There is no stage {', '.join(strange)}\n"
            "  Cause:   it is misspelt, or has nothing to test yet\n"
            f"  Way out: choose from {', '.join(sorted(known))}"
        )
    return [stage for stage in every if not names or stage.name in names]


def table(results: list[Result], seconds: float) -> str:
    lines = ["", f"{'stage':10}{'time':>8}{'budget':>9}{'passed':>8}{'failed':>8}{'skipped':>9}"]
    for r in results:
        time_and_budget = f"{r.name:10}{r.seconds:>6.1f} s{r.budget:>7.0f} s"
        lines.append(f"{time_and_budget}{r.passed:>8}{r.failed:>8}{r.skipped:>9}  {r.remark}".rstrip())
    lines.append(f"{'all':10}{seconds:>6.1f} s")
    return "\n".join(lines)


def main() -> int:
    chosen = choose(sys.argv[1:])
    started = time.monotonic()
    run, results = Run(ROOT), list[Result]()
    lanes = [
        threading.Thread(target=run_lane, args=([s for s in chosen if s.lane == number], results, run))
        for number in (1, 2)
    ]
    for lane in lanes:
        lane.start()
    try:
        for lane in lanes:
            lane.join()
    except KeyboardInterrupt:
        run.stop()
        for lane in lanes:
            lane.join()
        print("\nStopped.", file=sys.stderr)
        return 130
    failed = sum(r.failed for r in results)
    print(table(results, time.monotonic() - started))
    print(f"{sum(r.passed for r in results)} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
