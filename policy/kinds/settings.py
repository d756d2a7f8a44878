"""Kind `settings`: what protects the laptop and is set otherwise than the company asks (clause 3 of the code).

Its facts say how each thing stands, not that it changed: what was off before Deskwarden came exposes the laptop as much
as what was turned off since, and nobody can have approved of it unseen. So no baseline hides it; `observe` gives a
roll-out its time. What only an administrator can put right is no employee's business and is never told to one.
"""

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct

from policy.kinds.base import Kind, Row, Verdict
from policy.kinds.way_back import way_back
from policy.model import Attrs, Duration, Fact, Respond, Subject
from policy.phrase import N_, Phrase
from policy.words import Language, Notice, Translate, Words, moment, seen_by

OCSF_DETECTION_FINDING = 2004
OFF_SEVERITY = 4  # high: a protection that is not there
LEAST = 60.0  # seconds of `lock_within`
Check = Literal["auto_lock", "disk_encryption", "firewall", "virus_scanner", "automatic_updates", "sign_in"]
CHECKS: tuple[Check, ...] = get_args(Check)
BY_ADMIN: tuple[Check, ...] = ("disk_encryption", "firewall", "virus_scanner", "automatic_updates")
State = Literal["on", "off", "unknown"]


class Setting(Fact, frozen=True, kw_only=True, tag="setting"):
    """How one thing stands: ("setting", the check, scope).

    unknown: it can't be seen from here. how: the part of the system that it is set in, or that says so; "" none.
    seconds: without input, until the screen is locked; of auto_lock that is on alone, None where that can't be told.
    """

    check: Check
    state: State
    how: str = ""
    seconds: float | None = None


class Match(Struct, frozen=True, forbid_unknown_fields=True):
    """Which checks are asked for, and which of them an administrator puts right.

    lock_within: how long without input a screen may stay open. scanners: systemd units of virus scanners beside those
    that are known.
    """

    checks: tuple[Check, ...] = CHECKS
    by_admin: tuple[Check, ...] = BY_ADMIN
    lock_within: Duration = Duration(600)
    scanners: tuple[str, ...] = ()


def setting(
    check: Check, state: State, how: str = "", *, scope: str = "machine", seconds: float | None = None
) -> Setting:
    """The fact of a check."""
    return Setting(subject=Subject("setting", check, scope), check=check, state=state, how=how, seconds=seconds)


class Said(Verdict, frozen=True):
    """What is said of a fact, with who can put it right and after how many seconds a screen is to be locked."""

    fixable_by: Literal["employee", "admin"] = "employee"
    within: float = 0.0


def verdict(match: Match, fact: Setting) -> Verdict:
    """Off is a finding; so is a screen that locks too late; what can't be seen accuses nobody."""
    if fact.check not in match.checks:
        return Verdict("silent")
    if fact.state == "unknown":
        return Verdict("unknown")
    late = fact.check == "auto_lock" and fact.seconds is not None and fact.seconds > match.lock_within
    if fact.state == "on" and not late:
        return Verdict("approved")
    return Said(
        "unapproved",
        severity=OFF_SEVERITY if fact.state == "off" and fact.check != "automatic_updates" else 1,
        stands=True,
        fixable_by="admin" if fact.check in match.by_admin else "employee",
        within=float(match.lock_within),
    )


def check(match: Match, respond: Respond) -> Iterator[tuple[tuple[str, ...], Phrase]]:
    """What can't be followed: what an administrator puts right goes to the security team alone."""
    if match.lock_within < LEAST:
        text = N_("expected {least} or more, found {found}")
        yield ("match", "lock_within"), Phrase(text, {"least": f"{LEAST:g}s", "found": f"{match.lock_within:g}s"})
    theirs = [name for name in match.checks if name in match.by_admin]
    if theirs and respond.route in {"helpdesk", "both"}:
        text = N_("expected 'security' or 'none' where an administrator puts it right ({names}): a rule of its own")
        yield ("respond", "route"), Phrase(text, {"names": ", ".join(theirs)})


def attrs(fact: Setting, said: Verdict) -> Attrs:
    """What may leave: see ROWS."""
    out: dict[str, str | int] = {"check": fact.check, "state": fact.state}
    out["fixable_by"] = said.fixable_by if isinstance(said, Said) else "employee"
    if fact.how:
        out["how"] = fact.how
    if fact.state == "on" and fact.seconds is not None:
        out["minutes"] = math.ceil(fact.seconds / 60)
    return out


def private(_fact: Setting, said: Verdict) -> dict[str, str]:
    """For the employee's eyes: within how many minutes a screen is to be locked."""
    return {"within": str(math.floor(said.within / 60))} if isinstance(said, Said) else {}


def title(attrs: Attrs, _: Translate) -> str:
    """The setting as a person calls it."""
    names = {
        "auto_lock": _("Automatic screen lock"),
        "disk_encryption": _("Disk encryption"),
        "firewall": _("Firewall"),
        "virus_scanner": _("Virus scanner"),
        "automatic_updates": _("Automatic updates"),
        "sign_in": _("Password at sign-in"),
    }
    return names.get(str(attrs.get("check")), "?")


def _heading(attrs: Attrs, _: Translate) -> str:
    if attrs.get("check") == "auto_lock" and attrs.get("state") == "on":
        return _("The screen locks itself only after {minutes} minutes").format(minutes=attrs.get("minutes", "?"))
    headings = {
        "auto_lock": _("The screen does not lock itself"),
        "disk_encryption": _("The disk is not encrypted"),
        "firewall": _("The firewall is off"),
        "virus_scanner": _("No virus scanner watches the files"),
        "automatic_updates": _("Updates are not installed by themselves"),
        "sign_in": _("Signing in asks for no password"),
    }
    return headings.get(str(attrs.get("check")), "?")


def words(notice: Notice, language: Language, _: Translate, now: datetime) -> Words:
    """The notice: clause, until when, who sees what afterwards; why stands last, since some cut it off."""
    why = notice.why.of(language) if notice.why else ""
    steps = () if notice.attrs.get("fixable_by") == "admin" else way_back(notice, _)
    return Words(
        title=_heading(notice.attrs, _),
        body=f"{_body(notice, _, now)} {why}".strip(),
        steps=steps + (notice.fix.of(language) if notice.fix else ()),
    )


def _body(notice: Notice, _: Translate, now: datetime) -> str:
    if notice.attrs.get("fixable_by") == "admin":
        lead = _("The company asks for it otherwise (code {clause}). You need do nothing: an administrator does.")
        return lead.format(clause=notice.clause)
    lead = _("On this laptop it is set otherwise than the company asks (code {clause}).").format(clause=notice.clause)
    if notice.phase == "reported":
        told = _("Reported to {who}: setting and laptop number. Setting it back ends the report.")
        return f"{lead} {told.format(who=seen_by(notice.route, _))}"
    if notice.route == "none":
        return f"{lead} " + _("Please set it back. Nobody is told of this.")
    if notice.deadline is None:
        return f"{lead} " + _("Please set it back. Nobody has been told yet.")
    until = _("Set it back before {deadline}; else setting and laptop number go to {who}.")
    deadline = moment(notice.deadline.astimezone(now.tzinfo), now, _)
    said = until.format(deadline=deadline, who=seen_by(notice.route, _))
    return f"{lead} {said} " + _("Nobody has been told yet.")


KEEP = "find a protection that is off"
ROWS = (
    Row("check", "choice", KEEP),
    Row("state", "choice", KEEP),
    Row("fixable_by", "choice", "tell whom to ask to put it right"),
    Row("how", "choice", "tell where in the system it is put right"),
    Row("minutes", "count", "say after how many minutes the screen is locked, where that is too late"),
)

KIND = Kind(
    name="settings",
    fact=Setting,
    match=Match,
    verdict=verdict,
    may=lambda _match, _name: Verdict("silent"),
    attrs=attrs,
    private=private,
    brought_by=lambda _fact: "",
    title=title,
    words=words,
    tier_a=lambda attrs: attrs.get("state") == "off" and attrs.get("check") != "automatic_updates",
    rows=ROWS,
    ocsf_class=OCSF_DETECTION_FINDING,
    respond={"grace": {"hours": 1}, "route": "security"},
    check=check,
    way_out=lambda _count, _: _("How to set it back"),
    names=lambda _fact: frozenset(),  # a program that is called `firewall` is none of these
    tells=lambda attrs: attrs.get("fixable_by") != "admin",
)
