"""Kind `cloud`: clients of public clouds, of file transfer and of chat (clause 1.4 of the code).

Installed, running, syncing are three states of one finding, and it only rises. Whose an account is comes from the
client's own configuration, never from its traffic; what can't be told asks the person.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from policy.catalogue import Category, Client
from policy.catalogue.owners import Told, owner
from policy.kinds import cloud_words
from policy.kinds.base import Kind, Row, Verdict
from policy.model import Attrs, Fact, Grace, Kept, Subject, Text

OCSF_DETECTION_FINDING = 2004
State = Literal["installed", "running", "syncing"]
SEVERITY: Mapping[str, int] = {"installed": 2, "running": 3, "syncing": 4}
PRIORITY: Mapping[str, int] = {"installed": 4, "running": 3, "syncing": 2}


class CloudClient(Fact, frozen=True, kw_only=True, tag="cloud_client"):
    """A client that is there: ("cloud", its id in the catalogue or the name it goes by, the user's scope).

    client: its id, "" where the catalogue does not know it. signals: the ids of what told it. told: what its own
    configuration says of its accounts; never leaves, and is not kept. private: its accounts are never a company's.
    meant: whether a rule that names none means it too. instead: the kind of the company's own tool. source, package:
    what installed it, where that is known. programs: what other sources may call the same thing. folders: where its
    files lie. everybody: installed for the whole machine.
    """

    name: str
    state: State
    client: str = ""
    category: Category = "sync"
    instead: Category = "sync"
    signals: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    private: bool = False
    meant: bool = True
    source: str = ""
    package: str = ""
    programs: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    everybody: bool = False


def of_client(client: Client, state: State, scope: str, **more: Any) -> CloudClient:
    """The fact of a client of the catalogue. more: what else is known of it here."""
    return CloudClient(
        subject=Subject("cloud", client.id, scope),
        client=client.id,
        name=client.name,
        category=client.category,
        instead=client.instead or client.category,
        state=state,
        private=client.private,
        meant=client.default == "on",
        **more,
    )


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """A client that may be used. account: `company` where only with the company's own accounts."""

    client: str
    account: Literal["company", "any"] = "company"
    why: Text | None = None


class Company(Struct, frozen=True, forbid_unknown_fields=True):
    """What is the company's own: domains of its mail addresses and tenants, hosts of its servers."""

    domains: frozenset[str] = frozenset()
    servers: frozenset[str] = frozenset()


class Graces(Struct, frozen=True, forbid_unknown_fields=True):
    """How long somebody has, by state."""

    installed: Grace = Grace(working_days=2)
    running: Grace = Grace(working_days=1)
    syncing: Grace = Grace(hours=4)


class Match(Struct, frozen=True, forbid_unknown_fields=True):
    """Which clients are meant and which may be used.

    also: clients that the catalogue has and a rule does not mean by itself. unlisted: whether what the catalogue does
    not know counts. private_use: `asked` takes the person's word that no company information is in it. instead: the
    company's own tool, by the kind of what it replaces.
    """

    approve: tuple[Entry, ...] = ()
    also: frozenset[str] = frozenset()
    company: Company = Company()
    unlisted: bool = True
    private_use: Literal["asked", "not_asked"] = "asked"
    instead: Mapping[str, Text] = {}
    grace: Graces = Graces()


def within(match: Match, grace: Grace) -> Match:
    """The same for trying out: this long in every state."""
    return replace(match, grace=Graces(grace, grace, grace))


def account(match: Match, fact: CloudClient) -> Literal["company", "private", "unknown", "none"]:
    """Whose its accounts are; none: none is linked."""
    if fact.private and (fact.told or fact.state == "syncing"):
        return "private"
    if not fact.told:
        return "unknown" if fact.state == "syncing" else "none"
    return owner(fact.told, match.company.domains, match.company.servers)


def verdict(match: Match, fact: CloudClient) -> Verdict:
    """What is not meant is silent; the company's own accounts are approved where its client is."""
    whose = account(match, fact)
    entry = next((one for one in match.approve if fact.client and one.client == fact.client), None)
    if entry and (entry.account == "any" or whose in {"company", "none"}):
        return Verdict("approved", entry.why)
    if whose == "company":  # the company's own server, by a client of any cloud
        return Verdict("approved")
    if not (match.unlisted if not fact.client else fact.meant or fact.client in match.also):
        return Verdict("silent")
    grace = getattr(match.grace, fact.state)
    tool = match.instead.get(fact.instead)
    asks = match.private_use == "asked" and fact.state != "installed"
    stands = fact.state != "installed"
    return Verdict("unapproved", tool, SEVERITY[fact.state], grace=grace, stands=stands, asks=asks, about=whose)


def may(match: Match, name: str) -> Verdict:
    """What the list says of a client's id alone."""
    typed = name.strip().lower()
    entry = next((one for one in match.approve if one.client == typed), None)
    if entry and entry.account == "any":
        return Verdict("approved", entry.why)
    return Verdict("unapproved", entry.why) if entry else Verdict("silent")


def attrs(fact: CloudClient, said: Verdict) -> Attrs:
    """What may leave: see ROWS."""
    out: dict[str, str | tuple[str, ...]] = {"name": fact.name, "category": fact.category, "state": fact.state}
    out |= {"account": said.about or "none", "signals": fact.signals}
    if fact.client:
        out["client"] = fact.client
    if fact.source:
        out["source"] = fact.source
    return out


def rises(before: Attrs, seen: Attrs) -> Attrs:
    """The state only rises: of a finding that stands, its worst is told."""
    if SEVERITY.get(str(seen.get("state")), 0) >= SEVERITY.get(str(before.get("state")), 0):
        return seen
    return {**seen, **{name: before[name] for name in ("state", "account", "signals") if name in before}}


def mended(before: Attrs, fact: CloudClient) -> bool:
    """An account that is unlinked is put right; a client that only rests will run again."""
    return before.get("state") == "syncing" and fact.state == "installed"


def private(fact: CloudClient, said: Verdict) -> dict[str, str]:
    """For the person's eyes: the company's own tool in both languages, where the files lie, what is asked."""
    out = {"asks": "company_information"} if said.asks else {}
    if said.why:
        out |= {"tool_nl": said.why.nl, "tool_en": said.why.en}
    if fact.folders:
        out["folder"] = fact.folders[0]
    if fact.package:
        out["package"] = fact.package
    if fact.everybody and fact.state == "installed":
        out["everybody"] = "yes"
    return out


def leaves(attrs: Attrs, subject: Subject, key: bytes) -> tuple[Attrs, Subject]:
    """What the catalogue does not know leaves as a keyed hash: a name can tell faith, health or union."""
    if attrs.get("client"):
        return attrs, subject
    hashed = hmac.new(key, f"{subject.type}:{subject.key}".encode(), sha256).hexdigest()[:16]
    return {**attrs, "name": hashed, "hashed": "yes"}, Subject(subject.type, hashed, subject.scope)


def names(fact: CloudClient) -> frozenset[str]:
    """What a package of it may be called."""
    return frozenset(name.lower() for name in (fact.client, fact.package, *fact.programs) if name)


def gather(kept: tuple[Kept, ...]) -> Attrs:
    """Runs that were over before anybody could look."""
    return {"times": len(kept)}


FIND = "find clients of public clouds that company information may be in"
ROWS = (
    Row("name", "text", FIND),
    Row("client", "choice", FIND),
    Row("category", "choice", FIND),
    Row("state", "choice", "tell what is only there from what runs, and from what is linked to an account"),
    Row("account", "choice", "tell a company account from a private one"),
    Row("signals", "codes", "let the helpdesk see why it was told"),
    Row("signals_more", "count", "say how many of these were left out"),
    Row("source", "choice", "tell the helpdesk how it can be removed"),
    Row("times", "count", "say how often it ran"),
    Row("hashed", "choice", "say that the name is a keyed hash, as of what the catalogue does not know"),
)

KIND = Kind(
    name="cloud",
    fact=CloudClient,
    match=Match,
    verdict=verdict,
    may=may,
    attrs=attrs,
    private=private,
    brought_by=lambda fact: fact.subject.scope,
    title=cloud_words.title,
    words=cloud_words.words,
    tier_a=lambda _attrs: False,
    rows=ROWS,
    ocsf_class=OCSF_DETECTION_FINDING,
    label=cloud_words.label,
    many=cloud_words.many,
    leaves=leaves,
    names=names,
    gather=gather,
    rises=rises,
    mended=mended,
    priority=lambda attrs: PRIORITY.get(str(attrs.get("state"))),
    way_out=cloud_words.way_out,
    answer=cloud_words.no_company_information,
)
