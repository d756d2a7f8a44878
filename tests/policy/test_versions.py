"""Versions in dpkg's order, beside the real dpkg."""

import subprocess

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from policy.versions import compare, parse_range, within

# What has bitten somebody once: each is asked against each.
KNOWN = (
    "0", "00", "0.1", "0.9", "0a",
    "1", "1.0", "1.0-0", "1.0-1", "1.0-1~bpo12+1", "1.0~rc1", "1.0~rc1-1", "1.0~~", "1.0~", "1:0.1", "0:1", "1.10",
    "1.9", "1.0a", "1.0+b1", "1.0+dfsg", "1.00", "1.0-1+b2", "2:16.1+dfsg1-2+b1", "1.0.-1", "16.04-x", "1.0-~1",
)  # fmt: skip
VERSION = st.from_regex(r"(?:(?:0|1|10):)?[0-9][0-9aZ.+~]{0,5}(?:-[0-9aZ.+~]{1,4}){0,2}", fullmatch=True)


# Which of three, told by the shell.
ASK = """if dpkg --compare-versions '{0}' lt '{1}'; then echo -1
elif dpkg --compare-versions '{0}' eq '{1}'; then echo 0
else echo 1; fi"""


def dpkg(pairs: list[tuple[str, str]]) -> list[int]:
    """What the real dpkg says of each pair, all in one shell."""
    script = "\n".join(ASK.replace("{0}", a).replace("{1}", b) for a, b in pairs)
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert not done.stderr, "dpkg found one of them no version"
    return [int(line) for line in done.stdout.split()]


def test_known_versions_in_dpkgs_order():
    """Each with each, once around."""
    pairs = [(a, b) for i, a in enumerate(KNOWN) for b in KNOWN[i:]]
    assert [compare(a, b) for a, b in pairs] == dpkg(pairs)
    assert [compare(b, a) for a, b in pairs] == [-compare(a, b) for a, b in pairs]


def test_any_versions_in_dpkgs_order():
    """Made-up ones: the same three hundred pairs in each run, asked of dpkg in one go."""
    pairs: list[tuple[str, str]] = []

    @settings(max_examples=300, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
    @given(VERSION, VERSION)
    def collect(one, other):
        pairs.append((one, other))

    collect()
    wrong = [(a, b) for (a, b), order in zip(pairs, dpkg(pairs), strict=True) if compare(a, b) != order]
    assert wrong == []


@pytest.mark.parametrize(
    ("version", "bounds", "holds"),
    [
        ("24.08", ">=24.0", True),
        ("23.01", ">=24.0", False),
        ("24.08", ">=24.0, <25", True),
        ("25~rc1", ">=24.0, <25", True),
        ("25", "<25", False),
        ("25", "<=25", True),
        ("1:24", "<25", False),
        ("24.0", "==24.0", True),
        ("24.0-1", "==24.0", False),
        ("24.0-1", ">24.0", True),
    ],
)
def test_ranges(version, bounds, holds):
    """All bounds must hold."""
    assert within(version, bounds) is holds


@pytest.mark.parametrize("text", ["", "24", "=24", ">= 24 25", ">=24,", "~>1"])
def test_what_is_no_range_is_said(text):
    """With an example of one."""
    with pytest.raises(ValueError, match=r"expected bounds such as '>=24\.0, <25'"):
        parse_range(text)
