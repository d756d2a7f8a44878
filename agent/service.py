"""Composition root of the device half: builds the parts, names the actors, starts and stops them."""

import contextlib
import logging
import os
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from uuid import UUID

from agent.clock import Clock
from agent.clouds.packages import marked
from agent.errors import Trouble
from agent.ipc import Ask, Line
from agent.ledger import Ledger
from agent.loop import Loop
from agent.platforms.base import System
from agent.posture import META, PostureWatch
from agent.sensors.base import Sensor
from agent.sensors.dpkg import Dpkg
from agent.sensors.flatpak import Flatpak
from agent.sensors.placed import Placed
from agent.sensors.rpm import Rpm
from agent.sensors.settings import MachineSettings
from agent.sensors.snap import Snap
from agent.sensors.watching import Watching
from agent.sessions import Sessions
from agent.sync import Standing, Syncer
from agent.views import Views
from policy.events import Tell
from policy.model import Instant, Look, Policy, State

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Options:
    """How the device half runs. feed empty: all stays on this laptop. root: the machine that is looked at.

    with_session: a session comes with it, and all is looked at when that has looked too.
    """

    state: Path
    policy: Policy
    root: Path = Path("/")
    feed: str = ""
    token: str = ""
    asset_tag: str = ""
    trying_out: bool = False
    with_session: bool = False


def sensors(options: Options, state: State) -> list[Sensor]:
    """The sensors of this half. A new one is its module and one line here."""
    if sys.platform == "win32":
        from agent.sensors.windows_settings import WindowsMachineSettings  # noqa: PLC0415 - does not import elsewhere
        from agent.sensors.windows_software import of_the_machine  # noqa: PLC0415 - as above

        return [*of_the_machine(), WindowsMachineSettings()]
    return [
        *_dpkg(options, state),
        Rpm(options.root, _known(state, "rpm")),
        Flatpak(options.root / "var/lib/flatpak"),
        Snap(options.root),
        Placed(options.root),
        MachineSettings(options.root, _named(options.policy, "scanners")),
    ]


class Service:
    """The device half: loop, sensors, exchange and the socket for commands."""

    def __init__(self, options: Options, system: System) -> None:
        self.options = options
        ledger = open_ledger(options.state / "ledger.db")
        meta = ledger.meta()
        clock = Clock(system, meta.get("awake", ""), float(meta.get("offset", "0")))
        self.loop = Loop(options.policy, ledger, clock, self)
        found = sensors(options, self.loop.state)
        self.views = Views(self.loop, found, options.asset_tag, options.trying_out, with_session=options.with_session)
        self.sessions = Sessions(
            self.loop.put,
            self.views.notices,
            self.views.view,
            self._speaks,
            clock.now,
            lambda: self._on_loop(self.changed),
        )
        self.views.sights, self.views.watching = self.sessions.sights, self.sessions.watching
        if options.feed:
            sights, uid = self.sessions.sights, self.loop.state.ledger
            self.loop.posture = PostureWatch(found, sights, _version(), uid, meta.get(META, ""))
        self._watching = [Watching(sensor, clock.now, self._looked) for sensor in found]
        self._short_runs = self._watch_short_runs(clock.now)
        self._sync = self._syncer() if options.feed else None
        self._commands = self._server()

    def start(self) -> None:
        """Start every actor; the loop first, since all others speak to it."""
        self.loop.start()
        for watching in self._watching:
            watching.start()
        if self._short_runs:
            self._short_runs.start()
        if self._sync:
            self._sync.start()
        if self._commands:
            self._commands.start()

    def attach(self, line: Line, scope: str) -> None:
        """A session is here."""
        self.sessions.attach(line, scope)

    def stop(self) -> None:
        """Stop every actor, the loop last."""
        if self._commands:
            self._commands.stop()
        for watching in self._watching:
            watching.stop()
        if self._short_runs:
            self._short_runs.stop()
        if self._sync:
            self._sync.stop()
        self.sessions.close()
        self.loop.stop()

    # --- what the loop says (agent.loop.Audience)

    def tell(self, tell: Tell) -> None:
        self.sessions.tell(tell)

    def retract(self, uids: tuple[UUID, ...]) -> None:
        self.sessions.retract(uids)

    def changed(self) -> None:
        self.sessions.show()

    def leaves(self) -> None:
        if self._sync:
            self._sync.wake()

    # --- parts

    def _syncer(self) -> Syncer:
        self.views.standing = Standing(self.options.feed)
        return Syncer(
            self.options.feed,
            self.options.state / "device.json",
            token=self.options.token,
            asset_tag=self.options.asset_tag,
            collect=lambda: self.loop.call(self.loop.outgoing),
            take=self.loop.put,
            changed=lambda standing: self._on_loop(lambda: self._stands(standing)),
        )

    def _watch_short_runs(self, now: Callable[[], Instant]) -> Any:
        """Of this machine itself, not of one that lies in a folder; the kernel tells root alone."""
        if sys.platform != "win32" and self.options.root == Path("/") and os.geteuid() == 0:
            from agent.clouds.short_runs import ShortRuns  # noqa: PLC0415 - does not import on Windows

            return ShortRuns(self.loop.put, self.sessions.ran, now)
        return None

    def _looked(self, look: Look) -> None:
        self.loop.put(marked(look))

    def _stands(self, standing: Standing) -> None:
        self.views.standing = standing
        self.changed()

    def _speaks(self, language: str) -> None:
        self.loop.language = language

    def _on_loop(self, ask: Callable[[], Any]) -> None:
        with contextlib.suppress(Exception):  # the loop has ended
            self.loop.call(ask)

    def _server(self) -> Any:
        if sys.platform != "win32":
            from agent.server import Server, address  # noqa: PLC0415 - does not import on Windows

            return Server(address(self.options.state), self._answer)
        return None

    def _answer(self, ask: Ask, scope: str) -> Any:
        match ask.what:
            case "status":
                return self.loop.call(lambda: self.views.status(scope))
            case "findings":
                return self.loop.call(lambda: self.views.findings(scope))
            case "view":
                return self.loop.call(lambda: self.views.view(scope))


def open_ledger(path: Path, *, read_only: bool = False) -> Ledger:
    """The ledger, or a word that a person can act on.

    Raises:
        Trouble: It can't be opened.

    """
    if read_only and not path.exists():
        raise Trouble("no_ledger", path=str(path.parent))
    try:
        return Ledger(path, read_only=read_only)
    except (sqlite3.Error, OSError) as error:
        raise Trouble("ledger_unusable", reason=str(error), path=str(path)) from error


def _version() -> str:
    """That of this Deskwarden; unknown where it runs from files alone."""
    try:
        return version("deskwarden")
    except PackageNotFoundError:
        return "unknown"


def _named(policy: Policy, field: str) -> tuple[str, ...]:
    """What the company names in a field of its rules, of all that have it: its own command lines, its scanners."""
    return tuple(name for rule in policy.rules.values() for name in getattr(rule.match, field, ()))


def _dpkg(options: Options, state: State) -> list[Sensor]:
    """On a machine of dpkg, and where an earlier run saw one: what is lost there is a gap, and no dpkg ever is none."""
    known = _known(state, "dpkg")
    made = Dpkg(options.root, _named(options.policy, "management"), known)
    return [made] if known is not None or made.database.is_dir() else []


def _known(state: State, source: str, scope: str = "machine") -> frozenset[str] | None:
    """What an earlier run took as the baseline of a place, so that its sensor describes what is new since."""
    subjects = state.baseline.get((source, scope))
    return None if subjects is None else frozenset(subject.key for subject in subjects)
