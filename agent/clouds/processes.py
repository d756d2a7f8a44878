"""Which clients run now: the list of pids is compared every 2 s, and only what is new there is read.

Where the kernel tells what is started (agent/clouds/executions.py) that is read at once. A new process is read again
after 200 ms before it is judged: between its start and its exec it still looks like what started it. What runs
something else under its own pid is noticed at once by the kernel's word, else in its first 10 s or within two minutes.
Command lines are matched in memory; of a process that is no client its mark alone is kept.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from msgspec import Struct

from agent.clouds.kept import Kept, Reader
from agent.clouds.reading import Mark, Owner, Table, this_table
from agent.clouds.strings import Strings, in_package_place
from policy.catalogue import OS, Catalogue
from policy.catalogue.processes import Match

EVERY = 2.0  # seconds between two compares
AGAIN = 0.2  # seconds until a new process is judged
YOUNG = 10.0  # seconds in which a process may still become another by exec: looked at in each compare
LISTED = 15  # compares in which the list is read once though nothing seems to have been started
ROUND = 60  # compares in which each other process is looked at once
log = logging.getLogger(__name__)


class Process(Struct, frozen=True):
    """A process that is a client. state: `installed` where a desktop starts it for everybody.

    signals: the ids of what told it. fresh: it was started while somebody watched.
    """

    client: str
    pid: int
    uid: Owner | None
    state: Literal["installed", "running"]
    signals: tuple[str, ...]
    fresh: bool


class Window(Struct, frozen=True):
    """A browser's window of one site that no client of the catalogue has: no cloud by that alone. Which is not kept."""

    pid: int
    uid: Owner | None


class ShortLived(Struct, frozen=True):
    """A client that was gone before the next compare."""

    client: str
    uid: Owner | None


@dataclass(slots=True)
class _Met:
    """A new process. due: when it is judged; first: what it was when it was met."""

    due: float
    first: Match | None
    uid: Owner | None


def command_lines(pids: Iterable[int], table: Table | None = None) -> tuple[tuple[str, ...], ...]:
    """Of these processes, read now: to be matched and not to be kept."""
    table = table or this_table()
    return tuple(words for pid in pids if (words := table.cmdline(pid)))


class Running:
    """The clients among one user's processes, or among all.

    uid: whose; None: everybody's, and then no executable is opened: it may lie where a user can write.
    on_change, on_short: called from a thread of its own. packaged: of an executable's path, whether it is a package's:
    that one's bytes are not read. fault: why the list of processes can't be read, where it can't.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        os: OS,
        uid: Owner | None,
        on_change: Callable[[], None],
        packaged: Callable[[str], bool] = in_package_place,
        *,
        on_short: Callable[[ShortLived], None] = lambda _short: None,
        table: Table | None = None,
    ) -> None:
        self._on_change, self._on_short = on_change, on_short
        self._table = table or this_table()
        self._reader = Reader(catalogue, os, self._table, uid, packaged)
        self._strings = Strings(self._reader.texts) if self._reader.texts else None
        self.fault: str | None = None
        self._known: dict[int, Kept | None] = {}  # None: somebody else's, or gone
        self._young = set[int]()
        self._round: list[int] = []
        self._share = self._skipped = 0
        self._latest: str | None = None
        self._clients: list[int] = []
        self._found: tuple[Process, ...] = ()
        self._windows: tuple[Window, ...] = ()
        # What other threads bring, and may only touch with this:
        self._changed = threading.Condition()
        self._new: dict[int, _Met] = {}
        self._texts: list[tuple[int, Mark, frozenset[str]]] = []
        self._lost = self._ending = False
        self._thread = threading.Thread(target=self._run, name="clouds-processes", daemon=True)

    def start(self) -> None:
        """What runs already is known when this returns."""
        self._compare(first=True)
        self._publish()
        if self._strings:
            self._strings.start()
        self._thread.start()

    def stop(self) -> None:
        """Its threads end; nothing is called after this."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        if self._strings:
            self._strings.stop()
        if self._thread.is_alive():
            self._thread.join(10)

    def now(self) -> tuple[Process, ...]:
        """The clients that run, by pid."""
        return self._found

    def unlisted(self) -> tuple[Window, ...]:
        """Browsers' windows of one site that the catalogue does not know."""
        return self._windows

    def executed(self, pid: int) -> None:
        """It runs something new, as the kernel says; it may be gone soon. From any thread."""
        known = self._known.get(pid)
        if (known is None or known.match is None) and not self._reader.may_be(pid):
            return  # a compiler's and a shell's many; the next compare meets those that last
        kept = self._reader.read(pid, fresh=True)
        if known or (kept and kept.match):  # another one that lasts is met by the next compare
            self._meet(pid, kept)

    def lost(self) -> None:
        """The kernel said too much at once: look at everything again. From any thread."""
        with self._changed:
            self._lost = True
            self._changed.notify()

    def _meet(self, pid: int, kept: Kept | None) -> None:
        with self._changed:
            met = _Met(time.monotonic() + AGAIN, kept.match if kept else None, kept.uid if kept else None)
            self._new[pid] = met
            self._changed.notify()

    def _run(self) -> None:
        compare = time.monotonic() + EVERY
        while self._wait(compare):
            try:
                if time.monotonic() >= compare or self._lost:
                    compare = time.monotonic() + EVERY
                    self._compare()
                self._judge()
                self._hear_texts()
                self._publish()
            except Exception:  # what it knows stays; a bug must not leave the rest unseen
                log.exception("the processes were not looked at")

    def _wait(self, compare: float) -> bool:
        """Until something is due; False when it is to end."""
        with self._changed:
            while not self._ending:
                due = min((met.due for met in self._new.values()), default=compare)
                left = min(due, compare) - time.monotonic()
                if left <= 0 or self._lost or self._texts:
                    return True
                self._changed.wait(left)
        return False

    def _compare(self, *, first: bool = False) -> None:
        with self._changed:
            lost, self._lost = self._lost, False
        if lost or self._is_list_due():
            try:
                pids = self._table.pids()
            except OSError as error:
                self._latest, self.fault = None, error.strerror or "no reason"
                return
            self.fault = None
            self._compare_with(pids, first=first)
        for pid in self._to_look_at(everything=lost):
            self._look_again(pid)

    def _is_list_due(self) -> bool:
        """Whether a process may have been started; where none was, the list says nothing new but who ended."""
        latest = self._table.latest()  # before the list is read: what starts meanwhile is seen by the next compare
        same = latest is not None and latest == self._latest
        self._latest, self._skipped = latest, self._skipped + 1 if same else 0
        return not same or self._skipped % LISTED == 0

    def _compare_with(self, pids: set[int], *, first: bool) -> None:
        for pid in self._known.keys() - pids:
            self._gone(pid)
        for pid in pids - self._known.keys():
            self._known[pid] = self._reader.read(pid, fresh=False) if first else None
            self._meet(pid, None)

    def _gone(self, pid: int) -> None:
        kept = self._known.pop(pid)
        self._young.discard(pid)
        if kept and kept.match and kept.fresh and not kept.survived:
            self._on_short(ShortLived(kept.match.client, kept.uid))

    def _to_look_at(self, *, everything: bool) -> set[int]:
        """The young ones, the clients, and a share of the others."""
        if everything or not self._round:
            self._round = [pid for pid, kept in self._known.items() if kept]
            self._share = -(-len(self._round) // ROUND)
        part = len(self._round) if everything else self._share
        share, self._round = self._round[:part], self._round[part:]
        return self._young.union(share, self._clients)

    def _look_again(self, pid: int) -> None:
        """Whether it still is what it was; what it may have got by now."""
        kept = self._known.get(pid)
        if kept is None or pid in self._new:
            return
        mark = self._table.mark(pid)
        if mark is None:
            self._ended(pid)
            return
        if mark != kept.mark:
            self._meet(pid, None)
            return
        kept.survived = True
        if time.monotonic() - kept.met > YOUNG:
            self._young.discard(pid)
        if kept.may_get_port:
            self._become(pid, kept, kept.texts)
        if kept.may_have_text and kept.match is None and self._strings:
            kept.may_have_text = False  # asked once; what it says comes later
            self._strings.ask(self._table.image(pid), partial(self._tell_texts, pid, kept.mark))

    def _judge(self) -> None:
        """Those that were met long enough ago."""
        now = time.monotonic()
        with self._changed:
            due = {pid: met for pid, met in self._new.items() if met.due <= now}
            for pid in due:
                del self._new[pid]
        for pid, met in due.items():
            old = self._known.get(pid)
            texts = old.texts if old and old.mark == self._table.mark(pid) else frozenset()
            kept = self._reader.read(pid, fresh=True, texts=texts)
            if kept is None:
                self._ended(pid, met)
                continue
            self._young.add(pid)
            if old and old.mark == kept.mark:
                kept.fresh, kept.survived = old.fresh, old.survived
            self._known[pid] = kept

    def _ended(self, pid: int, met: _Met | None = None) -> None:
        """It may stand in the list of pids until who started it asks how it went."""
        old = self._known.get(pid)
        if old and old.match:
            self._gone(pid)
        elif met and met.first:
            self._on_short(ShortLived(met.first.client, met.uid))
        self._young.discard(pid)
        self._known[pid] = None

    def _become(self, pid: int, kept: Kept, texts: frozenset[str]) -> None:
        """The same process, of which more is known now."""
        new = self._reader.read(pid, fresh=kept.fresh, texts=texts)
        if new and new.mark == kept.mark:
            kept.match, kept.window, kept.may_get_port = new.match, new.window, new.may_get_port
            kept.uid, kept.texts = new.uid, texts

    def _tell_texts(self, pid: int, mark: Mark, texts: frozenset[str]) -> None:
        with self._changed:
            self._texts.append((pid, mark, texts))
            self._changed.notify()

    def _hear_texts(self) -> None:
        with self._changed:
            told, self._texts = self._texts, []
        for pid, mark, texts in told:
            kept = self._known.get(pid)
            if kept and kept.mark == mark:
                self._become(pid, kept, texts)

    def _publish(self) -> None:
        ours = sorted((pid, kept) for pid, kept in self._known.items() if kept and (kept.match or kept.window))
        self._clients = [pid for pid, _ in ours]
        windows = tuple(Window(pid, kept.uid) for pid, kept in ours if kept.window)
        found = tuple(
            Process(kept.match.client, pid, kept.uid, kept.match.state, kept.match.signals, kept.fresh)
            for pid, kept in ours
            if kept.match
        )
        if (found, windows) != (self._found, self._windows):
            self._found, self._windows = found, windows
            self._on_change()
