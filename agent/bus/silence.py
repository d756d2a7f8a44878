"""Do-not-disturb, as the one who draws notices says it. Who asked for it, or why, is never read."""

from dataclasses import replace

from agent.bus import calls
from agent.bus.line import Line


async def silenced(line: Line, *, wake: bool = False) -> bool | None:
    """Whether the server that is there shows nothing for now; None where it does not say.

    wake: let the bus start one.
    """
    server = await line.ask(replace(calls.SERVER, wake=wake))
    if not isinstance(server, str):  # nobody, or one that answers nothing
        return None
    own = calls.DO_NOT_DISTURB.get(server)
    said = [await line.ask(calls.INHIBITED), own and await line.ask(own)]
    told = [answer for answer in said if isinstance(answer, bool)]
    return any(told) if told else None
