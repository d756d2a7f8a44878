"""Which client a process is, by the catalogue: two signals of different ids, or one that tells alone.

A program or a module must be among them, or a signal that tells alone: a port and a verb are nobody. What was seen of
the process elsewhere (a text in its executable, its socket) counts too; what lies in a home is not of a process, so it
may be the second signal and never tells alone.
"""

from collections import defaultdict
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from policy.catalogue import OS, RUNNING, Catalogue, Client, Signs
from policy.catalogue.commandline import Record, Runs, runs
from policy.catalogue.weigh import Seen, weigh

_BROWSERS = {
    "chrome", "google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "msedge", "microsoft-edge",
    "brave", "brave-browser", "vivaldi", "vivaldi-bin", "opera",
}  # fmt: skip
_NAMES = ("program", "module")
_SHOWN = ("program", "module", "site", "app_id")  # what a record is looked up by
_SCRIPT = "script"
_REMEMBERED = 500  # executables
_NOTHING: frozenset[Seen] = frozenset()


class Match(Struct, frozen=True):
    """A client that was found. state: `installed` where a desktop starts it for everybody. signals: their ids."""

    client: str
    state: Literal["installed", "running"]
    signals: tuple[str, ...]


class Processes:
    """Knows a process of one OS by the catalogue."""

    def __init__(self, catalogue: Catalogue, os: OS) -> None:
        self._names: dict[str, list[tuple[Client, Signs]]] = defaultdict(list)
        self._places: list[tuple[Client, Signs]] = []
        self._may_be = lru_cache(_REMEMBERED)(self._leaves_open)  # a build asks of one compiler a thousand times
        self._elsewhere: dict[Seen, list[tuple[Client, Signs]]] = defaultdict(list)
        for client in catalogue.clients.values():
            signs = client.on(os)
            if signs is None:
                continue
            for key in {value.lower() for name in _SHOWN for value in signs.of(name)}:
                self._names[key].append((client, signs))
            if any(signs.decides("below", value) for value in signs.below):
                self._places.append((client, signs))
            for name in set(RUNNING).difference(_SHOWN):
                for value in signs.of(name):
                    self._elsewhere[name, value].append((client, signs))

    def texts(self) -> frozenset[str]:
        """What may stand in the bytes of a client's executable."""
        return frozenset(value for name, value in self._elsewhere if name == "text")

    def may_be(self, exe: str) -> bool:
        """Whether a process of this executable may be a client by its record: else that need not be read."""
        return self._may_be(exe)

    def _leaves_open(self, exe: str) -> bool:
        program = runs(Record(exe=exe)).program
        interprets = runs(Record(exe=exe, cmdline=(exe, _SCRIPT))).program == _SCRIPT
        placed = self._placed(runs(Record(exe=exe)))
        return interprets or program in self._names or program in _BROWSERS or bool(placed)

    def needs_port(self, record: Record) -> bool:
        """Whether a port that it listens on could be the signal that is missing."""
        return any(signs.port for _, signs in self._names.get(runs(record).program, ()))

    def identify(self, record: Record, also: AbstractSet[Seen] = _NOTHING) -> Match | None:
        """The client that this process is; None where it is none, or where two fit as well. also: seen elsewhere."""
        what = runs(record)
        site, app_id = _app(what)
        keys = {what.program, *(name.lower() for name in what.modules), site, app_id}
        found = [pair for key in sorted(keys) for pair in self._names.get(key, ())]
        found += self._placed(what)
        found += [pair for seen in sorted(also) for pair in self._elsewhere.get(seen, ())]
        shown = {client.id: (client, signs, _seen(signs, what, record, also)) for client, signs in found}
        # What lies in a home never decides of a process, nor do a port and a verb.
        weighed = ((client, weigh(signs, seen, RUNNING, _NAMES)) for client, signs, seen in shown.values())
        sure = [(client, weight) for client, weight in weighed if weight is not None]
        if not sure:
            return None
        best = max((weight.alone, weight.count) for _, weight in sure)
        (client, signals), *others = [(one, w.signals) for one, w in sure if (w.alone, w.count) == best]
        if others:
            return None
        return Match(client.id, "installed" if client.starts == "itself" else "running", signals)

    def _placed(self, what: Runs) -> list[tuple[Client, Signs]]:
        """Those whose folder tells alone, and this is it."""
        return [
            (client, signs)
            for client, signs in self._places
            if any(_below(what.path, value) for value in signs.below if signs.decides("below", value))
        ]


def is_window(record: Record) -> bool:
    """Whether it is a browser that shows one site as a program of its own, whichever site that is."""
    return any(_app(runs(record)))


def _seen(signs: Signs, what: Runs, record: Record, also: AbstractSet[Seen]) -> set[Seen]:
    """Each (signal, value) that this process shows."""
    site, app_id = _app(what)
    modules = {name.lower() for name in what.modules}
    ports = {str(port).rpartition(":")[2] for port in record.listen}
    shows: dict[str, Callable[[str], bool]] = {
        "program": lambda value: value.lower() == what.program,
        "module": lambda value: value.lower() in modules,
        "verb": lambda value: value == what.verb,
        "option": lambda value: value in what.words,
        "site": lambda value: value == site,
        "app_id": lambda value: value == app_id,
        "below": lambda value: _below(what.path, value),
        "port": lambda value: value in ports,
    }
    own = {(name, value) for name, shown in shows.items() for value in signs.of(name) if shown(value)}
    return own | {(name, value) for name, value in also if value in signs.of(name)}


def _app(what: Runs) -> tuple[str, str]:
    """The host of a browser's --app= and the id of its --app-id=."""
    if what.program not in _BROWSERS:
        return "", ""
    site = app_id = ""
    for word in what.words:
        option, _, value = word.partition("=")
        if option == "--app":
            site = _host(value)
        elif option == "--app-id":
            app_id = value
    return site, app_id


def _host(url: str) -> str:
    """`site` of `https://www.site:443/path`."""
    rest = url.partition("://")[2]
    for end in "/?#":
        rest = rest.partition(end)[0]
    return rest.rpartition("@")[2].partition(":")[0].lower().removeprefix("www.")


def _below(path: str, folder: str) -> bool:
    """Whether it lies in this folder; where that begins at a home or %…%, wherever that is."""
    parts, wanted = path.lower().split("/")[:-1], folder.lower().split("/")
    if wanted[0].startswith(("~", "%")):
        wanted = wanted[1:]
        return any(parts[at : at + len(wanted)] == wanted for at in range(1, len(parts)))
    return parts[: len(wanted)] == wanted
