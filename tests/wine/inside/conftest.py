"""Each test of Windows says by a mark who answered it; how many of each there were is printed.

`wine`: the call was made for real. `fake(what)`: only a fake answers; `what` to do on a real laptop instead stands in
docs/windows-checklist.md, which tests/wine/checklist.py makes.
"""

import pytest

MARKS = ("wine", "fake")
counts = dict.fromkeys(MARKS, 0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        marks = [mark for mark in MARKS if item.get_closest_marker(mark)]
        if len(marks) != 1:
            raise pytest.UsageError(f"{item.nodeid}: exactly one of the marks {MARKS} is wanted, it has {marks}")
        counts[marks[0]] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    said = f"Windows calls made for real (wine): {counts['wine']}; answered by a fake: {counts['fake']}"
    terminalreporter.write_line(said)
