"""A session in a process of its own, as it is in life: the main thread is its own, and signals reach it.

argv: a JSON object of options, the descriptor to which it writes what the session says, the one from which it reads.
Both carry the line's own frames.
"""

import contextlib
import os
import signal
import struct
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import msgspec

from agent import ipc
from agent.session import Options, Session


def read(source: BinaryIO) -> ipc.Message | None:
    head = source.read(4)
    if len(head) < 4:
        return None
    return ipc.unpack(head + source.read(struct.unpack(">I", head)[0]))


def up(line: ipc.Line, to: BinaryIO) -> None:
    while (message := line.receive()) is not None:
        to.write(ipc.pack(message))
        to.flush()


def down(line: ipc.Line, source: BinaryIO) -> None:
    while (message := read(source)) is not None:
        line.send(message)
    line.close()


def main() -> None:
    options = msgspec.json.decode(sys.argv[1], type=dict[str, bool | str])
    out, inbound = os.fdopen(int(sys.argv[2]), "wb"), os.fdopen(int(sys.argv[3]), "rb")
    if without := options.pop("without", ""):  # a folder of modules that hide others
        sys.path.insert(0, str(without))
    if options.pop("closed", False):
        broken, nobody = os.pipe()[::-1]
        os.close(nobody)
        os.dup2(broken, 1)
    ours, theirs = ipc.pair()
    state = Path(str(options.pop("state")))
    session = Session(
        ours,
        Options(state=state, home=state.with_name("home"), **options),  # type: ignore[arg-type]
        lambda: print("left by the menu", flush=True),
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: session.stop())
    said = threading.Thread(target=up, args=(theirs, out))
    said.start()
    threading.Thread(target=down, args=(theirs, inbound), daemon=True, name="down").start()
    session.run()
    said.join()
    rest = sorted(thread.name for thread in threading.enumerate() if thread.name not in {"MainThread", "down"})
    with contextlib.suppress(BrokenPipeError):
        print(f"ended, threads left: {rest}", flush=True)


if __name__ == "__main__":
    main()
