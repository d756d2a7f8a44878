"""Kind `software`: programs on the laptop that the company has not approved (clause 3 of the code)."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from policy import versions
from policy.kinds.base import Kind, Row, Verdict
from policy.kinds.removal import REMOVE
from policy.model import Attrs, Fact, Subject, Text
from policy.phrase import N_, BadValue
from policy.words import Language, Notice, Translate, Words, listed, moment

OCSF_DETECTION_FINDING = 2004
FIRST = 10.0  # seconds in which another half may find that it is a client of a public cloud
DENIED_SEVERITY = 4  # high, whatever the rule says of what is only not approved


class InstalledProgram(Fact, frozen=True, kw_only=True, tag="installed_program"):
    """A program, or an extension of one, that is installed: ("program" or "extension", name or id, scope).

    chosen: asked for by somebody, not pulled in by another. brings: what came with it and for it alone.
    brought_by: who, where the machine tells; `user` names the session's scope in `by`.
    origin: the Origin of a signed repository, or the store, that offers this version; "" none; None it can't be told.
    publisher: who made it, as it says itself; proven: a signature or a store vouches for that.
    observed: the employee alone is told of it (a developer's own tools). client: its id in the catalogue of clouds.
    """

    name: str
    version: str
    chosen: bool = True
    brings: tuple[str, ...] = ()
    brought_by: Literal["user", "dependency", "management", "unknown"] = "unknown"
    by: str = ""
    origin: str | None = None
    source: str = ""
    publisher: str = ""
    proven: bool = False
    observed: bool = False
    client: str = ""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """What is approved or denied; all that is given must hold. Names are patterns with * and ?, in any case.

    id: an extension's own, as its store has it, in any case: a name can be anybody's.
    """

    name: str = "*"
    versions: str = ""
    origin: str = ""
    publisher: str = ""
    id: str = ""
    why: Text | None = None

    def __post_init__(self) -> None:
        """A range that is none is an error of the document, told with its place."""
        if self.versions:
            versions.parse_range(self.versions)
        if self.name == "*" and not self.id and not self.origin and not self.publisher:
            raise BadValue(N_("expected a name pattern, an origin or a publisher"))

    def names(self, name: str) -> bool:
        """Whether it speaks of a program of this name at all."""
        by_name = self.name != "*" and fnmatchcase(name.lower(), self.name.lower())
        return by_name or (bool(self.id) and name.lower() == self.id.lower())

    def covers(self, fact: InstalledProgram) -> bool | None:
        """Whether it speaks of this program; None where that hangs on an origin that is not known."""
        if not fnmatchcase(fact.name.lower(), self.name.lower()):
            return False
        if self.id and (fact.subject.type, fact.subject.key.partition(":")[2]) != ("extension", self.id.lower()):
            return False
        if self.publisher and not (fact.proven and fnmatchcase(fact.publisher.lower(), self.publisher.lower())):
            return False  # who claims a name proves nothing
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
            return Verdict("denied", entry.why, DENIED_SEVERITY)
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
    after = FIRST if fact.client else 0.0  # the kind `cloud` knows more of it
    return Verdict("unknown" if unknown else "unapproved", observed=fact.observed, after=after)


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
    if fact.publisher:
        out["publisher"], out["proven"] = fact.publisher, "yes" if fact.proven else "claimed"
    return out


def leaves(attrs: Attrs, subject: Subject, key: bytes) -> tuple[Attrs, Subject]:
    """A user's own program leaves as its source and a keyed hash: a name can tell faith, health or union.

    What the company itself names as denied is no secret of the user's.
    """
    if not subject.scope.startswith("user") or attrs.get("verdict") == "denied":
        return attrs, subject
    hashed = hmac.new(key, f"{subject.type}:{subject.key}".encode(), sha256).hexdigest()[:16]
    kept = {name: attrs[name] for name in ("verdict", "source", "proven") if name in attrs}
    return {**kept, "name": hashed, "hashed": "yes"}, Subject(subject.type, hashed, subject.scope)


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
    """The notice: clause, way out, until when, who sees what afterwards; why stands last, since some cut it off."""
    name = str(notice.attrs.get("name", "?"))
    denied = notice.attrs.get("verdict") == "denied"
    why = notice.private.get(f"why_{language}", "") or (notice.why.of(language) if notice.why else "")
    told = _denied(notice, _) if denied else _unapproved(notice, _)
    heading = _("{name} may not be on this laptop") if denied else _("{name} is not on the list yet")
    body = told.format(clause=notice.clause, deadline=_deadline(notice, _, now))
    steps = _steps(notice, language, _)
    return Words(title=heading.format(name=name), body=f"{body} {why}".strip(), steps=steps, about=_about(notice, _))


def _about(notice: Notice, _: Translate) -> tuple[str, ...]:
    """Who made it: proven, or no more than what it says of itself."""
    publisher = str(notice.attrs.get("publisher", ""))
    if not publisher:
        return ()
    proven = notice.attrs.get("proven") == "yes"
    text = _("Publisher: {name} (proven)") if proven else _("Publisher: {name} (claimed, not proven)")
    return (text.format(name=publisher),)


def _unapproved(notice: Notice, _: Translate) -> str:
    lead = _("On this laptop (code {clause}). Need it? Ask the helpdesk.")
    if notice.phase == "reported":
        return lead + " " + _("The helpdesk has been told: program and laptop number. Removing it ends the report.")
    if notice.route == "none":
        return lead + " " + _("Otherwise remove it. Nobody is told of this.")
    if notice.deadline is None:
        return lead + " " + _("Otherwise remove it. Nobody has been told yet.")
    until = _("Otherwise remove it before {deadline}; only then does the helpdesk see program and laptop number.")
    return f"{lead} {until} " + _("Nobody has been told yet.")


def _denied(notice: Notice, _: Translate) -> str:
    lead = _("On this laptop (code {clause}). Remove it now.")
    if notice.phase == "reported":
        return lead + " " + _("The helpdesk has been told: program and laptop.")
    if notice.deadline:
        return lead + " " + _("After {deadline} the helpdesk sees program and laptop. Nobody has been told yet.")
    return lead + " " + _("Nobody has been told of this.")


def many(notices: tuple[Notice, ...], _: Translate, now: datetime) -> Words:
    """Several programs as one notice."""
    titles = [title(notice.attrs, _) for notice in notices]
    if any(notice.at_once for notice in notices):
        heading = _("{count} programs on this laptop need you")
        said = [_("Some of it must go now: My Deskwarden says which, and how.")]
    else:
        heading, said = _("{count} programs are not on the list yet"), _many_unapproved(notices, _, now)
    clauses = ", ".join(sorted({notice.clause for notice in notices}))
    what = _("{names} (code {clauses}).").format(names=listed(titles, _), clauses=clauses)
    return Words(title=heading.format(count=len(notices)), body=" ".join((what, *said)))


def _many_unapproved(notices: tuple[Notice, ...], _: Translate, now: datetime) -> list[str]:
    """What is asked; until when; who knows."""
    said = [_("Need them? Ask the helpdesk.")]
    if all(notice.route == "none" for notice in notices):
        return [*said, _("Otherwise remove them. Nobody is told of this.")]
    ends = [notice.deadline for notice in notices if notice.deadline and notice.phase == "noticed"]
    if ends and all(notice.route != "none" for notice in notices):
        until = _("Otherwise remove them before {deadline}; only then does the helpdesk see program and laptop number.")
        said.append(until.format(deadline=moment(min(ends).astimezone(now.tzinfo), now, _)))
    else:
        said.append(_("Otherwise remove them."))
    if all(notice.phase == "noticed" for notice in notices):
        said.append(_("Nobody has been told yet."))
    return said


def _deadline(notice: Notice, _: Translate, now: datetime) -> str:
    return moment(notice.deadline.astimezone(now.tzinfo), now, _) if notice.deadline else ""


def _steps(notice: Notice, language: Language, _: Translate) -> tuple[str, ...]:
    """How to remove it, by the source that installed it; the policy's own lines come after."""
    how = REMOVE.get(str(notice.attrs.get("source", "")))
    steps = how(notice, _) if how else ()
    return steps + (notice.fix.of(language) if notice.fix else ())


FIND = "find programs that are not approved"
ROWS = (
    Row("name", "text", FIND),
    Row("version", "text", "tell whether a newer version would be approved"),
    Row("verdict", "choice", "tell what is denied from what is not on the list"),
    Row("source", "choice", "tell the helpdesk how it can be removed"),
    Row("brings", "names", "name what goes with it when it is removed"),
    Row("brings_more", "count", "say how many of these were left out"),
    Row("origin", "text", "tell a company repository from others"),
    Row("publisher", "text", "tell whom to ask for an approved version"),
    Row("proven", "choice", "tell a publisher that is proven from one that is only claimed"),
    Row("hashed", "choice", "say that the name is a keyed hash, as of every program of a user's own"),
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
    label=lambda attrs, _: _("Program that may not be here") if attrs.get("verdict") == "denied" else "",
    many=many,
    leaves=leaves,
    names=lambda fact: frozenset({fact.subject.key.lower(), fact.client} - {""}),
    way_out=lambda count, _: _("How to remove it") if count == 1 else _("How to remove them"),
)
