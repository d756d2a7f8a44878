"""Source `snap` of kind `software`: the snaps of the machine.

Read from where snapd mounts them, which everybody may: NAME/current is what runs, its meta/snap.yaml says what it is.
A revision with an x before its number was put there without the store's assertion (documented by snapd).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import FileSystemEvent

from agent.sensors.bounded import Unreadable, entries, whole
from agent.sensors.spots import Listening, Spot, each
from policy.kinds.software import InstalledProgram
from policy.model import Gap, Instant, Look, Subject, Text

PLACES = ("snap", "var/lib/snapd/snap")  # the second where a distribution wants nothing in /
STATE = "var/lib/snapd"
STORE = "snap-store"
SETTLE = 1.0  # seconds; snapd writes its state at each step of what it does
_NAME = re.compile(r"([a-z0-9-]{1,64})(_[a-z0-9]{1,10})?")  # an instance of its own is the same program
_FIELD = re.compile(r"^(version|type):[ \t]*['\"]?([^'\"\n#]*)", re.MULTILINE)
_APPS = re.compile(r"^apps:", re.MULTILINE)


@dataclass
class Snap(Listening):
    """The sensor. root: whose snaps."""

    root: Path = Path("/")
    kind: str = "software"
    source: str = "snap"
    settle: float = SETTLE
    scope: str = "machine"

    def watched(self) -> Text:
        return Text("snap-programma's van deze computer", "this computer's snap programs")

    def _where(self) -> Iterator[Spot]:
        return each((self.root / one for one in (STATE, *PLACES)), _moved)

    def look(self, now: Instant) -> Look:
        try:
            there = dict(self._there())
        except (OSError, Unreadable) as error:
            return Look(self.kind, self.source, self.scope, now, (), Gap(f"unreadable: {error}"))
        facts, unseen = dict[str, InstalledProgram](), set[str]()
        for name, revision in there.items():
            try:
                facts[name] = self._fact(name, revision)
            except Unreadable:  # not mounted just now, or torn
                unseen.add(name)
        unseen |= set(self._kept()) - set(facts)
        gap = Gap("unreadable", frozenset(map(self._subject, unseen))) if unseen else None
        return Look(self.kind, self.source, self.scope, now, tuple(facts[name] for name in sorted(facts)), gap)

    def _there(self) -> Iterator[tuple[str, Path]]:
        """Each snap and the folder of the revision that runs, or the last one of a snap that was disabled."""
        for place in (self.root / one for one in PLACES):  # one may be a link to the other
            for instance in entries(place):
                name = _NAME.fullmatch(instance.name)
                if name and (revision := _revision(Path(instance.path))):
                    yield name[1], revision

    def _kept(self) -> Iterator[str]:
        """What snapd would mount: NAME_REVISION.snap. It takes these away with the snap."""
        try:
            files = [entry.name for entry in entries(self.root / STATE / "snaps")]
        except Unreadable:
            return
        for file in files:
            name = _NAME.fullmatch(file.removesuffix(".snap").rpartition("_")[0])
            if name and file.endswith(".snap"):
                yield name[1]

    def _subject(self, name: str) -> Subject:
        return Subject("program", name, self.scope)

    def _fact(self, name: str, revision: Path) -> InstalledProgram:
        text = whole(revision / "meta/snap.yaml").decode(errors="replace")
        said = dict(_FIELD.findall(text))
        return InstalledProgram(
            subject=self._subject(name),
            name=name,
            version=said.get("version", "").strip(),
            chosen=said.get("type", "app").strip() == "app" and bool(_APPS.search(text)),  # else it came with another
            origin="" if revision.name.startswith("x") else STORE,
            source=self.source,
        )


def _moved(_event: FileSystemEvent, name: str) -> bool:
    """The state is replaced; in the other folders only names of snaps come and go."""
    return name == "state.json" or bool(_NAME.fullmatch(name))


def _revision(snap: Path) -> Path | None:
    current = snap / "current"
    if current.is_symlink():
        try:
            return snap / current.readlink().name
        except OSError:
            return current
    revisions = [one.name for one in entries(snap) if re.fullmatch(r"x?\d{1,9}", one.name)]
    return snap / max(revisions, key=lambda one: int(one.lstrip("x"))) if revisions else None
