"""Runs the toy kind of CONTRIBUTING.md in a copy of the house, and prints as JSON what became of it.

argv: the copy. Both halves are here as in `deskwarden run`: the device half with its sensors, a session's end of
the line, and a feed's store that is given what waits to leave.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

COPY = Path(sys.argv[1])
sys.path.insert(0, str(COPY))

import msgspec  # noqa: E402

import agent  # noqa: E402
from agent import ipc, service  # noqa: E402
from agent.platforms import this_system  # noqa: E402
from feed.secrets import hashed  # noqa: E402
from feed.store.sqlite import SqliteStore  # noqa: E402
from policy import document, privacy, wire  # noqa: E402
from policy.kinds import KINDS  # noqa: E402

sys.path.append(str(Path(__file__).resolve().parents[2]))
from tests.support.until import until  # noqa: E402

KIND = "kernel_module"
MACHINE = COPY / "machine"
BEFORE = "loop 40960 0 - Live 0x0\n"


def loaded(text: str) -> None:
    """The kernel has these modules."""
    (MACHINE / "proc").mkdir(parents=True, exist_ok=True)
    (MACHINE / "proc/modules").write_text(text)


def half() -> service.Service:
    (MACHINE / "var/lib/dpkg").mkdir(parents=True)
    policy = document.read((COPY / "policy/examples/kpn.toml").read_bytes(), strict=True)
    policy = document.trying_out(policy, grace=0.2, immediate=True)
    state = COPY / "state"
    state.mkdir()
    return service.Service(service.Options(state=state, policy=policy, root=MACHINE), this_system())


def findings(half: service.Service) -> list[dict[str, Any]]:
    scope = this_system().user_scope()
    found: list[dict[str, Any]] = half.loop.call(lambda: half.views.findings(scope))
    return found


def look_again(half: service.Service) -> None:
    """What the clock does once an hour."""
    (modules,) = [watching for watching in half._watching if watching.sensor.kind == KIND]
    modules.again()


def told(line: ipc.Line) -> ipc.Tell:
    while (message := line.receive(30)) is not None:
        if isinstance(message, ipc.Tell):
            return message
    raise AssertionError("nothing was told")


def taken(envelope: wire.Envelope) -> str:
    """What a feed of the same house makes of it."""

    async def take() -> str:
        store, now = await SqliteStore.open(COPY / "feed.db"), datetime.now(UTC)
        await store.open_enrolment(hashed("token"), "LT-1", now + timedelta(hours=1))
        enrolled = await store.enrol(hashed("token"), "LT-1", now)
        assert enrolled
        device = await store.device(hashed(enrolled.token))
        assert device
        (result,) = await store.take(device, [envelope], now)
        await store.close()
        return result.outcome

    return asyncio.run(take())


def refused(envelope: wire.Envelope) -> str:
    """What is said of a field that has no row."""
    incident = wire.unseal(envelope)
    assert isinstance(incident, wire.Incident)
    try:
        wire.seal(msgspec.structs.replace(incident, attrs={**incident.attrs, "size": 40960}))
    except privacy.NotListed as error:
        return str(error)
    return ""


def main() -> None:
    loaded(BEFORE)
    device_half, (mine, theirs) = half(), ipc.pair()
    device_half.attach(theirs, this_system().user_scope())
    device_half.start()
    mine.send(ipc.Hello("UTC", "en"))
    until(lambda: ("proc_modules", "machine") in device_half.loop.call(lambda: device_half.loop.state.baseline))
    loaded(f"{BEFORE}usb_storage 81920 0 - Live 0x0\n")
    look_again(device_half)
    (notice,) = told(mine).notices
    noticed = findings(device_half)
    mine.send(ipc.Shown((notice.uid,)))
    (waiting,) = until(lambda: device_half.loop.call(device_half.loop.ledger.outbox))
    loaded(BEFORE)
    look_again(device_half)
    until(lambda: findings(device_half)[0]["phase"] == "ended")
    ended = findings(device_half)
    device_half.stop()
    said = {
        "house": str(Path(str(agent.__file__)).parent.parent),
        "noticed": noticed,
        "words": msgspec.to_builtins(KINDS[KIND].words(notice, "en", str, datetime.now(UTC))),
        "sent": json.loads(bytes(waiting.envelope.body)),
        "rows": sorted(privacy.rows(KIND)),
        "refused": refused(waiting.envelope),
        "feed": taken(waiting.envelope),
        "ended": ended,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
