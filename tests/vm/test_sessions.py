"""Two people at one laptop: which session has the screen, by a real logind."""

import re
from functools import partial

from policy.seen import ActiveIs, Seen
from tests.contracts.lock import locks
from tests.support.senses import PROGRAM, Senses
from tests.support.until import until
from tests.support.vm import Machine

# A graphics device that nobody sees stands for a second monitor, with a keyboard of its own.
SECOND_SEAT = """
mkdir -p /run/udev/rules.d
echo 'KERNEL=="card1", TAG+="seat", TAG+="master-of-seat", ENV{ID_SEAT}="seat1"' >/run/udev/rules.d/73-second-seat.rules
udevadm control --reload
modprobe vgem
chown bram /dev/virtio-ports/senses
"""
BRAM_LOCKED = """
session=$(loginctl list-sessions --no-legend | awk '$3 == "bram" {print $1}')
set -- org.freedesktop.login1 /org/freedesktop/login1
path=$(busctl call "$@" org.freedesktop.login1.Manager GetSession s "$session" | cut -d'"' -f2)
busctl call org.freedesktop.login1 "$path" org.freedesktop.login1.Session SetLockedHint b true
"""
BRAM_THERE = (
    *("systemd-run", "--unit=bram", "--property=User=bram", "--property=PAMName=login"),
    *("--setenv=XDG_SEAT=seat1", "--setenv=XDG_SESSION_TYPE=x11", *PROGRAM),
)


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
    for asked in ("login:", "Password:"):  # what is typed before its prompt is there is thrown away
        until(partial(asks, laptop, asked))
        laptop.hands.type("bram\n")
    until(lambda: re.search(r"bram +seat0 +tty2", laptop.root.ask("loginctl", "list-sessions")))
    laptop.hands.press("ctrl", "alt", "f1")
    until(lambda: actives(heard) == [True, False, True])
    assert locks(heard) == ["unlocked"]


def asks(laptop: Machine, prompt: str) -> bool:
    """Whether it stands on the second console."""
    return prompt in laptop.root.ask("cat", "/dev/vcs2")


def test_a_session_on_a_second_seat_hears_nothing_of_the_first(laptop) -> None:
    """Its screen is its own, whatever is locked or switched on the other."""
    heard: list[Seen] = []
    laptop.root.sh(SECOND_SEAT)
    until(lambda: "seat1" in laptop.root.ask("loginctl", "list-seats"))
    with Senses(laptop, lambda: laptop.root.ask(*BRAM_THERE)) as senses:
        senses.make("logind", "GNOME").start(heard.append)
        until(lambda: (actives(heard), locks(heard)) == ([True], ["unlocked"]))
        laptop.root.ask("loginctl", "lock-session", "1")
        laptop.hands.press("ctrl", "alt", "f2")
        anna = ("loginctl", "show-session", "1", "-p", "Active", "-p", "LockedHint")
        until(lambda: sorted(laptop.root.ask(*anna).split()) == ["Active=no", "LockedHint=yes"])
        laptop.root.sh(BRAM_LOCKED)
        until(lambda: locks(heard) == ["unlocked", "locked"])
        assert actives(heard) == [True]
