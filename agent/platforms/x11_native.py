"""Whether an X server has its screen to itself, or draws inside of a Wayland one."""

import struct
from collections.abc import Iterator, Mapping

from agent.platforms.base import Blind
from agent.platforms.x11 import Connection

OUTPUT_INFO, RESOURCES = 9, 25  # of RANDR


def native(connection: Connection, environ: Mapping[str, str]) -> None:
    """Refuse a server inside of Wayland: it hears and shows only what is meant for its own windows.

    Raises:
        Blind: It is one.

    """
    inside = environ.get("WAYLAND_DISPLAY") or connection.extension("XWAYLAND")
    # Those before 23.1 do not say so, but for the names of their outputs.
    if inside or any(name.startswith("XWAYLAND") for name in _outputs(connection)):
        raise Blind("wayland")


def _outputs(connection: Connection) -> Iterator[str]:
    """The names of what it can draw on."""
    randr = connection.extension("RANDR")
    reply = randr and connection.ask(randr.opcode, RESOURCES, struct.pack("=I", connection.root))
    if not randr or not reply:
        return
    controllers, count = struct.unpack_from("=HH", reply, 16)
    for output in struct.unpack_from(f"={count}I", reply, 32 + 4 * controllers):
        if about := connection.ask(randr.opcode, OUTPUT_INFO, struct.pack("=II", output, 0)):
            numbers, length = sum(struct.unpack_from("=HH2xH", about, 26)), struct.unpack_from("=H", about, 34)[0]
            at = 36 + 4 * numbers
            yield about[at : at + length].decode(errors="replace")
