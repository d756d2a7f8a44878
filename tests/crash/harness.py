"""The crash run: agent and feed are killed at random moments while packages come and go on a hostile line.

Crash(folder, seed).run(kills) is the whole of it, for the small form in `make test` and the big one in `make soak`.
The seed decides what is drawn; when the threads of three processes get their turn is the machine's.
"""

import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent.commands import asked
from tests.crash.line import STAGES, Ambush, Line
from tests.crash.machine import GRACE, Machine
from tests.crash.oracle import Memory, Oracle
from tests.crash.programs import Agent, Feed, Program
from tests.crash.records import at_home, envelopes_kept, feed_records, ledger_records

REST = 60.0  # seconds in which all must have come to rest
LOOK_BACK = 10  # kills between two looks at what the feed has
MOMENTS = {"pause": 3, "long pause": 1, "exchange": 6, "commit": 4}
VICTIMS = {"agent": 4, "feed": 4, "both": 2}


class Crash:
    """One run in a folder of its own."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.seed, self._chance = seed, random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.machine = Machine(folder, random.Random(f"{seed} machine"))
        self.feed = Feed(folder)
        self.line = Line(self.feed.port, random.Random(f"{seed} line"))
        self.agent = Agent(folder, self.machine.root, self.line.url, GRACE)
        self._memory = Memory()
        self._ending = threading.Event()

    def run(self, kills: int) -> Oracle:
        """The whole run; what it ended in.

        Raises:
            AssertionError: Something is not as promised; it says all that is not.

        """
        try:
            self._birth()
            churn = threading.Thread(target=self._churn, name="machine", daemon=True)
            churn.start()
            self._kills(kills)
            self._ending.set()
            churn.join()
            return self._rest()
        finally:
            self._ending.set()
            self.agent.end()
            self.feed.close()
            self.line.close()

    def told(self) -> str:
        """What happened, in figures."""
        parts = {"kills": self.counts, "machine": self.machine.done, "line": self.line.counts}
        return "\n".join(f"{name}: " + ", ".join(f"{k} {n}" for k, n in sorted(c.items())) for name, c in parts.items())

    # --- its parts

    def _birth(self) -> None:
        """Both are killed while they make their files; then they meet in peace, and the baseline is taken."""
        for _ in range(4):
            self.feed.start()
            self._pause(0.6)
            self.feed.kill()
        self.line.closed = True
        self.agent.token = self.feed.enrol()
        for _ in range(4):
            self.agent.start()
            self._pause(0.6)
            self.agent.kill()
        self.line.closed = False
        self.agent.start()
        until(lambda: [] if at_home(self.agent.state) else ["not enrolled, or without a first look"], REST)
        self.line.friendly = False

    def _churn(self) -> None:
        try:
            self.machine.churn(self._ending)
        except Exception as error:  # noqa: BLE001 - told by the main thread
            self._memory.said.append(f"the machine itself failed: {error!r}")

    def _kills(self, kills: int) -> None:
        done, victims = 0, "agent"
        while done < kills:
            if self._chance.random() < 0.35:  # so that one lives through several ends of the other
                (victims,) = self._chance.choices(list(VICTIMS), list(VICTIMS.values()))
            self._one_kill(victims)
            done += 1
            if done % LOOK_BACK == 0:
                self._look_back()

    def _one_kill(self, victims: str) -> None:
        programs: list[Program] = [p for p in (self.agent, self.feed) if victims in {p.name, "both"}]
        (moment,) = self._chance.choices(list(MOMENTS), list(MOMENTS.values()))
        self.counts[f"{victims} at {moment}"] += 1
        match moment:
            case "pause":
                self._pause(1.2)
            case "long pause":
                self._pause(3.2)
            case "exchange":
                self._lie_in_wait(programs)
            case _:
                self._until_something_is_written(victims)
        _strike(programs)
        for program in programs:
            program.kill()
        self._while_dead(programs)

    def _while_dead(self, programs: list[Program]) -> None:
        """At times they stay dead for a while, and the machine goes on."""
        if self.agent in programs:
            self._committed_first()
        if self.feed in programs and self._chance.random() < 0.1:
            self.feed.age()
        if self._chance.random() < 0.25:
            self._pause(1.0)
        for program in (self.feed, self.agent):
            if program in programs:
                program.start()

    def _committed_first(self) -> None:
        """Whatever was seen on the line is in the ledger, to be sent or as sent: nothing leaves before its commit."""
        offered = self.line.names()
        with suppress(sqlite3.Error, OSError):  # in the middle of what its next start makes good
            missing = offered - envelopes_kept(self.agent.state)
            assert not missing, f"sent, and the ledger knows nothing of it: {missing}"

    def _lie_in_wait(self, programs: list[Program]) -> None:
        """Until an exchange that carries envelopes is at some stage, and a moment more."""
        limit = self._chance.uniform(0.8, 2.0)
        ambush = Ambush(
            self._chance.choice(STAGES),
            self._chance.choice((0.0, self._chance.uniform(0.0, 0.003), self._chance.uniform(0.0, 0.03))),
            lambda: _strike(programs),
        )
        self.line.ambush = ambush
        if ambush.struck.wait(limit):
            self.counts["struck in an exchange"] += 1
        self.line.ambush = None

    def _until_something_is_written(self, victims: str) -> None:
        """Until one of its files changes: its database's log, or the mailbox before and after a mail is there."""
        mine = [self.agent.state / "ledger.db-wal"]
        theirs = [self.feed.state / name for name in ("feed.db-wal", "helpdesk/tmp", "helpdesk/new")]
        path = self._chance.choice({"agent": mine, "feed": theirs, "both": mine + theirs}[victims])
        self._pause(0.5)
        moment = self._chance.choice((0.0, self._chance.uniform(0.0, 0.005)))
        before, end = _stamp(path), time.monotonic() + self._chance.uniform(0.3, 1.2)
        while time.monotonic() < end:
            if _stamp(path) != before:
                self.counts[f"struck at {path.name}"] += 1
                time.sleep(moment)
                return
            time.sleep(0.0005)

    def _look_back(self) -> None:
        with suppress(sqlite3.Error, OSError):  # it is being made good after a kill
            self._memory.look(feed_records(self.feed.state))
        assert not self._memory.said, "\n".join(self._memory.said)

    def _rest(self) -> Oracle:
        """No more harm. All comes to rest; a last kill of both changes nothing of it, nor does an orderly end."""
        self.line.friendly = True
        self._again()
        until(lambda: self._oracle().problems(tickets=False), REST)
        self._again()
        until(lambda: self._oracle().problems(), REST)
        until(self._starts, REST)  # before it has started a signal is its end, and no orderly one
        self.agent.stop()
        self.feed.stop()
        self._look_back()
        oracle = self._oracle()
        problems = [*oracle.problems(), *self._complaints()]
        assert not problems, "\n".join(problems)
        return oracle

    def _again(self) -> None:
        for program in (self.agent, self.feed):
            program.kill()
            program.start()

    def _starts(self) -> list[str]:
        return [] if asked(self.agent.state, "status") else ["the agent does not answer"]

    def _oracle(self) -> Oracle:
        feed, ledger = feed_records(self.feed.state), ledger_records(self.agent.state)
        return Oracle(feed, ledger, self.machine.installed(), self.machine, self.line)

    def _complaints(self) -> list[str]:
        """A traceback in anybody's log is a bug, whatever came of it."""
        logs = (self.agent.log, self.agent.state / "agent.log", self.feed.log)
        texts = [(path, path.read_text(encoding="utf-8", errors="replace")) for path in logs]
        return [f"{path.name}: {text[text.index('Traceback') :][:3000]}" for path, text in texts if "Traceback" in text]

    def _pause(self, most: float) -> None:
        time.sleep(self._chance.uniform(0.0, most))


def until(problems: Callable[[], list[str]], seconds: float) -> None:
    """Wait until there are none; where there always were, say which were the last."""
    end = time.monotonic() + seconds
    while True:
        try:
            last = problems()
        except (sqlite3.Error, OSError) as error:  # a file that is just being made
            last = [repr(error)]
        if not last:
            return
        assert time.monotonic() < end, f"after {seconds:.0f} s:\n" + "\n".join(last)
        time.sleep(0.2)


def _strike(programs: list[Program]) -> None:
    for program in programs:
        program.strike()


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
