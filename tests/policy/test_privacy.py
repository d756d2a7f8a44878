"""What may leave: each field has a row, each row a form, and of whose it is nothing."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from policy import privacy
from policy.kinds import KINDS, Verdict, software
from policy.kinds.software import InstalledProgram
from policy.model import Subject
from policy.wire import Incident, Posture, seal, unseal
from tests.support.judging import ME, Laptop, begun, policy, program

DENIED = {"name": "evil", "version": "1", "verdict": "denied"}
UID = UUID(int=1)
POSTURE = Posture(uid=UID, revision=1, policy="p 1", agent="1.0", on="2026-11-24", blind=("screen: xsync: no_display",))


def incident(**changes: object) -> Incident:
    made = Incident(
        uid=UID,
        revision=1,
        kind="software",
        rule="r",
        subject=Subject("program", "x"),
        clause="3",
        policy="p 1",
        severity=2,
        state="open",
        first_seen="2026-11-24",
        last_seen="2026-11-24",
        attrs={"name": "x", "version": "1", "verdict": "unapproved"},
    )
    return replace(made, **changes)


def test_each_field_of_an_incident_has_a_row_and_each_row_a_field():
    """The register is whole, and holds no row of what doesn't leave."""
    assert {f.name for f in fields(Incident)} == {row.field for row in privacy.INCIDENT}


def test_each_field_of_a_posture_has_a_row_and_each_row_a_field():
    """For the security team alone, as long as the laptop is enrolled."""
    assert {f.name for f in fields(Posture)} == {row.field for row in privacy.POSTURE}
    assert {row.recipients for row in privacy.POSTURE} == {("security",)}
    assert all(row.purpose and row.ground and row.retention for row in privacy.POSTURE)


@pytest.mark.parametrize("kind", KINDS)
def test_each_row_says_why_on_which_ground_how_long_and_to_whom(kind):
    """Nothing in the register is left open; no field has two rows."""
    rows = (*privacy.INCIDENT, *privacy.COMMON, *KINDS[kind].rows)
    assert all(row.purpose and row.ground and row.retention and row.recipients for row in rows)
    names = [row.field for row in (*privacy.COMMON, *KINDS[kind].rows)]
    assert len(names) == len(set(names))


def test_each_attr_that_a_program_can_have_has_a_row():
    """Every field of the fact filled in, more names than may leave."""
    fact = program(
        "x", version="1", brings=tuple(f"lib{i}" for i in range(60)), origin="Debian", by=ME, brought_by="user"
    )
    laptop = begun(policy("grace = { hours = 0 }"))
    laptop.look(fact)
    laptop.shown()
    (out,) = laptop.emitted()
    assert out.attrs.keys() <= privacy.rows("software").keys()
    assert len(out.attrs["brings"]) == 50  # type: ignore[arg-type]  # a tuple
    assert out.attrs["brings_more"] == 10


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uid": "1"}, "uid"),
        ({"follows": "1"}, "follows"),
        ({"revision": -1}, "revision"),
        ({"revision": True}, "revision"),
        ({"severity": 2.5}, "severity"),
        ({"kind": "x" * 201}, "kind"),
        ({"rule": 7}, "rule"),
        ({"clause": ("3",)}, "clause"),
        ({"policy": "x" * 201}, "policy"),
        ({"state": "x" * 201}, "state"),
        ({"ending": 1}, "ending"),
        ({"first_seen": "yesterday"}, "first_seen"),
        ({"first_seen": "2026-13-01"}, "first_seen"),
        ({"first_seen": "2026-11-24T10:00:00Z"}, "first_seen"),
        ({"last_seen": "2026-11-24T10:00:00Z"}, "last_seen"),
        ({"last_seen": "2026-11-24 "}, "last_seen"),
        ({"subject": Subject("program", "x", "user:1000")}, "subject"),
        ({"subject": Subject("program", "x", "carrier:7")}, "subject"),
        ({"subject": Subject("program", "x" * 201)}, "subject"),
        ({"subject": "program x"}, "subject"),
        ({"attrs": {"path": "/home/me/x"}}, "attrs.path"),
        ({"attrs": {"by": "user:1000"}}, "attrs.by"),
        ({"attrs": {"brought_by": "user"}}, "attrs.brought_by"),
        ({"attrs": {"name": "x" * 201}}, "attrs.name"),
        ({"attrs": {"version": 1}}, "attrs.version"),
        ({"attrs": {"brings": "lib"}}, "attrs.brings"),
        ({"attrs": {"brings": ("lib",) * 51}}, "attrs.brings"),
        ({"attrs": {"brings": ("x" * 201,)}}, "attrs.brings"),
        ({"attrs": {"brings_more": "3"}}, "attrs.brings_more"),
        ({"attrs": {"told": "2026-11-24T10:00:00Z"}}, "attrs.told"),
        ({"attrs": {"deadline": "2026-11-24T17:00:00Z"}}, "attrs.deadline"),
        ({"attrs": {**DENIED, "told": "2026-11-24T10:00:00Z"}}, "attrs.told"),
        ({"attrs": {**DENIED}, "first_seen": "2026-11-24T10:00:00.123Z"}, "first_seen"),
        ({"attrs": {**DENIED}, "first_seen": "2026-11-24T10:00:00+01:00"}, "first_seen"),
    ],
)
def test_each_form_refuses_what_is_not_of_it(changes, field):
    """It can't be encoded, and can't be taken in."""
    with pytest.raises(privacy.NotListed, match=f"^{field} "):
        seal(incident(**changes))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uid": "1"}, "uid"),
        ({"revision": -1}, "revision"),
        ({"policy": "x" * 201}, "policy"),
        ({"agent": "1\n2"}, "agent"),
        ({"on": "2026-11-24T10:00:00Z"}, "on"),
        ({"unsupported": ("r",) * 51}, "unsupported"),
        ({"unsupported": ("r\u202e",)}, "unsupported"),
        ({"unsupported_more": "3"}, "unsupported_more"),
        ({"blind": ("screen: xsync: no_display",) * 51}, "blind"),
        ({"blind": ("screen: /home/jan/x",)}, "blind"),
        ({"blind": ("screen: the display of Jan",)}, "blind"),
        ({"blind": ("screen: a: b: c",)}, "blind"),
        ({"blind": ("",)}, "blind"),
        ({"blind": "screen: no_display"}, "blind"),
        ({"blind_more": True}, "blind_more"),
    ],
)
def test_each_form_of_a_posture_refuses_what_is_not_of_it(changes, field):
    """No hour, no sentence, no path."""
    with pytest.raises(privacy.NotListed, match=f"^{field} "):
        seal(replace(POSTURE, **changes))


def test_what_is_of_its_form_passes():
    """So that the refusals above are no accident."""
    seal(incident())
    seal(incident(attrs={**DENIED, "told": "2026-11-24"}, first_seen="2026-11-24T10:00:00Z", follows=UID))
    seal(incident(subject=Subject("program", "x", "user"), ending="put_right", state="resolved"))
    seal(POSTURE)


def test_a_new_field_cannot_leave_without_a_row():
    """Somebody adds one and forgets the register."""

    class More(Incident, frozen=True, kw_only=True):
        window_title: str = ""

    more = More(**{f.name: getattr(incident(), f.name) for f in fields(Incident)}, window_title="x")
    with pytest.raises(privacy.NotListed, match="window_title has no row"):
        seal(more)


def test_a_denied_finding_leaves_with_exact_times_and_another_with_dates_alone():
    """Tier A and tier B, from the first sight to the end."""
    laptop = begun(policy("grace = { hours = 1 }"))
    laptop.look("evil", "bad")
    laptop.shown()
    laptop.wait(hours=2)
    laptop.look()
    laptop.wait(minutes=2)
    times = {(i.subject.key, i.state): (i.first_seen, i.last_seen) for i in laptop.emitted()}
    assert times["evil", "open"] == ("2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z")
    assert times["evil", "resolved"] == ("2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z")
    assert times["bad", "open"] == times["bad", "resolved"] == ("2026-11-23", "2026-11-23")


# --- whatever is on a laptop

SECRET = "zz-secret"  # stands in whatever must not leave
ANYTHING = st.one_of(
    st.text(max_size=300), st.sampled_from([f"/home/{SECRET}", "x" * 5000, "\x00", "\u202e", "😀" * 201])
)
FACT = st.builds(
    lambda key, scope, **rest: InstalledProgram(subject=Subject("program", key, scope), **rest),
    key=ANYTHING,
    scope=st.sampled_from(["machine", f"user:{SECRET}", f"carrier:{SECRET}"]),
    name=st.text(max_size=300),
    version=st.one_of(st.text(max_size=300), st.just("1.0")),
    chosen=st.booleans(),
    brings=st.lists(st.text(max_size=250), max_size=70).map(tuple),
    brought_by=st.sampled_from(["user", "dependency", "management", "unknown"]),
    by=st.sampled_from(["", f"user:{SECRET}"]),
    origin=st.one_of(st.none(), st.text(max_size=300)),
    source=st.sampled_from(["dpkg", "other"]),
)


def lived(facts: list[InstalledProgram], deny: str) -> Laptop:
    """Found, told, reported, ended."""
    laptop = Laptop(policy("grace = { hours = 1 }", deny=deny, approve=""))
    for scope in ("machine", f"user:{SECRET}", f"carrier:{SECRET}"):
        laptop.look(scope=scope)
    laptop.active(ME, f"user:{SECRET}")
    for fact in facts:
        laptop.look(*facts, scope=fact.subject.scope)
    laptop.shown()
    laptop.wait(days=11)
    for scope in ("machine", f"user:{SECRET}", f"carrier:{SECRET}"):
        laptop.look(scope=scope)
    laptop.wait(minutes=2)
    return laptop


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(st.lists(FACT, min_size=1, max_size=4), st.sampled_from(["", '{ name = "?*" }']))
def test_whatever_the_judge_emits_may_leave_and_says_not_whose_it_is(facts, deny):
    """Any names, versions, origins and scopes; from what is emitted the same comes back out of its envelope."""
    laptop = lived(facts, deny)
    for out in laptop.emitted():
        envelope = seal(out)
        assert unseal(envelope) == out
        assert out.subject.scope in {"machine", "user"}
        body = bytes(envelope.body).decode()
        if not any(SECRET in text for fact in facts for text in (fact.subject.key, fact.name, fact.version)):
            assert SECRET not in body
        assert ME not in body


def test_nothing_of_whose_it_is_leaves():
    """A user's own program: neither their uid, nor the path, nor who brought it."""
    mine = InstalledProgram(
        subject=Subject("program", "x", ME), name="x", version="1", by=ME, brought_by="user", origin="", source="dpkg"
    )
    laptop = Laptop(policy("grace = { hours = 1 }"))
    laptop.look(scope=ME)
    laptop.active(ME)
    laptop.look(mine, scope=ME)
    laptop.shown()
    laptop.wait(hours=1)
    (out,) = laptop.emitted()
    assert (out.subject.type, out.subject.scope) == ("program", "user")
    body = bytes(seal(out).body).decode()
    assert "1000" not in body
    assert "brought" not in body


def test_a_users_own_program_leaves_as_its_source_and_a_hash_whose_key_stays():
    """The same on one laptop, another on the next; what the company itself denies has its name."""
    mine = InstalledProgram(subject=Subject("program", "bijbel", ME), name="Bijbel", version="2", source="appimage")
    here, there = UUID(int=1).bytes, UUID(int=2).bytes
    sent, subject = software.leaves(software.attrs(mine, Verdict("unapproved")), mine.subject, here)
    assert "bijbel" not in f"{sent}{subject}".lower()
    assert sent == {"name": subject.key, "source": "appimage", "verdict": "unapproved", "hashed": "yes"}
    assert software.leaves(sent, mine.subject, there)[1].key != subject.key
    denied = software.attrs(mine, Verdict("denied"))
    assert software.leaves(denied, mine.subject, here) == (denied, mine.subject)
    machine = replace(mine.subject, scope="machine")
    assert software.leaves(denied, machine, here) == (denied, machine)


def test_times_are_cut_and_not_rounded_up():
    """To the day, or to the second."""
    moment = datetime(2026, 11, 24, 23, 59, 59, 999_999, tzinfo=UTC)
    assert privacy.when(moment, exact=False) == "2026-11-24"
    assert privacy.when(moment, exact=True) == "2026-11-24T23:59:59Z"


def test_an_envelope_whose_bytes_were_touched_is_none():
    """The id names the very bytes."""
    envelope = seal(incident())
    touched = msgspec.Raw(bytes(envelope.body).replace(b'"severity":2', b'"severity":1'))
    with pytest.raises(ValueError, match="not the one that the id names"):
        unseal(replace(envelope, body=touched))
