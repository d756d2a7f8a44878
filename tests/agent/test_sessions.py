"""The service's side of the line: a session says what; whose it is comes from the line."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from agent.ipc import Answered, Away, Eye, Hello, Lapsed, Line, Sight, pair
from agent.sessions import Sessions
from policy.events import Active
from policy.events import Answered as AnsweredEvent
from policy.kinds import screen
from policy.model import Instant, Occurrence, Subject
from tests.support.judging import MONDAY
from tests.support.made import view
from tests.support.until import until

NOW = Instant(MONDAY, 5.0)


class Service:
    """What the rest of the service hears."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.saw = 0
        self.sessions = Sessions(
            self.events.append, lambda _: (), lambda _: view(), lambda _: None, lambda: NOW, self._sees
        )

    def _sees(self) -> None:
        self.saw += 1

    def has(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def line(service: Service) -> Iterator[Line]:
    mine, theirs = pair()
    service.sessions.attach(theirs, "user:1000")
    yield mine
    mine.close()
    until(lambda: service.sessions.sights == {})


def test_quiet_comes_with_who_is_there(service: Service, line: Line):
    line.send(Hello("Europe/Amsterdam", "nl"))
    line.send(Hello("Europe/Amsterdam", "nl", ("call", "sharing")))
    until(lambda: len(service.has(Active)) == 2)
    words = frozenset({"call", "sharing"})
    assert service.has(Active)[-1] == Active(("user:1000",), "Europe/Amsterdam", {"user:1000": words})
    line.send(Away())
    until(lambda: service.has(Active)[-1].sessions == ())


def test_a_lapse_is_of_the_person_whose_line_it_is(service: Service, line: Line):
    line.send(Lapsed(900.0))
    (occurrence,) = until(lambda: service.has(Occurrence))
    assert occurrence.kind == "screen"
    assert occurrence.fact == screen.Lapse(subject=Subject("screen", "open", "user:1000"), seconds=900.0)


def test_an_answer_is_of_the_person_whose_line_it_is(service: Service, line: Line):
    uid = UUID(int=7)
    line.send(Answered(uid))
    assert until(lambda: service.has(AnsweredEvent)) == [AnsweredEvent(uid, "user:1000")]


def test_what_a_session_sees_is_kept_until_it_leaves(service: Service, line: Line):
    sight = Sight(idle=Eye(by="xsync"))
    line.send(Hello("Europe/Amsterdam", "nl"))
    line.send(sight)
    until(lambda: service.saw == 1)
    assert service.sessions.sights == {"user:1000": sight}
    line.send(Away())
    until(lambda: service.has(Active)[-1].sessions == ())
    assert service.sessions.sights == {"user:1000": sight}
