"""The suite that every forwarder to a helpdesk runs: feed/forward/base.py.

A test module of an adapter has a class that inherits `ForwarderContract` with a fixture `receiver`.
"""

from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID, uuid5

import msgspec
import pytest

from feed.forward.base import CannotForward, Forwarder
from feed.store import Forwarded, Pending, Row
from policy.model import Policy, Subject
from policy.reference import reference
from policy.wire import Incident

Made = Callable[..., Incident]
SPACE = UUID("00000000-0000-4000-8000-0000000000ff")


class Ticket(Protocol):
    """One ticket as the helpdesk sees it: its name, what was said in it, and whether its last word closed it."""

    name: str
    said: list[str]
    closed: bool


class Receiver(Protocol):
    """The other side, which a test looks into and can take away. remembers: it can be asked what it was told."""

    remembers: bool

    def forwarder(self, policy: Policy) -> Forwarder:
        """What speaks to it."""

    def tickets(self) -> list[Ticket]:
        """What the helpdesk sees: a message that came twice is one."""

    def go_away(self) -> None:
        """It can't be reached."""

    def refuse(self) -> None:
        """It is there and says no."""

    def come_back(self) -> None:
        """As at first."""


def row(incident: Incident, **changes: Any) -> Row:
    """An incident as the store gives it."""
    names = set(Row.__struct_fields__) & set(incident.__struct_fields__)
    fields: dict[str, Any] = {name: getattr(incident, name) for name in names}
    fields |= {
        "seq": 1,
        "reference": reference(incident.uid),
        "device": uuid5(SPACE, "device"),
        "asset_tag": "LT-20431",
        "language": "nl",
    }
    return Row(**(fields | changes))


def pending(
    incident: Incident, done: Forwarded | None = None, before: Forwarded | None = None, **changes: Any
) -> Pending:
    """What a forwarder is given."""
    return Pending(row(incident, **changes), done, before)


def closed(incident: Incident, revision: int = 2, ending: str = "put_right") -> Incident:
    """The same, ended."""
    fields = {name: getattr(incident, name) for name in incident.__struct_fields__}
    return Incident(**(fields | {"revision": revision, "state": "resolved", "ending": ending}))


class ForwarderContract:
    """Each test names the promise."""

    @pytest.fixture
    def forwarder(self, receiver: Receiver, policy: Policy) -> Forwarder:
        return receiver.forwarder(policy)

    def test_it_has_a_name(self, forwarder: Forwarder) -> None:
        assert forwarder.name

    def test_an_incident_makes_one_ticket_with_its_name(
        self, forwarder: Forwarder, receiver: Receiver, made: Made
    ) -> None:
        name = forwarder.ensure(pending(made()))
        (ticket,) = receiver.tickets()
        assert name == ticket.name
        assert len(ticket.said) == 1
        assert not ticket.closed
        assert reference(made().uid) in ticket.said[0]
        assert "cmatrix" in ticket.said[0]

    def test_a_change_goes_on_in_the_same_ticket(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        name = forwarder.ensure(pending(made()))
        done = Forwarded(made().uid, 1, name)
        assert forwarder.ensure(pending(made(revision=2, severity=4), done)) == name
        (ticket,) = receiver.tickets()
        assert len(ticket.said) == 2
        assert not ticket.closed

    def test_its_end_closes_the_same_ticket(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        name = forwarder.ensure(pending(made()))
        assert forwarder.ensure(pending(closed(made()), Forwarded(made().uid, 1, name))) == name
        (ticket,) = receiver.tickets()
        assert (ticket.name, len(ticket.said), ticket.closed) == (name, 2, True)

    def test_the_same_twice_is_one(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        """A crash came between doing it and marking it as done."""
        first = forwarder.ensure(pending(made()))
        assert forwarder.ensure(pending(made())) == first
        (ticket,) = receiver.tickets()
        assert len(ticket.said) == 1

    def test_closing_twice_is_one(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        done = Forwarded(made().uid, 1, forwarder.ensure(pending(made())))
        for _ in range(2):
            forwarder.ensure(pending(closed(made()), done))
        (ticket,) = receiver.tickets()
        assert (len(ticket.said), ticket.closed) == (2, True)

    def test_a_new_process_finds_what_the_old_one_did(self, receiver: Receiver, policy: Policy, made: Made) -> None:
        first = receiver.forwarder(policy).ensure(pending(made()))
        assert receiver.forwarder(policy).ensure(pending(made())) == first
        assert len(receiver.tickets()) == 1

    def test_what_it_is_about_to_do_is_what_it_does(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        """So that the store can remember it before."""
        intent = forwarder.intent(pending(made()))
        assert receiver.tickets() == [], "it does nothing yet"
        assert forwarder.ensure(pending(made(), Forwarded(made().uid, 0, intent))) == intent or intent is None
        assert len(receiver.tickets()) == 1

    def test_what_ended_between_doing_and_marking_is_closed(
        self, forwarder: Forwarder, receiver: Receiver, made: Made
    ) -> None:
        """The ticket was made, the process killed, and before it came back the laptop said that it is gone."""
        done = Forwarded(made().uid, 0, forwarder.intent(pending(made())))
        name = forwarder.ensure(pending(made(), done))
        assert forwarder.ensure(pending(closed(made()), done)) == name
        (ticket,) = receiver.tickets()
        assert (ticket.name, len(ticket.said), ticket.closed) == (name, 2, True)

    def test_what_changed_between_doing_and_marking_goes_on_in_its_ticket(
        self, forwarder: Forwarder, receiver: Receiver, made: Made
    ) -> None:
        done = Forwarded(made().uid, 0, forwarder.intent(pending(made())))
        name = forwarder.ensure(pending(made(), done))
        assert forwarder.ensure(pending(made(revision=4, severity=4), done)) == name
        (ticket,) = receiver.tickets()
        assert len(ticket.said) == 2

    def test_what_was_meant_and_not_done_is_done(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        """Killed before the receiver heard of it; and it changed meanwhile."""
        done = Forwarded(made().uid, 0, forwarder.intent(pending(made())))
        name = forwarder.ensure(pending(made(revision=2, severity=4), done))
        assert name
        (ticket,) = receiver.tickets()
        assert (ticket.name, len(ticket.said)) == (name, 1)

    def test_what_was_meant_and_ended_before_it_was_done_leaves_nothing_open(
        self, forwarder: Forwarder, receiver: Receiver, made: Made
    ) -> None:
        """Where the receiver can't be asked, one word too many is better than a ticket that stays open."""
        done = Forwarded(made().uid, 0, forwarder.intent(pending(made())))
        forwarder.ensure(pending(closed(made()), done))
        assert all(ticket.closed for ticket in receiver.tickets())
        assert len(receiver.tickets()) == (0 if receiver.remembers else 1)

    def test_what_follows_means_the_earlier_ticket(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        name = forwarder.ensure(pending(made()))
        before = Forwarded(made().uid, 2, name)
        again = made(uid=uuid5(SPACE, "again"), follows=made().uid)
        intent = forwarder.intent(pending(again, None, before))
        assert intent == name
        done = Forwarded(again.uid, 0, intent)
        for _ in range(2):
            assert forwarder.ensure(pending(again, done, before)) == name
        assert forwarder.ensure(pending(closed(again), done, before)) == name
        (ticket,) = receiver.tickets()
        assert (len(ticket.said), ticket.closed) == (3, True)

    def test_nothing_is_meant_where_nothing_is_to_be_done(self, forwarder: Forwarder, made: Made) -> None:
        assert forwarder.intent(pending(closed(made()))) is None

    def test_nothing_is_told_of_what_ended_before_anybody_was(
        self, forwarder: Forwarder, receiver: Receiver, made: Made
    ) -> None:
        assert forwarder.ensure(pending(closed(made()))) is None
        assert receiver.tickets() == []

    def test_nor_of_what_ended_after_that(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        done = Forwarded(made().uid, 2, None)
        assert forwarder.ensure(pending(closed(made(), revision=3), done)) is None
        assert receiver.tickets() == []

    def test_what_follows_goes_on_in_the_earlier_ticket(
        self, forwarder: Forwarder, receiver: Receiver, made: Made
    ) -> None:
        name = forwarder.ensure(pending(made()))
        forwarder.ensure(pending(closed(made()), Forwarded(made().uid, 1, name)))
        before = Forwarded(made().uid, 2, name)
        again = made(uid=uuid5(SPACE, "again"), follows=made().uid)
        assert forwarder.ensure(pending(again, None, before)) == name
        (ticket,) = receiver.tickets()
        assert (len(ticket.said), ticket.closed) == (3, False)
        assert forwarder.ensure(pending(closed(again), Forwarded(again.uid, 1, name), before)) == name
        (ticket,) = receiver.tickets()
        assert (len(ticket.said), ticket.closed) == (4, True)

    def test_two_incidents_are_two_tickets(self, forwarder: Forwarder, receiver: Receiver, made: Made) -> None:
        names = {forwarder.ensure(pending(made(name))) for name in ("cmatrix", "sl")}
        assert {ticket.name for ticket in receiver.tickets()} == names
        assert len(names) == 2

    def test_what_no_helpdesk_is_asked_about_makes_none(self, receiver: Receiver, policy: Policy, made: Made) -> None:

        rule = policy.rules["software.approved"]
        for route in ("none", "security"):
            respond = msgspec.structs.replace(rule.respond, route=route)
            rules = {rule.id: msgspec.structs.replace(rule, respond=respond)}
            forwarder = receiver.forwarder(msgspec.structs.replace(policy, rules=rules))
            assert forwarder.ensure(pending(made())) is None
        assert receiver.tickets() == []

    def test_a_rule_that_the_feed_does_not_have_is_forwarded(
        self, forwarder: Forwarder, receiver: Receiver, made: Made
    ) -> None:
        """A laptop may follow another policy: what it reports is never lost."""
        assert forwarder.ensure(pending(made(rule="software.later")))
        assert len(receiver.tickets()) == 1

    @pytest.mark.parametrize("how", ["go_away", "refuse"])
    def test_a_receiver_that_can_not_is_asked_again(
        self, forwarder: Forwarder, receiver: Receiver, made: Made, how: str
    ) -> None:
        getattr(receiver, how)()
        for _ in range(2):
            with pytest.raises(CannotForward) as told:
                forwarder.ensure(pending(made()))
            assert str(told.value), "with words for the page"
        receiver.come_back()
        assert receiver.tickets() == []
        assert forwarder.ensure(pending(made()))
        (ticket,) = receiver.tickets()
        assert len(ticket.said) == 1

    @pytest.mark.parametrize("subject", [Subject("program", "cmatrix"), Subject("program", "cmatrix", "user")])
    def test_an_unknown_kind_is_told_by_its_subject(
        self, forwarder: Forwarder, receiver: Receiver, made: Made, subject: Subject
    ) -> None:
        """A laptop may be newer than the feed."""
        assert forwarder.ensure(pending(made(subject=subject), kind="later", attrs={}))
        (ticket,) = receiver.tickets()
        assert "cmatrix" in ticket.said[0]
