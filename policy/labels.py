"""Classification labels: which of the code's four levels a document has, by its metadata and the policy's table.

A label of Microsoft Information Protection counts only where it was set by a tenant of the policy and stands: another
company's "Confidential" says nothing here. Its id decides, its name where the id is in no table. A plain
`Classification` property has no tenant and goes by its name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from msgspec import Struct

Name = Literal["Openbaar", "Intern", "Vertrouwelijk", "Geheim"]
LEVELS: tuple[Name, ...] = get_args(Name)  # from the least to the most
Source = Literal["labelinfo", "msip", "classification"]
SOURCES: tuple[Source, ...] = get_args(Source)  # the first that says something speaks
# Between a label and its sublabel, as clients and people write it.
_BELOW = re.compile(r"\s+[-–—]\s+|\s*[\\/|:>›]\s*")


class Level(Struct, frozen=True, forbid_unknown_fields=True):
    """A label of the table. names: its own first, then those of other languages. id: a GUID, "" for a name alone."""

    level: Name
    names: tuple[str, ...] = ()
    id: str = ""


GENERAL = (
    Level("Openbaar", ("Openbaar", "Public")),
    Level("Intern", ("Intern", "Internal", "Intern gebruik", "Internal use only")),
    Level("Vertrouwelijk", ("Vertrouwelijk", "Confidential")),
    Level("Geheim", ("Geheim", "Secret", "Strikt vertrouwelijk", "Strictly confidential", "Highly confidential")),
)


class Labels(Struct, frozen=True, forbid_unknown_fields=True):
    """The policy's table. tenants: SiteIds (GUIDs) whose labels count; none: no label does, a property still may."""

    tenants: tuple[str, ...] = ()
    levels: tuple[Level, ...] = GENERAL


class Read(Struct, frozen=True):
    """What one label in a document says of itself, as it was written there; of a property its name alone.

    tenant: SiteId. stands: enabled and not removed. parent: the id of the label that it is a sublabel of.
    """

    source: Source
    name: str = ""
    id: str = ""
    tenant: str = ""
    stands: bool = True
    parent: str = ""


class Found(Struct, frozen=True):
    """level None: the label that speaks is in no table. label: its own name, else its id."""

    level: Name | None
    label: str
    read_from: Source


def level(labels: Labels, reads: Iterable[Read]) -> Found | None:
    """What the labels of a document make of it; None where none of them counts.

    The first source that counts speaks alone. Of several labels there the highest does, and no label beside its own
    sublabel. Where LabelInfo says that a label was taken off, what an older program left in the properties is void.
    """
    table = _Table(labels)
    every = tuple(reads)
    void = {_guid(read.id) for read in every if read.source == "labelinfo" and not read.stands}
    for source in SOURCES:
        counting = [
            read for read in every
            if read.source == source and table.counts(read) and not (source == "msip" and _guid(read.id) in void)
        ]  # fmt: skip
        parents = {_guid(read.parent) for read in counting if read.parent}
        found = [table.found(read) for read in counting if not read.id or _guid(read.id) not in parents]
        if found:
            return max(found, key=lambda one: LEVELS.index(one.level) if one.level else -1)
    return None


def why_not(labels: Labels, reads: Iterable[Read]) -> Literal["no_label", "removed", "other_tenant"]:
    """Why no label counted, where `level` told none."""
    every = tuple(reads)
    if not every:
        return "no_label"
    table = _Table(labels)
    return "removed" if any(table.ours(read) for read in every) else "other_tenant"


class _Table:
    """The policy's labels by id and by name."""

    def __init__(self, labels: Labels) -> None:
        self._tenants = {_guid(tenant) for tenant in labels.tenants}
        self._ids = {_guid(one.id): one for one in labels.levels if one.id}
        self._names: dict[str, Level] = {}
        for one in labels.levels:
            for name in one.names:
                self._names.setdefault(_plain(name), one)

    def ours(self, read: Read) -> bool:
        return read.source == "classification" or _guid(read.tenant) in self._tenants

    def counts(self, read: Read) -> bool:
        said = read.name.strip() or read.id
        return bool(said) and read.stands and self.ours(read)

    def found(self, read: Read) -> Found:
        known = self._ids.get(_guid(read.id)) if read.id else None
        if known is None:
            known = next((self._names[name] for name in _names(read.name) if name in self._names), None)
        own = known.names[0] if known and known.names else read.id
        return Found(known.level if known else None, read.name.strip() or own, read.source)


def _names(name: str) -> Iterator[str]:
    """The name, then what it is below: of "Vertrouwelijk - Persoonsgegevens" the word "Vertrouwelijk"."""
    yield _plain(name)
    rest = unicodedata.normalize("NFKC", name)
    cuts = [found.start() for found in _BELOW.finditer(rest)]
    yield from (_plain(rest[:cut]) for cut in reversed(cuts))


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _guid(text: str) -> str:
    return text.strip().strip("{}").lower()
