"""Where a run of the crash stage leaves its files: a short path, since a socket lies in it; kept where it failed."""

import faulthandler
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    faulthandler.cancel_dump_traceback_later()  # a run takes minutes; its own timeout dumps the stacks
    path = Path(tempfile.mkdtemp(prefix="dw-crash-"))
    failed = request.session.testsfailed
    yield path
    if request.session.testsfailed == failed:
        shutil.rmtree(path)
    else:
        print(f"left at {path}")
