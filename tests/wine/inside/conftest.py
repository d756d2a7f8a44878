"""Each test of Windows says by a mark who answered it; how many of each there were is printed.

`wine`: the call was made for real. `fake(what)`: only a fake answers; `what` to do on a real laptop instead stands in
docs/windows-checklist.md, which tests/wine/checklist.py makes. A test's own mark counts before its class's.
"""

import pytest

MARKS = ("wine", "fake")
counts = dict.fromkeys(MARKS, 0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marks = [mark.name for mark in item.iter_markers() if mark.name in MARKS]  # the nearest first
        if not marks:
            raise pytest.UsageError(f"{item.nodeid}: one of the marks {MARKS} is wanted")
        counts[marks[0]] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    said = f"Windows calls made for real (wine): {counts['wine']}; answered by a fake: {counts['fake']}"
    terminalreporter.write_line(said)
