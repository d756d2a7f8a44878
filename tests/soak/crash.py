"""The big crash run: `python -I tests/soak/crash.py [--kills 10000] [--lot 250] [--seed N]`, in lots with a seed each.

A lot that fails says what is not so, keeps its files and is counted; the run goes on. It ends with 1 if any failed.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.crash.harness import Crash


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10_000)
    parser.add_argument("--lot", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    totals: Counter[str] = Counter()
    started = time.monotonic()
    for first in range(0, options.kills, options.lot):
        totals += lot(options.seed + first // options.lot, min(options.lot, options.kills - first))
        hours = (time.monotonic() - started) / 3600
        print(f"{datetime.now(UTC):%Y-%m-%d}, {hours:.2f} h: " + ", ".join(f"{k} {n}" for k, n in totals.items()))
        sys.stdout.flush()
    return 1 if totals["lots that failed"] else 0


def lot(seed: int, kills: int) -> Counter[str]:
    """One run; its figures."""
    folder = Path(tempfile.mkdtemp(prefix="dw-soak-"))
    crash = Crash(folder, seed)
    try:
        oracle = crash.run(kills)
    except AssertionError as error:
        print(f"seed {seed} FAILED, files in {folder}\n{crash.told()}\n{error}")
        return Counter({"lots that failed": 1, "kills": kills})
    shutil.rmtree(folder)
    feed = oracle.feed
    return Counter(
        {
            "kills": kills,
            "things done on the machine": crash.machine.done.total(),
            "exchanges": sum(n for name, n in crash.line.counts.items() if not name.startswith("result")),
            "troubled": sum(n for name, n in crash.line.counts.items() if not name.startswith(("result", "none"))),
            "incidents": len(feed.incidents),
            "envelopes": len(feed.envelopes),
            "mails": len(feed.letters),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
