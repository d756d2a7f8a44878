"""The mail that the helpdesk gets: a ticket that can be closed without asking. Its words go through gettext."""

import textwrap
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from feed.store import Row
from feed.words import translate
from policy.kinds import KINDS
from policy.model import Policy, Respond, Rule
from policy.words import Language, Notice, Translate, Words

KEPT_DAYS = 90


def message_id(row: Row, revision: int | None = None) -> str:
    """`<uid.revision@feed>`: the same for the same thing, for ever."""
    return f"<{row.uid}.{revision or row.revision}@deskwarden-feed>"


def subject(row: Row, policy: Policy, language: Language, _: Translate) -> str:
    """`[DW-7K4M-M2Q9] Niet-goedgekeurd programma: 7-Zip 24.08 (LT-20431)`."""
    rule, kind = policy.rules.get(row.rule), KINDS.get(row.kind)
    what = (kind.label(row.attrs, _) if kind else "") or (rule.title.of(language) if rule else row.rule)
    return f"[{row.reference}] {what}: {title(row, _)} ({row.asset_tag})"


def title(row: Row, _: Translate) -> str:
    """What it is about, as a person calls it."""
    return KINDS[row.kind].title(row.attrs, _) if row.kind in KINDS else row.subject.key


def letter(row: Row, policy: Policy, language: Language, _: Translate, page: str) -> EmailMessage:
    """The first mail of a thread, or a reply in it where something changed.

    page: the address of the security team's page, without a slash at its end.
    """
    mail = EmailMessage()
    mail["Subject"] = subject(row, policy, language, _)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id(row)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    body = _resolved(row, _) if row.state == "resolved" else _opened(row, policy, language, _, page)
    mail.set_content(body, cte="quoted-printable")
    return mail


def _opened(row: Row, policy: Policy, language: Language, _: Translate, page: str) -> str:
    rule = policy.rules.get(row.rule)
    lines = [_intro(row, _), ""]
    lines += [f"{name}: {value}" for name, value in _fields(row, rule, _) if value]
    lines += ["", _("What to do"), *_steps(rule, language)]
    lines += ["", _("On the laptop"), *(f"- {step}" for step in _words(row, rule, language).steps)]
    lines += ["", *_told(row, rule, _), "", _("Closes by itself when it is gone."), f"{page}/r/{row.reference}"]
    return "\n".join(lines) + "\n"


def _intro(row: Row, _: Translate) -> str:
    words = _("{what} is on laptop {tag}. The employee was told first and had time to put it right.")
    if not row.attrs.get("told"):
        words = _("{what} is on laptop {tag}.")
    return words.format(what=title(row, _), tag=row.asset_tag)


def _priority(row: Row, respond: Respond) -> int:
    """The kind's own, where it knows better than the rule."""
    kind = KINDS.get(row.kind)
    return (kind.priority(row.attrs) if kind else None) or respond.priority


def _fields(row: Row, rule: Rule | None, _: Translate) -> list[tuple[str, str]]:
    respond = rule.respond if rule else None
    brings = row.attrs.get("brings")
    return [
        (_("Reference"), row.reference),
        (_("Laptop"), row.asset_tag),
        (_("Employee's language"), row.language),
        (_("Rule"), row.rule),
        (_("Clause"), row.clause),
        (_("Category"), respond.category if respond else ""),
        (_("Queue"), respond.queue if respond else ""),
        (_("Priority"), f"P{_priority(row, respond)}" if respond else ""),
        (_("First seen"), row.first_seen[:10]),
        (_("Came with it"), ", ".join(brings) if isinstance(brings, tuple) else ""),
        (_("Delete after"), _delete_after(row)),
        ("uid", str(row.uid)),
    ]


def _told(row: Row, rule: Rule | None, _: Translate) -> list[str]:
    """When the employee was told, and with which words; the hour stays on the laptop."""
    told = row.attrs.get("told")
    if not told:
        return [_("Reported at once: the list says that it may not be there.")]
    when = _("The employee was told on {date}, in this sense:").format(date=told)
    if row.attrs.get("deadline"):
        words = _("The employee was told on {date} and had until {deadline}, in this sense:")
        when = words.format(date=told, deadline=row.attrs["deadline"])
    said = _words(row, rule, "en" if row.language == "en" else "nl")
    return [when, *(f"> {line}" for line in textwrap.wrap(f"{said.title}. {said.body}", 76))]


def _words(row: Row, rule: Rule | None, language: Language) -> Words:
    """The finding's notice again. The hour of its deadline stayed on the laptop, so it is in the same sense."""
    if rule is None or row.kind not in KINDS:
        return Words("", "")
    now = datetime.fromisoformat(row.first_seen[:10]).replace(tzinfo=UTC)
    deadline = row.attrs.get("deadline")
    notice = Notice(
        uid=row.uid,
        reference=row.reference,
        kind=row.kind,
        rule=row.rule,
        title=rule.title,
        clause=row.clause,
        clause_title=rule.title,
        clause_quote=rule.title,
        attrs=row.attrs,
        phase="noticed",
        opened=now,
        route=rule.respond.route,
        why=rule.why,
        deadline=datetime.fromisoformat(f"{deadline}T17:00").replace(tzinfo=UTC) if deadline else None,
    )
    return KINDS[row.kind].words(notice, language, translate(language), now)


def _steps(rule: Rule | None, language: Language) -> list[str]:
    steps = rule.helpdesk.of(language) if rule and rule.helpdesk else ()
    return [f"{n}. {step}" for n, step in enumerate(steps, 1)]


def _resolved(row: Row, _: Translate) -> str:
    words = {
        "put_right": _("{what} is gone from laptop {tag}. Nothing has to be done; this closes the report."),
        "rule_gone": _("The policy no longer asks about {what}. Nothing has to be done; this closes the report."),
        "excepted": _("{what} was excepted for laptop {tag}. Nothing has to be done; this closes the report."),
    }
    said = words.get(row.ending or "", _("The report about {what} on laptop {tag} is closed."))
    return said.format(what=title(row, _), tag=row.asset_tag) + f"\n\n{_('Reference')}: {row.reference}\n"


def _delete_after(row: Row) -> str:
    """Retention stands in every ticket: counted from the day it was last seen."""
    last = datetime.fromisoformat(row.last_seen[:10])
    return f"{last + timedelta(days=KEPT_DAYS):%Y-%m-%d}"
