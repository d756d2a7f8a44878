"""What must hold once all has come to rest: nothing lost, nothing twice, nobody reported who had put it right.

Each check yields a sentence for each thing that is not so.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from policy.model import Subject
from policy.wire import finding_uid
from tests.crash.line import Line
from tests.crash.machine import DENIED, UNAPPROVED, Machine
from tests.crash.records import FeedRecords, Incident, LedgerRecords, Letter


@dataclass(frozen=True)
class Oracle:
    """Everything that was seen at rest, beside what is known from outside."""

    feed: FeedRecords
    ledger: LedgerRecords
    installed: set[str]
    machine: Machine
    line: Line

    def problems(self, *, tickets: bool = True) -> list[str]:
        """All that is wrong; empty where it is as promised. tickets: whether the laptop must know them by now."""
        checks = [self._right_state, self._names, self._ledger, self._bytes, self._revisions, self._mail, self._brief]
        if tickets:
            checks.append(self._tickets)
        return [problem for check in checks for problem in check()]

    def _right_state(self) -> Iterator[str]:
        """For each package one open incident while it is here, none once it is gone; none for what is approved."""
        open_for = Counter(i.subject for i in self.feed.incidents.values() if i.state == "open")
        for name in sorted({*UNAPPROVED, *DENIED, *open_for, *self.installed}):
            wanted = int(name in self.installed and name in {*UNAPPROVED, *DENIED})
            if open_for[name] != wanted:
                where = "is here" if name in self.installed else "is gone"
                yield f"{name} {where} and has {open_for[name]} open incidents: {self._history(name)}"
        for incident in self.feed.incidents.values():
            if incident.state == "resolved" and incident.ending != "put_right":
                yield f"ended by itself: {incident}"

    def _names(self) -> Iterator[str]:
        """Each uid is one that this ledger gave; the open one is the newest of its subject."""
        newest: dict[str, int] = {}
        generations = {i.uid: self._generation(i) for i in self.feed.incidents.values()}
        for incident in self.feed.incidents.values():
            generation = generations[incident.uid]
            if generation is None:
                yield f"a uid that no generation has: {incident}"
            else:
                newest[incident.subject] = max(generation, newest.get(incident.subject, 0))
        for incident in self.feed.incidents.values():
            if incident.state == "open" and generations[incident.uid] != newest.get(incident.subject):
                yield f"open, though a later one is known: {self._history(incident.subject)}"

    def _generation(self, incident: Incident) -> int | None:
        subject = Subject("program", incident.subject)
        uid = UUID(incident.uid)
        for n in range(1, self.ledger.generations + 1):
            if finding_uid(self.ledger.ledger, incident.rule, subject, n) == uid:
                return n
        return None

    def _ledger(self) -> Iterator[str]:
        """The agent has nothing left to say, and the feed has each finding as the ledger has it."""
        if self.ledger.waiting:
            yield f"still in the outbox: {self.ledger.waiting}"
        for finding in self.ledger.findings:
            if finding.phase == "noticed" or finding.closing is not None:
                yield f"not at rest: {finding.subject.key} {finding.phase}, closing {finding.closing}"
            incident = self.feed.incidents.get(str(finding.uid))
            mine = (finding.revision, "resolved" if finding.phase == "ended" else "open")
            if finding.revision and (incident is None or (incident.revision, incident.state) != mine):
                yield f"{finding.subject.key} is {mine} in the ledger, the feed has {incident}"

    def _tickets(self) -> Iterator[str]:
        """The employee reads under which ticket it is known."""
        for finding in self.ledger.findings:
            done = self.feed.forwarded.get(str(finding.uid))
            if done and finding.ticket != done.ticket:
                yield f"{finding.subject.key}: its ticket is {done.ticket}, the laptop knows {finding.ticket}"

    def _bytes(self) -> Iterator[str]:
        """What the employee reads as sent is what the feed has, and what it said it has, it has."""
        there = {e.id: e.body for e in self.feed.envelopes}
        sent = {s.id: s for s in self.ledger.sent}
        twice = [name for name, n in Counter(s.id for s in self.ledger.sent).items() if n > 1]
        if twice:
            yield f"in the log twice: {twice}"
        for name, body in there.items():
            if name not in sent or sent[name].body != body:
                yield f"at the feed and not among what was sent: {body!r}"
        for one in self.ledger.sent:
            if one.outcome not in {"stored", "older", "unanswered"}:
                yield f"the feed answered {one.outcome}: {one.body!r}"
            elif one.outcome == "stored" and one.id not in there:
                yield f"said to be stored, and not there: {one.body!r}"
        for name, uid in self.line.stored.items():
            if name not in there:
                yield f"the feed said that it stored {name[:8]} of {uid}, and has it not"

    def _revisions(self) -> Iterator[str]:
        """Revisions never fall, and each was taken once."""
        taken = Counter((e.uid, e.revision) for e in self.feed.envelopes)
        yield from (f"taken twice: {pair}" for pair, n in taken.items() if n > 1)
        highest: dict[str, int] = {}
        for uid, revision in taken:
            highest[uid] = max(revision, highest.get(uid, 0))
        for incident in self.feed.incidents.values():
            if incident.revision != highest.get(incident.uid):
                yield f"the feed took {highest.get(incident.uid)} as its last: {incident}"
        for uid, revision in self._said().items():
            if revision != highest.get(uid):
                yield f"the agent said {revision} of {uid}, the feed has {highest.get(uid)}"
        last: dict[str, int] = {}
        for uid, revision in self.line.offered:
            if revision < last.get(uid, 0):
                yield f"the agent sent revision {revision} of {uid} after {last[uid]}"
            last[uid] = max(revision, last.get(uid, 0))

    def _said(self) -> dict[str, int]:
        """The last revision of each finding that left the ledger's outbox, or was seen on the line."""
        said: dict[str, int] = {}
        for uid, revision in [*((s.uid, s.revision) for s in self.ledger.sent), *self.line.offered]:
            said[uid] = max(revision, said.get(uid, 0))
        return said

    def _mail(self) -> Iterator[str]:
        """One thread for each incident with a ticket: a first mail, a reply for a later revision, each once."""
        yield from (f"{n} mails are {name}" for name, n in Counter(m.id for m in self.feed.letters).items() if n > 1)
        of: dict[str, list[Letter]] = defaultdict(list)
        for letter in sorted(self.feed.letters, key=lambda letter: letter.revision):
            of[letter.uid].append(letter)
        yield from (f"mail about what the feed has not: {uid}" for uid in of.keys() - self.feed.incidents.keys())
        for incident in self.feed.incidents.values():
            done = self.feed.forwarded.get(incident.uid)
            if done is None or done.revision != incident.revision:
                yield f"not passed on: {incident}, done is {done}"
            elif done.ticket is None:
                if of[incident.uid] or incident.state == "open":
                    yield f"no ticket, {len(of[incident.uid])} mails: {incident}"
            else:
                yield from self._thread(incident, done.ticket, of[incident.uid])

    def _thread(self, incident: Incident, ticket: str, letters: list[Letter]) -> Iterator[str]:
        if not letters:
            yield f"no mail, though there is a ticket: {incident}"
            return
        first, *replies = letters
        if first.answers is None and first.id != ticket:
            yield f"its first mail is not its ticket: {incident}, {letters}"
        if first.answers is not None and not (first.answers == ticket == self._ticket_before(incident)):
            yield f"its first mail is in another's thread: {incident}, {letters}"
        if any(reply.answers != ticket for reply in replies):
            yield f"more than one thread: {incident}, {letters}"
        if letters[-1].revision != incident.revision:
            yield f"the helpdesk was last told of {letters[-1].revision}: {incident}"

    def _ticket_before(self, incident: Incident) -> str | None:
        """The thread of the nearest incident before it that has one."""
        follows = incident.follows
        while follows in self.feed.incidents:
            done = self.feed.forwarded.get(follows)
            if done is not None and done.ticket:
                return done.ticket
            follows = self.feed.incidents[follows].follows
        return None

    def _brief(self) -> Iterator[str]:
        """What was gone for good before its grace ended was never reported."""
        for incident in self.feed.incidents.values():
            if incident.subject in self.machine.brief:
                yield f"reported, though it was put right in time: {incident}"

    def _history(self, name: str) -> list[tuple[str, int, str]]:
        incidents = [i for i in self.feed.incidents.values() if i.subject == name]
        return [(i.uid[:8], i.revision, i.state) for i in incidents]


@dataclass
class Memory:
    """What was once seen at the feed: it never goes back on it."""

    incidents: dict[str, Incident] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)

    def look(self, now: FeedRecords) -> None:
        """Say each thing on which it did."""
        problems = [f"gone: {uid}" for uid in self.incidents.keys() - now.incidents.keys()]
        for uid in self.incidents.keys() & now.incidents.keys():
            before, after = self.incidents[uid], now.incidents[uid]
            if after.revision < before.revision or (before.state, after.state) == ("resolved", "open"):
                problems.append(f"went back: {before} -> {after}")
        there = {letter.file for letter in now.letters}
        problems += [f"a mail is gone: {name}" for name in self.letters - there]
        self.incidents, self.letters = dict(now.incidents), there
        self.said += problems
