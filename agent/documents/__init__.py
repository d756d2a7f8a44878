"""A document's classification, from metadata alone: labels, properties, and whether it is protected; never its content.

Each form's reader raises Unreadable where the form is not what it should be; its word names no path and no content.
Files are anybody's to forge: what is read has a bound in bytes, and so has what it unpacks to.
"""

from msgspec import Struct

from policy.labels import Read


class Told(Struct, frozen=True):
    """What a document says of itself.

    reads: its labels and properties, in its own order. protected: it takes a password or a right to open it.
    why_not: why no label could be looked for, one word (agent.label tells them in a person's words); "" it could.
    """

    reads: tuple[Read, ...] = ()
    protected: bool = False
    why_not: str = ""
