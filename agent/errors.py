"""What a person may meet, each with a title, a cause and a way out; errors of others are translated at the edge."""

from policy.phrase import N_
from policy.trouble import Told
from policy.trouble import Trouble as Base

TROUBLES: dict[str, Told] = {
    "ledger_newer": Told(
        N_("This ledger is from a newer Deskwarden"),
        N_("It is of version {version}, which this version does not know."),
        N_("Install the newer version again, or use another state directory (--state)."),
    ),
    "ledger_unusable": Told(
        N_("The ledger can't be opened"),
        N_("{reason} ({path})"),
        N_("Check that the disk is not full and that the directory belongs to you, or use another one (--state)."),
    ),
    "no_ledger": Told(
        N_("Nothing runs here, and nothing was kept here"),
        N_("There is no ledger in {path}."),
        N_("Start Deskwarden (`make run`), or name its state directory with --state."),
    ),
    "not_running": Told(
        N_("Deskwarden does not run here"),
        N_("Nothing answers in {path}."),
        N_("Start Deskwarden (`make run`), or name its state directory with --state."),
    ),
    "policy_unreadable": Told(
        N_("The policy can't be read"),
        N_("{reason} ({path})"),
        N_("Check the path, or leave --policy out to use the example."),
    ),
    "policy_bad": Told(
        N_("The policy has errors"),
        N_("{problems}"),
        N_("Mend these places; `deskwarden policy check FILE` tells when it is right."),
    ),
    "running_already": Told(
        N_("Deskwarden runs already"),
        N_("Process {pid} uses {path}."),
        N_("Stop it first (Ctrl-C in its terminal), or give this one a directory of its own (--state)."),
        3,
    ),
    "bad_grace": Told(
        N_("That is not a span of time"),
        N_("{reason}"),
        N_("Write it as 30s, 1m, 2h or 2d."),
        2,
    ),
    "feed_refused": Told(
        N_("The feed does not let this laptop in"),
        N_("{reason}"),
        N_("Ask the administrator for a new enrolment token. What was found is kept meanwhile."),
    ),
}


class Trouble(Base):
    """One of the agent's."""

    table = TROUBLES
