"""What a person at the feed may meet, each with a title, a cause and a way out."""

from policy.phrase import N_
from policy.trouble import Told
from policy.trouble import Trouble as Base

TROUBLES: dict[str, Told] = {
    "no_store": Told(
        N_("There is no feed here"),
        N_("No database lies in {path}."),
        N_("Start one (`deskwarden-feed serve`), or name its directory with --state."),
    ),
    "running_already": Told(
        N_("A feed runs here already"),
        N_("Process {pid} uses {path}."),
        N_("Stop it first, or give this one a directory of its own (--state)."),
        3,
    ),
    "address_taken": Told(
        N_("The feed can't listen there"),
        N_("{reason} ({address})"),
        N_("Choose another port (--port, 0 for any) or an address of this machine (--host)."),
    ),
    "policy_bad": Told(
        N_("The policy can't be used"),
        N_("{problems}"),
        N_("Mend it; `deskwarden policy check FILE` tells each place."),
    ),
    "bad_address": Told(
        N_("That is not a mail server's address"),
        N_("{reason}"),
        N_("Write it as smtp://user@host:port."),
        2,
    ),
}


class Trouble(Base):
    """One of the feed's."""

    table = TROUBLES
