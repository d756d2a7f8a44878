"""`deskwarden policy identify`: which client of a public cloud a process would be told as, and why.

Reads process records from standard input, a JSON object a line (name, exe, cmdline, username, listen), and answers a
line each. Nothing of this machine is looked at, and nothing is kept.
"""

import json
import re
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.clouds.accounts import accounts
from agent.clouds.catalogue import catalogue, this_os
from agent.commands import kept_policy, load_policy
from policy.catalogue import OS, Catalogue
from policy.catalogue.commandline import Record
from policy.catalogue.owners import owner
from policy.catalogue.processes import Match, Processes
from policy.kinds import cloud
from policy.model import Policy
from policy.words import Language, Translate

NOWHERE = Path("/nonexistent")  # a home with nothing in it: a record is judged by itself
_OF_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")


class Given(Struct):
    """A record as it is given; what else stands in it is not read."""

    name: str | None = None
    exe: str | None = None
    cmdline: list[str] | None = None
    username: str | None = None
    listen: list[int | str] | None = None

    @property
    def record(self) -> Record:
        """The same for the catalogue."""
        listen = tuple(self.listen or ())
        return Record(self.name or "", self.exe or None, tuple(self.cmdline or ()), self.username, listen)


class Answer(Struct, omit_defaults=False):
    """client: its id in the catalogue. state: installed, running. account: company, private, unknown or none."""

    client: str | None = None
    state: str | None = None
    account: str | None = None
    signals: tuple[str, ...] = ()


def identify(options: Namespace, _: Translate, _language: Language) -> int:
    """Answer each record; 1 where a line is none."""
    asking = Asking(catalogue(), load_policy(kept_policy(options)), options.os)
    good = True
    for line in filter(str.strip, sys.stdin):
        try:
            answer = asking.answer(line)
        except msgspec.DecodeError as error:
            print(json.dumps({"error": str(error)}) if options.json else str(error), flush=True)
            good = False
            continue
        said = msgspec.json.encode(answer).decode() if options.json else _said(answer, _)
        print(said, flush=True)  # who writes a line at a time reads one
    return 0 if good else 1


class Asking:
    """Knows clients by the catalogue, and the company's own by the policy."""

    def __init__(self, clients: Catalogue, policy: Policy, os: OS | None = None) -> None:
        self._clients, self._os = clients, os
        self._company = list(_companies(policy))
        self._processes: dict[OS, Processes] = {}

    def answer(self, line: str) -> Answer:
        """What one record is.

        Raises:
            msgspec.DecodeError: The line is none.

        """
        record = msgspec.json.decode(line, type=Given, strict=False).record
        os = self._os or _os_of(record)
        if os not in self._processes:
            self._processes[os] = Processes(self._clients, os)
        match = self._processes[os].identify(record)
        return Answer() if match is None else self._found(match, os, record)

    def _found(self, match: Match, os: OS, record: Record) -> Answer:
        client = self._clients.clients[match.client]
        told = accounts(client, os, NOWHERE, [record.cmdline])
        domains = frozenset[str]().union(*(company.domains for company in self._company))
        servers = frozenset[str]().union(*(company.servers for company in self._company))
        account = "private" if client.private else owner(told, domains, servers) if told else "unknown"
        return Answer(match.client, match.state, account, match.signals)


def _companies(policy: Policy) -> Iterator[cloud.Company]:
    return (rule.match.company for rule in policy.rules.values() if isinstance(rule.match, cloud.Match))


def _os_of(record: Record) -> OS:
    """By how its paths are written; else the one that we are on."""
    path = record.exe or next(iter(record.cmdline), "")
    if _OF_WINDOWS.match(path):
        return "windows"
    return "linux" if path.startswith("/") else this_os()


def _said(answer: Answer, _: Translate) -> str:
    if answer.client is None:
        return _("No client of a public cloud.")
    text = _("{client}: {state}; account: {account}; told by: {signals}")
    return text.format(
        client=answer.client, state=answer.state, account=answer.account, signals=", ".join(answer.signals)
    )
