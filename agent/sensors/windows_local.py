r"""Source `local_programs` of kind `software`: what lies in a user's own folder of programs, listed by Windows or not.

%LOCALAPPDATA%\Programs, and the folders beside it that Squirrel makes: an Update.exe and an app-VERSION, as its own
documentation has it. What the user's list of Uninstall keys says of a folder is what it is called here too, so that
both tell of one subject. Squirrel writes that list at each change, so that its folders need no watch.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

assert sys.platform == "win32"  # noqa: S101 - so that a type check for Linux passes this file by

from watchdog.events import FileDeletedEvent  # noqa: E402

from agent.sensors.base import Again  # noqa: E402
from agent.sensors.bounded import Unreadable, entries  # noqa: E402
from agent.sensors.spots import COMES_AND_GOES, Listening, Spot, towards  # noqa: E402
from agent.sensors.windows_naming import displayed  # noqa: E402
from agent.sensors.windows_publisher import Makers, programs  # noqa: E402
from agent.sensors.windows_registry import Keys, Place  # noqa: E402
from agent.sensors.windows_uninstall import USER, Entry, one_each, read  # noqa: E402
from policy.kinds.software import InstalledProgram  # noqa: E402
from policy.model import Gap, Instant, Look, Subject, Text  # noqa: E402

PROGRAMS = "Programs"
SETTLE = 2.0  # seconds: an installer unpacks before it writes the list
MOST = 500  # folders that programs were looked for in; past it the place is somebody's archive


@dataclass
class WindowsLocal(Listening):
    """The sensor. local: %LOCALAPPDATA%. places: the user's Uninstall keys."""

    local: Path
    makers: Makers
    places: tuple[Place, ...] = USER
    settle: float = SETTLE
    kind: str = "software"
    source: str = "local_programs"
    scope: str = "user"
    _keys: Keys | None = field(default=None, repr=False)

    def watched(self) -> Text:
        return Text(
            "programma's in uw eigen programmamap (AppData\\Local)",
            "programs in your own folder of them (AppData\\Local)",
        )

    def start(self, again: Again) -> None:
        super().start(again)
        self._keys = Keys(self.places, self.settle)
        self._keys.start(again)

    def stop(self) -> None:
        super().stop()
        keys, self._keys = self._keys, None
        if keys:
            keys.stop()

    def look(self, now: Instant) -> Look:
        self.arm()
        try:
            listed = list(read(self.places))
            facts = [self._fact(folder, listed) for folder in self._folders()]
        except Unreadable as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        return Look(self.kind, self.source, self.scope, now, one_each(fact for fact in facts if fact))

    def _where(self) -> Iterator[Spot]:
        folder = self.local / PROGRAMS
        yield from towards(folder)
        yield Spot(folder, (*COMES_AND_GOES, FileDeletedEvent))  # Windows does not say what it was that went

    def _folders(self) -> Iterator[Path]:
        """Raises Unreadable."""
        own = [Path(entry.path) for entry in entries(self.local / PROGRAMS) if entry.is_dir()]
        others = [Path(entry.path) for entry in entries(self.local) if entry.is_dir()]
        own += [folder for folder in others if (folder / "Update.exe").is_file()]
        if len(own) > MOST:
            raise Unreadable("too_many")
        yield from own

    def _fact(self, folder: Path, listed: list[Entry]) -> InstalledProgram | None:
        """None where no program lies there."""
        if not programs(folder):
            return None
        entry = next((one for one in listed if one.lies_in(folder)), None)
        named = entry.named if entry else displayed(folder.name)
        file = self.makers.own_file(folder, entry.icon if entry else None, named.key)
        maker = self.makers.of(file, entry.publisher if entry else "")
        return InstalledProgram(
            subject=Subject("program", named.key, self.scope),
            name=named.name,
            version=named.version or (self.makers.about(file).version if file else ""),
            origin="",
            source=self.source,
            publisher=maker.publisher,
            proven=maker.proven,
        )
