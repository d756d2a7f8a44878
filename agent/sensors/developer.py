"""Source `developer` of kind `software`: what a user's own tools for developers have installed for them.

The employee alone is told of it. What each tool writes down is read in agent/sensors/developer_tools.py.
"""

from dataclasses import dataclass, field
from pathlib import Path

from watchdog.events import FileModifiedEvent, FileSystemEvent

from agent.sensors import developer_tools
from agent.sensors.base import Again
from agent.sensors.bounded import Unreadable
from agent.sensors.developer_tools import Tool
from agent.sensors.spots import Folders
from agent.sensors.watching import RECHECK
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text

NOISE = frozenset({".package-cache", ".package-cache-mutate", ".global-cache"})
SETTLE = 2.0  # seconds from the first that a tool does to the last that tells


@dataclass
class Developer:
    """The sensor. home: whose tools."""

    home: Path
    kind: str = "software"
    source: str = "developer"
    scope: str = "user"
    _again: Again | None = field(default=None, repr=False)
    _watching: tuple[Path, ...] = ()
    _folders: Folders | None = field(default=None, repr=False)

    def watched(self) -> Text:
        return Text(
            "wat pip, pipx, npm, cargo en Homebrew in de eigen map zetten",
            "what pip, pipx, npm, cargo and Homebrew put in one's own folder",
        )

    def start(self, again: Again) -> None:
        self._again = again
        self._follow()

    def stop(self) -> None:
        self._again = None
        folders, self._folders = self._folders, None
        if folders is not None:
            folders.stop()

    def busy(self) -> bool:
        return False

    def look(self, now: Instant) -> Look:
        self._follow()
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
        if dark and self._again:  # what was begun tells nobody that it is done
            self._again(RECHECK)
        gap = Gap(why) if why else Gap("half_installed", dark) if dark else None
        return Look(self.kind, self.source, self.scope, now, tuple(facts.values()), gap)

    def _follow(self) -> None:
        """Watch the folders there are now: a new version of Python or of Node has folders of its own."""
        again, wanted = self._again, tuple(developer_tools.folders(self.home))
        if again is None or (self._folders is not None and wanted == self._watching):
            return
        before, self._folders, self._watching = self._folders, Folders(wanted, _tells, SETTLE), wanted
        if before is not None:
            before.stop()
        self._folders.start(again)


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
