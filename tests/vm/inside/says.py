"""In the guest: starts one source and writes each thing that it says on a line, until it is ended.

says.py NAME [SPAN...]
"""

import sys
import threading

import msgspec

from policy.presence import Seen

writing = threading.Lock()


def hear(seen: Seen) -> None:
    with writing:
        print(type(seen).__name__, msgspec.json.encode(seen).decode(), flush=True)


def main(name: str, *spans: str) -> None:
    if name == "logind":
        from agent.bus.logind import Logind  # noqa: PLC0415 - one source, and nothing of the others
        from agent.bus.thread import Thread  # noqa: PLC0415

        Logind(Thread()).start(hear)
    else:
        from agent.platforms.x11_idle import XSyncIdle  # noqa: PLC0415
        from agent.platforms.x11_people import XPeopleIdle  # noqa: PLC0415

        source = {"xsync": XSyncIdle, "xinput": XPeopleIdle}[name]()
        source.start(hear)
        source.watch(tuple(float(span) for span in spans))
    print("started", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
