"""The agent's command, told to end by a line on its input (as Ctrl-C would), and what it left running."""

import signal
import sys
import threading

from agent.cli import main


def interrupted() -> None:
    if sys.stdin.readline():
        signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    threading.Thread(target=interrupted, name="interrupted", daemon=True).start()
    code = main()
    left = sorted(thread.name for thread in threading.enumerate() if thread.name not in {"MainThread", "interrupted"})
    print(f"ended {code}, threads left: {left}", flush=True)
    sys.exit(code)
