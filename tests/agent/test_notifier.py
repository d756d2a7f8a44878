"""What is put on the screen, with a carrier that only remembers."""

from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from agent.desktop.notifier import Card, Drawn, Failed, Notifier, Room
from policy.words import Notice
from tests.support.made import notice

ABLE = Room(bus=True, notices=True)
BUSY = Room(bus=True, notices=True, inhibited=True)
A, B, C = notice("a"), notice("b"), notice("c")


Outcome = type[Drawn] | type[Failed]


@dataclass
class Screen:
    """Keeps what it is asked, and does it when it is told to, as a thread of its own would."""

    on: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, Card | None]] = field(default_factory=list)

    def draw(self, card: Card) -> None:
        self.asked.append(("", card))

    def replace(self, key: str, card: Card) -> None:
        self.asked.append((key, card))

    def remove(self, key: str) -> None:
        self.asked.append((key, None))

    def does(self, outcome: Outcome) -> list[Drawn | Failed]:
        """Do all that was asked, in order; what became of each card."""
        became: list[Drawn | Failed] = []
        asked, self.asked = self.asked, []
        for key, card in asked:
            there = not key or self.on.pop(key, None) is not None
            if card is not None and there:
                became.append(outcome(card.key))
                if outcome is Drawn:
                    self.on[card.key] = card.body
        return became


@dataclass
class Made:
    screen: Screen = field(default_factory=Screen)
    shown: list[UUID] = field(default_factory=list)
    notifier: Notifier = field(init=False)

    def __post_init__(self) -> None:
        self.notifier = Notifier(self.screen, write, self.shown.extend)

    def settle(self, outcome: Outcome = Drawn) -> None:
        """Have the screen do what it was asked, and hear what became of it."""
        for what in self.screen.does(outcome):
            self.notifier.became(what)


def write(key: str, notices: tuple[Notice, ...]) -> Card:
    return Card(key, "", " ".join(str(n.attrs["name"]) for n in notices))


def uids(*notices: Notice) -> list[UUID]:
    return [n.uid for n in notices]


def test_nothing_is_drawn_before_there_is_somebody_who_draws():
    """What was held meanwhile becomes one card."""
    made = Made()
    made.notifier.tell([A])
    made.notifier.tell([B])
    made.settle()
    assert made.screen.on == {}
    made.notifier.room(ABLE)
    made.settle()
    assert list(made.screen.on.values()) == ["a b"]
    assert made.shown == uids(A, B)


def test_shown_is_said_when_it_was_drawn_and_not_before():
    """Asking for it is not showing it."""
    made = Made()
    made.notifier.room(ABLE)
    made.notifier.tell([A])
    assert made.shown == []
    made.settle()
    assert made.shown == uids(A)


def test_do_not_disturb_holds():
    """Until it ends."""
    made = Made()
    made.notifier.room(BUSY)
    made.notifier.tell([A])
    made.settle()
    assert made.screen.on == {}
    made.notifier.room(ABLE)
    made.settle()
    assert made.shown == uids(A)


def test_one_that_failed_is_held_and_comes_with_the_next():
    """As one card, the older first."""
    made = Made()
    made.notifier.room(ABLE)
    made.notifier.tell([A])
    made.settle(Failed)
    made.notifier.tell([B])
    made.settle()
    assert list(made.screen.on.values()) == ["a b"]
    assert made.shown == uids(A, B)


def test_telling_again_replaces():
    """The same finding is never on the screen twice."""
    made = Made()
    made.notifier.room(ABLE)
    for _ in range(2):
        made.notifier.tell([A])
        made.settle()
    assert list(made.screen.on.values()) == ["a"]
    assert made.shown == uids(A, A)


def test_retracting_what_is_held_forgets_it():
    """It is never drawn."""
    made = Made()
    made.notifier.tell([A, B])
    made.notifier.retract([A.uid])
    made.notifier.room(ABLE)
    made.settle()
    assert list(made.screen.on.values()) == ["b"]


def test_retracting_one_of_several_leaves_the_others():
    """On a smaller card, and the last takes the card away."""
    made = Made()
    made.notifier.room(ABLE)
    made.notifier.tell([A, B])
    made.settle()
    made.notifier.retract([A.uid])
    made.settle()
    assert list(made.screen.on.values()) == ["b"]
    made.notifier.retract([B.uid])
    made.settle()
    assert made.screen.on == {}


def test_others_on_a_card_that_has_expired_do_not_come_back():
    """They were told; only what is on the screen is changed."""
    made = Made()
    made.notifier.room(ABLE)
    made.notifier.tell([A, B])
    made.settle()
    made.screen.on.clear()  # the server let it go
    made.notifier.retract([A.uid])
    made.settle()
    assert made.screen.on == {}


def test_retracting_one_that_is_on_its_way_still_shows_the_others():
    """The card that nobody saw yet is asked back, and its rest drawn anew, even where it failed."""
    made = Made()
    made.notifier.room(ABLE)
    made.notifier.tell([A, B])
    made.notifier.retract([A.uid])
    made.settle(Failed)
    made.notifier.room(ABLE)
    made.settle()
    assert list(made.screen.on.values()) == ["b"]
    assert made.shown == uids(B)


def test_a_pressed_card_tells_what_it_was_about():
    """And one that is gone tells nothing."""
    made = Made()
    made.notifier.room(ABLE)
    made.notifier.tell([A])
    made.settle()
    (key,) = made.screen.on
    assert made.notifier.on(key) == (A,)
    assert made.notifier.on("other") == ()


STEPS = st.one_of(
    st.tuples(st.just("tell"), st.lists(st.sampled_from([A, B, C]), min_size=1, unique_by=lambda n: n.uid)),
    st.tuples(st.just("retract"), st.lists(st.sampled_from([A, B, C]), min_size=1, unique_by=lambda n: n.uid)),
    st.tuples(st.just("room"), st.sampled_from([ABLE, BUSY, Room()])),
    st.tuples(st.just("settle"), st.sampled_from([Drawn, Failed])),
)


@given(st.lists(STEPS, max_size=30))
def test_whatever_happens_each_is_told_and_none_twice(steps: list[tuple[str, object]]):
    """In the end all that was told and not retracted was shown since, and no name is on the screen twice."""
    made = Made()
    owed: set[UUID] = set()
    for name, what in steps:
        before = len(made.shown)
        match name, what:
            case "tell", list():
                made.notifier.tell(what)
                owed |= {n.uid for n in what}
            case "retract", list():
                made.notifier.retract([n.uid for n in what])
                owed -= {n.uid for n in what}
            case "room", Room():
                made.notifier.room(what)
            case "settle", _:
                made.settle(what)  # type: ignore[arg-type]
        owed -= set(made.shown[before:])
        names = " ".join(made.screen.on.values()).split()
        assert len(names) == len(set(names))
    before = len(made.shown)
    made.settle()
    made.notifier.room(BUSY)
    made.notifier.room(ABLE)
    made.settle()
    assert owed <= set(made.shown[before:])
