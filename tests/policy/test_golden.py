"""What is for ever: the bytes on the wire, the reference, the uid of a finding, the schema of the ledger.

When a test here is red, the code is wrong, not the file. Laptops of last year send these bytes, tickets of last year
bear these references, and ledgers of last year have this schema. Never edit a file under tests/golden/, and never make
one anew from the code:

- the wire: a new VERSION in policy/wire.py with structs of its own, which the feed takes beside the two before; its
  files go to tests/golden/wire-<version>/, and these stay. A new type of message needs none: a feed that does not know
  it refuses its envelope, and takes the others;
- the ledger: a new VERSION in agent/ledger.py with a migration from this one; its schema goes to
  tests/golden/ledger-<version>.sql, and `ledger.sql` stays, to migrate from;
- the reference and the uid: there is no new version. People read references out over the telephone, and a uid that
  changes makes a second ticket of the same finding.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import msgspec
import pytest
from msgspec import Raw, Struct

from policy import privacy, wire
from policy.kinds import KINDS
from policy.model import Leave, Subject
from policy.reference import ALPHABET, parse, reference
from policy.wire import (
    Enrol,
    Enrolled,
    Envelope,
    Incident,
    LeaveEnded,
    Leaves,
    Posture,
    Refusal,
    Result,
    Sync,
    Synced,
    Ticket,
    finding_uid,
    posture_uid,
    seal,
    unseal,
)

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden"
WIRE = GOLDEN / "wire-1"
UID = UUID("3c9a9a54-1f0b-5d0a-9c1e-0d6f2b7a8e11")
BEFORE = UUID("0b1f5e0c-7b1a-5c39-8f2e-6a5d4c3b2a10")

OPEN = Incident(
    uid=UID,
    revision=1,
    kind="software",
    rule="software.approved",
    subject=Subject("program", "cmatrix"),
    clause="3",
    policy="kpn 2026.11.1",
    severity=2,
    state="open",
    first_seen="2026-11-24",
    last_seen="2026-11-26",
    attrs={
        "name": "cmatrix",
        "version": "2.0-3",
        "verdict": "unapproved",
        "source": "dpkg",
        "brings": ("libfoo1", "müsli-data"),
        "brings_more": 3,
        "origin": "Debian",
        "told": "2026-11-24",
        "deadline": "2026-11-26",
    },
)
RESOLVED = msgspec.structs.replace(OPEN, revision=2, state="resolved", ending="put_right", follows=BEFORE)
DENIED = msgspec.structs.replace(
    OPEN,
    subject=Subject("program", "hydra", "user"),
    severity=4,
    first_seen="2026-11-24T09:13:22Z",
    last_seen="2026-11-24T09:13:22Z",
    attrs={"name": "hydra", "version": "9.4", "verdict": "denied", "language": "nl"},
)
OWN = msgspec.structs.replace(
    OPEN,
    subject=Subject("extension", "9f3c1de07ab24c55", "user"),
    attrs={
        "name": "9f3c1de07ab24c55",
        "hashed": "yes",
        "verdict": "unapproved",
        "source": "chrome",
        "proven": "claimed",
    },
)
SIGNED = msgspec.structs.replace(
    OPEN, attrs={"name": "Foo", "version": "1", "verdict": "denied", "publisher": "Foo B.V.", "proven": "yes"}
)
LAPSES = msgspec.structs.replace(
    OPEN,
    kind="screen",
    rule="screen.locked",
    subject=Subject("screen", "open", "user"),
    clause="1.5",
    attrs={"count": 3, "longest_minutes": 47, "dates": ("2026-11-23", "2026-11-24"), "dates_more": 1},
)
CLOUD = msgspec.structs.replace(
    OPEN,
    kind="cloud",
    rule="cloud.public",
    subject=Subject("cloud", "dropbox", "user"),
    clause="1.4",
    severity=4,
    attrs={
        "name": "Dropbox",
        "client": "dropbox",
        "category": "sync",
        "state": "syncing",
        "account": "private",
        "signals": ("dpkg", "program", "linked"),
        "signals_more": 1,
        "source": "dpkg",
        "times": 2,
    },
)
SETTING = msgspec.structs.replace(
    OPEN,
    kind="settings",
    rule="settings.kept",
    subject=Subject("setting", "auto_lock", "user"),
    attrs={
        "check": "auto_lock",
        "state": "on",
        "fixable_by": "employee",
        "how": "gnome",
        "minutes": 30,
        "told": "2026-11-24",
        "deadline": "2026-11-26",
    },
)
INCIDENTS = {
    "open": OPEN,
    "resolved": RESOLVED,
    "denied": DENIED,
    "own": OWN,
    "signed": SIGNED,
    "lapses": LAPSES,
    "cloud": CLOUD,
    "setting": SETTING,
}
POSTURE = Posture(
    uid=UUID("05570f28-75d3-5fb0-ae80-1b97bb5d2866"),
    revision=3,
    policy="kpn 2026.11.1",
    agent="0.1.0",
    on="2026-11-24",
    unsupported=("cloud.müsli", "phone.known"),
    unsupported_more=1,
    blind=("screen: screensaver: no_bus", "screen: xsync: no_display"),
    blind_more=2,
)
SEALED: dict[str, Incident | Posture] = {**INCIDENTS, "posture": POSTURE}

MESSAGES: dict[str, Struct] = {
    "enrol": Enrol("LT-20431"),
    "enrolled": Enrolled(UID, "t" * 43, 0),
    "sync-empty": Sync(0, 0, "nl"),
    "sync": Sync(3, 17, "en", (seal(OPEN), seal(RESOLVED))),
    "synced-empty": Synced(1, datetime(2026, 11, 24, 10, 0, tzinfo=UTC), 120.0),
    "synced": Synced(
        3,
        datetime(2026, 11, 24, 10, 0, 0, 250_000, tzinfo=UTC),
        30.0,
        (
            Result("a" * 64, "stored"),
            Result("b" * 64, "older", uid=UID, revision=4),
            Result("c" * 64, "adopted", uid=UID, revision=4),
            Result("d" * 64, "refused", reason="attrs.path has no row in policy/privacy.py"),
        ),
        (
            (18, Ticket(UID, f"<{UID}.1@deskwarden-feed>")),
            (
                19,
                Leaves(
                    Leave("l1", "software.approved", Subject("program", "cmatrix"), datetime(2027, 1, 1, tzinfo=UTC))
                ),
            ),
            (20, LeaveEnded("l1")),
        ),
        "n" * 43,
    ),
    "refusal": Refusal("unknown_device", "this laptop is not known here; it needs a new enrolment token"),
}


def lines(name: str) -> list[list[str]]:
    """The fields of a table; # begins a remark."""
    rows = (GOLDEN / name).read_text(encoding="utf-8").splitlines()
    return [row.split("\t") for row in rows if row and not row.startswith("#")]


# --- the wire


@pytest.mark.parametrize("name", sorted(SEALED))
def test_an_envelope_is_these_bytes_under_this_id(name: str) -> None:
    """What the employee read of it, and what lies at the feed."""
    body, envelope = (WIRE / f"{name}.body").read_bytes(), seal(SEALED[name])
    assert bytes(envelope.body) == body
    assert envelope.id == (WIRE / f"{name}.id").read_text(encoding="ascii").strip() == sha256(body).hexdigest()


@pytest.mark.parametrize("name", sorted(SEALED))
def test_an_envelope_of_then_is_read_now(name: str) -> None:
    body = (WIRE / f"{name}.body").read_bytes()
    envelope = Envelope((WIRE / f"{name}.id").read_text(encoding="ascii").strip(), Raw(body))
    assert unseal(envelope) == SEALED[name]


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_is_these_bytes(name: str) -> None:
    assert msgspec.json.encode(MESSAGES[name]) == (WIRE / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_of_then_is_read_now(name: str) -> None:
    data = (WIRE / f"{name}.json").read_bytes()
    assert msgspec.json.encode(msgspec.json.decode(data, type=type(MESSAGES[name]))) == data


def test_no_golden_file_of_the_wire_is_forgotten() -> None:
    bodies = {f"{name}.{end}" for name in SEALED for end in ("body", "id")}
    assert {path.name for path in WIRE.iterdir()} == bodies | {f"{name}.json" for name in MESSAGES}


def test_every_field_of_an_incident_stands_in_a_golden_body() -> None:
    """So that one that is added can't go unseen: it needs another version."""
    bodies = [json.loads((WIRE / f"{name}.body").read_bytes()) for name in INCIDENTS]
    assert {field for body in bodies for field in body["message"]} == {*Incident.__struct_fields__, "type"}
    assert {field for body in bodies for field in body} == {"v", "message"}
    assert {body["message"]["state"] for body in bodies} == {"open", "resolved"}
    told = {field for body in bodies for field in body["message"]["attrs"]}
    assert told >= {field for kind in KINDS for field in privacy.rows(kind)}


def test_every_field_of_a_posture_stands_in_its_golden_body() -> None:
    body = json.loads((WIRE / "posture.body").read_bytes())
    assert body["message"].keys() == {*Posture.__struct_fields__, "type"}


@pytest.mark.parametrize(
    "changes",
    [
        {"hostname": "jans-laptop"},
        {"attrs": {"name": "x", "version": "1", "verdict": "unapproved", "path": "/home/jan/x"}},
        {"attrs": {"name": "x", "version": "1", "verdict": "unapproved", "name_more": 1}},
        {"subject": {"type": "program", "key": "x", "scope": "machine", "user": "jan"}},
        {"subject": {"type": "program", "key": "x", "scope": "user:1000"}},
    ],
    ids=["beside", "in attrs", "a count of a text", "in the subject", "whose"],
)
def test_a_field_that_is_not_listed_is_refused(changes: dict[str, Any]) -> None:
    """By whoever opens it: the feed. A laptop can't seal it."""
    body = json.loads((WIRE / "open.body").read_bytes())
    body["message"].update(changes)
    data = msgspec.json.encode(body, order="sorted")
    with pytest.raises(ValueError, match=r"no row|not of the form|unknown field"):
        unseal(Envelope(sha256(data).hexdigest(), Raw(data)))


@pytest.mark.parametrize(
    "changes", [{"user": "jan"}, {"on": "2026-11-24T09:12:00Z"}, {"blind": ["screen: /home/jan/x"]}]
)
def test_of_a_posture_too(changes: dict[str, Any]) -> None:
    body = json.loads((WIRE / "posture.body").read_bytes())
    body["message"].update(changes)
    data = msgspec.json.encode(body, order="sorted")
    with pytest.raises(ValueError, match=r"not of the form|unknown field"):
        unseal(Envelope(sha256(data).hexdigest(), Raw(data)))


@pytest.mark.parametrize("attrs", [{"path": "/home/jan"}, {"told": "2026-11-24T09:12:00Z"}, {"name": "n" * 201}])
def test_a_field_that_is_not_listed_can_not_be_sealed(attrs: dict[str, str]) -> None:
    with pytest.raises(privacy.NotListed):
        seal(msgspec.structs.replace(OPEN, attrs=dict(OPEN.attrs) | attrs))


def test_the_version_is_in_the_bytes() -> None:
    assert wire.VERSION == 1
    assert json.loads((WIRE / "sync.json").read_bytes())["v"] == 1


# --- the reference


@pytest.mark.parametrize(("uid", "spoken"), lines("references.tsv"))
def test_a_uid_has_this_reference(uid: str, spoken: str) -> None:
    assert reference(UUID(uid)) == spoken
    assert parse(spoken) == spoken


KNOWN = [spoken for _, spoken in lines("references.tsv")]


@pytest.mark.parametrize("spoken", KNOWN)
def test_it_is_read_as_people_write_and_say_it(spoken: str) -> None:
    code = spoken.removeprefix("DW-")
    for typed in (
        spoken.lower(),
        f"  {spoken} ",
        spoken.replace("-", ""),
        spoken.replace("-", " "),
        f"dw {code[:4]} {code[5:]}",
        " ".join(spoken),
        spoken.replace("1", "I").replace("0", "O"),
        spoken.replace("1", "l").replace("0", "o"),
    ):
        assert parse(typed) == spoken, typed


@pytest.mark.parametrize("spoken", KNOWN)
def test_it_is_read_without_its_prefix(spoken: str) -> None:
    assert parse(spoken.removeprefix("DW-")) == spoken
    assert parse(spoken.removeprefix("DW-").replace("-", "")) == spoken


@pytest.mark.parametrize("typed", ["", "DW", "DW-", "DW-7K4M", "DW-7K4M-M2Q", "DW-7K4M-M2Q99", "DW-7K4M-M2QU", "é" * 8])
def test_what_is_no_reference_is_none(typed: str) -> None:
    assert parse(typed) is None


def written(digits: str) -> str:
    return f"DW-{digits[:4]}-{digits[4:]}"


@pytest.mark.parametrize("spoken", KNOWN)
def test_each_wrong_sign_is_caught(spoken: str) -> None:
    digits = spoken.removeprefix("DW-").replace("-", "")
    for place, right in enumerate(digits):
        for wrong in ALPHABET.replace(right, ""):
            assert parse(written(digits[:place] + wrong + digits[place + 1 :])) is None


@pytest.mark.parametrize("spoken", KNOWN)
def test_each_swap_of_neighbours_is_caught_but_one(spoken: str) -> None:
    """Luhn mod N can't tell the first sign of its alphabet before the last from the last before the first: 0Z, Z0."""
    digits = spoken.removeprefix("DW-").replace("-", "")
    for place in range(7):
        one, other = digits[place], digits[place + 1]
        swapped = digits[:place] + other + one + digits[place + 2 :]
        caught = parse(written(swapped)) is None
        assert caught is (one != other and {one, other} != {"0", "Z"})


def test_the_exception_is_that_pair_and_no_other() -> None:
    """Over all pairs, at both kinds of places."""
    for place in (2, 3):
        for one in ALPHABET:
            for other in ALPHABET:
                if one < other:
                    head = ["1", "2", "3", "4", "5", "6", "7"]
                    head[place : place + 2] = [one, other]
                    right = "".join(head)
                    check = next(c for c in ALPHABET if parse(written(right + c)))
                    head[place : place + 2] = [other, one]
                    unseen = parse(written("".join(head) + check)) is not None
                    assert unseen is ((one, other) == ("0", "Z"))


# --- the uid of a finding


@pytest.mark.parametrize(
    ("ledger", "rule", "kind", "key", "scope", "generation", "uid"), lines("uids.tsv"), ids=lambda text: text[:12]
)
def test_a_finding_has_this_uid(
    ledger: str, rule: str, kind: str, key: str, scope: str, generation: str, uid: str
) -> None:
    assert finding_uid(UUID(ledger), rule, Subject(kind, key, scope), int(generation)) == UUID(uid)


def test_a_uid_is_a_uuid5_over_json() -> None:
    """Told once in other words, so that another program can make it."""
    name = '["software.approved","program","müsli","machine",2]'
    assert finding_uid(BEFORE, "software.approved", Subject("program", "müsli"), 2) == uuid5(BEFORE, name)


def test_a_posture_has_one_uid_in_a_ledger() -> None:
    """However often it changes: the feed overwrites it."""
    assert posture_uid(BEFORE) == POSTURE.uid == uuid5(BEFORE, "posture")


# --- the ledger


def test_the_ledger_has_this_schema() -> None:
    """Byte for byte; a schema of another version has a file of its own and a migration."""
    assert (ROOT / "agent/ledger.sql").read_bytes() == (GOLDEN / "ledger.sql").read_bytes()
