"""Two people at one laptop: which session has the screen, by a real logind."""

import re

from policy.seen import ActiveIs, Seen
from tests.contracts.lock import locks
from tests.support.until import until


def actives(heard: list[Seen]) -> list[bool]:
    """What was said of the screen so far."""
    return [seen.active for seen in heard if isinstance(seen, ActiveIs)]


def test_a_session_whose_screen_another_user_took_is_not_active(senses, laptop) -> None:
    """He logs in on another console, by hand, and leaves it again."""
    heard: list[Seen] = []
    senses.make("logind", "GNOME").start(heard.append)
    until(lambda: actives(heard) == [True])
    laptop.hands.press("ctrl", "alt", "f2")
    until(lambda: actives(heard) == [True, False])
    until(lambda: laptop.root.run("pgrep", "-x", "agetty").code == 0)
    laptop.hands.type("bram\n")
    until(lambda: laptop.root.run("pgrep", "-x", "login").code == 0)
    laptop.hands.type("bram\n")
    until(lambda: re.search(r"bram +seat0 +tty2", laptop.root.ask("loginctl", "list-sessions")))
    laptop.hands.press("ctrl", "alt", "f1")
    until(lambda: actives(heard) == [True, False, True])
    assert locks(heard) == ["unlocked"]
