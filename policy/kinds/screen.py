"""Kind `screen`: a screen that stood open with nobody there (clause 1.5 of the code). Coached, not policed.

The reminder and the notice on coming back are policy/presence.py's, in the memory of the user's half. Here come lapses,
kept only where the company's rule has a route, which an agreement with the works council must allow.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from policy.kinds.base import Kind, Row, Verdict
from policy.model import Attrs, Duration, Fact, Kept, Respond, Subject, Text
from policy.phrase import N_, Phrase
from policy.presence import Settings
from policy.words import Language, Notice, Translate, Words

OCSF_DETECTION_FINDING = 2004
SUBJECT = Subject("screen", "open", "user")
LOOKS_AT = Text(
    nl="wanneer de invoer stopt en of het scherm vergrendeld is; alleen in het geheugen",
    en="when input stops and whether the screen is locked; in memory alone",
)


class Lapse(Fact, frozen=True, kw_only=True, tag="lapse"):
    """The screen stood open for so many seconds. Its subject is ("screen", "open", the user's scope)."""

    seconds: float


class Match(Struct, frozen=True, forbid_unknown_fields=True):
    """The spans of policy/presence.py. agreement: its number, without which no lapse may be reported to anybody."""

    remind_after: Duration = Duration(300)
    unattended_after: Duration = Duration(600)
    lock_after: Duration = Duration(0)
    countdown: Duration = Duration(30)
    people_only: bool = False
    answered_within: Duration = Duration(60)
    agreement: str = ""

    @property
    def settings(self) -> Settings:
        """What presence follows."""
        return Settings(
            float(self.remind_after),
            float(self.unattended_after),
            float(self.lock_after),
            float(self.countdown),
            self.people_only,
            float(self.answered_within),
        )


def check(match: Match, respond: Respond) -> Iterator[tuple[tuple[str, ...], Phrase]]:
    """What can't be followed."""
    if respond.route != "none" and not match.agreement:
        yield (
            ("match", "agreement"),
            Phrase(N_("expected the number of the agreement that allows lapses to be reported, or route = 'none'")),
        )
    if match.remind_after < LEAST:
        yield ("match", "remind_after"), _at_least(LEAST, match.remind_after)
    if match.unattended_after < match.remind_after:
        yield ("match", "unattended_after"), _at_least(match.remind_after, match.unattended_after)
    if match.lock_after and match.lock_after < match.remind_after:
        yield ("match", "lock_after"), _at_least(match.remind_after, match.lock_after)
    if match.answered_within < ANSWERED:
        yield ("match", "answered_within"), _at_least(ANSWERED, match.answered_within)
    if match.countdown < LEAST_COUNTDOWN:
        yield ("match", "countdown"), _at_least(LEAST_COUNTDOWN, match.countdown)


ANSWERED = 60.0  # seconds that somebody who was reading has to answer
LEAST = 60.0  # seconds; who is reminded sooner is nagged
LEAST_COUNTDOWN = 20.0  # seconds to answer with a simple action (WCAG 2.2, 2.2.1)


def _at_least(least: float, found: float) -> Phrase:
    text = N_("expected {least} or more, found {found}")
    return Phrase(text, {"least": f"{least:g}s", "found": f"{found:g}s"})


def sooner(match: Match, remind_after: float) -> Match:
    """The same for trying out: reminded after so many seconds, and all that follows in the same proportion."""
    by = remind_after / match.remind_after
    return replace(
        match,
        remind_after=Duration(remind_after),
        unattended_after=Duration(match.unattended_after * by),
        lock_after=Duration(match.lock_after * by),
        answered_within=Duration(match.answered_within * by),
    )


def gather(kept: tuple[Kept, ...]) -> Attrs:
    """What may leave of those that count together: see ROWS."""
    days = tuple(dict.fromkeys(one.day for one in kept))
    return {"count": len(kept), "longest_minutes": max(one.weight for one in kept), "dates": days}


def title(attrs: Attrs, _: Translate) -> str:
    """The finding as a person calls it."""
    return _("Screen that stood open ({count} times)").format(count=attrs.get("count", "?"))


def words(notice: Notice, _language: Language, _: Translate, _now: datetime) -> Words:
    """The notice of too many lapses: how many, what to do, and what the company sees of it."""
    said = {"count": notice.attrs.get("count", "?"), "longest": notice.attrs.get("longest_minutes", "?")}
    body = _("The longest was {longest} minutes (code {clause}). Lock your screen whenever you leave.")
    seen = _("The company sees the number, the longest and the dates, and never an hour.")
    if notice.phase == "reported":
        seen = _("The company was told the number, the longest and the dates, and never an hour.")
    if notice.route == "none":
        seen = _("Nobody is told of this.")
    heading = _("Your screen stood open {count} times")
    return Words(title=heading.format(**said), body=f"{body.format(clause=notice.clause, **said)} {seen}")


# --- what the session says by itself ---------------------------------------------------------------------------------


def _with_key(text: str, key: str) -> str:
    return f"{text} ({key})" if key else text


def reminder(clause: str, key: str, _: Translate) -> Words:
    """Nobody touches this laptop, and its screen is open. key: what locks it here, as it stands on the keyboard."""
    body = _(
        "Nobody has touched this laptop for a while, and its screen is open (code {clause}). Nobody is told of this."
    )
    return Words(_with_key(_("Lock your screen"), key), body.format(clause=clause))


def countdown(clause: str, key: str, seconds: float, _: Translate) -> Words:
    """It will be locked, unless somebody is there."""
    heading = _("Your screen locks in {seconds} seconds").format(seconds=round(seconds))
    body = _("Touch a key or the mouse and it stays open (code {clause}).").format(clause=clause)
    hint = _("Leaving? Lock it yourself with {key}.").format(key=key) if key else ""
    return Words(heading, f"{body} {hint}".strip())


def back(clause: str, key: str, seconds: float, _: Translate, *, counts: bool) -> Words:
    """Somebody is back at a screen that stood open. counts: whether the company has an agreement to count lapses."""
    minutes = round(seconds / 60)
    heading = (
        _("Your screen stood open for {minutes} minutes") if minutes > 1 else _("Your screen stood open for a minute")
    )
    how = _("Press {key} when you leave (code {clause}).") if key else _("Lock it when you leave (code {clause}).")
    seen = _("Nobody is told of this.")
    if counts:
        seen = _("Should it happen more often, the company sees the number and the dates, and never an hour.")
    return Words(heading.format(minutes=minutes), f"{how.format(key=key, clause=clause)} {seen}")


def cant_lock(key: str, why: str, _: Translate) -> Words:
    """Lock now did not work, or nobody here can tell whether it did (why: unseen)."""
    way = _("Press {key} yourself.").format(key=key) if key else _("Use your desktop's own menu to lock it.")
    if why == "unseen":
        asked = _("Your desktop was asked to lock, and does not say whether it did.")
        return Words(_("Is your screen locked?"), f"{asked} {way}")
    return Words(_("Your screen could not be locked from here"), way)


def take_carrier(_: Translate) -> Words:
    """Somebody leaves with a stick in."""
    return Words(_("Take your stick with you and lock it away"), _("It is still in this laptop (code 1.5)."))


COACH = "show how often a screen stood open, where an agreement allows it"
ROWS = (
    Row("count", "count", COACH),
    Row("longest_minutes", "count", COACH),
    Row("dates", "dates", COACH),
    Row("dates_more", "count", "say how many of these were left out"),
)

KIND = Kind(
    name="screen",
    fact=Lapse,
    match=Match,
    verdict=lambda _match, _fact: Verdict("unapproved"),  # what is momentary is gathered, not judged one by one
    may=lambda _match, _name: Verdict("silent"),
    attrs=lambda _fact, _said: {},
    private=lambda _fact, _said: {},
    brought_by=lambda fact: fact.subject.scope,
    title=title,
    words=words,
    tier_a=lambda _attrs: False,
    rows=ROWS,
    ocsf_class=OCSF_DETECTION_FINDING,
    respond={"route": "none"},
    check=check,
    weigh=lambda fact: round(fact.seconds / 60),
    gather=gather,
    by_day=True,
)
