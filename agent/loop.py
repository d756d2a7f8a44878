"""One queue and one thread that owns state and ledger. Everything else puts messages on the queue.

For each event: judge, commit, and only then the effects. Where the commit fails the new state is thrown away, no effect
runs, and the event is kept and judged again later.
"""

import logging
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import msgspec
from msgspec import Struct

from agent.clock import Clock
from agent.ledger import Ledger, Waiting
from agent.posture import META, PostureWatch, Said
from agent.sync import BATCH, Outgoing
from policy.events import (
    Adopted,
    Emit,
    Event,
    LeaveGiven,
    LeaveTakenBack,
    PolicyChanged,
    Retract,
    Started,
    Tell,
    Tick,
    Ticketed,
    WakeAt,
)
from policy.judge import judge
from policy.model import Look, Policy, State
from policy.wire import Directive, LeaveEnded, Leaves, Message, Result, Synced, Ticket, seal

LONGEST_WAIT = 600.0  # seconds; wall-clock times are looked at again at least so often
RETRY = 5.0  # seconds until an event whose commit failed is judged again
MOST_KEPT = 1_000  # such events; past it the oldest goes: nearly all are looks, and the next holds all they held

log = logging.getLogger(__name__)


class Audience(Protocol):
    """Who hears of what was committed."""

    def tell(self, tell: Tell) -> None:
        """Let a session tell its person."""

    def retract(self, uids: tuple[UUID, ...]) -> None:
        """Take notices off the screen, all at once: each card is drawn anew once at most."""

    def changed(self) -> None:
        """State, a look's standing or the exchange changed: show it anew."""

    def leaves(self) -> None:
        """Something waits to leave."""


class Call(Struct, frozen=True):
    """A question from another thread, answered by the loop's own."""

    ask: Callable[[], Any]
    answer: "queue.SimpleQueue[Any]"


class Stop(Struct, frozen=True):
    """The end."""


@dataclass
class Loop:
    """See the module. `state`, `looks` and `trouble` are read by the loop's thread alone (through `call`).

    posture: what is told of this agent itself, set before `start`; None where there is no feed.
    """

    policy: Policy
    ledger: Ledger
    clock: Clock
    audience: Audience
    state: State = field(init=False)
    looks: dict[tuple[str, str], Look] = field(default_factory=dict)
    trouble: str = ""
    language: str = ""  # the employee's, once a session told it
    posture: PostureWatch | None = None

    def __post_init__(self) -> None:
        self.state = self.ledger.state()
        meta = self.ledger.meta()
        self._epoch, self._cursor = int(meta.get("epoch", "0")), int(meta.get("cursor", "0"))
        # What an earlier run left in the outbox may have reached the feed already.
        self._attempted = {waiting.envelope.id for waiting in self.ledger.outbox()}
        self._refused_before = {w.envelope.id for w in self.ledger.outbox() if w.refused}
        self._queue: queue.SimpleQueue[Event | Call | Synced | Stop] = queue.SimpleQueue()
        self._again: deque[Event] = deque()
        self._wake = WakeAt()
        self._thread = threading.Thread(target=self._run, name="loop", daemon=True)

    # --- from any thread

    def start(self) -> None:
        """Begin; the first event says that nothing is known of sessions."""
        self.put(Started())
        self._thread.start()

    def put(self, message: "Event | Call | Synced | Stop") -> None:
        """Give it a message."""
        self._queue.put(message)

    def call(self, ask: Callable[[], Any], timeout: float = 30.0) -> Any:
        """Run a question on the loop's thread and wait for its answer.

        Raises:
            queue.Empty: No answer in `timeout` seconds.

        """
        if threading.current_thread() is self._thread:
            return ask()
        answer: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.put(Call(ask, answer))
        found = answer.get(timeout=timeout)
        if isinstance(found, BaseException):
            raise found
        return found

    def stop(self) -> None:
        """End after what is on the queue, and let go of the ledger."""
        self.put(Stop())
        self._thread.join(10)
        self.ledger.close()

    # --- the loop's own thread

    def _run(self) -> None:
        while True:
            try:
                message = self._queue.get(timeout=self._timeout())
            except queue.Empty:
                message = Tick()
            if isinstance(message, Stop):
                return
            try:
                self._take(message)
                self._watch_posture()
            except Exception:  # a bug in one event must not end the watch
                log.exception("an event failed: %s", type(message).__name__)

    def _take(self, message: "Event | Call | Synced") -> None:
        match message:
            case Call(ask, answer):
                answer.put(_tried(ask))
            case Synced():
                self._synced(message)
            case _:
                if isinstance(message, Look):
                    self._remember(message)
                # What is kept goes first: a look that is judged after a later one would undo it.
                if not (self._judge_kept() and self._judge(message)):
                    self._keep(message)

    def _remember(self, look: Look) -> None:
        """The newest look of each place, for status: its gap, and what its rules say of each fact."""
        before = self.looks.get(look.place)
        self.looks[look.place] = look
        if before is None or before.gap != look.gap:
            self.audience.changed()

    def _timeout(self) -> float:
        now = self.clock.now()
        waits = [LONGEST_WAIT]
        if self._wake.awake is not None:
            waits.append(self._wake.awake - now.awake)
        if self._wake.wall is not None:
            waits.append((self._wake.wall - now.wall).total_seconds())
        if self._again:
            waits.append(RETRY)
        return max(0.01, min(waits))

    def _judge_kept(self) -> bool:
        """Those that could not be committed, in their order; whether all now are."""
        while self._again:
            event = self._again.popleft()
            try:
                good = self._judge(event)
            except Exception:  # a bug that this one wakes must not take the new message with it
                log.exception("a kept event failed: %s", type(event).__name__)
                continue
            if not good:
                self._again.appendleft(event)
                return False
        return True

    def _judge(self, event: Event, results: tuple[Result, ...] = ()) -> bool:
        """One event the whole way; False where it could not be committed."""
        old = self.state
        new, effects = judge(self.policy, old, event, self.clock.now())
        out = [_waiting(effect.incident) for effect in effects if isinstance(effect, Emit)]
        try:
            wrote = self.ledger.commit(
                old, new, out, attempted=self._attempted, results=results, clock=self.clock.kept()
            )
        except sqlite3.Error as error:
            self._fails(error)
            return False
        if wrote:  # where it had not, nothing is known
            self._works()
        self.state = new
        self._run_effects(effects)
        if wrote or old.sessions != new.sessions:
            self.audience.changed()
        if out:
            self.audience.leaves()
        return True

    def _works(self) -> None:
        if self.trouble:
            self.trouble = ""
            self.audience.changed()

    def _fails(self, error: sqlite3.Error) -> None:
        if self.trouble != str(error):
            log.error("the ledger could not be written (%s); events are kept until it can", error)
            self.trouble = str(error)
            self.audience.changed()

    def _keep(self, event: Event) -> None:
        if not isinstance(event, Tick):
            self._again.append(event)
            while len(self._again) > MOST_KEPT:
                self._again.popleft()

    def _run_effects(self, effects: tuple[Any, ...]) -> None:
        gone = tuple(effect.uid for effect in effects if isinstance(effect, Retract))
        if gone:
            self.audience.retract(gone)
        for effect in effects:
            match effect:
                case Tell():
                    self.audience.tell(effect)
                case WakeAt():
                    self._wake = effect
                case _:
                    pass  # an Emit is in the outbox already

    # --- the posture

    def _watch_posture(self) -> None:
        """Looked at after each message, since it can change by any; what can't be committed is there at the next."""
        if self.posture and (said := self.posture.next(self.policy, self.looks, self.clock.now().wall)):
            self._say(self.posture, said)

    def _say(self, watch: PostureWatch, said: Said, results: tuple[Result, ...] = ()) -> None:
        kept, posture = said
        out = [_waiting(posture)] if posture else []
        meta = {META: msgspec.json.encode(kept, order="deterministic").decode()}
        try:
            self.ledger.commit(
                self.state,
                self.state,
                out,
                attempted=self._attempted,
                results=results,
                meta=meta,
                clock=self.clock.kept(),
            )
        except sqlite3.Error as error:
            self._fails(error)
            return
        self._works()
        watch.kept = kept
        if out:
            self.audience.changed()
            self.audience.leaves()

    # --- the exchange

    def outgoing(self) -> Outgoing:
        """What is to be sent now. What the feed refused waits for another run of the agent."""
        waiting = [w for w in self.ledger.outbox() if w.refused is None or w.envelope.id in self._refused_before]
        batch = tuple(w.envelope for w in waiting[:BATCH])
        self._attempted |= {envelope.id for envelope in batch}
        return Outgoing(self._epoch, self._cursor, batch, self.language or self.policy.language)

    def _synced(self, synced: Synced) -> None:
        """What the feed answered: an adoption commits with its result, a directive before the cursor that passes it."""
        uids = {waiting.envelope.id: waiting.uid for waiting in self.ledger.outbox()}
        meta = {"epoch": str(synced.epoch)} if synced.epoch != self._epoch else {}
        if self.clock.correct(synced.time):
            meta["offset"] = str(self.clock.offset)
        above = {r.id for r in synced.results if r.outcome in {"adopted", "older"} and r.uid and r.id in uids}
        plain = [r for r in synced.results if r.id not in above]
        wrote = bool(plain or meta)
        try:
            self.ledger.commit(self.state, self.state, results=plain, meta=meta)
        except sqlite3.Error as error:
            log.error("the feed's answer could not be written (%s); it is asked again", error)  # noqa: TRY400
            return
        self._epoch = synced.epoch
        self._refused_before -= {result.id for result in synced.results}
        for result in synced.results:
            if result.id in above and result.uid:
                self._above(uids[result.id], result.uid, result)
        for n, directive in synced.directives:
            if not self._judge(_event(directive)):
                return
            self._cursor = n
        if synced.directives:
            self.ledger.commit(self.state, self.state, meta={"cursor": str(self._cursor)})
        if wrote:
            self.audience.changed()

    def _above(self, uid: UUID, as_uid: UUID, result: Result) -> None:
        """The feed has it at a higher revision, or under another uid: it goes on from there."""
        if self.posture and uid == self.posture.uid:
            self._say(self.posture, self.posture.above(result.revision), (result,))
        else:
            self._judge(Adopted(uid, as_uid, result.revision), results=(result,))

    def follow(self, policy: Policy) -> None:
        """Another policy holds from now on (called through `call`)."""
        self.policy = policy
        if not (self._judge_kept() and self._judge(PolicyChanged())):
            self._keep(PolicyChanged())


def _waiting(message: Message) -> Waiting:
    return Waiting(seal(message), message.uid, message.revision)


def _event(directive: Directive) -> Event:
    match directive:
        case Ticket(uid, ticket):
            return Ticketed(uid, ticket)
        case Leaves(leave):
            return LeaveGiven(leave)
        case LeaveEnded(name):
            return LeaveTakenBack(name)


def _tried(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - it is the asker's to handle
        return error
