"""What a try-out shows of itself: its terminal, its processes, its commands, its mailbox."""

import email
import email.policy
import json
import re
import sqlite3
from contextlib import closing, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.benching.footprint import family
from tests.shows.places import Place
from tests.shows.visitor import Visitor
from tests.support.until import until

STANDS = r"(Stop with Ctrl-C\.|Stoppen: Ctrl-C\.)"


class TryOut:
    """`make run` in a shell of a place."""

    def __init__(self, place: Place, arguments: str) -> None:
        self.place, self.arguments = place, arguments
        self.shell = place.shell()
        self.start()

    def start(self, command: str = "") -> str:
        """Type it, wait until the screen stands, sign in; the screen."""
        at = self.shell.types(command or f"YES=1 make run ARGS='{self.arguments}'")
        screen = self.shell.sees(STANDS, at, seconds=600)
        link = re.search(r"http://\S+/signin/\S+", screen)
        if not link:
            raise RuntimeError(f"no sign-in link in:\n{screen}")
        self.page = Visitor(link[0])
        self.page.listen()
        return screen

    # --- terminal

    def told(self, name: str, after: int) -> str:
        """The lines of a notice on the terminal that name a program."""
        heading = rf"(?m)^\d\d:\d\d  [^\n]*(\n {{7}}[^\n]*)*?\b{re.escape(name)}\b"
        return next(block for block in blocks(self.shell.sees(heading, after)) if name in block)

    # --- processes

    def pid(self, part: str) -> int:
        """The process of a part: agent.cli, feed.cli or installer.tryout."""
        for pid in family(self.shell.process.pid):
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if "python" in words[0] and part in words and "status" not in words:
                    return pid
        raise LookupError(f"no process of {part}")

    def holders(self) -> list[str]:
        """Processes of this machine that have a file of the state open, or its socket's port."""
        state, found = str(self.place.state), []
        for folder in Path("/proc").glob("[0-9]*/fd"):
            with suppress(OSError):
                links = [str(link.readlink()) for link in folder.iterdir()]
                # Seen through its own root, a path of a chroot begins there.
                if any(state in link or f"{self.place.checkout}/.run/" in link for link in links):
                    found.append((folder.parent / "cmdline").read_bytes().decode().replace("\0", " ").strip())
        return found

    def port_is_free(self) -> bool:
        return not any(port_of(self.page.host) in line for line in Path("/proc/net/tcp").read_text().splitlines()[1:])

    def databases_are_free(self) -> bool:
        """Whether each can be taken for writing."""
        for name in ("ledger.db", "feed.db"):
            with closing(sqlite3.connect(self.place.state / name, timeout=0, isolation_level=None)) as db:
                db.execute("BEGIN EXCLUSIVE")
                db.execute("ROLLBACK")
        return True

    # --- commands

    def findings(self) -> dict[str, Any]:
        """By program, the one that is open before the one that ended."""
        found = json.loads(self._command("deskwarden", "findings"))
        return {f["subject"]["key"]: f for f in sorted(found, key=lambda f: (f["phase"] != "ended", f["opened"]))}

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._command("deskwarden", "status"))
        return answer

    def incidents(self) -> dict[str, Any]:
        found = json.loads(self._command("deskwarden-feed", "incidents"))
        return {i["subject"]["key"]: i for i in reversed(found)}

    def count(self, name: str) -> int:
        """How many incidents there are about a program."""
        found = json.loads(self._command("deskwarden-feed", "incidents"))
        return sum(i["subject"]["key"] == name for i in found)

    def _command(self, program: str, what: str) -> str:
        done = self.place.run(f".venv/bin/{program}", what, "--json", "--state", ".run")
        if not done.stdout:
            raise RuntimeError(f"{program} {what}: {done.returncode} {done.stderr}")
        return done.stdout

    # --- mailbox

    def mails(self, name: str) -> list[EmailMessage]:
        """About a program, the first of the thread first."""
        found = [m for m in self._all_mails() if re.search(rf": {re.escape(name)} ", str(m["Subject"]))]
        return sorted(found, key=lambda m: "In-Reply-To" in m)

    def _all_mails(self) -> list[EmailMessage]:
        files = sorted((self.place.state / "helpdesk" / "new").glob("*"))
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]

    def ready(self) -> dict[str, Any]:
        """Wait until agent and feed stand."""
        until(lambda: (s := self.status())["ready"] and not s["feed"]["error"], what="not ready")
        return self.status()


def blocks(text: str) -> list[str]:
    """The terminal's notices and lines, each with what hangs under it."""
    return [part.rstrip() for part in re.split(r"(?m)^(?=\d\d:\d\d  )", text) if part.strip()]


def port_of(host: str) -> str:
    """As /proc/net/tcp writes a listening address."""
    return f":{int(host.rpartition(':')[2]):04X} 00000000:0000 0A"
