"""The docs are true where a test can tell: what leaves, the fields of a policy, of --json, the commands' options."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import fields

import agent.cli
import feed.cli
from policy import document, labels
from policy.kinds import KINDS, cloud, screen, settings, software
from policy.model import Clause, Contact, Grace, Hours, Respond
from tests.shows import privacy_table

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ADMINISTRATOR = (ROOT / "docs/administrator.md").read_text(encoding="utf-8")
FORMS = (
    document._Head,
    document._RuleForm,
    Respond,
    Grace,
    Hours,
    Contact,
    Clause,
    software.Match,
    software.Entry,
    screen.Match,
    settings.Match,
    labels.Labels,
    labels.Level,
    cloud.Match,
    cloud.Entry,
    cloud.Company,
    cloud.Graces,
)


def test_what_leaves_is_told_as_it_is():
    """docs/privacy.md has the rows of policy/privacy.py; `tests/shows/privacy_table.py --write` refreshes it."""
    differs = privacy_table.difference(privacy_table.DOC.read_text(encoding="utf-8"))
    assert not differs, f"\n{differs}"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_field_of_a_policy_is_told(form: type[Struct]):
    """A row of a table in docs/administrator.md begins with its name."""
    told = rows(ADMINISTRATOR)
    assert [field.name for field in fields(form) if field.name not in told] == []


def test_no_kind_is_left_out():
    """FORMS holds what a rule of each kind is made of."""
    assert {kind.match for kind in KINDS.values()} <= set(FORMS)


@pytest.mark.parametrize("cli", [agent.cli, feed.cli], ids=lambda cli: cli.__name__)
def test_every_option_is_told(cli):
    """Every command and every option that help shows stands in docs/administrator.md."""
    parser: argparse.ArgumentParser = cli._parser(str)
    named = set(re.findall(r"`([^`]+)`", ADMINISTRATOR))
    words = {word for code in named for word in code.split()}
    assert [name for name in options(parser) if name not in words] == []


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield name
                yield from options(below)
        elif action.help is not argparse.SUPPRESS:
            yield from (name for name in action.option_strings if name not in {"-h", "--help"})


def rows(doc: str) -> set[str]:
    """The names with which the rows of a doc's tables begin."""
    firsts = re.findall(r"^\| ([^|]+) \|", doc, re.MULTILINE)
    return {name for first in firsts for name in re.findall(r"`([\w.]+)`", first)}


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.name)
def test_every_link_leads_somewhere(doc: Path):
    """A link to a file of ours names one that is there, and a heading in it that is there."""
    lost = []
    for target in re.findall(r"\]\(([^)#:]*(?:#[^)]*)?)\)", doc.read_text(encoding="utf-8")):
        path, _, heading = target.partition("#")
        there = (doc.parent / path).resolve() if path else doc
        if not there.exists() or (heading and heading not in anchors(there.read_text(encoding="utf-8"))):
            lost.append(target)
    assert lost == []


def anchors(doc: str) -> set[str]:
    """A heading's anchor as it is made from its words."""
    heads = re.findall(r"^#+ (.*)$", doc, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
