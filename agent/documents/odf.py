"""Open documents (ODF): properties in meta.xml, and whether the manifest says that members are encrypted.

Form: OASIS ODF 1.3 part 2 (3.4 manifest:encryption-data) and part 3 (4.3.3 meta:user-defined). Only these two members
are opened.
"""

from agent.documents import Told
from agent.documents.archive import Zip
from agent.documents.properties import labels, wanted
from agent.documents.xml import elements

MANIFEST = "META-INF/manifest.xml"
META = "meta.xml"


def told(inside: Zip) -> Told:
    """What a document says; one that is encrypted has its properties encrypted too.

    Raises:
        Unreadable: A member can't be read.

    """
    manifest = inside.part(MANIFEST) or b""
    if manifest and elements(manifest, lambda name: name == "encryption-data"):
        return Told(protected=True, why_not="protected")
    data = inside.part(META) or b""
    found = elements(data, lambda name: name == "user-defined") if data else ()
    pairs = [(one.attributes.get("name", ""), one.text) for one in found]
    return Told(tuple(labels(pair for pair in pairs if wanted(pair[0]))))
