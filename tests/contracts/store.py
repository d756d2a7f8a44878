"""The suite that every implementation of feed.store.Store runs.

A test module of an implementation has a class that inherits `StoreContract`, with a fixture `place` that opens the same
store again and again: `await place()`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec import Raw

from feed import secrets
from feed.secrets import hashed
from feed.store import Device, Filter, Forwarded, Row, Store, Unseen
from policy.model import Subject
from policy.reference import reference
from policy.wire import Envelope, Incident, Posture, Result, Ticket, seal

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TODAY = "2026-11-24"
Place = Callable[[], Awaitable[Store]]
Made = Callable[..., Incident]


async def enrolled(store: Store, tag: str = "LT-20431") -> Device:
    """A laptop that the store knows."""
    return (await with_token(store, tag))[0]


async def with_token(store: Store, tag: str = "LT-20431") -> tuple[Device, str]:
    """The same, and its token's hash."""
    await store.open_enrolment(secrets.hashed(tag), tag, NOW + MINUTE)
    answer = await store.enrol(secrets.hashed(tag), "", NOW)
    assert answer
    device = await store.device(secrets.hashed(answer.token))
    assert device
    return device, secrets.hashed(answer.token)


async def take(store: Store, device: Device, *incidents: Incident, now: datetime = NOW) -> list[Result]:
    """What the store answers to a batch."""
    return await store.take(device, [seal(one) for one in incidents], now)


async def outcomes(store: Store, device: Device, *incidents: Incident) -> list[str]:
    """The same, in a word each."""
    return [result.outcome for result in await take(store, device, *incidents)]


def posture(**changes: Any) -> Posture:
    """What a laptop says of itself: it sees no input, and does not know a rule."""
    made = Posture(
        uid=UUID(int=5),
        revision=1,
        policy="kpn 2026.11.1",
        agent="0.1.0",
        on=TODAY,
        unsupported=("phone.known",),
        blind=("screen: xsync: no_display",),
    )
    return msgspec.structs.replace(made, **changes)


async def told(store: Store, device: Device, one: Posture) -> Result:
    """What the store answers to a posture."""
    (result,) = await store.take(device, [seal(one)], NOW)
    return result


async def row(store: Store, uid: UUID) -> Row:
    """An incident that must be there."""
    found = await store.incident(uid)
    assert found
    return found


def altered(incident: Incident, **changes: Any) -> Envelope:
    """An envelope whose body is what no honest laptop seals; its id is right."""
    body = msgspec.json.decode(bytes(seal(incident).body))
    body.update(changes.pop("outside", {}))
    body["message"].update(changes)
    return signed(msgspec.json.encode(body, order="sorted"))


def signed(body: bytes) -> Envelope:
    """Bytes under the id that names them."""
    return Envelope(sha256(body).hexdigest(), Raw(body))


class StoreContract:
    """See feed/store/__init__.py; each test names the promise."""

    @pytest.fixture
    def store(self, runner: asyncio.Runner, place: Place) -> Store:
        return runner.run(_open(place))

    # --- enrolment and tokens

    async def test_an_enrolment_token_is_spent_once(self, store: Store) -> None:
        await store.open_enrolment("h", "LT-1", NOW + MINUTE)
        enrolled = await store.enrol("h", "LT-1", NOW)
        assert enrolled
        await store.begin_epoch(enrolled.device)
        assert await store.enrol("h", "LT-1", NOW) is None
        assert len(await store.last_contacts()) == 1

    async def test_an_answer_that_was_lost_lets_the_same_laptop_in_again(self, store: Store) -> None:
        await store.open_enrolment("h", "LT-1", NOW + MINUTE)
        answers = await asyncio.gather(*(store.enrol("h", "LT-1", NOW) for _ in range(20)))
        assert len({answer.device for answer in answers if answer}) == 1
        known = [await store.device(hashed(answer.token)) for answer in answers if answer]
        assert sum(device is not None for device in known) == 1, "the last token alone holds"
        assert len(await store.last_contacts()) == 1

    async def test_an_unknown_token_enrols_nobody(self, store: Store) -> None:
        assert await store.enrol("never given", "LT-1", NOW) is None
        assert await store.last_contacts() == []

    @pytest.mark.parametrize(("late", "in_time"), [(timedelta(seconds=-1), True), (timedelta(microseconds=1), False)])
    async def test_an_enrolment_token_expires(self, store: Store, late: timedelta, in_time: bool) -> None:
        await store.open_enrolment("h", "LT-1", NOW + MINUTE)
        answer = await store.enrol("h", "LT-1", NOW + MINUTE + late)
        assert (answer is not None) is in_time

    async def test_the_asset_tag_is_the_one_that_the_token_was_made_for(self, store: Store) -> None:
        await store.open_enrolment("h", "LT-1", NOW + MINUTE)
        await store.enrol("h", "a lie", NOW)
        assert [tag for _, tag, _ in await store.last_contacts()] == ["LT-1"]

    async def test_a_token_made_for_any_laptop_takes_the_laptops_own_tag(self, store: Store) -> None:
        await store.open_enrolment("h", "", NOW + MINUTE)
        await store.enrol("h", "LT-7", NOW)
        assert [tag for _, tag, _ in await store.last_contacts()] == ["LT-7"]

    async def test_a_device_is_known_by_its_token_alone(self, store: Store) -> None:
        device, token = await with_token(store)
        other, _ = await with_token(store, "LT-2")
        assert device.asset_tag == "LT-20431"
        assert (device.epoch, device.language) == (0, "nl")
        assert device.uid != other.uid
        assert await store.device(token) == device
        assert await store.device("no such hash") is None

    async def test_the_old_token_holds_until_the_first_use_of_the_next(self, store: Store) -> None:
        device, old = await with_token(store)
        await store.rotate(device.uid, "next", "2026-11-25")
        for _ in range(3):
            known = await store.device(old)
            assert known
            assert (known.uid, known.rotated) == (device.uid, "2026-11-25")
        by_next = await store.device("next")
        assert by_next
        assert by_next.uid == device.uid
        assert await store.device(old) is None, "the next was used: the old one ends"
        assert await store.device("next"), "and the next one stays"

    async def test_an_offer_that_never_arrived_is_replaced_by_the_next_offer(self, store: Store) -> None:
        device, old = await with_token(store)
        await store.rotate(device.uid, "lost", "2026-11-25")
        await store.rotate(device.uid, "kept", "2026-11-26")
        assert await store.device("lost") is None
        assert await store.device(old), "no offer was used"
        assert await store.device("kept")
        assert await store.device(old) is None

    async def test_one_devices_rotation_leaves_the_others(self, store: Store) -> None:
        one, _ = await with_token(store, "LT-1")
        _, token = await with_token(store, "LT-2")
        await store.rotate(one.uid, "next", TODAY)
        await store.device("next")
        assert await store.device(token)

    async def test_each_epoch_is_the_last_and_one(self, store: Store) -> None:
        device, token = await with_token(store)
        other = await enrolled(store, "LT-2")
        assert [await store.begin_epoch(device.uid) for _ in range(3)] == [1, 2, 3]
        assert await store.begin_epoch(other.uid) == 1
        known = await store.device(token)
        assert known
        assert known.epoch == 3

    # --- taking in

    async def test_an_incident_is_stored_as_it_came(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        sent = made(attrs={"name": "cmatrix", "version": "2", "verdict": "unapproved", "brings": ("a", "b")})
        assert await take(store, device, sent) == [Result(seal(sent).id, "stored")]
        kept = await row(store, sent.uid)
        names = set(sent.__struct_fields__) - {"attrs"}
        assert {n: getattr(kept, n) for n in names} == {n: getattr(sent, n) for n in names}
        assert kept.attrs == sent.attrs
        assert (kept.reference, kept.device, kept.asset_tag) == (reference(sent.uid), device.uid, "LT-20431")
        assert kept.ticket is None

    async def test_the_timeline_holds_the_very_bytes(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        first, second = made(), made(revision=2, severity=3)
        await take(store, device, first)
        await take(store, device, second)
        moments = await store.timeline(first.uid)
        assert [m.revision for m in moments] == [1, 2]
        assert [(m.envelope, m.body) for m in moments] == [(seal(i).id, bytes(seal(i).body)) for i in (first, second)]
        assert [m.severity for m in moments] == [2, 3]

    async def test_tier_b_is_received_on_a_date_and_tier_a_at_a_time(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        b = made("cmatrix")
        a = made("hydra", attrs={"name": "hydra", "version": "9", "verdict": "denied"})
        await take(store, device, b, a)
        assert [m.received for m in await store.timeline(b.uid)] == ["2026-11-24"]
        assert [m.received for m in await store.timeline(a.uid)] == ["2026-11-24T10:00:00Z"]

    async def test_a_repeat_is_stored_and_changes_nothing(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        assert await outcomes(store, device, made()) == ["stored"]
        before = await store.incidents(Filter())
        assert await outcomes(store, device, made(), made()) == ["stored", "stored"]
        assert await store.incidents(Filter()) == before, "no change, so no new seq"
        assert len(await store.timeline(made().uid)) == 1

    async def test_a_higher_revision_takes_the_place_of_a_lower(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        closed = made(revision=2, state="resolved", ending="put_right", last_seen="2026-11-25")
        assert await outcomes(store, device, made(), closed) == ["stored", "stored"]
        kept = await row(store, closed.uid)
        assert (kept.revision, kept.state, kept.ending, kept.last_seen) == (2, "resolved", "put_right", "2026-11-25")
        assert await store.count(Filter()) == 1

    async def test_revision_2_before_1_stays(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        closed = made(revision=2, state="resolved", ending="put_right")
        assert await outcomes(store, device, closed) == ["stored"]
        assert await take(store, device, made()) == [Result(seal(made()).id, "older", uid=closed.uid, revision=2)]
        assert (await row(store, closed.uid)).state == "resolved"

    async def test_revisions_may_have_gaps(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        assert await outcomes(store, device, made(revision=3), made(revision=7), made(revision=5)) == [
            "stored",
            "stored",
            "older",
        ]
        assert (await row(store, made().uid)).revision == 7

    @pytest.mark.parametrize("body", ["", "{}", "[]", "not JSON", '{"v":1}', '{"v":1,"message":null}', "\x00"])
    async def test_what_is_no_message_is_refused(self, store: Store, body: str) -> None:
        device = await enrolled(store)
        envelope = signed(body.encode())
        (result,) = await store.take(device, [envelope], NOW)
        assert (result.id, result.outcome) == (envelope.id, "refused")
        assert result.reason
        assert await store.count(Filter()) == 0

    async def test_an_altered_body_is_refused(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        envelope = seal(made())
        other = Envelope(envelope.id, Raw(bytes(envelope.body).replace(b"cmatrix", b"notepad")))
        (result,) = await store.take(device, [other], NOW)
        assert result.outcome == "refused"
        assert "id" in result.reason
        assert await store.incident(made().uid) is None

    async def test_an_unknown_version_is_refused_by_its_number(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        (result,) = await store.take(device, [altered(made(), outside={"v": 99})], NOW)
        assert result.outcome == "refused"
        assert "99" in result.reason
        assert await store.incident(made().uid) is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"attrs": {"name": "x", "version": "1", "verdict": "unapproved", "path": "/home/jan/x"}},
            {"attrs": {"name": "x", "version": "1", "verdict": "unapproved", "user": "jan"}},
            {"attrs": {"name": "x", "version": "1", "verdict": "unapproved", "told": "2026-11-24T09:12:00Z"}},
            {"attrs": {"name": "n" * 201, "version": "1", "verdict": "unapproved"}},
            {"attrs": {"name": "x", "version": "1", "verdict": "unapproved", "brings": ["x"] * 51}},
            {"first_seen": "2026-11-24T09:12:00Z"},
            {"last_seen": "09:12"},
            {"subject": {"type": "program", "key": "x", "scope": "user:1000"}},
            {"kind": "presence", "attrs": {"idle": 3}},
            {"attrs": {"name": "x\x1b]0;owned\x07", "version": "1", "verdict": "unapproved"}},
            {"attrs": {"name": "x\nBcc: all@example.nl", "version": "1", "verdict": "unapproved"}},
            {"attrs": {"name": "x", "version": "1", "verdict": "unapproved", "brings": ["a\u202eb"]}},
            {"subject": {"type": "program", "key": "x\ry", "scope": "machine"}},
            {"first_seen": "2026-02-30"},
        ],
        ids=[
            "path",
            "user",
            "hour of telling",
            "too long",
            "too many",
            "hour",
            "time alone",
            "whose",
            "kind unknown",
            "terminal",
            "line break",
            "turned round",
            "carriage return",
            "no such day",
        ],
    )
    async def test_what_the_register_does_not_list_is_refused(
        self, store: Store, made: Made, changes: dict[str, Any]
    ) -> None:
        device = await enrolled(store)
        (result,) = await store.take(device, [altered(made(), **changes)], NOW)
        assert result.outcome == "refused"
        assert result.reason
        assert await store.count(Filter()) == 0

    @pytest.mark.parametrize("where", ["message", "subject", "outside"])
    async def test_a_field_that_nobody_knows_is_refused_wherever_it_stands(
        self, store: Store, made: Made, where: str
    ) -> None:
        device = await enrolled(store)
        choices: dict[str, dict[str, Any]] = {
            "message": {"hostname": "jans-laptop"},
            "subject": {"subject": {"type": "program", "key": "x", "scope": "machine", "path": "/home/jan"}},
            "outside": {"outside": {"hostname": "jans-laptop"}},
        }
        (result,) = await store.take(device, [altered(made(), **choices[where])], NOW)
        assert result.outcome == "refused"
        assert await store.timeline(made().uid) == []

    @pytest.mark.parametrize("how", ["twice", "spaces", "escapes", "order"])
    async def test_only_the_one_canonical_body_of_a_message_is_taken(self, store: Store, made: Made, how: str) -> None:
        """Two readers must not read two things from the same bytes, and nothing may hide in them."""
        device = await enrolled(store)
        body = bytes(seal(made()).body)
        assert body.startswith(b'{"message":{')
        assert body.endswith(b',"v":1}')
        other = {
            "twice": body.replace(b'"clause":', b'"clause":"/home/jan","clause":'),
            "spaces": body.replace(b":", b" :", 1),
            "escapes": body.replace(b'"cmatrix"', b'"\\u0063matrix"'),
            "order": b'{"v":1,' + body[1:].removesuffix(b',"v":1}') + b"}",
        }[how]
        assert other != body
        (result,) = await store.take(device, [signed(other)], NOW)
        assert result.outcome == "refused"
        assert await store.timeline(made().uid) == []

    async def test_another_laptops_uid_is_refused(self, store: Store, made: Made) -> None:
        mine, thief = await enrolled(store, "LT-1"), await enrolled(store, "LT-2")
        await take(store, mine, made())
        (result,) = await take(store, thief, made(revision=2, state="resolved", ending="put_right"))
        assert result.outcome == "refused"
        kept = await row(store, made().uid)
        assert (kept.device, kept.state, kept.revision) == (mine.uid, "open", 1)

    async def test_one_that_is_refused_leaves_the_others(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        batch = [seal(made("a")), altered(made("b"), hours="x", attrs={"hours": "x"}), seal(made("c"))]
        results = await store.take(device, batch, NOW)
        assert [r.outcome for r in results] == ["stored", "refused", "stored"]
        assert [r.id for r in results] == [e.id for e in batch]

    @pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30, -1])
    async def test_a_number_out_of_bounds_is_refused_alone(self, store: Store, made: Made, number: int) -> None:
        device = await enrolled(store)
        batch = [
            seal(made("a")),
            altered(made("b"), severity=number),
            altered(made("c"), revision=number),
            seal(made("d")),
        ]
        results = await store.take(device, batch, NOW)
        assert [r.outcome for r in results] == ["stored", "refused", "refused", "stored"]

    # --- one open incident for a device, rule and subject

    async def test_a_lost_ledgers_incident_is_adopted(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        first, again = made(revision=4), made(uid=uuid4())
        await take(store, device, first)
        assert await take(store, device, again) == [Result(seal(again).id, "adopted", uid=first.uid, revision=4)]
        assert await store.incident(again.uid) is None
        assert await outcomes(store, device, made(revision=5)) == ["stored"], "it goes on under the first uid"

    async def test_what_was_put_right_is_not_adopted(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        closed, again = made(revision=2, state="resolved", ending="put_right"), made(uid=uuid4(), follows=made().uid)
        await take(store, device, made(), closed)
        assert await outcomes(store, device, again) == ["stored"]
        assert (await row(store, again.uid)).follows == made().uid

    @pytest.mark.parametrize("differs", ["device", "rule", "type", "key", "scope"])
    async def test_another_laptop_rule_or_subject_is_another_incident(
        self, store: Store, made: Made, differs: str
    ) -> None:
        device, other = await enrolled(store, "LT-1"), await enrolled(store, "LT-2")
        await take(store, device, made())
        choices: dict[str, dict[str, Any]] = {
            "device": {},
            "rule": {"rule": "software.other"},
            "type": {"subject": Subject("client", "cmatrix")},
            "key": {"subject": Subject("program", "dmatrix")},
            "scope": {"subject": Subject("program", "cmatrix", "user")},
        }
        who = other if differs == "device" else device
        assert await outcomes(store, who, made(uid=uuid4(), **choices[differs])) == ["stored"]

    async def test_of_two_in_one_batch_the_second_is_adopted_by_the_first(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        assert await outcomes(store, device, made(), made(uid=uuid4())) == ["stored", "adopted"]
        assert await store.count(Filter(state="open")) == 1

    async def test_one_that_opens_again_never_deletes_another(self, store: Store, made: Made) -> None:
        """However a laptop came to it: nothing that was acknowledged is gone afterwards."""
        device = await enrolled(store)
        other = made(uid=uuid4())
        await take(store, device, made(), made(revision=2, state="resolved", ending="put_right"), other)
        await take(store, device, made(revision=3))
        assert await store.incident(other.uid), "what was stored is there"
        assert await store.count(Filter(state="open")) == 1

    async def test_what_is_called_stored_is_stored(self, store: Store, made: Made) -> None:
        """An adopted incident can come under a revision that its closing has used up meanwhile."""
        device = await enrolled(store)
        await take(store, device, made(), made(revision=2, state="resolved", ending="put_right"))
        late = made(revision=2)
        assert await take(store, device, late) == [Result(seal(late).id, "older", uid=late.uid, revision=2)]
        assert (await row(store, late.uid)).state == "resolved"
        assert await outcomes(store, device, made(revision=3)) == ["stored"], "it goes on above it"
        assert (await row(store, late.uid)).state == "open"

    # --- directives and forwarders

    async def test_pending_is_what_a_forwarder_has_not_done(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        await take(store, device, made("a"), made("b"))
        (a, b) = await store.pending("mail")
        assert [p.row.uid for p in (a, b)] == [made("a").uid, made("b").uid], "the oldest change first"
        assert (a.done, a.before) == (None, None)
        await store.forwarded("mail", Forwarded(a.row.uid, 1, "<t>"))
        assert [p.row.uid for p in await store.pending("mail")] == [b.row.uid]
        assert len(await store.pending("siem")) == 2, "each forwarder has its own"
        assert len(await store.pending("siem", limit=1)) == 1

    async def test_a_change_is_pending_again_with_what_was_done(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        await take(store, device, made())
        await store.forwarded("mail", Forwarded(made().uid, 1, "<t>"))
        assert await store.pending("mail") == []
        await take(store, device, made(revision=3, state="resolved", ending="put_right"))
        (pending,) = await store.pending("mail")
        assert (pending.row.revision, pending.done) == (3, Forwarded(made().uid, 1, "<t>"))

    async def test_a_change_while_forwarding_is_not_lost(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        await take(store, device, made())
        (pending,) = await store.pending("mail")
        await take(store, device, made(revision=2, severity=3))
        await store.forwarded("mail", Forwarded(made().uid, pending.row.revision, "<t>"))
        assert [p.row.revision for p in await store.pending("mail")] == [2]

    async def test_what_follows_knows_what_was_made_of_the_one_before(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        await take(store, device, made(), made(revision=2, state="resolved", ending="put_right"))
        await store.forwarded("mail", Forwarded(made().uid, 2, "<t>"))
        again = made(uid=uuid4(), follows=made().uid)
        await take(store, device, again)
        (pending,) = await store.pending("mail")
        assert (pending.done, pending.before) == (None, Forwarded(made().uid, 2, "<t>"))
        assert [p.before for p in await store.pending("siem") if p.row.uid == again.uid] == [None]

    async def test_forwarding_alone_makes_nothing_pending(self, store: Store, made: Made) -> None:
        await take(store, await enrolled(store), made())
        for _ in range(3):
            await store.forwarded("mail", Forwarded(made().uid, 1, "<t>"))
        assert await store.pending("mail") == []

    async def test_the_ticket_reaches_its_laptop_once(self, store: Store, made: Made) -> None:
        device, other = await enrolled(store, "LT-1"), await enrolled(store, "LT-2")
        await take(store, device, made())
        for revision in (1, 1, 2):
            await store.forwarded("mail", Forwarded(made().uid, revision, "<t>"))
        ((_, directive),) = await store.directives(device.uid, 0)
        assert directive == Ticket(made().uid, "<t>")
        assert await store.directives(other.uid, 0) == []
        assert (await row(store, made().uid)).ticket == "<t>"

    async def test_no_ticket_is_no_directive(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        await take(store, device, made())
        await store.forwarded("mail", Forwarded(made().uid, 1, None))
        assert await store.directives(device.uid, 0) == []
        assert await store.pending("mail") == []

    async def test_what_a_forwarder_is_about_to_do_is_remembered_and_not_yet_told(
        self, store: Store, made: Made
    ) -> None:
        """Revision 0: a crash may have come before it was done."""
        device = await enrolled(store)
        await take(store, device, made())
        await store.forwarded("mail", Forwarded(made().uid, 0, "<t>"))
        (pending,) = await store.pending("mail")
        assert pending.done == Forwarded(made().uid, 0, "<t>")
        assert pending.row.ticket is None
        assert await store.directives(device.uid, 0) == []
        await store.forwarded("mail", Forwarded(made().uid, 1, "<t>"))
        assert [d for _, d in await store.directives(device.uid, 0)] == [Ticket(made().uid, "<t>")]
        assert (await row(store, made().uid)).ticket == "<t>"

    async def test_a_new_name_of_the_ticket_is_told_again(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        await take(store, device, made())
        await store.forwarded("mail", Forwarded(made().uid, 1, None))
        await store.forwarded("mail", Forwarded(made().uid, 1, "RT-1"))
        await store.forwarded("mail", Forwarded(made().uid, 1, "RT-2"))
        told = [d.ticket for _, d in await store.directives(device.uid, 0) if isinstance(d, Ticket)]
        assert told == ["RT-1", "RT-2"]

    async def test_directives_come_after_the_cursor_in_order(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        names = ("a", "b", "c")
        await take(store, device, *map(made, names))
        for name in names:
            await store.forwarded("mail", Forwarded(made(name).uid, 1, f"<{name}>"))
        every = await store.directives(device.uid, 0)
        numbers = [n for n, _ in every]
        assert numbers == sorted(set(numbers))
        assert [d.ticket for _, d in every if isinstance(d, Ticket)] == ["<a>", "<b>", "<c>"]
        assert await store.directives(device.uid, numbers[0]) == every[1:]
        assert await store.directives(device.uid, numbers[-1]) == []
        assert await store.directives(device.uid, 0) == every, "asked again, they are there again"

    # --- postures

    async def test_a_posture_is_counted_by_what_and_why(self, store: Store) -> None:
        """What most laptops can't look at comes first."""
        for tag, changes in (
            ("LT-1", {"unsupported": ()}),
            ("LT-2", {"unsupported": ()}),
            ("LT-3", {"blind": (), "unsupported": ()}),
            ("LT-4", {"blind": ("screen: xsync: no_server",)}),
        ):
            assert (await told(store, await enrolled(store, tag), posture(**changes))).outcome == "stored"
        assert await store.unseen() == [
            Unseen("screen", "xsync: no_display", 2),
            Unseen("phone.known", "", 1),
            Unseen("screen", "xsync: no_server", 1),
        ]

    async def test_the_newest_posture_takes_the_place_of_the_one_before(self, store: Store) -> None:
        device = await enrolled(store)
        await told(store, device, posture())
        await told(store, device, posture(revision=2, unsupported=(), blind=("screen: mutter: no_bus",)))
        assert await store.unseen() == [Unseen("screen", "mutter: no_bus", 1)]
        await told(store, device, posture(revision=3, unsupported=(), blind=()))
        assert await store.unseen() == []

    async def test_repeats_and_older_postures_do_no_harm(self, store: Store) -> None:
        """A lost answer, a late one, and a ledger that was put back: it learns what is here."""
        device = await enrolled(store)
        first, second = posture(), posture(revision=2, unsupported=())
        for one, outcome in ((first, "stored"), (second, "stored"), (second, "stored"), (first, "older")):
            assert (await told(store, device, one)).outcome == outcome
        other = posture(revision=2, blind=())
        assert await told(store, device, other) == Result(seal(other).id, "older", uid=other.uid, revision=2)
        assert await store.unseen() == [Unseen("screen", "xsync: no_display", 1)]

    async def test_a_posture_of_a_new_ledger_is_taken(self, store: Store) -> None:
        device = await enrolled(store)
        await told(store, device, posture(revision=7))
        assert (await told(store, device, posture(uid=UUID(int=6), blind=()))).outcome == "stored"
        assert await store.unseen() == [Unseen("phone.known", "", 1)]

    async def test_a_posture_is_no_incident_and_goes_to_no_helpdesk(self, store: Store, made: Made) -> None:
        """In a batch with one, in any order; who waits at the page for a change is not woken."""
        device = await enrolled(store)
        newest = await store.changed(-1)
        assert (await told(store, device, posture())).outcome == "stored"
        assert [await store.count(Filter()), await store.pending("mail"), await store.changed(-1)] == [0, [], newest]
        results = await store.take(device, [seal(posture(revision=2)), seal(made()), signed(b"{}")], NOW)
        assert [r.outcome for r in results] == ["stored", "stored", "refused"]
        assert [p.row.uid for p in await store.pending("mail")] == [made().uid]

    async def test_a_posture_that_the_register_does_not_allow_is_refused(self, store: Store) -> None:
        device = await enrolled(store)
        body = bytes(seal(posture()).body).replace(b"xsync: no_display", b"/home/jan/secret")
        (result,) = await store.take(device, [signed(body)], NOW)
        assert (result.outcome, "blind" in result.reason) == ("refused", True)
        assert await store.unseen() == []

    async def test_a_posture_is_there_after_reopening(self, place: Place) -> None:
        store = await place()
        device = await enrolled(store)
        await told(store, device, posture(revision=2))
        await store.close()
        again = await place()
        assert await again.unseen() == [Unseen("phone.known", "", 1), Unseen("screen", "xsync: no_display", 1)]
        assert (await told(again, device, posture())).outcome == "older"

    # --- the page

    async def test_filters_and_the_newest_change_first(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        a, b = made("a", severity=1), made("b", severity=4, rule="cloud.private")
        await take(store, device, a, b, made("c"), made("c", revision=2, state="resolved", ending="put_right"))
        await take(store, device, made("a", severity=1, revision=2))

        async def names(**where: Any) -> list[str]:
            rows = await store.incidents(Filter(**where))
            assert await store.count(Filter(**where)) == len(rows)
            return [r.subject.key for r in rows]

        assert await names() == ["a", "c", "b"]
        assert await names(state="open") == ["a", "b"]
        assert await names(state="resolved") == ["c"]
        assert await names(rule="cloud.private") == ["b"]
        assert await names(severity=2) == ["c", "b"]
        assert await names(reference=reference(b.uid)) == ["b"]
        assert await names(rule="cloud.private", state="resolved") == []
        assert await names(rule="' or 1=1 --") == []
        assert [r.subject.key for r in await store.incidents(Filter(), limit=2)] == ["a", "c"]
        assert await store.rules() == ["cloud.private", "software.approved"]

    async def test_two_may_have_the_same_reference(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        a = made("a", uid=UUID("00000000-0000-4000-8000-000000000001"))
        b = made("b", uid=UUID("00000000-0000-4000-8000-000000000002"))
        assert reference(a.uid) == reference(b.uid)
        assert await outcomes(store, device, a, b) == ["stored", "stored"]
        assert await store.count(Filter(reference=reference(a.uid))) == 2

    async def test_changed_answers_at_once_where_something_changed(self, store: Store, made: Made) -> None:
        newest = await store.changed(-1)
        await take(store, await enrolled(store), made())
        assert await store.changed(newest) > newest

    async def test_changed_wakes_all_that_wait(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        newest = await store.changed(-1)
        waiting = [asyncio.create_task(store.changed(newest)) for _ in range(5)]
        await take(store, device, made())
        first = set(await asyncio.gather(*waiting))
        waiting = [asyncio.create_task(store.changed(max(first))) for _ in range(5)]
        await store.forwarded("mail", Forwarded(made().uid, 1, "<t>"))
        assert min(await asyncio.gather(*waiting)) > max(first), "a ticket shows on the page too"

    async def test_what_changes_nothing_wakes_nobody(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        await take(store, device, made())
        newest = await store.changed(-1)
        waiting = asyncio.create_task(store.changed(newest))
        await take(store, device, made())
        await store.take(device, [signed(b"{}")], NOW)
        await store.heard(device.uid, "nl", NOW)
        await store.rotate(device.uid, "next", TODAY)
        assert not waiting.done()
        await take(store, device, made(revision=2, severity=3))
        assert await waiting > newest

    async def test_a_sign_in_link_is_spent_once(self, store: Store) -> None:
        await store.new_signin("link", NOW + MINUTE)
        assert await store.spend_signin("link", "s1", NOW, NOW + 9 * MINUTE)
        assert not await store.spend_signin("link", "s2", NOW, NOW + 9 * MINUTE)
        assert await store.signed_in("s1", NOW)
        assert not await store.signed_in("s2", NOW)
        assert not await store.signed_in("link", NOW)

    async def test_of_two_that_press_at_once_one_signs_in(self, store: Store) -> None:
        await store.new_signin("link", NOW + MINUTE)
        spent = await asyncio.gather(
            *(store.spend_signin("link", f"s{n}", NOW, NOW + 9 * MINUTE) for n in range(20)),
        )
        assert sum(spent) == 1

    async def test_links_and_sessions_end(self, store: Store) -> None:
        await store.new_signin("late", NOW)
        assert not await store.spend_signin("late", "s", NOW + MINUTE, NOW + 9 * MINUTE)
        await store.new_signin("link", NOW + MINUTE)
        assert await store.spend_signin("link", "s", NOW, NOW + 9 * MINUTE)
        assert await store.signed_in("s", NOW + 9 * MINUTE)
        assert not await store.signed_in("s", NOW + 9 * MINUTE + timedelta(microseconds=1))

    async def test_signing_out_ends_that_session_alone(self, store: Store) -> None:
        for name in ("one", "two"):
            await store.new_signin(name, NOW + MINUTE)
            assert await store.spend_signin(name, f"session {name}", NOW, NOW + 9 * MINUTE)
        await store.sign_out("session one")
        assert not await store.signed_in("session one", NOW)
        assert await store.signed_in("session two", NOW)

    # --- last contact

    async def test_a_last_contact_is_one_and_overwritten(self, store: Store) -> None:
        device = await enrolled(store)
        assert await store.last_contacts() == [(device.uid, "LT-20431", None)]
        for n in (0, 1, 2, 300, 301):
            await store.heard(device.uid, "nl", NOW + timedelta(seconds=n))
            ((uid, _, at),) = await store.last_contacts()
            assert (uid, at) == (device.uid, NOW + timedelta(seconds=n))

    async def test_at_rest_a_last_contact_is_a_date(self, place: Place) -> None:
        """Durable, and with no hour in it."""
        store = await place()
        device, token = await with_token(store)
        for at in (NOW, NOW + timedelta(seconds=7)):
            await store.heard(device.uid, "en", at)
        await store.close()
        store = await place()
        assert [at for _, _, at in await store.last_contacts()] == [NOW.replace(hour=0)]
        known = await store.device(token)
        assert known
        assert known.language == "en"

    async def test_the_language_that_a_laptop_speaks_stands_with_its_incidents(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        await store.heard(device.uid, "en", NOW)
        await take(store, device, made())
        assert (await row(store, made().uid)).language == "en"

    # --- durability

    async def test_many_at_once_are_all_stored(self, store: Store, made: Made) -> None:
        device = await enrolled(store)
        names = [f"p{n}" for n in range(200)]
        answers = await asyncio.gather(*(outcomes(store, device, made(name)) for name in names))
        assert answers == [["stored"]] * 200
        rows = await store.incidents(Filter(), limit=1000)
        assert len({r.seq for r in rows}) == len(rows) == 200

    async def test_what_was_acknowledged_is_there_after_reopening(self, place: Place, made: Made) -> None:
        store = await place()
        device, token = await with_token(store)
        await store.begin_epoch(device.uid)
        await take(store, device, made("a"), made("b"), made("b", revision=2, state="resolved", ending="put_right"))
        await store.forwarded("mail", Forwarded(made("a").uid, 1, "<t>"))
        await store.new_signin("link", NOW + MINUTE)
        await store.spend_signin("link", "session", NOW, NOW + MINUTE)
        await store.rotate(device.uid, "next", TODAY)
        before = await _all_of(store, device, made)
        await store.close()
        again = await place()
        assert await _all_of(again, device, made) == before
        assert await again.signed_in("session", NOW)
        assert await again.device(token)
        assert await again.device("next")
        assert await outcomes(again, device, made("a")) == ["stored"], "a repeat over a restart"


async def _open(place: Place) -> Store:
    return await place()


async def _all_of(store: Store, device: Device, made: Made) -> Sequence[object]:
    return (
        await store.incidents(Filter()),
        await store.timeline(made("a").uid),
        await store.timeline(made("b").uid),
        await store.pending("mail"),
        await store.directives(device.uid, 0),
        await store.rules(),
        await store.changed(-1),
    )
