"""Source `portable` of kind `software`: programs that run as they were downloaded, in Downloads and on the desktop.

Those that Windows starts by their name's end, and that are programs by their first bytes. An installer that was left
behind is no program that is installed: it is told by its name, or by what it says of itself.
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from watchdog.events import FileSystemEvent  # noqa: E402

from agent.sensors.bounded import Unreadable, entries  # noqa: E402
from agent.sensors.spots import Listening, Spot, each  # noqa: E402
from agent.sensors.windows_naming import filed  # noqa: E402
from agent.sensors.windows_program import HEAD, head, is_one  # noqa: E402
from agent.sensors.windows_publisher import Makers  # noqa: E402
from agent.sensors.windows_uninstall import one_each  # noqa: E402
from policy.kinds.software import InstalledProgram  # noqa: E402
from policy.model import Gap, Instant, Look, Subject, Text  # noqa: E402

ENDS = (".exe", ".com", ".scr", ".pif")
SETTLE = 1.0  # seconds; a browser renames what it has downloaded
MOST = 500  # programs; past it the folder is somebody's archive
NOT_HERE = 0x1000 | 0x40000 | 0x400000  # FILE_ATTRIBUTE_OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS
_INSTALLS = re.compile(
    r"setup|(?<![a-z])set-up|install(?:er|ation)?(?![a-z])|sfx|self.extract|bootstrap", re.IGNORECASE
)


@dataclass
class WindowsPortable(Listening):
    """The sensor. folders: where a user keeps what was downloaded."""

    folders: tuple[Path, ...]
    makers: Makers
    settle: float = SETTLE
    kind: str = "software"
    source: str = "portable"
    scope: str = "user"

    def watched(self) -> Text:
        return Text(
            "losse programma's in Downloads en op het bureaublad", "loose programs in Downloads and on the desktop"
        )

    def look(self, now: Instant) -> Look:
        self.arm()
        facts: list[InstalledProgram] = []
        unseen: set[Subject] = set()
        try:
            files = list(self._files())
            if len(files) > MOST:
                raise Unreadable("too_many")  # noqa: TRY301 - as a folder that can't be read
            for file, here in files:
                try:
                    facts += self._fact(file, here=here)
                except Unreadable:
                    unseen.add(self._subject(file))
        except Unreadable as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        gap = Gap("unreadable", frozenset(unseen)) if unseen else None
        return Look(self.kind, self.source, self.scope, now, one_each(facts), gap)

    def _where(self) -> Iterator[Spot]:
        return each(self.folders, _tells)

    def _files(self) -> Iterator[tuple[Path, bool]]:
        """What Windows would start; and whether it is on this disk: one in the cloud alone would be fetched."""
        for folder in self.folders:
            for entry in entries(folder):
                if entry.name.lower().endswith(ENDS) and entry.is_file(follow_symlinks=False):
                    attributes = entry.stat(follow_symlinks=False).st_file_attributes
                    yield Path(entry.path), not attributes & NOT_HERE

    def _fact(self, file: Path, *, here: bool) -> Iterator[InstalledProgram]:
        """Nothing for what is no program. Raises Unreadable: it can't be read."""
        if not here:
            raise Unreadable("not on this disk")
        if not is_one(head(file, HEAD)):
            return
        said = self.makers.about(file)
        if _INSTALLS.search(file.stem) or _INSTALLS.search(said.description) or _INSTALLS.search(said.product):
            return
        named, maker = filed(file.name), self.makers.of(file)
        yield InstalledProgram(
            subject=self._subject(file),
            name=named.name,
            version=named.version or said.version,
            origin="",
            source=self.source,
            publisher=maker.publisher,
            proven=maker.proven,
        )

    def _subject(self, file: Path) -> Subject:
        return Subject("program", filed(file.name).key, self.scope)


def _tells(event: FileSystemEvent, _name: str) -> bool:
    """A download that grows under another name, and a document, are nothing to look at."""
    paths = (os.fsdecode(path) for path in (event.src_path, event.dest_path) if path)
    return any(path.lower().endswith(ENDS) for path in paths)
