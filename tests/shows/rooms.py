"""Must show 1: `make run` in four rooms, each with real installs told, reported, mailed, on the page, and ended.

tests/shows/rooms.py [--rooms a,b,c,d] [--write] [--keep DIR]

a  root without a screen, on this machine      b  an ordinary user who may use sudo, in a bare chroot
c  a desktop with a panel, on this machine     d  root in a bare chroot of this machine's release

It changes this machine (apt installs and removes small programs), needs the network, and needs root. --write leaves
docs/evidence/rooms.txt and, of room c, pictures in docs/pictures/. --keep: clones and chroots stay there.
"""

import argparse
import contextlib
import os
import re
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
from tests.benching.debs import build  # noqa: E402  -I left the folder out
from tests.benching.footprint import load  # noqa: E402
from tests.benching.house import Notices  # noqa: E402
from tests.shows import pictures  # noqa: E402
from tests.shows.places import Place, bare_debian, this_machine  # noqa: E402
from tests.shows.seen import TryOut, blocks  # noqa: E402
from tests.support.desktop import Room  # noqa: E402
from tests.support.until import until  # noqa: E402

EVIDENCE = ROOT / "docs" / "evidence" / "rooms.txt"
GRACE = "25s"
KEPT, KILLED, BRIEF = "cmatrix", "figlet", "sl"  # stays until the end; there while parts are killed; gone in its grace
THREE = ("nyancat", "pv", "tty-clock")
BROKEN = "dw-toy-broken"
ALL = (KEPT, KILLED, BRIEF, *THREE, BROKEN)
NAMES = {
    "a": "root without a screen",
    "b": "a user with sudo, bare chroot",
    "c": "a desktop with a panel",
    "d": "root in a bare chroot",
}


class Tour:
    """One room's steps, in order; each says what was seen. What one leaves is what the next begins with."""

    def __init__(self, place: Place, desktop: Room | None, kept: Path) -> None:
        self.place, self.desktop, self.kept = place, desktop, kept
        self.notices = Notices(desktop) if desktop else None
        self.seen: list[tuple[str, bool, str]] = []
        self.out: TryOut | None = None

    @property
    def run(self) -> TryOut:
        if self.out is None:
            raise RuntimeError("make run did not stand")
        return self.out

    def walk(self) -> None:
        for step in (
            self.starts,
            self.told_first,
            self.reported,
            self.agent_killed,
            self.feed_killed,
            self.looked_at,
            self.removed_in_time,
            self.three_at_once,
            self.fails_to_configure,
            self.a_second_one,
            self.itself_killed,
            self.started_again,
            self.removal_ends_all,
            self.ctrl_c,
            self.nothing_too_much,
        ):
            self._take(step)
            if self.out is None:
                return

    def _take(self, step: Callable[[], str]) -> None:
        name, started = step.__name__.replace("_", " "), time.monotonic()
        try:
            said, good = step(), True
        except Exception as error:  # noqa: BLE001 - the next step may still show something
            said, good = f"{type(error).__name__}: {error}"[:1500], False
            traceback.print_exc(limit=-4)
        self.seen.append((name, good, said))
        print(f"  {'ok  ' if good else 'FAIL'} {name} ({time.monotonic() - started:.0f} s): {said}", flush=True)

    # --- the steps ---------------------------------------------------------------------------------------------------

    def starts(self) -> str:
        """The screen stands; the one-time link lets in once."""
        self.out = TryOut(self.place, f"--grace {GRACE}")
        page = self.run.page
        check(page.looked == 200, f"GET of the link: {page.looked}")
        check(page.entered == 303, f"POST of the link: {page.entered}")
        check(page.again == 410, f"the link once more: {page.again}")
        check(self.run.ready()["ready"], "status")
        if self.desktop:
            until(lambda: self.desktop and "deskwarden" in self.desktop.icons(), what="no icon in the panel")
        return "screen, page by its one-time link (once more: 410)" + (", icon in the panel" if self.desktop else "")

    def told_first(self) -> str:
        """apt-get install; the employee is told, and nobody else."""
        at, before = self._now(), self._drawn()
        self.place.apt("install", "-y", KEPT)
        words = self.run.told(KEPT, at)
        finding: Any = until(lambda: (f := self.run.findings().get(KEPT)) and f["told"] and f)
        check(finding["phase"] == "noticed", f"phase {finding['phase']}")
        check(not self.run.mails(KEPT) and not self.run.count(KEPT), "somebody was told before the grace was over")
        drawn = ""
        if self.desktop:
            until(lambda: self._drawn() == before + 1, what="no notice drawn")
            pictures.notice_and_tray(self.desktop, self.kept)
            drawn = ", notice drawn"
        return f"terminal{drawn}; nothing at the feed yet: {short(words)}"

    def reported(self) -> str:
        """After the grace: incident, page by its open stream, one mail."""
        events = len(self.run.page.events)
        incident = self._incident(KEPT, "open")
        until(lambda: len(self.run.page.events) > events, what="the open stream said nothing")
        until(lambda: KEPT in self.run.page.listed())
        check(not self.run.page.listed()[KEPT].over, "the page says it is over")
        (mail,) = until(lambda: self.run.mails(KEPT))
        check(self._incident(KEPT, "open")["ticket"] == mail["Message-ID"], "the ticket is not the mail's Message-ID")
        check(incident["reference"] in str(mail["Subject"]), "the mail does not name the reference")
        return f"incident, event on the open stream, one mail: {mail['Subject']}"

    def agent_killed(self) -> str:
        """SIGKILL while a grace runs: told and reported once."""
        at, before = self._now(), self._drawn()
        self.place.apt("install", "-y", KILLED)
        self.run.told(KILLED, at)
        uid = until(lambda: (f := self.run.findings().get(KILLED)) and f["told"] and f["uid"])
        os.kill(self.run.pid("agent.cli"), signal.SIGKILL)
        self.run.shell.sees(r"(started again|opnieuw gestart)", at)
        self.run.ready()
        incident = self._incident(KILLED, "open")
        check(incident["uid"] == uid, "another uid after the kill")
        until(lambda: len(self.run.mails(KILLED)) == 1)
        check(self._incident(KEPT, "open")["revision"] == 1, f"{KEPT} was reported again")
        again = sum(KILLED in block.partition("\n")[0] for block in blocks(self.run.shell.text()[at:]))
        return f"started again, same uid, one incident, one mail; on the terminal {again} times{self._more(before)}"

    def feed_killed(self) -> str:
        """SIGKILL, and a removal meanwhile: the end arrives once, the session and the stream come back."""
        at = self._now()
        os.kill(self.run.pid("feed.cli"), signal.SIGKILL)
        self.place.apt("purge", "-y", KILLED)
        self.run.shell.sees(r"(started again|opnieuw gestart)", at)
        self.run.ready()
        page = self.run.page
        until(page.listed, what="the session was lost")
        self.run.page.listen()
        self._ends(KILLED)
        return "started again on the same port, session kept, incident resolved, one reply"

    def looked_at(self) -> str:
        """In a browser: the list with one open and one resolved, and one incident."""
        lines = self.run.page.listed()
        check(not lines[KEPT].over and lines[KILLED].over, f"the list says {lines}")
        if not self.desktop:
            return "list: one open, one resolved"
        pictures.page(self.run.page, lines[KEPT].uid, self.kept)
        return "list: one open, one resolved; pictures of list and detail by chromium"

    def removed_in_time(self) -> str:
        """Removed in its grace: told, and nothing leaves."""
        at = self._now()
        self.place.apt("install", "-y", BRIEF)
        self.run.told(BRIEF, at)
        self.place.apt("purge", "-y", BRIEF)
        ended: Any = until(lambda: (f := self.run.findings().get(BRIEF)) and f["phase"] == "ended" and f)
        check(ended["revision"] == 0, f"revision {ended['revision']}")
        return f"told, then ended as {ended['ending']}; nothing left the laptop"

    def three_at_once(self) -> str:
        """Three by one apt run: one notice that names them."""
        at, before = self._now(), self._drawn()
        self.place.apt("install", "-y", *THREE)
        self.run.told(THREE[0], at)
        until(lambda: all((f := self.run.findings().get(n)) and f["told"] for n in THREE))
        drawn = self._drawn() - before
        self.place.apt("purge", "-y", *THREE)
        until(lambda: all(self.run.findings()[n]["phase"] == "ended" for n in THREE))
        named = [b for b in blocks(self.run.shell.text()[at:]) if any(n in b for n in THREE)]
        check(all(n in named[0] for n in THREE), f"not in one notice: {named}")
        check(not self.desktop or drawn == 1, f"{drawn} notices drawn")
        return f"one notice{self._more(before + drawn, ' more when they went')}: {short(named[0])}"

    def fails_to_configure(self) -> str:
        """A package left half configured: told, its state is a gap, a purge ends it."""
        at = self._now()
        deb = build(self.place.host("/var/tmp") / "dw-debs", BROKEN, postinst="exit 1")
        inside = f"/var/tmp/dw-debs/{deb.name}"
        said = self.place.run(*self.place.sudo, "dpkg", "--install", inside)
        check(said.returncode != 0, "dpkg was content")
        self.run.told(BROKEN, at)
        look: Any = until(lambda: (k := self.run.status()["looks"][0])["gap"] and k)
        check((look["gap"], look["about"]) == ("half_configured", [BROKEN]), f"gap {look['gap']} {look['about']}")
        self.place.run(*self.place.sudo, "dpkg", "--configure", "--pending")
        until(lambda: self.run.status()["looks"][0]["gap"] == "half_configured")
        check(self.run.findings()[BROKEN]["phase"] != "ended", "half configured counted as removed")
        self.place.dpkg("--purge", BROKEN)
        until(lambda: self.run.findings()[BROKEN]["phase"] == "ended")
        until(lambda: self.run.status()["looks"][0]["gap"] is None)
        return "told; a gap about it alone, still open; ended by the purge"

    def a_second_one(self) -> str:
        """Once more beside it: refused in words, by 3."""
        other = self.place.shell()
        try:
            other.types(f"YES=1 make run ARGS='--grace {GRACE}'")
            said, of_make = other.sees(r"(runs already|draait al)"), other.code()
            other.sees(r"(runs already|draait al)", other.types(".venv/bin/python -I -m installer.tryout"))
            own = other.code()
        finally:
            other.close()
        check(own == 3, f"exit code {own}")
        check(self.run.status()["running"], "the first was disturbed")
        return f"refused, exit code {own} (make's own: {of_make}): {short(said.rpartition(GRACE)[2])}"

    def itself_killed(self) -> str:
        """SIGKILL of the try-out: nothing holds its port or its databases."""
        at = self._now()
        os.kill(self.run.pid("installer.tryout"), signal.SIGKILL)
        self.run.shell.sees(r"(Killed|Error 137)", at)
        until(lambda: not self.run.holders(), what="somebody still holds the state")
        until(self.run.port_is_free, what="the port is still listened on")
        check(self.run.databases_are_free(), "a database is locked")
        return "no process with a file of the state, port free, both databases free"

    def started_again(self) -> str:
        """Nothing is lost, nothing is told or mailed again."""
        at, mails = self._now(), len(self.run.mails(KEPT))
        self.run.start()
        self.run.ready()
        check(self._incident(KEPT, "open")["revision"] == 1, "reported again")
        check(self.run.count(KEPT) == 1 and len(self.run.mails(KEPT)) == mails == 1, "twice at the feed")
        check(self.run.page.listed()[KILLED].over, "the resolved one is open")
        again = [b for b in blocks(self.run.shell.text()[at:]) if KEPT in b.partition("\n")[0] and b[:1].isdigit()]
        return f"all still there, once; said again on the terminal: {len(again)} times"

    def removal_ends_all(self) -> str:
        """apt-get remove: finding, incident, page by its open stream, one reply in the thread."""
        events = len(self.run.page.events)
        self.place.apt("remove", "-y", KEPT)
        self._ends(KEPT)
        until(lambda: len(self.run.page.events) > events, what="the open stream said nothing")
        until(lambda: self.run.page.listed()[KEPT].over)
        first, reply = self.run.mails(KEPT)
        return f"finding, incident and page ended; reply: {reply['Subject']} (to {first['Message-ID']})"

    def ctrl_c(self) -> str:
        """Ends both; the try-out's own exit code is 0, make's is that of a signal, which make got too."""
        of_make, at = self._stops()
        self.run.start(".venv/bin/python -I -m installer.tryout")
        code, at = self._stops()
        check(not self.run.holders() and self.run.port_is_free(), "something still runs")
        check("Traceback" not in self.run.shell.text(), "a traceback was printed")
        check(code == 0, f"exit code {code}:\n{self.run.shell.text()[at:]}")
        return f"exit code 0 (make's own: {of_make}), nothing runs, no traceback anywhere in the transcript"

    def nothing_too_much(self) -> str:
        """At the end the feed has two incidents and four mails."""
        found = {name: (self.run.count(name), len(self.run.mails(name))) for name in ALL}
        broken = found.pop(BROKEN)
        wanted = dict.fromkeys(ALL[:-1], (0, 0)) | {KEPT: (1, 2), KILLED: (1, 2)}
        check(found == wanted, f"incidents and mails: {found}")
        return f"{KEPT} and {KILLED} one incident and two mails each, {BROKEN} {broken}, the others none"

    # --- what they share ---------------------------------------------------------------------------------------------

    def _incident(self, name: str, state: str) -> dict[str, Any]:
        found: dict[str, Any] | Any = until(
            lambda: (i := self.run.incidents().get(name)) and i["state"] == state and i, what=f"not {state}"
        )
        check(self.run.count(name) == 1, f"{self.run.count(name)} incidents about {name}")
        return dict(found)

    def _ends(self, name: str) -> None:
        until(lambda: self.run.findings()[name]["phase"] == "ended", what="the finding goes on")
        incident = self._incident(name, "resolved")
        check(incident["ending"] == "put_right", f"ended as {incident['ending']}")
        until(lambda: len(self.run.mails(name)) > 1, what="no reply")
        first, reply = self.run.mails(name)
        check(reply["In-Reply-To"] == first["Message-ID"] == reply["References"], "the reply is not in the thread")

    def _stops(self) -> tuple[int, int]:
        """The exit code after Ctrl-C, and where its words begin."""
        at = self.run.shell.press_ctrl_c()
        self.run.shell.sees(r"(Stopped\.|Gestopt\.)", at)
        return self.run.shell.code(), at

    def _now(self) -> int:
        return len(self.run.shell.text())

    def _drawn(self) -> int:
        return self.notices.count() if self.notices else 0

    def _more(self, before: int, what: str = "") -> str:
        return f", {self._drawn() - before} notices drawn{what}" if self.notices else ""


def check(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def short(text: str) -> str:
    return " ".join(text.split())[:160]


# --- rooms -----------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def desktop_room() -> Iterator[Room]:
    with pictures.LargeRoom() as room:
        room.screen()
        room.bus()
        room.panel()
        room.notifyd()
        yield room


@contextlib.contextmanager
def room_of(letter: str, folder: Path) -> Iterator[tuple[Place, Room | None]]:
    """The place and, where it has one, its desktop."""
    with contextlib.ExitStack() as held:
        desktop = held.enter_context(desktop_room()) if letter == "c" else None
        match letter:
            case "a":  # no locale: the policy's own language
                place = this_machine(folder / "here", {"LANG": "C"})
            case "b":
                place = bare_debian(folder / "room-b", "newcomer", {"LANG": "nl_NL.UTF-8"})
            case "c":
                place = this_machine(folder / "here", desktop.env | {"LANG": "en_GB.UTF-8"} if desktop else {})
            case _:
                place = bare_debian(folder / "room-d", "root", {"LANG": "en_GB.UTF-8"})
        yield held.enter_context(place), desktop


def tour(letter: str, folder: Path, kept: Path) -> Tour:
    print(f"room {letter}: {NAMES[letter]} (load {load()})", flush=True)
    with room_of(letter, folder) as (place, desktop):
        ours = place.absent(*place.would_come(KEPT, KILLED, BRIEF, *THREE), BROKEN)
        place.run("rm", "-rf", ".run")  # a room may have been kept; what it knew is not
        walked = Tour(place, desktop, kept)
        try:
            walked.walk()
        finally:
            if walked.out:
                (kept / f"transcript-{letter}.txt").write_text(walked.out.shell.text())
                walked.out.shell.close()
            leave_as_it_was(place, ours)
    return walked


def leave_as_it_was(place: Place, ours: list[str]) -> None:
    left = [name for name in ours if name not in place.absent(*ours)]
    if left:
        place.dpkg("--purge", *left)


def table(tours: dict[str, Tour]) -> str:
    steps = list(dict.fromkeys(name for walked in tours.values() for name, _, _ in walked.seen))
    lines = [f"{'':22}" + "".join(f"{letter:>6}" for letter in tours)]
    for step in steps:
        row = [next((good for name, good, _ in t.seen if name == step), None) for t in tours.values()]
        lines.append(f"{step:22}" + "".join(f"{ {True: 'ok', False: 'FAIL', None: '-'}[good]:>6}" for good in row))
    return "\n".join(lines)


def evidence(tours: dict[str, Tour], loads: list[str], kept: Path) -> str:
    parts = [
        f"Must show 1, {datetime.now(UTC):%Y-%m-%d}, by tests/shows/rooms.py; load averages {'; '.join(loads)}.",
        *(f"{letter}  {NAMES[letter]}" for letter in tours),
        "",
        table(tours),
    ]
    for letter, walked in tours.items():
        parts += ["", f"--- room {letter}: {NAMES[letter]}: what was seen", ""]
        parts += [f"{'ok  ' if good else 'FAIL'} {name}: {said}" for name, good, said in walked.seen]
        transcript = kept / f"transcript-{letter}.txt"
        if transcript.exists():
            words = transcript.read_text().replace(str(walked.place.checkout), "~/deskwarden")
            words = re.sub(r"(/signin/)\S+", r"\1...", words)
            parts += ["", f"--- room {letter}: its terminal", "", words.rstrip()]
    return "\n".join(line.rstrip() for line in "\n".join(parts).split("\n")) + "\n"


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rooms", default="a,b,c,d")
    ask.add_argument("--write", action="store_true", help="leave the evidence in docs/")
    ask.add_argument("--keep", type=Path, metavar="DIR", help="clones and chroots stay here")
    options = ask.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was installed is removed all the same
    tours, loads = dict[str, Tour](), [load()]
    with contextlib.ExitStack() as held:
        made = held.enter_context(tempfile.TemporaryDirectory(prefix="rooms-", dir="/var/tmp"))
        folder = options.keep or Path(made)
        kept = folder / "evidence"
        kept.mkdir(parents=True, exist_ok=True)
        for letter in options.rooms.split(","):
            tours[letter] = tour(letter, folder, kept)
            loads.append(load())
        print(table(tours))
        text = evidence(tours, loads, kept)
        (kept / "rooms.txt").write_text(text)
        if options.write:
            EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
            EVIDENCE.write_text(text)
            pictures.keep(kept, ROOT / "docs" / "pictures")
    return 0 if all(good for t in tours.values() for _, good, _ in t.seen) else 1


if __name__ == "__main__":
    sys.exit(main())
