"""The policy document: bytes -> Policy, or every error with its place and what was expected.

Strict (`policy check`): any error refuses the document. Lenient (the agent): a rule of a kind or with a field that is
not known here is set aside as `unsupported`, and the rest runs; what the whole document stands on must be right.
"""

import re
import tomllib
from collections.abc import Collection
from hashlib import sha256
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import fields, replace

from policy import bounds
from policy.build import Path, build
from policy.kinds import KINDS, Kind, cloud, screen
from policy.labels import Labels
from policy.model import Clause, Contact, Duration, Grace, Hours, Policy, Respond, Rule, Text, Texts, Unsupported
from policy.phrase import N_, Phrase
from policy.places import line_of

FORMAT = 1
S = TypeVar("S", bound=Struct)


class Problem(Struct, frozen=True):
    """One error in a document. line counts from 1; place is as in `rules[2].respond.severity`."""

    line: int
    place: str
    expected: Phrase

    @property
    def phrase(self) -> Phrase:
        """As it is printed beside the file's name."""
        text = N_("line {line}: {place}: {expected}")
        return Phrase(text, {"line": str(self.line), "place": self.place, "expected": self.expected})

    def __str__(self) -> str:
        """The same in English."""
        return str(self.phrase)


class BadPolicy(ValueError):
    """The document can't be followed. problems: all of them, in the document's order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.place))

    def phrase(self, file: str) -> Phrase:
        """All of them, a line each, behind the file's name."""
        lines = {f"line{n}": problem.phrase for n, problem in enumerate(self.problems)}
        return Phrase("\n".join(f"{{file}}: {{{name}}}" for name in lines), {"file": file, **lines})


class _Head(Struct, frozen=True, forbid_unknown_fields=True):
    """The top of a document."""

    format: int
    id: str
    version: str
    company: str
    language: str = "nl"
    holidays: tuple[str, ...] = ()
    calm: Hours = Hours()
    labels: Labels = Labels()


class _RuleForm(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it is written; `match` is the kind's."""

    id: str
    kind: str
    clause: str
    title: Text
    match: dict[str, Any] = {}
    respond: Respond = Respond()
    why: Text | None = None
    fix: Texts | None = None
    helpdesk: Texts | None = None


def read(document: bytes, *, strict: bool = False) -> Policy:
    """The policy in a document.

    Raises:
        BadPolicy: Strict: any error. Lenient: an error outside the rules, or no rule's own id.

    """
    try:
        text = document.decode()
        raw = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        raise BadPolicy([Problem(line, "document", Phrase(N_("expected UTF-8 text")))]) from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise BadPolicy(
            [Problem(line, "document", Phrase(N_("expected TOML: {reason}"), {"reason": str(error)}))]
        ) from error
    return _Reader(text, raw, sha256(document).hexdigest()).policy(strict=strict)


def trying_out(policy: Policy, *, grace: float | None, immediate: bool, remind_after: float | None = None) -> Policy:
    """The same policy for trying out: every grace and each first reminder replaced (seconds), no quiet hours."""
    rules = {}
    for rule in policy.rules.values():
        respond = rule.respond
        if grace is not None:
            settle = Duration(min(respond.settle, grace / 4))
            respond = replace(respond, grace=Grace(hours=grace / 3600), settle=settle)
        if immediate:
            respond = replace(respond, observe=Duration(0))
        match = rule.match
        if grace is not None and isinstance(match, cloud.Match):
            match = cloud.within(match, respond.grace)
        if remind_after is not None and isinstance(match, screen.Match):
            match = screen.sooner(match, remind_after)
        rules[rule.id] = replace(rule, respond=respond, match=match)
    return replace(policy, rules=rules, calm=None if immediate else policy.calm)


def kept_here(policy: Policy) -> Policy:
    """The same policy where there is no feed: every rule tells the employee, and nobody else."""
    rules = {r.id: replace(r, respond=replace(r.respond, route="none")) for r in policy.rules.values()}
    return replace(policy, rules=rules)


class _Reader:
    """Collects every problem of one document on its way to a Policy."""

    def __init__(self, text: str, raw: dict[str, Any], digest: str) -> None:
        self.text, self.raw, self.digest = text, raw, digest
        self.problems: list[Problem] = []

    def policy(self, *, strict: bool) -> Policy:
        lists = {name: self._list(name) for name in ("contacts", "clauses", "rules")}
        head = self._struct(_Head, {k: v for k, v in self.raw.items() if k not in lists}, ())
        if head is not None and head.format != FORMAT:
            self._problem(
                ("format",),
                Phrase(N_("expected {expected}, found {found}"), {"expected": str(FORMAT), "found": str(head.format)}),
            )
        if head is not None:
            for place, expected in bounds.of_head(head.id, head.version, head.language, head.holidays, head.calm):
                self._problem(place, expected)
        contacts = [self._struct(Contact, raw, ("contacts", i)) for i, raw in enumerate(lists["contacts"])]
        clauses = [self._struct(Clause, raw, ("clauses", i)) for i, raw in enumerate(lists["clauses"])]
        outside = list(self.problems)
        known = {clause.number: clause for clause in clauses if clause}
        numbers = {str(raw.get("number")) for raw in lists["clauses"] if isinstance(raw, dict)}
        rules, unsupported = self._rules(lists["rules"], numbers)
        if (strict and self.problems) or outside or head is None:
            raise BadPolicy(self.problems)
        return Policy(
            id=head.id,
            version=head.version,
            language="en" if head.language == "en" else "nl",
            company=head.company,
            contacts=tuple(c for c in contacts if c),
            clauses=known,
            rules=rules,
            unsupported=tuple(unsupported),
            holidays=frozenset(head.holidays),
            calm=head.calm,
            labels=head.labels,
            digest=self.digest,
        )

    def _rules(self, raws: list[Any], clauses: Collection[str]) -> tuple[dict[str, Rule], list[Unsupported]]:
        rules: dict[str, Rule] = {}
        unsupported: list[Unsupported] = []
        for i, raw in enumerate(raws):
            before = len(self.problems)
            rule = self._rule(raw, ("rules", i), clauses)
            if rule is not None and rule.id in rules:
                self._problem(
                    ("rules", i, "id"),
                    Phrase(N_("expected an id of its own, {name} stands twice"), {"name": repr(rule.id)}),
                )
            elif rule is not None and len(self.problems) == before:
                rules[rule.id] = rule
            if len(self.problems) > before:
                name = raw.get("id") if isinstance(raw, dict) else None
                unsupported.append(Unsupported(str(name or f"rules[{i}]"), str(self.problems[before])))
        return rules, unsupported

    def _rule(self, raw: Any, path: Path, clauses: Collection[str]) -> Rule | None:
        kind = KINDS.get(str(raw.get("kind"))) if isinstance(raw, dict) else None
        form = self._struct(_RuleForm, _with_defaults(raw, kind), path)
        match = self._match(raw, path) if isinstance(raw, dict) else None
        if form is None:
            return None
        if form.clause not in clauses:
            self._problem(
                (*path, "clause"),
                Phrase(N_("expected the number of one of the clauses, found {found}"), {"found": repr(form.clause)}),
            )
        for place, expected in bounds.of_rule(form.id, form.respond):
            self._problem((*path, *place), expected)
        if match is None or kind is None:
            return None
        for place, expected in kind.check(match, form.respond):
            self._problem((*path, *place), expected)
        plain = {f.name: getattr(form, f.name) for f in fields(_RuleForm) if f.name != "match"}
        return Rule(match=match, **plain)

    def _match(self, raw: dict[str, Any], path: Path) -> Struct | None:
        """The kind's own part, looked at even where the rest of the rule is wrong."""
        kind = KINDS.get(str(raw.get("kind")))
        if kind is None:
            self._problem(
                (*path, "kind"),
                Phrase(
                    N_("expected one of {names}, found {found}"),
                    {"names": ", ".join(KINDS), "found": repr(raw.get("kind"))},
                ),
            )
            return None
        return self._struct(kind.match, raw.get("match", {}), (*path, "match"))

    def _list(self, name: str) -> list[Any]:
        value = self.raw.get(name, [])
        if isinstance(value, list):
            return value
        self._problem((name,), Phrase(N_("expected [[{name}]] tables"), {"name": name}))
        return []

    def _struct(self, form: type[S], raw: Any, path: Path) -> S | None:
        return build(form, raw, path, self._problem)

    def _problem(self, path: Path, expected: Phrase) -> None:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        self.problems.append(Problem(line_of(self.text, path), place or "document", expected))


def _with_defaults(raw: Any, kind: Kind | None) -> Any:
    """A rule as it is written, with what its kind says where it is silent."""
    if kind is None or not kind.respond or not isinstance(raw.get("respond", {}), dict):
        return raw
    return {**raw, "respond": {**kind.respond, **raw.get("respond", {})}}
