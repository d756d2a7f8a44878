"""One process read and judged, and the little that is kept of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from agent.clouds.reading import Mark, Owner, Table
from policy.catalogue import OS, Catalogue
from policy.catalogue.commandline import Record
from policy.catalogue.processes import Match, Processes, is_window


@dataclass(slots=True)
class Kept:
    """What is kept of one of this user's processes.

    survived: a compare found it again. texts: what its file was seen to have.
    """

    mark: Mark
    met: float
    fresh: bool
    uid: Owner | None
    match: Match | None = None
    window: bool = False
    may_get_port: bool = False
    may_have_text: bool = False
    survived: bool = False
    texts: frozenset[str] = frozenset()


class Reader:
    """Reads processes of one user, or of all where uid is None; then none may have a text: no file is to be opened.

    packaged: of an executable's path, whether it is a package's: that one's bytes are not read.
    """

    def __init__(
        self, catalogue: Catalogue, os: OS, table: Table, uid: Owner | None, packaged: Callable[[str], bool]
    ) -> None:
        self._processes, self._table, self._uid, self._packaged = Processes(catalogue, os), table, uid, packaged
        self.texts = self._processes.texts() if uid is not None else frozenset[str]()

    def may_be(self, pid: int) -> bool:
        """Whether its executable's name and place leave that open."""
        exe = self._table.exe(pid)
        return not exe or self._processes.may_be(exe)

    def read(self, pid: int, *, fresh: bool, texts: frozenset[str] = frozenset()) -> Kept | None:
        """One of this user's; of what surely is no client, as little as that takes. None: not theirs, or gone."""
        uid = None if self._uid is None else self._table.owner(pid)
        mark = self._table.mark(pid) if uid == self._uid else None
        if mark is None:
            return None
        exe = self._table.exe(pid)
        kept = Kept(mark, time.monotonic(), fresh, uid, texts=texts)
        kept.may_have_text = bool(exe and self.texts and not self._packaged(exe))
        if exe and not texts and not self._processes.may_be(exe):
            return kept
        record = Record(mark.name, exe or None, self._table.cmdline(pid))
        kept.match = self._processes.identify(record, {("text", text) for text in texts})
        if kept.match is None and self._processes.needs_port(record):
            kept.match = self._by_port(pid, record)
            kept.may_get_port = kept.match is None
        kept.window = kept.match is None and is_window(record)
        if kept.match or kept.window:
            kept.uid = self._table.owner(pid) if uid is None else uid
        return kept

    def _by_port(self, pid: int, record: Record) -> Match | None:
        ports = self._table.ports(pid)
        return self._processes.identify(replace(record, listen=ports)) if ports else None
