"""The service's side of the line: which sessions are here, and what each may see.

The session says what; whose it is comes from the peer's credentials, never from the message. A person sees their own
findings and the machine's.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from msgspec.structs import replace

from agent.ipc import Answered, Away, Hello, Lapsed, Line, Looked, Message, Ran, Shown, Sight, View
from agent.ipc import Retract as RetractMessage
from agent.ipc import Tell as TellMessage
from policy.events import Active, Tell
from policy.events import Answered as AnsweredEvent
from policy.events import Shown as ShownEvent
from policy.kinds import KINDS, screen
from policy.model import Finding, Gap, Instant, Look, Occurrence, Subject
from policy.words import Notice

log = logging.getLogger(__name__)


@dataclass
class Sessions:
    """The lines of the sessions that are here. `put` gives the loop an event; the rest runs on the loop's thread.

    notices: the findings of these uids as a person reads them. view: what a scope may see. sees: told that `sights`
    changed, what of the screen each session can see. watching: the last look of each source of a session.
    """

    put: Callable[[Active | ShownEvent | AnsweredEvent | Occurrence | Look], None]
    notices: Callable[[tuple[UUID, ...]], tuple[Notice, ...]]
    view: Callable[[str], View]
    speaks: Callable[[str], None]
    now: Callable[[], Instant]
    sees: Callable[[], None]
    sights: dict[str, Sight] = field(default_factory=dict)
    watching: dict[str, dict[str, Looked]] = field(default_factory=dict)
    _lines: dict[str, Line] = field(default_factory=dict)
    _hellos: dict[str, Hello] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attach(self, line: Line, scope: str) -> None:
        """Listen to a session on a thread of its own until its line closes."""
        threading.Thread(target=self._listen, args=(line, scope), name=f"session-{scope}", daemon=True).start()

    def _listen(self, line: Line, scope: str) -> None:
        while (message := line.receive()) is not None:
            self._take(message, line, scope)
        self._gone(line, scope)
        self.sights.pop(scope, None)

    def _take(self, message: Message, line: Line, scope: str) -> None:
        match message:
            case Hello():
                with self._lock:
                    self._lines[scope], self._hellos[scope] = line, message
                self.speaks(message.language)
                self._active()
            case Shown(uids):
                self.put(ShownEvent(uids, scope))
            case Answered(uid):
                self.put(AnsweredEvent(uid, scope))
            case Away():
                self._gone(line, scope)
            case Lapsed(seconds):
                subject = replace(screen.SUBJECT, scope=scope)
                fact = screen.Lapse(subject=subject, seconds=seconds)
                self.put(Occurrence(uuid4().hex, screen.KIND.name, fact, self.now()))
            case Looked() if message.kind in KINDS:
                self.watching.setdefault(scope, {})[message.source] = message
                self.put(_look(message, scope, self.now()))
            case Sight():
                self.sights[scope] = message
                self.sees()
            case _:
                log.warning("a session sent a message that is not for this half")

    def _gone(self, line: Line, scope: str) -> None:
        with self._lock:
            if self._lines.get(scope) is not line:
                return
            del self._lines[scope]
        self._active()

    def _active(self) -> None:
        with self._lock:
            scopes = tuple(self._lines)
            zone = self._hellos[scopes[0]].zone if scopes else "UTC"
            quiet = {scope: frozenset(self._hellos[scope].quiet) for scope in scopes}
        self.put(Active(scopes, zone, quiet))

    # --- on the loop's thread

    def tell(self, tell: Tell) -> None:
        """Let a session tell its person."""
        line = self._line(tell.session)
        notices = self.notices(tell.uids)
        if line and notices:
            line.send(TellMessage(notices, tell.reminder))

    def retract(self, uids: tuple[UUID, ...]) -> None:
        """Take notices off every screen."""
        for line in self._all():
            line.send(RetractMessage(uids))

    def ran(self, scope: str, pids: tuple[int, ...]) -> None:
        """Let a session look at these processes of its user. From any thread."""
        line = self._line(scope)
        if line:
            line.send(Ran(pids))

    def show(self) -> None:
        """Send each session what it may see now."""
        with self._lock:
            lines = dict(self._lines)
        for scope, line in lines.items():
            line.send(self.view(scope))

    def close(self) -> None:
        """End every line."""
        for line in self._all():
            line.close()

    def _line(self, scope: str) -> Line | None:
        with self._lock:
            return self._lines.get(scope)

    def _all(self) -> list[Line]:
        with self._lock:
            return list(self._lines.values())


def may_see(scope: str, finding: Finding) -> bool:
    """Their own and the machine's."""
    return finding.subject.scope in {"machine", scope}


MOST_FACTS = 20_000  # of one look: past it a session is broken, and the rest is a gap


def _look(said: Looked, scope: str, now: Instant) -> Look:
    """A session's look as its own: whatever it says, its facts are of its own scope and of the kind that it names."""
    form = KINDS[said.kind].fact
    facts = tuple(
        replace(fact, subject=_owned(fact.subject, scope)) for fact in said.facts[:MOST_FACTS] if isinstance(fact, form)
    )
    gap = said.gap
    if len(facts) < len(said.facts):
        gap = Gap("too_many")
    elif gap is not None:
        gap = replace(gap, about=frozenset(_owned(subject, scope) for subject in gap.about))
    return Look(said.kind, said.source, scope, now, facts, gap)


def _owned(subject: Subject, scope: str) -> Subject:
    return replace(subject, scope=scope)
