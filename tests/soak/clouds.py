"""Real clients of public clouds, and innocent look-alikes, run for real: `python -I tests/soak/clouds.py [NAME...]`.

Each is started as an ordinary user in a Debian 12 chroot (tests/soak/clients/room.py, which needs root and, the first
time, the registries), looked at as the agent would, and recorded in tests/recordings/clouds/, on which `make test` goes
on. Configuration that a client wrote itself goes to homes/, with what is secret blanked. Ends with 1 where one was not
named right.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from policy.catalogue import read
from policy.catalogue.commandline import Record
from policy.catalogue.processes import Processes
from policy.catalogue.weigh import Seen
from tests.soak.clients import innocent, real, room, seen

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT / "tests/recordings/clouds"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    parser.add_argument("--loud", action="store_true", help="with what the programs say")
    parser.add_argument("--out", type=Path, default=RECORDINGS, help="where the recordings go")
    options = parser.parse_args()
    asked, out = options.names, options.out
    catalogue = read((ROOT / "policy/catalogue/clouds.toml").read_bytes())
    texts = sorted({text for client in catalogue.clients.values() if client.linux for text in client.linux.text})
    known = Processes(catalogue, "linux")
    where = room.made()
    seen.keep_packages(where, out / "packages.json")
    wrong = 0
    for case in (*real.CASES, *innocent.CASES):
        if asked and case.name not in asked:
            continue
        told = seen.run(where, case, texts, loud=options.loud)
        if told is None:
            print(f"{case.name}: NOT RECORDED", flush=True)
            wrong += 1
            continue
        seen.keep(case, told, out)
        matches = {known.identify(record(one), elsewhere(one, told)) for one in told["processes"]} - {None}
        found = {match.client for match in matches if match}
        right = found == ({case.client} if case.client else set())
        wrong += not right
        signals = "; ".join(",".join(match.signals) for match in matches if match)
        print(f"{'ok ' if right else 'NOT'} {case.name}: {sorted(found)} by {signals or '-'}"
              f" of {len(told['processes'])} processes", flush=True)  # fmt: skip
    return 1 if wrong else 0


def record(told: dict[str, Any]) -> Record:
    """As the agent hands it to the catalogue."""
    words, ports = told["cmdline"] or (), told["listen"] or ()
    return Record(told["name"] or "", told["exe"], tuple(words), told["username"], tuple(ports))


def elsewhere(told: dict[str, Any], case: dict[str, Any]) -> frozenset[Seen]:
    """What stands in its executable's bytes."""
    return frozenset(("text", text) for text in case["texts"].get(told["exe"], ()))


if __name__ == "__main__":
    sys.exit(main())
