"""A laptop at the judge's desk: its clock is moved, its sessions come and go, and what it says is kept."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from policy.document import read
from policy.events import Active, Effect, Emit, Event, Retract, Shown, Started, Tell, Tick, WakeAt
from policy.judge import judge
from policy.kinds.software import InstalledProgram
from policy.model import Fact, Finding, Gap, Instant, Look, Policy, State, Subject
from policy.wire import Incident

ME, OTHER = "user:1000", "user:1001"
ZONE = "Europe/Amsterdam"
LONGEST_WAIT = 600.0  # the loop asks again at least so often
MONDAY = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo(ZONE))

DOCUMENT = """
format = 1
id = "p"
version = "{version}"
company = "C"
{head}
[[clauses]]
number = "3"
title = {{ nl = "Middelen", en = "Assets" }}
quote = {{ nl = "q", en = "q" }}
[[rules]]
id = "r"
kind = "software"
clause = "3"
title = {{ nl = "t", en = "t" }}
[rules.respond]
{respond}
[rules.match]
approve = [{approve}]
deny = [{deny}]
"""


def policy(
    respond: str = "",
    *,
    approve: str = '{ name = "good" }',
    deny: str = '{ name = "evil" }',
    head: str = "",
    observe: str = "0s",
    version: str = "1",
) -> Policy:
    """A policy of one rule, `r`; it observes for no time unless that is said."""
    respond = f'observe = "{observe}"\n{respond}'
    text = DOCUMENT.format(respond=respond, approve=approve, deny=deny, head=head, version=version)
    return read(text.encode(), strict=True)


def subject(name: str) -> Subject:
    return Subject("program", name)


def program(name: str, **fields: object) -> InstalledProgram:
    """A program of no repository, chosen by somebody."""
    made = InstalledProgram(subject=subject(name), name=name, version="1", origin="", source="dpkg")
    return replace(made, **fields)


class Laptop:
    """Runs events through the judge. `said`: every effect so far, in order, but for the wake-ups."""

    def __init__(self, policy: Policy, start: datetime = MONDAY) -> None:
        self.policy = policy
        self.state = State(ledger=UUID(int=7))
        self.now = Instant(start.astimezone(UTC), 1000.0)
        self.said: list[Effect] = []
        self.wake = WakeAt()
        self.pending: list[UUID] = []
        self.do(Started())

    def do(self, event: Event) -> list[Effect]:
        """One event; its effects."""
        self._asked = self.now.awake
        self.state, effects = judge(self.policy, self.state, event, self.now)
        for effect in effects:
            match effect:
                case WakeAt():
                    self.wake = effect
                case Tell(_, uids):
                    self.pending += uids
                case Retract(uid):
                    self.pending = [one for one in self.pending if one != uid]
        news: list[Effect] = [effect for effect in effects if not isinstance(effect, WakeAt)]
        self.said += news
        return news

    # --- what happens

    def look(
        self, *facts: Fact | str, source: str = "dpkg", gap: Iterable[str] | None = None, scope: str = "machine"
    ) -> list[Effect]:
        """A look that sees these; gap: what it could not see, () for all of it."""
        seen = tuple(program(f) if isinstance(f, str) else f for f in facts)
        hole = None if gap is None else Gap("g", frozenset(map(subject, gap)))
        return self.do(Look("software", source, scope, self.now, seen, hole))

    def active(self, *sessions: str) -> list[Effect]:
        """Who is before a screen now."""
        return self.do(Active(sessions, ZONE))

    def shown(self, session: str = ME) -> list[Effect]:
        """All that was asked to be told is before a person's eyes."""
        uids, self.pending = tuple(self.pending), []
        return self.do(Shown(uids, session)) if uids else []

    def restart(self) -> None:
        """The agent ends and starts again: what is only in memory is gone."""
        self.state = replace(self.state, sessions=(), asked=frozenset(), zone="UTC")
        self.pending = []
        self.do(Started())

    def wait(self, *, asleep: bool = False, **span: float) -> list[Effect]:
        """Time passes, on one clock while asleep; the judge is asked again as the loop does. What it said then."""
        before = len(self.said)
        left = timedelta(**span).total_seconds()
        while left > 0:
            step = left if asleep else min(left, self._until_woken())
            self.now = Instant(
                self.now.wall + timedelta(seconds=step), self.now.awake if asleep else self.now.awake + step
            )
            left -= step
            if self._until_woken() <= 0.001:
                self.do(Tick())
        return self.said[before:]

    def until(self, year: int, month: int, day: int, hour: int, minute: int = 0) -> list[Effect]:
        """Awake until this local time."""
        there = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(ZONE))
        return self.wait(seconds=(there - self.now.wall).total_seconds())

    def _until_woken(self) -> float:
        waits = [self._asked + LONGEST_WAIT - self.now.awake]
        if self.wake.awake is not None:
            waits.append(self.wake.awake - self.now.awake)
        if self.wake.wall is not None:
            waits.append((self.wake.wall - self.now.wall).total_seconds())
        return max(min(waits), 0.001)

    # --- what an onlooker sees

    def finding(self, name: str, rule: str = "r") -> Finding:
        return self.state.findings[rule, subject(name)]

    @property
    def local(self) -> str:
        """The laptop's own clock."""
        return f"{self.now.wall.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}"

    def tells(self) -> list[list[str]]:
        """The notices so far, each with the names in it."""
        names = {f.uid: f.subject.key for f in self.state.findings.values()}
        return [sorted(names[uid] for uid in one.uids) for one in self.said if isinstance(one, Tell)]

    def emitted(self) -> list[Incident]:
        return [one.incident for one in self.said if isinstance(one, Emit)]


def begun(policy: Policy, *there: Fact | str, start: datetime = MONDAY) -> Laptop:
    """A laptop with a baseline, and a person before it."""
    laptop = Laptop(policy, start)
    laptop.look(*there)
    laptop.active(ME)
    return laptop


def told(policy: Policy, name: str = "bad", start: datetime = MONDAY) -> Laptop:
    """The same on which a program was found and told."""
    laptop = begun(policy, start=start)
    laptop.look(name)
    laptop.shown()
    return laptop
