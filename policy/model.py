"""The structs that the house speaks in: frozen, no I/O.

Units: seconds as float, wall times in UTC. The words are explained in docs/developer.md.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from policy.labels import Labels

Scalar = str | int | float | bool
Attrs = Mapping[str, Scalar | tuple[str, ...]]
Phase = Literal["noticed", "reported", "ended"]
Ending = Literal["put_right", "rule_gone", "excepted", "expired"]
Route = Literal["helpdesk", "security", "both", "none"]


class Duration(float):
    """Seconds. Written in a policy as `90s`, `15m`, `2h` or `14d`."""

    __slots__ = ()


class Instant(Struct, frozen=True):
    """One moment on both clocks.

    wall: UTC, corrected by the feed's time: for records, retention and ends of leaves.
    awake: seconds up and not suspended, carried over reboots: for grace and reminders.
    """

    wall: datetime
    awake: float


class Subject(Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """What a fact is about. The key has no version, path or pid, so that an upgrade is the same subject.

    scope: `machine`, `user:<uid or SID>` or `carrier:<key>`.
    """

    type: str
    key: str
    scope: str = "machine"


class Fact(Struct, frozen=True, tag_field="fact", kw_only=True):
    """Something that a sensor saw about one subject. Each kind adds its own typed fields."""

    subject: Subject


class Gap(Struct, frozen=True):
    """What a look could not see, and why; `about` names the subjects where that is known, empty means any."""

    reason: str
    about: frozenset[Subject] = frozenset()

    def covers(self, subject: Subject) -> bool:
        """Whether the subject may be there unseen."""
        return not self.about or subject in self.about


class Look(Struct, frozen=True):
    """A sensor's answer: all the facts of one source and scope, or a gap where it could not see all."""

    kind: str
    source: str
    scope: str
    at: Instant
    facts: tuple[Fact, ...]
    gap: Gap | None = None

    @property
    def place(self) -> tuple[str, str]:
        """What was looked at: (source, scope)."""
        return self.source, self.scope

    def unseen(self, subject: Subject) -> bool:
        """Whether this look leaves open that the subject is there."""
        return self.gap is not None and self.gap.covers(subject)


class Occurrence(Struct, frozen=True):
    """Something momentary, with no absence to look for: it is counted by day, and never ends by itself."""

    id: str
    kind: str
    fact: Fact
    at: Instant


class Kept(Struct, frozen=True):
    """What is kept of an occurrence: its day on the laptop's clock, without an hour, and its weight in whole units."""

    rule: str
    subject: Subject
    day: str
    weight: int


class Text(Struct, frozen=True):
    """Words of the policy's owner, in both languages of the product."""

    nl: str
    en: str

    def of(self, language: str) -> str:
        """The words in `nl` or `en`."""
        return self.nl if language == "nl" else self.en


class Texts(Struct, frozen=True):
    """Lines of the policy's owner, in both languages."""

    nl: tuple[str, ...]
    en: tuple[str, ...]

    def of(self, language: str) -> tuple[str, ...]:
        """The lines in `nl` or `en`."""
        return self.nl if language == "nl" else self.en


class Grace(Struct, frozen=True, forbid_unknown_fields=True):
    """How long an employee has: one of the two.

    hours: awake, with their session active.
    working_days: until 17:00 on the n-th working day after they were told.
    """

    hours: float | None = None
    working_days: int | None = None


class Respond(Struct, frozen=True, forbid_unknown_fields=True):
    """What follows when a rule is broken. Severity is 1 to 5 as in OCSF; all spans are in seconds.

    lapses, within: a finding of what is momentary opens at so many occurrences in that span.
    """

    severity: int = 2
    grace: Grace = Grace(working_days=2)
    remind_every: Duration = Duration(86_400)
    report_unseen_after: Duration = Duration(10 * 86_400)
    settle: Duration = Duration(60)
    lapses: int = 1
    within: Duration = Duration(14 * 86_400)
    observe: Duration = Duration(14 * 86_400)
    route: Route = "helpdesk"
    queue: str = "it"
    priority: int = 4
    category: str = ""


class Rule(Struct, frozen=True):
    """What is looked for under a clause, of one kind. Its id is for ever."""

    id: str
    kind: str
    clause: str
    title: Text
    match: Struct
    respond: Respond = Respond()
    why: Text | None = None
    fix: Texts | None = None
    helpdesk: Texts | None = None


class Clause(Struct, frozen=True, forbid_unknown_fields=True):
    """A numbered paragraph of the code, quoted in both languages."""

    number: str
    title: Text
    quote: Text


class Contact(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to turn to, in the code's own order."""

    id: str
    name: Text
    phone: str = ""
    mail: str = ""
    note: Text | None = None


class Unsupported(Struct, frozen=True):
    """A rule that this agent does not know how to look for; the rest of the policy runs."""

    id: str
    why: str


class Hours(Struct, frozen=True, forbid_unknown_fields=True):
    """When an employee is left alone, and how often they are spoken to at most. None of it holds for what is urgent.

    quiet_from, quiet_until: hours of the day. weekend: quiet days, Monday is 0.
    """

    quiet_from: int = 18
    quiet_until: int = 8
    weekend: tuple[int, ...] = (5, 6)
    a_day: int = 3
    apart: Duration = Duration(1800)
    urgent_apart: Duration = Duration(600)


class Policy(Struct, frozen=True):
    """The company's code as a document. `calm` None means: speak at any hour (for trying out)."""

    id: str
    version: str
    language: Literal["nl", "en"]
    company: str
    contacts: tuple[Contact, ...]
    clauses: Mapping[str, Clause]
    rules: Mapping[str, Rule]
    unsupported: tuple[Unsupported, ...] = ()
    holidays: frozenset[str] = frozenset()
    calm: Hours | None = Hours()
    labels: Labels = Labels()
    digest: str = ""

    @property
    def name(self) -> str:
        """How it is named in every incident: id and version."""
        return f"{self.id} {self.version}"


class Leave(Struct, frozen=True):
    """An exception that the security team gave for one rule and subject, until a date (UTC)."""

    id: str
    rule: str
    subject: Subject
    until: Annotated[datetime, Meta(tz=True)]


class Deadline(Struct, frozen=True):
    """When grace ends: `awake` seconds of grace in all, or a wall time that only ever moves later.

    cap: the wall time (UTC) that nothing moves it past.
    zone: the IANA zone in which a working day is counted.
    """

    cap: datetime
    awake: float | None = None
    wall: datetime | None = None
    zone: str = "UTC"


class Finding(Struct, frozen=True, kw_only=True):
    """A rule that a subject breaks, from its first sight to its end.

    generation: never used twice in one ledger, so that the uid is unique even after retention forgot an earlier one.
    grace_used, running: awake seconds used, and since when the clock runs (None: it stands still).
    closing: the awake time until which its end may still turn out to be none (`settle`); None: it is final.
    attrs: what may leave, private: for the employee's eyes. names: what the program is called, whoever found it. grace:
    in place of its rule's. tell_from: the awake time before which nobody is told, since another kind may speak for it.
    """

    rule: str
    subject: Subject
    generation: int
    uid: UUID
    kind: str
    clause: str
    policy: str
    digest: str
    severity: int
    opened: Instant
    last_seen: datetime
    seen_by: frozenset[tuple[str, str]]
    attrs: Attrs
    private: Mapping[str, str] = field(default_factory=dict)
    at_once: bool = False
    observed: bool = False
    grace: Grace | None = None
    tell_from: float = 0.0
    names: frozenset[str] = frozenset()
    phase: Phase = "noticed"
    ending: Ending | None = None
    ended: Instant | None = None
    told: Instant | None = None
    told_to: str | None = None
    reminded: Instant | None = None
    deadline: Deadline | None = None
    grace_used: float = 0.0
    running: float | None = None
    closing: float | None = None
    revision: int = 0
    follows: UUID | None = None
    ticket: str | None = None


class State(Struct, frozen=True, kw_only=True):
    """All that judging remembers. The first group is kept in the ledger, the second is made anew at each start.

    ledger: its id, from which every uid is made.
    rules: when each rule was first followed here (UTC), from which `observe` counts.
    notices: when somebody was spoken to (UTC) and whether that was urgent, those of the last day alone.
    active_on: the last day with an active session, one date a session, overwritten.
    occurrences: those that still count, by day.
    sessions: whose screen is on and theirs, the first active one first. zone: IANA name of their clock.
    asked: findings that a session was asked to tell and has not yet said were shown.
    quiet: why a session is not to be spoken to now, and since which awake time it is quiet without a break.
    """

    ledger: UUID
    generations: int = 0
    findings: Mapping[tuple[str, Subject], Finding] = field(default_factory=dict)
    baseline: Mapping[tuple[str, str], frozenset[Subject]] = field(default_factory=dict)
    leaves: Mapping[str, Leave] = field(default_factory=dict)
    rules: Mapping[str, datetime] = field(default_factory=dict)
    notices: tuple[tuple[datetime, bool], ...] = ()
    active_on: Mapping[str, str] = field(default_factory=dict)
    occurrences: tuple[Kept, ...] = ()

    sessions: tuple[str, ...] = ()
    zone: str = "UTC"
    asked: frozenset[UUID] = frozenset()
    quiet: Mapping[str, tuple[frozenset[str], float]] = field(default_factory=dict)
