"""Which packages are there for the sake of one program alone: those that apt would take away with it."""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import NamedTuple

_NAME = re.compile(r"^\s*([a-z0-9][a-z0-9+.\-]+)")


class Package(NamedTuple):
    """A package as dpkg has it. needs: its Pre-Depends, Depends and Recommends; provides: as written."""

    name: str
    version: str
    status: str
    needs: str
    provides: str


def comes_only_with(program: str, packages: Mapping[str, Package], auto: Collection[str]) -> frozenset[str]:
    """What was pulled in and that nothing but `program` holds here."""
    providers = _providers(packages)
    mine = _reach([program], packages, providers)
    others = [name for name in packages if name not in auto and name != program]
    held = _reach(others, packages, providers)
    return frozenset(name for name in mine - held if name in auto)


def _reach(
    starts: Collection[str], packages: Mapping[str, Package], providers: Mapping[str, frozenset[str]]
) -> set[str]:
    seen = set(starts)
    todo = list(starts)
    while todo:
        package = packages.get(todo.pop())
        for name in _names(package.needs) if package else ():
            for there in providers.get(name, frozenset()):
                if there not in seen:
                    seen.add(there)
                    todo.append(there)
    return seen


def _providers(packages: Mapping[str, Package]) -> dict[str, frozenset[str]]:
    """For each name that can be needed: the packages here that are it or provide it."""
    out: dict[str, set[str]] = {name: {name} for name in packages}
    for package in packages.values():
        for name in _names(package.provides) if package.provides else ():
            out.setdefault(name, set()).add(package.name)
    return {name: frozenset(there) for name, there in out.items()}


@lru_cache(maxsize=4096)  # a look asks for each new program, and each time for all packages
def _names(relation: str) -> tuple[str, ...]:
    """The names in `a (>= 1), b | c`, alternatives included: whichever is here holds."""
    return tuple(found[1] for part in re.split(r"[,|]", relation) if (found := _NAME.match(part)))
