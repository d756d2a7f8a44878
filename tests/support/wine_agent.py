"""The agent's command, told to end by a line on its input (as Ctrl-C would), and what it left running."""

import signal
import sys
import threading

from agent.cli import main

# A screen that locks itself, as on a laptop that is managed: no finding of it stands in the menu.
LOCKS = {
    "ScreenSaveActive": "1",
    "ScreenSaverIsSecure": "1",
    "ScreenSaveTimeOut": "300",
    "SCRNSAVE.EXE": r"C:\windows\system32\scrnsave.scr",
}


def interrupted() -> None:
    if sys.stdin.readline():
        signal.raise_signal(signal.SIGINT)


def locks_itself() -> None:
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - there is none elsewhere

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, r"Control Panel\Desktop") as key:
            for name, value in LOCKS.items():
                winreg.SetValueEx(key, name, 0, winreg.REG_SZ, value)


if __name__ == "__main__":
    locks_itself()
    threading.Thread(target=interrupted, name="interrupted", daemon=True).start()
    code = main()
    left = sorted(thread.name for thread in threading.enumerate() if thread.name not in {"MainThread", "interrupted"})
    print(f"ended {code}, threads left: {left}", flush=True)
    sys.exit(code)
