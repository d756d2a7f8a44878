"""Order of versions as dpkg has it (Debian policy 5.6.12), which also orders what others write well enough."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from policy.phrase import N_, BadValue

_PART = re.compile(r"(\D*)(\d*)")
_BOUND = re.compile(r"\s*(>=|<=|==|>|<)\s*([^\s,]+)\s*")


def compare(one: str, other: str) -> int:
    """-1, 0 or 1: epoch, then upstream version, then revision."""
    for left, right in zip(_split(one), _split(other), strict=True):
        order = _compare_part(left, right)
        if order:
            return order
    return 0


def parse_range(text: str) -> tuple[tuple[str, str], ...]:
    """A range such as `>=24.0, <25` as (operator, version) pairs, all of which must hold.

    Raises:
        BadValue: It is none.

    """
    bounds = []
    for part in text.split(","):
        found = _BOUND.fullmatch(part)
        if not found:
            raise BadValue(N_("expected bounds such as '>=24.0, <25', found {found}"), found=repr(text))
        bounds.append((found[1], found[2]))
    return tuple(bounds)


def within(version: str, text: str) -> bool:
    """Whether the version lies in the range."""
    holds = {">=": (0, 1), "<=": (0, -1), "==": (0,), ">": (1,), "<": (-1,)}
    return all(compare(version, bound) in holds[operator] for operator, bound in parse_range(text))


def _split(version: str) -> tuple[str, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return epoch, upstream, revision


def _compare_part(one: str, other: str) -> int:
    """Runs of non-digits by dpkg's alphabet, runs of digits by number, in turn from the left."""
    left, right = _runs(one), _runs(other)
    for a, b in zip_longest(left, right, fillvalue=("", 0)):
        if a != b:
            key_a, key_b = ([_rank(c) for c in a[0]] + [0], a[1]), ([_rank(c) for c in b[0]] + [0], b[1])
            return (key_a > key_b) - (key_a < key_b)
    return 0


def _runs(text: str) -> Iterator[tuple[str, int]]:
    for letters, digits in _PART.findall(text):
        if letters or digits:
            yield letters, int(digits or 0)


def _rank(char: str) -> int:
    """A tilde before the end, the end (0) before letters, letters before all else."""
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256
