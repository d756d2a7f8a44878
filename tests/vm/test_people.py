"""A person is a USB device that QEMU moves, a jiggler is XTest: what either does to both ways of counting idle."""

import pytest

from policy.seen import Idled, Seen, Touched
from tests.support.senses import Senses
from tests.support.until import until
from tests.support.vm import Machine

SPAN, NEVER = 4.0, 600.0
WIDTH = 1280
JIGGLER = "while :; do xdotool mousemove_relative --sync 1 1; xdotool mousemove_relative --sync -- -1 -1; sleep 1; done"


class Both:
    """Both kinds of source at one screen: of any input, and of people's own."""

    def __init__(self, senses: Senses, laptop: Machine) -> None:
        self._laptop, self._place = laptop, 0.3
        self.any, self.people = list[Seen](), list[Seen]()
        self._sources = [(senses.make("xsync"), self.any), (senses.make("xinput"), self.people)]

    def watch(self, *spans: float) -> None:
        self.touch()
        for source, heard in self._sources:
            source.start(heard.append)
            source.watch(spans)

    def touch(self) -> None:
        """A person moves the pointer, to and fro; it has moved when this returns."""
        self._place = 1 - self._place
        self._laptop.hands.point(self._place, self._place)
        until(lambda: (self._where() < 0.5) == (self._place < 0.5))

    def _where(self) -> float:
        shell = self._laptop.desk.ask("xdotool", "getmouselocation", "--shell")
        return int(shell.split()[0].removeprefix("X=")) / WIDTH

    def hear(self, *expected: type[Seen]) -> None:
        """Wait until both have said just this."""

        def look() -> bool:
            assert kinds(self.any) == kinds(self.people) == list(expected), (self.any, self.people)
            return True

        until(look)


@pytest.fixture
def both(senses: Senses, laptop: Machine) -> Both:
    return Both(senses, laptop)


def uptime(laptop: Machine) -> float:
    return float(laptop.root.ask("cat", "/proc/uptime").split()[0])


def idled(heard: list[Seen]) -> list[float]:
    return [seen.seconds for seen in heard if isinstance(seen, Idled)]


def kinds(heard: list[Seen]) -> list[type[Seen]]:
    return [type(seen) for seen in heard]


def test_a_jiggler_puts_off_what_counts_any_input_and_not_what_counts_people(both, laptop) -> None:
    """The person's own touch is told by both."""
    laptop.desk.start("sh", "-c", JIGGLER)
    both.watch(SPAN, NEVER)
    until(lambda: idled(both.people))
    assert idled(both.people)[0] >= SPAN
    assert both.any == []
    both.touch()
    until(lambda: kinds(both.people) == [Idled, Touched])
    assert all(seen.people for seen in both.people)
    assert both.any == []


def test_a_person_puts_off_both(both, laptop) -> None:
    """For as long as they go on; then both say how long nobody did."""
    both.watch(SPAN, NEVER)
    end = uptime(laptop) + 2 * SPAN
    until(lambda: (both.touch(), uptime(laptop) > end)[1], 60)
    assert (both.any, both.people) == ([], [])
    both.hear(Idled)
    both.touch()
    both.hear(Idled, Touched)


def test_typing_is_a_person_too(both, laptop) -> None:
    """Another device, another counter."""
    both.watch(SPAN, NEVER)
    both.hear(Idled)
    laptop.hands.press("shift")
    both.hear(Idled, Touched)


@pytest.mark.parametrize(
    "jump", ["date -s '+1 day'", "date -s '-1 day'", "ln -sf /usr/share/zoneinfo/Asia/Tokyo /etc/localtime"]
)
def test_a_clock_that_jumps_makes_nobody_idle(both, laptop, jump: str) -> None:
    """Neither earlier nor later."""
    both.watch(SPAN, NEVER)
    laptop.root.sh(jump)
    both.hear(Idled)
    assert all(SPAN <= seconds < SPAN + 10 for seconds in idled(both.any) + idled(both.people))


def test_what_another_user_types_is_nobody_at_this_session(both, laptop) -> None:
    """While he has the screen, anna's absence goes on.

    That she gets it back is an input for the server, and none of a person's devices at this session.
    """
    both.watch(SPAN, 2 * SPAN, 4 * SPAN)
    both.hear(Idled)
    laptop.root.ask("chvt", "2")
    laptop.hands.type("bram\n")
    both.hear(Idled, Idled)
    laptop.root.ask("loginctl", "activate", "1")
    until(lambda: kinds(both.any) == [Idled, Idled, Touched])
    until(lambda: kinds(both.people) == [Idled, Idled, Idled])
    both.touch()
    until(lambda: kinds(both.people) == [Idled, Idled, Idled, Touched])


def test_sleep_is_nobody(both, laptop) -> None:
    """Nor is waking: the screen, the keyboard and the pointer come back, and none of them was touched."""
    both.watch(SPAN, 2 * SPAN)
    both.hear(Idled)
    laptop.desk.start("systemctl", "suspend")
    laptop.sleeps()
    laptop.wake()
    both.hear(Idled, Idled)
    both.touch()
    both.hear(Idled, Idled, Touched)
