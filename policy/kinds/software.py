"""Kind `software`: programs on the laptop that the company has not approved (clause 3 of the code)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from policy import versions
from policy.kinds.base import Kind, Row, Verdict
from policy.model import Attrs, Fact, Text
from policy.words import Language, Notice, Translate, Words, moment

OCSF_DETECTION_FINDING = 2004
NAMED = 5  # of what came with a program, so many are named in a notice


class InstalledProgram(Fact, frozen=True, kw_only=True, tag="installed_program"):
    """A program that a package manager has installed. Its subject is ("program", the package's name, scope).

    chosen: asked for by somebody, not pulled in by another. brings: what came with it and for it alone.
    brought_by: who, where the machine tells; `user` names the session's scope in `by`.
    origin: the Origin of a signed repository that offers this version; "" none does; None it can't be told.
    """

    name: str
    version: str
    chosen: bool = True
    brings: tuple[str, ...] = ()
    brought_by: Literal["user", "dependency", "management", "unknown"] = "unknown"
    by: str = ""
    origin: str | None = None
    source: str = ""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """What is approved or denied; all that is given must hold. Names are patterns with * and ?, in any case."""

    name: str = "*"
    versions: str = ""
    origin: str = ""
    why: Text | None = None

    def __post_init__(self) -> None:
        """A range that is none is an error of the document, told with its place."""
        if self.versions:
            versions.parse_range(self.versions)
        if self.name == "*" and not self.origin:
            msg = "expected a name pattern or an origin"
            raise ValueError(msg)

    def names(self, name: str) -> bool:
        """Whether it speaks of a program of this name at all."""
        return self.name != "*" and fnmatchcase(name.lower(), self.name.lower())

    def covers(self, fact: InstalledProgram) -> bool | None:
        """Whether it speaks of this program; None where that hangs on an origin that is not known."""
        if not fnmatchcase(fact.name.lower(), self.name.lower()):
            return False
        if self.versions and not versions.within(fact.version, self.versions):
            return False
        if not self.origin:
            return True
        return None if fact.origin is None else fact.origin == self.origin


class Match(Struct, frozen=True, forbid_unknown_fields=True):
    """The company's list; deny beats allow. management: patterns of command lines by which the company installs."""

    approve: tuple[Entry, ...] = ()
    deny: tuple[Entry, ...] = ()
    management: tuple[str, ...] = ()


def verdict(match: Match, fact: InstalledProgram) -> Verdict:
    """Who brought it first; then what is denied; then what is approved."""
    if fact.brought_by == "management":
        return Verdict("managed")
    for entry in match.deny:
        if entry.covers(fact):
            return Verdict("denied", entry.why)
    if not fact.chosen:
        return Verdict("silent")
    return _approval(match.approve, fact)


def _approval(entries: Iterable[Entry], fact: InstalledProgram) -> Verdict:
    unknown = False
    for entry in entries:
        covers = entry.covers(fact)
        if covers:
            return Verdict("approved", entry.why)
        unknown = unknown or covers is None
    return Verdict("unknown" if unknown else "unapproved")


def may(match: Match, name: str) -> Verdict:
    """What the list says of a name alone: of any version, wherever it comes from."""
    typed = name.strip().lower()
    for entry in match.deny:
        if entry.names(typed):
            return Verdict("denied", entry.why)
    for entry in match.approve:
        if entry.names(typed):
            return Verdict("approved", entry.why)
    return Verdict("unapproved")


def attrs(fact: InstalledProgram, said: Verdict) -> Attrs:
    """What may leave: see ROWS."""
    out: dict[str, str | tuple[str, ...]] = {"name": fact.name, "version": fact.version, "verdict": said.word}
    if fact.source:
        out["source"] = fact.source
    if fact.brings:
        out["brings"] = fact.brings
    if fact.origin:
        out["origin"] = fact.origin
    return out


def private(fact: InstalledProgram, said: Verdict) -> dict[str, str]:
    """For the employee's eyes: who brought it, and the list's own reason in both languages."""
    out: dict[str, str] = {"brought_by": fact.brought_by}
    if said.why:
        out |= {"why_nl": said.why.nl, "why_en": said.why.en}
    return out


def title(attrs: Attrs, _: Translate) -> str:
    """The program as a person calls it."""
    return f"{attrs.get('name', '?')} {attrs.get('version', '')}".strip()


def words(notice: Notice, language: Language, _: Translate, now: datetime) -> Words:
    """The notice as ../promises words it: the clause, why, the way out, until when, who sees what afterwards."""
    name = str(notice.attrs.get("name", "?"))
    denied = notice.attrs.get("verdict") == "denied"
    why = notice.private.get(f"why_{language}", "") or (notice.why.of(language) if notice.why else "")
    told = _denied(notice, _) if denied else _unapproved(notice, _)
    heading = _("{name} may not be on this laptop") if denied else _("{name} is not on the list yet")
    body = told.format(
        name=name, clause=notice.clause, why=f" {why}" if why else "", deadline=_deadline(notice, _, now)
    )
    return Words(title=heading.format(name=name), body=body, steps=_steps(notice, language, _))


def _unapproved(notice: Notice, _: Translate) -> str:
    lead = _("{name} is on this laptop and not on the list yet (code {clause}).{why} Need it? Ask the helpdesk.")
    if notice.phase == "reported":
        return lead + " " + _("The helpdesk has been told: program and laptop number. Removing it ends the report.")
    if notice.route == "none":
        return lead + " " + _("Otherwise remove it. Nobody is told of this.")
    if notice.deadline is None:
        return lead + " " + _("Otherwise remove it. Nobody has been told yet.")
    until = _("Otherwise remove it before {deadline}; only then does the helpdesk see program and laptop number.")
    return f"{lead} {until} " + _("Nobody has been told yet.")


def _denied(notice: Notice, _: Translate) -> str:
    lead = _("{name} is on this laptop and may not be (code {clause}).{why} Remove it now.")
    if notice.phase == "reported":
        return lead + " " + _("The helpdesk has been told: program and laptop.")
    if notice.deadline:
        return lead + " " + _("After {deadline} the helpdesk sees program and laptop. Nobody has been told yet.")
    return lead + " " + _("Nobody has been told of this.")


def _deadline(notice: Notice, _: Translate, now: datetime) -> str:
    return moment(notice.deadline.astimezone(now.tzinfo), now, _) if notice.deadline else ""


def _steps(notice: Notice, language: Language, _: Translate) -> tuple[str, ...]:
    """How to remove it, by the source that installed it; the policy's own lines come after."""
    how = REMOVE.get(str(notice.attrs.get("source", "")))
    steps = how(notice, _) if how else ()
    return steps + (notice.fix.of(language) if notice.fix else ())


def _by_apt(notice: Notice, _: Translate) -> tuple[str, ...]:
    name = str(notice.attrs.get("name", ""))
    apt = "apt-get" if notice.superuser else "sudo apt-get"
    remove = _("Open a terminal and type: {command}").format(command=f"{apt} remove {name}")
    brings = notice.attrs.get("brings")
    if not isinstance(brings, tuple) or not brings:
        return (remove,)
    more = len(brings) - NAMED
    names = ", ".join(brings[:NAMED]) + (_(" and {n} more").format(n=more) if more > 0 else "")
    away = _("What came with it ({names}) goes with: {command}")
    return remove, away.format(names=names, command=f"{apt} autoremove")


# How a program goes again, by the source that installed it.
REMOVE: dict[str, Callable[[Notice, Translate], tuple[str, ...]]] = {"dpkg": _by_apt}

FIND = "find programs that are not approved"
ROWS = (
    Row("name", "text", FIND),
    Row("version", "text", "tell whether a newer version would be approved"),
    Row("verdict", "choice", "tell what is denied from what is not on the list"),
    Row("source", "choice", "tell the helpdesk how it can be removed"),
    Row("brings", "names", "name what goes with it when it is removed"),
    Row("brings_more", "count", "say how many of these were left out"),
    Row("origin", "text", "tell a company repository from others"),
)

KIND = Kind(
    name="software",
    fact=InstalledProgram,
    match=Match,
    verdict=verdict,
    may=may,
    attrs=attrs,
    private=private,
    brought_by=lambda fact: fact.by,
    title=title,
    words=words,
    tier_a=lambda attrs: attrs.get("verdict") == "denied",
    rows=ROWS,
    ocsf_class=OCSF_DETECTION_FINDING,
    subject_label=lambda _: _("Not approved program"),
)
