"""What can't be seen here, in words: a gap of a look, and what a session's desktop does not tell."""

from collections.abc import Iterator

from agent.ipc import Sight
from policy.words import Translate, listed

IDLE = "idle: "  # before why no source tells when input stops


def gap_words(reason: str, _: Translate) -> str:
    """Why something is not looked at, as a person reads it."""
    if reason.startswith(IDLE):
        why = reason.removeprefix(IDLE)
        return _("no reminder here: this desktop does not tell when input stops ({why})").format(why=why)
    known = {
        "locked": _("waits: the package manager is at work"),
        "half_configured": _("works; a package is only half installed"),
        "no_sensor": _("can't be seen on this laptop"),
        "no_session": _("waits: nobody's screen is watched yet"),
        "failed": _("the last look failed"),
        "not_yet": _("the first look is not done yet"),
    }
    return known.get(reason, reason)


def sight_lines(sight: Sight | None, _: Translate) -> Iterator[str]:
    """What of the screen can't be told in this session, a sentence each."""
    if sight is None:
        return
    if sight.lock.why_not:
        words = _("Whether the screen is locked can't be told here ({why}): it counts as open.")
        yield words.format(why=sight.lock.why_not)
    if sight.people is not None and sight.people.why_not:
        words = _("Input that a program makes counts as yours here ({why}).")
        yield words.format(why=sight.people.why_not)
    if sight.film_counts:
        yield _("A film that keeps the screen awake counts as input here.")
    names = {
        "presenting": _("presenting"),
        "call": _("calls"),
        "sharing": _("shared screens"),
        "full_screen": _("full screen"),
        "do_not_disturb": _("do not disturb"),
        "kept_awake": _("a screen that is kept awake"),
    }
    unseen = [names[word] for word in sight.unseen if word in names]
    if unseen:
        yield _("Not seen here, so a notice may come meanwhile: {what}.").format(what=listed(unseen, _))
