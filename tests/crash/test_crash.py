"""The small crash run: real processes, real HTTP, real files, 200 kills."""

from pathlib import Path

import pytest

from tests.crash.harness import Crash

SEED = 20261124
KILLS = 200


@pytest.mark.timeout(570)
def test_nothing_is_lost_and_nothing_is_there_twice(folder: Path) -> None:
    """Agent, feed and both are killed while packages come and go; at rest the feed has every incident once."""
    crash = Crash(folder, SEED)
    print(f"seed {crash.seed}, files in {folder}")
    try:
        oracle = crash.run(KILLS)
    finally:
        print(crash.told())
    assert len(oracle.feed.incidents) >= 10, "too little happened for the run to count"
    assert len(oracle.feed.letters) >= 10
