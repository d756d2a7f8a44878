"""The cards of the screen: at most one, in the place of the last, with the desktop's own key."""

import pytest

from agent.desktop.coach import Coach, lock_key
from agent.desktop.notifier import Card
from agent.ipc import Screen
from policy.presence import Settings
from policy.seen import Back, CantLock, CountDown, Effect, Remind, TakeBack, TakeCarrier


class Wall:
    """A carrier that writes down what hangs on the wall."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}

    def draw(self, card: Card) -> None:
        self.cards[card.key] = card

    def replace(self, key: str, card: Card) -> None:
        raise NotImplementedError

    def remove(self, key: str) -> None:
        del self.cards[key]


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def coach(wall: Wall, monkeypatch: pytest.MonkeyPatch) -> Coach:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    made = Coach(wall, lambda: str, lambda lines: True)
    made.rule = Screen(Settings(), "1.5")
    return made


def only(wall: Wall) -> Card:
    (card,) = wall.cards.values()
    return card


@pytest.mark.parametrize(
    ("desktop", "key"), [("GNOME", "Super+L"), ("KDE", "Meta+L"), ("XFCE", "Ctrl+Alt+L"), ("sway", ""), ("", "")]
)
def test_the_key_is_named_as_the_desktop_names_it(desktop, key):
    assert lock_key({"XDG_CURRENT_DESKTOP": desktop}, "linux") == key


def test_on_windows_it_is_win_l():
    assert lock_key({}, "win32") == "Win+L"


def test_one_card_takes_the_place_of_the_other(wall: Wall, coach: Coach):
    coach.do(Remind())
    first = only(wall)
    assert (first.title, [b.action for b in first.buttons], first.urgent) == (
        "Lock your screen (Super+L)",
        ["lock"],
        True,
    )
    coach.do(CountDown(30.0, 3))
    assert [b.action for b in only(wall).buttons] == ["lock", "extend"]
    assert coach.owns(only(wall).key)
    coach.do(TakeBack())
    assert wall.cards == {}
    coach.do(TakeBack())


def test_a_countdown_that_was_put_off_ten_times_offers_it_no_more(wall: Wall, coach: Coach):
    coach.do(CountDown(30.0, 0))
    assert [b.action for b in only(wall).buttons] == ["lock"]


@pytest.mark.parametrize(
    ("effect", "title", "body"),
    [
        (
            Back(750.0),
            "Your screen stood open for 12 minutes",
            "Press Super+L when you leave (code 1.5). Nobody is told",
        ),
        (Back(70.0), "Your screen stood open for a minute", "code 1.5"),
        (CantLock("refused"), "Your screen could not be locked from here", "Press Super+L yourself."),
        (CantLock("unseen"), "Is your screen locked?", "does not say whether it did"),
        (TakeCarrier(1), "Take your stick with you and lock it away", "code 1.5"),
    ],
)
def test_each_says_what_and_what_to_do(wall: Wall, coach: Coach, effect: Effect, title: str, body: str):
    coach.do(effect)
    assert only(wall).title == title
    assert body in only(wall).body
    assert not only(wall).urgent


def test_where_lapses_count_the_notice_says_so(wall: Wall, coach: Coach):
    coach.rule = Screen(Settings(), "1.5", counts=True)
    coach.do(Back(900.0))
    assert "the company sees the number and the dates, and never an hour" in only(wall).body
    assert "Nobody" not in only(wall).body
