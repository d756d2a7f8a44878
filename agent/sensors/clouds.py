"""Source `clouds` of kind `cloud`: this user's clients of public clouds, from all that tells of one.

What is installed, what runs, what lies on the disk and what a client's own configuration says are put together here, so
that one client is one fact (policy/catalogue/clients.py). Command lines are matched in memory and never kept.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from agent.clouds.accounts import accounts, places
from agent.clouds.packages import Package, of_programs
from agent.clouds.sight import Sight
from agent.clouds.traces import traces
from agent.sensors.base import Again
from agent.sensors.bounded import Unreadable
from agent.sensors.spots import ANY, Spot, Spots, towards
from policy.catalogue import INSTALLED, OS, Catalogue, Client
from policy.catalogue.clients import Evidence, Found, found, installed
from policy.catalogue.owners import Told
from policy.catalogue.weigh import Seen as Sign
from policy.kinds.cloud import CloudClient, State, of_client
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text

PACE = 600.0  # seconds between looks for what has no event: a process by what it watches, a socket
SETTLE = 0.2  # seconds; a client writes several files when an account is linked
# Signals that the catalogue's own signs have none of, and that tell alone.
_TELL_ALONE = frozenset({"goa", "sync_root"})
_RANK: Mapping[str, int] = {"installed": 0, "running": 1, "syncing": 2}

log = logging.getLogger(__name__)


class Process(Protocol):
    """A process that is a client."""

    @property
    def client(self) -> str:
        """Its id in the catalogue."""

    @property
    def pid(self) -> int:
        """By which its command line is read again."""

    @property
    def signals(self) -> tuple[str, ...]:
        """The ids of what told it."""


class Processes(Protocol):
    """Those of this user (agent/clouds/processes.py)."""

    def start(self) -> None:
        """Begin to compare."""

    @property
    def fault(self) -> str | None:
        """Why they can't be seen."""

    def now(self) -> Sequence[Process]:
        """Those that run."""

    def executed(self, pid: int) -> None:
        """It runs something new. From any thread."""

    def stop(self) -> None:
        """End."""


class Events(Protocol):
    """What tells that it is worth a look."""

    def start(self, again: Again) -> None:
        """Raises OSError where there is nothing to tell it here."""

    def stop(self) -> None:
        """End."""


class Seen(NamedTuple):
    """What tells of clients beside their own files.

    running: the processes, told whom to call where they change. lines: command lines as they are now, to be matched and
    not kept. packages: what is installed for everybody (Unreadable where that can't be told now); folders: where that
    shows. sights: what tells of a client otherwise; events, spots: what tells that there may be others. own_folders:
    Windows' own word for %APPDATA% and its kin.
    """

    running: Callable[[Callable[[], None]], Processes]
    lines: Callable[[Iterable[int]], Iterable[tuple[str, ...]]]
    packages: Callable[[Instant], Iterable[Package]]
    folders: tuple[Path, ...]
    sights: Callable[[], Iterable[Sight]]
    events: tuple[Events, ...] = ()
    spots: Callable[[], Iterable[Spot]] = tuple
    own_folders: Mapping[str, str] | None = None


class Clouds:
    """The sensor. after: sources of `software` in this half that are waited for, since what they see counts here."""

    kind = "cloud"
    source = "clouds"
    scope = "user"

    def __init__(self, catalogue: Catalogue, os: OS, home: Path, seen: Seen, after: Iterable[str] = ()) -> None:
        self._catalogue, self._os, self._home, self._seen = catalogue, os, home, seen
        self._running = seen.running(lambda: self._again(0.0))
        self._after = frozenset(after)
        self._own: dict[str, tuple[Package, ...] | None] = {}  # by source; None: it could not see all
        self._lock = threading.Lock()
        self._there: tuple[str, ...] = ()
        self._spots = Spots(self._where, SETTLE)
        self._again: Again = _nobody

    def watched(self) -> Text:
        return Text(
            "clients van publieke clouds: pakketten, processen en of er een account aan hangt",
            "clients of public clouds: packages, processes, and whether an account is linked",
        )

    def start(self, again: Again) -> None:
        self._again = again
        self._running.start()
        for one in (self._spots, *self._seen.events):
            try:
                one.start(self._again)
            except OSError as error:
                log.warning("clouds: one of its events does not come (%s)", error.strerror)

    def stop(self) -> None:
        self._again = _nobody
        self._running.stop()
        for one in (self._spots, *self._seen.events):
            one.stop()

    def busy(self) -> bool:
        return False

    def heard(self, look: Look) -> None:
        """What another sensor of this half saw. From its own thread."""
        if look.gap and look.gap.reason == "not_yet":
            return
        seen = None if look.gap and not look.gap.about else tuple(of_programs(_programs(look)))
        with self._lock:
            new = look.source not in self._own or self._own[look.source] != seen
            self._own[look.source] = seen
        if new:
            self._again(0.0)

    def ran(self, pids: Iterable[int]) -> None:
        """These run something new, as the kernel says. From any thread."""
        for pid in pids:
            self._running.executed(pid)

    def look(self, now: Instant) -> Look:
        self._spots.arm()
        self._again(PACE)
        with self._lock:
            own = dict(self._own)
        try:
            packages = [*self._seen.packages(now), *(one for some in own.values() for one in some or ())]
        except Unreadable as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        facts = tuple(self._facts(packages))
        return Look(self.kind, self.source, self.scope, now, facts, self._gap(own))

    def _gap(self, own: Mapping[str, object]) -> Gap | None:
        """What another sensor of this half could not see may be a client."""
        if self._after - own.keys():
            return Gap("not_yet")
        if self._running.fault:
            return Gap(f"unreadable: {self._running.fault}")
        unseen = sorted(source for source in self._after if own[source] is None)
        return Gap(f"unreadable: {', '.join(unseen)}") if unseen else None

    # --- putting together

    def _facts(self, packages: list[Package]) -> Iterator[CloudClient]:
        names = [(one.signal, one.name) for one in packages]
        runs, sights = self._running.now(), list(self._seen.sights())
        evidence = self._evidence(installed(self._catalogue, self._os, names), runs, sights)
        there = found(self._catalogue, self._os, evidence)
        self._there = tuple(one.client for one in there)
        self._spots.arm()  # before their files are read: what comes in between is seen by one of the two
        told = {one.client: self._told(one.client, runs) for one in there}
        evidence = {name: _with(seen, told.get(name, ())) for name, seen in evidence.items()}
        for one in found(self._catalogue, self._os, evidence):
            yield self._listed(self._catalogue.clients[one.client], one, packages)
        yield from self._unlisted(sights)

    def _evidence(
        self, packages: Mapping[str, frozenset[Sign]], runs: Iterable[Process], sights: Iterable[Sight]
    ) -> dict[str, Evidence]:
        out = {name: Evidence(seen=seen) for name, seen in packages.items()}
        for process in runs:
            before = out.get(process.client, Evidence())
            signals = tuple(dict.fromkeys((*before.runs, *process.signals)))
            out[process.client] = Evidence(before.seen, signals, before.told)
        for sight in sights:
            before = out.get(sight.client, Evidence())
            if sight.client:
                seen = before.seen | {(sight.signal, sight.value)}
                alone = (*before.runs, sight.signal) if sight.signal in _TELL_ALONE else before.runs
                out[sight.client] = Evidence(seen, alone, before.told + _told(sight))
        return {
            name: Evidence(
                one.seen | traces(self._catalogue.clients[name], self._os, self._home, self._seen.own_folders),
                one.runs,
                one.told,
            )
            for name, one in out.items()
        }

    def _told(self, name: str, runs: Iterable[Process]) -> tuple[Told, ...]:
        lines = self._seen.lines(process.pid for process in runs if process.client == name)
        return accounts(self._catalogue.clients[name], self._os, self._home, lines, self._seen.own_folders)

    def _listed(self, client: Client, one: Found, packages: Iterable[Package]) -> CloudClient:
        signs = client.on(self._os)
        own = {value.lower() for name in INSTALLED for value in (signs.of(name) if signs else ())}
        of = [package for package in packages if package.name.lower() in own]
        by = of[0] if of else None
        return of_client(
            client,
            one.state,
            self.scope,
            signals=one.signals,
            told=one.told,
            source=by.source if by else "",
            package=by.name if by else "",
            programs=tuple(sorted(own | set(map(str.lower, signs.program if signs else ())))),
            folders=signs.folders if signs else (),
            everybody=bool(of) and all(package.everybody for package in of),
        )

    def _unlisted(self, sights: Iterable[Sight]) -> Iterator[CloudClient]:
        """What the catalogue does not know, by the name that it goes by."""
        by_name: dict[str, list[Sight]] = defaultdict(list)
        for sight in sights:
            if not sight.client:
                by_name[sight.name].append(sight)
        for name, some in by_name.items():
            state: State = max((sight.state for sight in some), key=lambda state: _RANK[state])
            yield CloudClient(
                subject=Subject("cloud", name.lower(), self.scope),
                name=name,
                state=state,
                signals=tuple(dict.fromkeys(sight.signal for sight in some)),
                told=tuple(told for sight in some for told in _told(sight)),
                folders=tuple(sight.root for sight in some if sight.root),
            )

    # --- where it shows

    def _where(self) -> Iterator[Spot]:
        """Lists of packages, and what a client that is there writes of its accounts."""
        yield from (Spot(folder, ANY) for folder in self._seen.folders)
        yield from self._seen.spots()
        for name in self._there:
            for place in places(self._catalogue.clients[name], self._os, self._home, self._seen.own_folders):
                yield from towards(place)
                yield Spot(place.parent, ANY, frozenset({place.name}))


def _told(sight: Sight) -> tuple[Told, ...]:
    told = tuple(Told(kind, value) for kind, value in sight.told)
    return told or ((Told("linked"),) if sight.state == "syncing" else ())


def _with(evidence: Evidence, told: tuple[Told, ...]) -> Evidence:
    return Evidence(evidence.seen, evidence.runs, evidence.told + told)


def _programs(look: Look) -> Iterator[InstalledProgram]:
    return (fact for fact in look.facts if isinstance(fact, InstalledProgram))


def _nobody(_seconds: float) -> None:
    """Nobody listens."""
