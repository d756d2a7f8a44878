"""Source `developer` of kind `software`: what a user's own tools for developers have installed for them.

The employee alone is told of it. What each tool writes down is read in agent/sensors/developer_tools.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileModifiedEvent, FileSystemEvent

from agent.sensors import developer_tools
from agent.sensors.bounded import Unreadable
from agent.sensors.developer_tools import Tool
from agent.sensors.spots import Listening, Spot, each
from agent.sensors.watching import RECHECK
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text

NOISE = frozenset({".package-cache", ".package-cache-mutate", ".global-cache"})
SETTLE = 2.0  # seconds from the first that a tool does to the last that tells


@dataclass
class Developer(Listening):
    """The sensor. home: whose tools."""

    home: Path
    kind: str = "software"
    source: str = "developer"
    settle: float = SETTLE
    scope: str = "user"

    def watched(self) -> Text:
        return Text(
            "wat pip, pipx, uv, npm, cargo, go en Homebrew in de eigen map zetten",
            "what pip, pipx, uv, npm, cargo, go and Homebrew put in one's own folder",
        )

    def _where(self) -> Iterator[Spot]:
        """A new version of Python or of Node has folders of its own."""
        return each(developer_tools.folders(self.home), _tells)

    def look(self, now: Instant) -> Look:
        self.arm()
        tools: list[Tool] = []
        why = ""
        for read in developer_tools.READERS:
            try:
                tools += read(self.home)
            except Unreadable as error:
                why = f"unreadable: {read.__name__}: {error}"
        facts: dict[Subject, InstalledProgram] = {}
        for tool in tools:
            if tool.whole:
                facts.setdefault(_subject(tool), _fact(tool))
        dark = frozenset(_subject(tool) for tool in tools if not tool.whole)
        if dark:  # what was begun tells nobody that it is done
            self.later(RECHECK)
        gap = Gap(why) if why else Gap("half_installed", dark) if dark else None
        return Look(self.kind, self.source, self.scope, now, tuple(facts.values()), gap)


def _tells(event: FileSystemEvent, name: str) -> bool:
    """Cargo's lock is closed at every build of a project; a file that is written is told again when it is closed."""
    return name not in NOISE and not isinstance(event, FileModifiedEvent)


def _fact(tool: Tool) -> InstalledProgram:
    return InstalledProgram(
        subject=_subject(tool),
        name=tool.name,
        version=tool.version,
        chosen=tool.chosen,
        source=tool.source,
        observed=True,
    )


def _subject(tool: Tool) -> Subject:
    return Subject("program", developer_tools.key(tool), "user")
