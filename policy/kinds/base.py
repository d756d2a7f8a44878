"""What a kind of rule is made of. A kind is one module that fills this in, and one line in KINDS."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from policy.model import Attrs, Fact, Grace, Kept, Respond, Subject, Text
from policy.phrase import Phrase
from policy.words import Language, Notice, Translate, Words, several

Form = Literal["text", "date", "dates", "time", "count", "names", "codes", "uid", "subject", "choice"]


class Row(Struct, frozen=True):
    """One line of the processing register: a field that may leave, why, on which ground, how long, and to whom.

    retention: days at the feed, or what ends it. form `time` is sent as a date, but for findings of tier A.
    """

    field: str
    form: Form
    purpose: str
    ground: str = "legitimate interest: the company's code"
    retention: str = "90 days after closing"
    recipients: tuple[str, ...] = ("helpdesk", "security")


class Verdict(Struct, frozen=True):
    """What a rule says of a fact.

    approved: nothing to say. unapproved: a finding after the baseline. denied: a finding whatever the baseline says,
    at once. unknown: it can't be told now, so nobody is accused. managed: the company's own management brought it.
    silent: not asked of this fact (a dependency speaks through the program that needs it).
    severity: at least this, where what was said weighs more than its rule. observed: the employee is told, and nothing
    leaves, whatever the rule's route. grace: in place of the rule's; where severity rose, it is told anew and starts
    again. after: told no sooner than so many awake seconds after its first sight, since another kind may speak for it.
    stands: a finding although it was there before. asks: a person's "no" to its question is taken. about: a word
    that `attrs` may need.
    """

    word: Literal["approved", "unapproved", "denied", "unknown", "managed", "silent"]
    why: Text | None = None
    severity: int = 1
    observed: bool = False
    grace: Grace | None = None
    after: float = 0.0
    stands: bool = False
    asks: bool = False
    about: str = ""

    @property
    def breaks(self) -> bool:
        """Whether it is a finding."""
        return self.word in {"unapproved", "denied"}


@dataclass(frozen=True)
class Kind:
    """A kind of rule, its functions pure. Those with a default say something general.

    fact, match: the typed structs of this kind. verdict: (match, fact) -> Verdict. may: (match, what a person typed) ->
    Verdict. attrs: what may leave of a fact; private: what the employee alone may see. brought_by: the scope of the
    user who brought it, or "". title: the subject as a person calls it. words: the notice. tier_a: whether the
    finding is told with its device and times at once. ocsf_class: the class of its events in OCSF 1.6. label: what a
    ticket calls it, "" for the rule's own title. many: several findings of this kind as one notice. way_out: the words
    of the button that shows the steps, for so many findings.

    respond: what `[rules.respond]` says where the document does not. check: what of a rule can't be followed: (place
    within it, what was expected). Of a kind whose facts are occurrences: weigh: what is kept of one beside its day;
    gather: what may leave of those that count together. by_day: it is reported with a later working day's first
    exchange, so that no hour can be told. leaves: attrs and subject as they leave this laptop; the key never does.
    names: what the program is called, whoever finds it: of two kinds that find the same, the first in KINDS speaks.
    rises: (attrs so far, attrs as seen now) -> attrs, where the worst that was seen is what stands. mended: (attrs so
    far, fact) -> whether a fact that the baseline hides ends what was found. priority: a
    ticket's, 1 to 4, where the kind knows better than the rule; else None. answer: the words of the button that says
    "no" to what a notice asks. tells: whether the employee is ever told of a finding; one that they can do nothing
    about goes to those who can.
    """

    name: str
    fact: type[Fact]
    match: type[Struct]
    verdict: Callable[[Any, Any], Verdict]
    may: Callable[[Any, str], Verdict]
    attrs: Callable[[Any, Verdict], Attrs]
    private: Callable[[Any, Verdict], dict[str, str]]
    brought_by: Callable[[Any], str]
    title: Callable[[Attrs, Translate], str]
    words: Callable[[Notice, Language, Translate, datetime], Words]
    tier_a: Callable[[Attrs], bool]
    rows: tuple[Row, ...]
    ocsf_class: int
    label: Callable[[Attrs, Translate], str] = lambda _attrs, _: ""
    many: Callable[[tuple[Notice, ...], Translate, datetime], Words] = several
    way_out: Callable[[int, Translate], str] = lambda _count, _: _("How to put it right")
    respond: Mapping[str, object] = field(default_factory=dict)
    check: Callable[[Any, Respond], Iterator[tuple[tuple[str, ...], Phrase]]] = lambda _match, _respond: iter(())
    weigh: Callable[[Any], int] = lambda _fact: 0
    gather: Callable[[tuple[Kept, ...]], Attrs] | None = None
    by_day: bool = False
    names: Callable[[Any], frozenset[str]] = lambda fact: frozenset({fact.subject.key.lower()})
    leaves: Callable[[Attrs, Subject, bytes], tuple[Attrs, Subject]] = lambda attrs, subject, _key: (attrs, subject)
    rises: Callable[[Attrs, Attrs], Attrs] = lambda _before, seen: seen
    mended: Callable[[Attrs, Any], bool] = lambda _before, _fact: False
    priority: Callable[[Attrs], int | None] = lambda _attrs: None
    tells: Callable[[Attrs], bool] = lambda _attrs: True
    answer: Callable[[Translate], str] = lambda _: ""
