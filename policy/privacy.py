"""What may leave the laptop, field by field: the processing register is made from these rows.

A field without a row can't be encoded (policy/wire.py asks here first) and can't be taken in by the feed. What leaves
of a laptop that is not named here is nothing: no content, keys, titles, addresses, paths, user names or hours. What can
still be inferred: that a laptop was used on the day on which one of its incidents or what it can't look at changed.
"""

import re
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from policy.kinds import KINDS
from policy.kinds.base import Form, Row
from policy.model import Attrs, Scalar, Subject

if TYPE_CHECKING:  # wire asks this module before it encodes
    from policy.wire import Incident, Posture

LONGEST = 200  # characters of a text
MOST_NAMES = 50
MOST_COUNTED = 2**31
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CODES = re.compile(r"[A-Za-z0-9_.-]{1,40}(: [A-Za-z0-9_.-]{1,40}){0,2}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_KEEP = "know one finding from another, on the laptop and here"
_WHEN = "tell how long it stood; a date, but for tier A"
_FAIR = "show that the employee was told first, and had time"
_BLIND = "know which rules can't be looked at on which laptop, so that silence is not taken for health"

INCIDENT = (
    Row("uid", "uid", _KEEP),
    Row("revision", "count", _KEEP),
    Row("kind", "choice", "say what was looked for"),
    Row("rule", "choice", "say which rule is broken"),
    Row("subject", "subject", "say what is to be put right; scope is `machine` or `user`, never whose"),
    Row("clause", "choice", "say under which clause of the code"),
    Row("policy", "text", "say by which version of the policy it was judged"),
    Row("severity", "count", "order the work"),
    Row("state", "choice", "close what is put right"),
    Row("first_seen", "time", _WHEN),
    Row("last_seen", "time", _WHEN),
    Row("ending", "choice", "tell what was put right from what was excepted"),
    Row("follows", "uid", "reopen a ticket in place of a second one"),
    Row("attrs", "choice", "carry the fields below"),
)
# Beside those of the kind, in `attrs` of every incident.
COMMON = (
    Row("told", "date", _FAIR),
    Row("deadline", "date", _FAIR),
    Row("language", "choice", "write to the employee in their own language"),
)


def _of_posture(field: str, form: Form) -> Row:
    return Row(
        field, form, _BLIND, retention="as long as the laptop is enrolled, overwritten", recipients=("security",)
    )


# Of the laptop itself: no hour, no name, no user.
POSTURE = (
    _of_posture("uid", "uid"),
    _of_posture("revision", "count"),
    _of_posture("policy", "text"),
    _of_posture("agent", "text"),
    _of_posture("on", "date"),
    _of_posture("unsupported", "names"),
    _of_posture("unsupported_more", "count"),
    _of_posture("blind", "codes"),
    _of_posture("blind_more", "count"),
)


class NotListed(ValueError):
    """A field that no row of the register allows, or one that is not of the form that its row allows."""


def rows(kind: str) -> dict[str, Row]:
    """The rows of `attrs` for a kind."""
    own = KINDS[kind].rows if kind in KINDS else ()
    return {row.field: row for row in (*COMMON, *own)}


def admit(incident: "Incident") -> None:
    """Let an incident pass, or say which field may not leave.

    Raises:
        NotListed: See there.

    """
    exact = incident.kind in KINDS and KINDS[incident.kind].tier_a(incident.attrs)
    listed = {row.field: row for row in INCIDENT}
    for name in incident.__struct_fields__:
        _check(listed.get(name), name, getattr(incident, name), exact=exact)
    own = rows(incident.kind)
    for name, value in incident.attrs.items():
        _check(own.get(name), f"attrs.{name}", value, exact=exact)


def admit_posture(posture: "Posture") -> None:
    """Let a posture pass, or say which field may not leave.

    Raises:
        NotListed: See there.

    """
    listed = {row.field: row for row in POSTURE}
    for name in posture.__struct_fields__:
        _check(listed.get(name), name, getattr(posture, name), exact=False)


def when(moment: datetime, *, exact: bool) -> str:
    """A time as it leaves: to the second in UTC for tier A, else its date."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if exact else f"{moment:%Y-%m-%d}"


def _check(row: Row | None, name: str, value: object, *, exact: bool) -> None:
    if row is None:
        msg = f"{name} has no row in policy/privacy.py"
        raise NotListed(msg)
    if value is not None and name != "attrs" and not _fits(row, value, exact=exact):
        msg = f"{name} is not of the form {row.form!r} that its row allows"
        raise NotListed(msg)


def _fits(row: Row, value: object, *, exact: bool) -> bool:  # noqa: PLR0911 - one line a form
    match row.form:
        case "text" | "choice":
            return isinstance(value, str) and _is_plain(value)
        case "date":
            return isinstance(value, str) and _is_time(value, _DATE)
        case "time":
            return isinstance(value, str) and (_is_time(value, _DATE) or (exact and _is_time(value, _TIME)))
        case "dates":
            return (
                isinstance(value, tuple)
                and len(value) <= MOST_NAMES
                and all(isinstance(day, str) and _is_time(day, _DATE) for day in value)
            )
        case "count":
            return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_COUNTED
        case "names":
            return isinstance(value, tuple) and len(value) <= MOST_NAMES and all(map(_is_plain, value))
        case "codes":
            return isinstance(value, tuple) and len(value) <= MOST_NAMES and all(map(is_code, value))
        case "uid":
            return isinstance(value, UUID)
        case "subject":
            return isinstance(value, Subject) and _nobodys(value)


def _nobodys(subject: Subject) -> bool:
    """Whether it says not whose it is."""
    return subject.scope in {"machine", "user"} and _is_plain(subject.key) and _is_plain(subject.type)


def _is_plain(text: str) -> bool:
    """Within bounds, and no sign that writes to a terminal, breaks a line or turns one round."""
    return len(text) <= LONGEST and text.isprintable()


def is_code(text: str) -> bool:
    """Whether it is made of a program's own short words: no path, no sentence."""
    return bool(_CODES.fullmatch(text))


def plain(text: str) -> str:
    """A text as it may leave: cut, and each sign that is none to read replaced."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text[:LONGEST])


def _is_time(text: str, form: re.Pattern[str]) -> bool:
    """Whether it is of the form, and a day that there is."""
    try:
        return bool(form.fullmatch(text)) and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def clipped(attrs: Attrs) -> dict[str, Scalar | tuple[str, ...]]:
    """The same within the register's bounds: texts cut, of a tuple 50 and the count of the rest (`<name>_more`)."""
    out: dict[str, Scalar | tuple[str, ...]] = {}
    for name, value in attrs.items():
        if isinstance(value, tuple):
            out[name] = tuple(map(plain, value[:MOST_NAMES]))
            if len(value) > MOST_NAMES:
                out[f"{name}_more"] = len(value) - MOST_NAMES
        else:
            out[name] = plain(value) if isinstance(value, str) else value
    return out
