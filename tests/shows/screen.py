"""Must show: reminded on a screen, locked by the button for real, told on coming back; as pictures in docs/.

.venv/bin/python -I tests/shows/screen.py [--write]

The whole agent, as `deskwarden run`, on a virtual screen with a panel, a real locker (xss-lock with i3lock) and a
logind of python-dbusmock. It takes five minutes of real time. --write leaves pictures and docs/evidence/screen.txt.
"""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.support.desktop import Room  # noqa: E402  -I left the folder out
from tests.support.logind import Logind  # noqa: E402
from tests.support.until import until  # noqa: E402

REMIND, UNATTENDED = 60, 120  # seconds; the policy's own five and ten minutes in the same proportion
WINDOW = ("xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd")


class Show:
    """What happens, told as it happens."""

    def __init__(self, room: Room, write: bool) -> None:
        self.room, self.logind = room, Logind(room)
        self.pictures = ROOT / "docs" / "pictures" if write else room.folder
        self.lines: list[str] = []
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        self.lines.append(f"{time.monotonic() - self.began:6.1f} s  {text}")
        print(self.lines[-1], flush=True)

    def desk(self) -> None:
        self.room.env["XDG_CURRENT_DESKTOP"] = "GNOME"
        self.room.screen()
        self.room.bus()
        self.room.panel()
        self.room.notifyd()
        self.room.run(("display", "-window", "root", "-size", "1024x768", "gradient:#4a6a86-#22384c"))
        self.logind.begin()
        self.room.start("xss-lock", "--", "i3lock", "-n", "-c", "101820")
        until(self._locks, what="xss-lock does not listen")
        self.logind.unlock()
        until(lambda: not self.locked(), what="not unlocked")

    def _locks(self) -> bool:
        self.logind.lock()
        return self.locked()

    def locked(self) -> bool:
        return "true" in self.logind.says("LockedHint")

    def agent(self) -> subprocess.Popen[bytes]:
        state = self.room.folder / "state"
        command = (sys.executable, "-I", "-m", "agent.cli", "run", "--language", "nl", "--state", str(state))
        return self.room.start(*command, "--remind-after", f"{REMIND}s")

    def cards(self) -> list[str]:
        return self.room.run(WINDOW).stdout.split()

    def press(self) -> None:
        """The button at the lower right of the notice."""
        text = self.room.ask("xdotool", "getwindowgeometry", "--shell", self.cards()[0])
        at = {k: int(v) for k, _, v in (line.partition("=") for line in text.split()) if v.isdigit()}
        x, y = at["X"] + at["WIDTH"] - 60, at["Y"] + at["HEIGHT"] - 32
        self.room.ask("xdotool", "mousemove", str(x), str(y), "click", "1")

    def touch(self) -> None:
        self.room.ask("xdotool", "mousemove", "300", "300", "mousemove", "320", "310")

    def walk(self) -> None:
        self.touch()
        self.say("the last touch")
        until(self.cards, REMIND + 30, "no reminder")
        self.say("a reminder is on the screen")
        self.room.picture(self.pictures / "screen-reminder.png", "520x200+504+0")
        self.press()
        until(self.locked, 30, "not locked")
        self.say('"Nu vergrendelen" was pressed: the screen is locked')
        until(lambda: not self.cards(), 30, "the reminder is still there")
        self.room.picture(self.pictures / "screen-locked.png")
        at = time.monotonic()
        until(lambda: time.monotonic() - at > 5, 30)
        self.logind.unlock()
        until(lambda: not self.locked(), 30, "not unlocked")
        self.touch()
        self.say("unlocked, and left open")
        until(self.cards, REMIND + 30, "no reminder")
        self.say("a reminder is on the screen")
        left = time.monotonic()
        until(lambda: time.monotonic() - left > UNATTENDED - REMIND + 5, UNATTENDED + 30)
        self.touch()
        log = self.room.folder / f"{Path(sys.executable).name}.log"
        until(lambda: "stond 2 minuten open" in log.read_text(), 30, "not told")
        until(self.cards, 30, "no notice")
        self.say("back: told once how long it stood open")
        self.room.picture(self.pictures / "screen-back.png", "520x200+504+0")
        until(lambda: not self.cards(), 60, "the notice stays")
        self.say("the notice went by itself")


def main() -> int:
    write = "--write" in sys.argv
    with Room() as room:
        show = Show(room, write)
        show.desk()
        agent = show.agent()
        show.walk()
        agent.send_signal(signal.SIGINT)
        show.say(f"Ctrl-C: it ended with {agent.wait(30)}")
    if write:
        head = f"tests/shows/screen.py, {datetime.now(UTC):%Y-%m-%d}\n\n"
        (ROOT / "docs/evidence/screen.txt").write_text(head + "\n".join(show.lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
