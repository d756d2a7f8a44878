"""Must show: which real clients were run, when, and by what each was told; which look-alikes were told as none.

.venv/bin/python -I tests/shows/clouds.py [--write]

Read from the recordings that tests/soak/clouds.py made on Debian 12. --write leaves docs/evidence/clouds.txt.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from policy.catalogue import read  # noqa: E402  -I left the folder out
from policy.catalogue.processes import Processes  # noqa: E402
from tests.support.recorded import Recorded, recorded  # noqa: E402

DOC = ROOT / "docs/evidence/clouds.txt"
CATALOGUE = read((ROOT / "policy/catalogue/clouds.toml").read_bytes())
LINUX = Processes(CATALOGUE, "linux")


def told(case: Recorded) -> list[str]:
    """What each process of it is told as: client, state, signals."""
    matches = [LINUX.identify(record, case.elsewhere(record)) for record in case.processes()]
    lines = [f"{one.client}, {one.state}, by {' '.join(one.signals)}" for one in matches if one]
    return list(dict.fromkeys(lines))


def lines() -> Iterator[str]:
    """The whole text."""
    real, innocent = recorded(innocent=False), recorded(innocent=True)
    clients = {case.client for case in real}
    yield f"{len(real)} runs of {len(clients)} clients on Debian 12, each as an ordinary user in a chroot."
    yield "The run, the day that it was recorded, and what its processes are told as."
    yield ""
    yield from (f"{case.case:28}  {case.told['recorded']}  {'; '.join(told(case))}" for case in real)
    yield ""
    yield f"{len(innocent)} look-alikes, run in the same way; none may be told as a client."
    yield ""
    yield from (f"{case.case:36}  {'; '.join(told(case)) or 'nobody'}" for case in innocent)


if __name__ == "__main__":
    text = "tests/shows/clouds.py, from tests/recordings/clouds\n\n" + "\n".join(lines()) + "\n"
    print(text)
    if "--write" in sys.argv:
        DOC.write_text(text, encoding="utf-8")
