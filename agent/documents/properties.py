"""Named properties of a document -> labels: MSIP_Label_<id>_<what> as Office writes them in any form, `Classification`.

Form: Microsoft's "Label metadata in Microsoft Information Protection": Enabled, SetDate, Method, Name, SiteId,
ActionId, ContentBits; Parent by the older client. Others are not kept.
"""

import re
from collections.abc import Iterable, Iterator

from policy.labels import Read

_LABEL = re.compile(r"MSIP_Label_([0-9a-f-]{36})_(Enabled|Name|SiteId|Parent)", re.IGNORECASE)
_PLAIN = "classification"


def wanted(name: str) -> bool:
    """Whether a property of this name says something about a label."""
    return name.lower() == _PLAIN or _LABEL.fullmatch(name) is not None


def labels(pairs: Iterable[tuple[str, str]]) -> Iterator[Read]:
    """The labels in (name, value) pairs; one that is not said to be enabled does not stand."""
    msip: dict[str, dict[str, str]] = {}
    for name, value in pairs:
        if name.lower() == _PLAIN and value.strip():
            yield Read("classification", value.strip())
        if found := _LABEL.fullmatch(name):
            msip.setdefault(found[1].lower(), {})[found[2].lower()] = value.strip()
    for guid, said in msip.items():
        stands = said.get("enabled", "").lower() in {"true", "1"}
        yield Read("msip", said.get("name", ""), guid, said.get("siteid", ""), stands, said.get("parent", ""))
