"""What tests/soak/clouds.py recorded of real clients and of innocent look-alikes."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from policy.catalogue import Signs
from policy.catalogue.commandline import Record
from policy.catalogue.weigh import Seen

HERE = Path(__file__).resolve().parents[1] / "recordings/clouds"
PACKAGES = HERE / "packages.json"


@dataclass(frozen=True)
class Recorded:
    """One case. client: the catalogue's id, None for an innocent one."""

    case: str
    client: str | None
    told: dict[str, Any]

    def processes(self) -> list[Record]:
        return [_record(one) for one in self.told["processes"]]

    def elsewhere(self, record: Record) -> frozenset[Seen]:
        """What was seen of the process, but not in its record: a text in the bytes of its executable."""
        return frozenset(("text", text) for text in self.told["texts"].get(record.exe, ()))

    def around(self, signs: Signs) -> frozenset[Seen]:
        """What was seen beside its processes: its packages, its files, its names on the bus, sockets and mounts."""
        files = {name.rstrip("/") for name in self.told["files"]}
        folders = {"/".join(name.split("/")[:n]) for name in files for n in range(1, name.count("/") + 1)}
        packages = [name.rpartition(":")[::2] for name in self.told["versions"]]
        there = {
            "dpkg": {name for source, name in packages if not source},
            "pypi": {name for source, name in packages if source == "pypi"},
            "npm": {name for source, name in packages if source == "npm"},
            "dbus": set(self.told["dbus"]),
            "mount": {word for source, _, kind in self.told["mounts"] for word in (source, kind)},
            "config": files | folders,
            "linked": files | folders,
            "socket": _ways(self.told["sockets"]),
        }
        return frozenset((name, value) for name, seen in there.items() for value in signs.of(name) if value in seen)


@cache
def recorded(*, innocent: bool) -> tuple[Recorded, ...]:
    """The clients, or the look-alikes."""
    told = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(HERE.glob("*.json")) if path != PACKAGES]
    cases = (Recorded(one["case"], one["client"], one) for one in told)
    return tuple(case for case in cases if (case.client is None) == innocent)


def packages() -> list[str]:
    """All packages of the machine that the clients ran on, by dpkg's name."""
    names: list[str] = json.loads(PACKAGES.read_text(encoding="utf-8"))
    return names


def _record(told: dict[str, Any]) -> Record:
    words, ports = told["cmdline"] or (), told["listen"] or ()
    return Record(told["name"] or "", told["exe"], tuple(words), told["username"], tuple(ports))


def _ways(paths: list[str]) -> set[str]:
    """Each socket, and the folders that it lies in."""
    return {"/".join(path.split("/")[:n]) for path in paths for n in range(1, path.count("/") + 2)}
