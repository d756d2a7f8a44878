"""How things stand, in one word, as the icon shows it."""

from typing import Literal

from agent.ipc import View
from policy.words import Notice, Translate

# ok: nothing is asked. attention: something is, and nobody knows of it yet. reported: somebody does.
# limited: nothing is asked as far as can be seen, but something can't be seen or sent. waiting: nothing is known yet.
State = Literal["ok", "attention", "reported", "limited", "waiting"]


def state(view: View | None) -> State:
    """What the icon shows of a view."""
    if view is None:
        return "waiting"
    phases = {notice.phase for notice in view.notices}
    if "noticed" in phases:
        return "attention"
    if "reported" in phases:
        return "reported"
    blind = any(not watched.works for watched in view.watched)
    return "limited" if blind or view.problems or view.feed.error else "ok"


def opened(view: View) -> tuple[Notice, ...]:
    """The findings that are open: first those with time left, the one with the least of it before all."""
    still = [notice for notice in view.notices if notice.phase != "ended"]
    return tuple(sorted(still, key=lambda n: (n.phase == "reported", n.deadline or n.opened, n.reference)))


def headline(view: View | None, _: Translate) -> str:
    """The same in a few words: the menu's first line and the icon's tooltip."""
    match state(view):
        case "waiting":
            return _("Looking at this laptop …")
        case "ok":
            return _("All is well on this laptop")
        case "limited":
            return _("Nothing is asked of you; not all can be seen")
        case "attention" | "reported":
            return _asked(len(opened(view)) if view else 0, _)


def _asked(count: int, _: Translate) -> str:
    return _("One thing needs you") if count == 1 else _("{count} things need you").format(count=count)
