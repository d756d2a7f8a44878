"""What the agent asks of the operating system; one small file an OS answers."""

from pathlib import Path
from typing import Protocol


class System(Protocol):
    """The machine under the agent."""

    def boot_id(self) -> str:
        """A name for this boot, another after the next."""

    def awake(self) -> float:
        """Seconds since boot that the machine was not suspended."""

    def user_scope(self) -> str:
        """The scope of the user whom this process runs as: `user:<uid or SID>`."""

    def zone(self) -> str:
        """IANA name of the zone of the machine's clock; `UTC` where it can't be told."""

    def hold(self, state: Path) -> int:
        """Hold a state directory for this process; the lock ends with the process, however that ends.

        Raises:
            BlockingIOError: Another process holds it; its pid is the error's text.

        """

    def default_state(self) -> Path:
        """Where the agent keeps its state if nobody says otherwise."""
