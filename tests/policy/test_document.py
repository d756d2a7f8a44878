"""The policy document: every error with its line, its place and what was expected; the rest runs."""

from pathlib import Path

import pytest

from policy.document import BadPolicy, Problem, kept_here, read, trying_out
from policy.kinds import KINDS
from policy.model import Duration, Grace

EXAMPLE = Path(__file__).resolve().parents[2] / "policy/examples/kpn.toml"
GOOD = """\
format = 1
id = "p"
version = "1"
company = "C"
[[clauses]]
number = "3"
title = { nl = "t", en = "t" }
quote = { nl = "q", en = "q" }
[[rules]]
id = "r"
kind = "software"
clause = "3"
title = { nl = "t", en = "t" }
[rules.respond]
severity = 3
grace = { hours = 1 }
[rules.match]
approve = [
  { name = "good" },
  { name = "seven", versions = ">=24" },
]
"""


def problems(text: str, *, strict: bool = True) -> list[Problem]:
    with pytest.raises(BadPolicy) as caught:
        read(text.encode(), strict=strict)
    return caught.value.problems


@pytest.mark.parametrize(
    ("old", "new", "line", "place", "expected"),
    [
        ("format = 1", "format = 2", 1, "format", "expected 1, found 2"),
        ('id = "p"', "id = 7", 2, "id", "expected a text, found a whole number"),
        ('version = "1"\n', "", 1, "document", "expected a field 'version'"),
        ('company = "C"', 'compani = "C"', 4, "compani", "did you mean company?"),
        ('company = "C"', 'company = "C"\nlanguage = "fr"', 5, "language", "expected one of 'nl', 'en', found 'fr'"),
        ('company = "C"', 'company = "C"\ncalm = 3', 5, "calm", "expected a table, found a whole number"),
        ('company = "C"', 'company = "C"\ncalm = { apart = "soon" }', 5, "calm.apart", "expected a span such as 90s"),
        ('company = "C"', 'company = "C"\ncontacts = "me"', 5, "contacts", "expected [[contacts]] tables"),
        ('number = "3"', 'number = "3"\nnunber = "4"', 7, "clauses[0].nunber", "did you mean number?"),
        ('quote = { nl = "q", en = "q" }', 'quote = "q"', 8, "clauses[0].quote", "expected a table, found a text"),
        ('title = { nl = "t", en = "t" }\nquote', 'title = { nl = "t" }\nquote', 7, "clauses[0].title", "'en'"),
        (
            'kind = "software"',
            'kind = "weather"',
            11,
            "rules[0].kind",
            f"expected one of {', '.join(KINDS)}, found 'weather'",
        ),
        ('clause = "3"', 'clause = "9"', 12, "rules[0].clause", "one of the clauses, found '9'"),
        ("severity = 3", "severity = 6", 15, "rules[0].respond.severity", "expected 1 to 5, found 6"),
        ("severity = 3", 'severity = "high"', 15, "rules[0].respond.severity", "expected a whole number, found a text"),
        ("severity = 3", 'route = "boss"', 15, "rules[0].respond.route", "'boss'"),
        ("severity = 3", "settle = 60", 15, "rules[0].respond.settle", "expected a span such as 90s"),
        ("{ hours = 1 }", "{ }", 16, "rules[0].respond.grace", "one of {hours = n} and {working_days = n}"),
        ("{ hours = 1 }", "{ hours = 1, working_days = 2 }", 16, "rules[0].respond.grace", "one of {hours = n}"),
        ("{ hours = 1 }", "{ days = 1 }", 16, "rules[0].respond.grace.days", "expected one of hours, working_days"),
        ('{ name = "good" }', "{ nom = 1 }", 19, "rules[0].match.approve[0].nom", "expected one of name"),
        (
            '{ name = "good" }',
            "{ }",
            19,
            "rules[0].match.approve[0]",
            "expected a name pattern, an origin or a publisher",
        ),
        ('id = "p"', 'id = ""', 2, "id", "expected 1 to 64 characters, found 0"),
        ('version = "1"', f'version = "{"1" * 65}"', 3, "version", "expected 1 to 64 characters, found 65"),
        ('id = "r"', f'id = "{"r" * 65}"', 10, "rules[0].id", "expected 1 to 64 characters, found 65"),
        (
            'company = "C"',
            'company = "C"\nholidays = ["25-12-2026"]',
            5,
            "holidays",
            "expected days such as '2026-12-25'",
        ),
        ('company = "C"', 'company = "C"\ncalm = { quiet_until = 24 }', 5, "calm", "expected quiet_until"),
        ('company = "C"', 'company = "C"\ncalm = { quiet_from = 7 }', 5, "calm", "expected quiet_until"),
        ('company = "C"', 'company = "C"\ncalm = { weekend = [7] }', 5, "calm.weekend", "0 (Monday) to 6"),
        ('company = "C"', 'company = "C"\ncalm = { a_day = 0 }', 5, "calm.a_day", "expected 1 or more, found 0"),
        ("severity = 3", "priority = 5", 15, "rules[0].respond.priority", "expected 1 to 4, found 5"),
        ("{ hours = 1 }", "{ hours = -1 }", 16, "rules[0].respond.grace.hours", "expected 0 to 720, found -1"),
        (
            "{ hours = 1 }",
            "{ working_days = 0 }",
            16,
            "rules[0].respond.grace.working_days",
            "expected 1 to 30, found 0",
        ),
        (
            "{ hours = 1 }",
            "{ working_days = 31 }",
            16,
            "rules[0].respond.grace.working_days",
            "expected 1 to 30, found 31",
        ),
        ('">=24"', '"24"', 20, "rules[0].match.approve[1]", "expected bounds such as '>=24.0, <25', found '24'"),
    ],
)
def test_each_error_is_told_with_its_line_its_place_and_what_was_expected(old, new, line, place, expected):
    """One error in an otherwise right document."""
    assert old in GOOD
    (found,) = [p for p in problems(GOOD.replace(old, new, 1)) if expected in str(p.expected)]
    assert (found.line, found.place) == (line, place)
    assert str(found) == f"line {line}: {place}: {found.expected}"


def test_all_errors_are_told_at_once_in_the_order_of_the_document():
    """Errors in the head, a clause and two rules do not hide one another."""
    bad = (
        GOOD.replace('id = "p"', "id = 1")
        .replace('quote = { nl = "q", en = "q" }', "quote = 3")
        .replace("severity = 3", "severity = 0")
    )
    bad += '[[rules]]\nid = "s"\nkind = "software"\nclause = "3"\ntitle = 1\nmatch = { deny = [{ name = 1 }] }\n'
    found = problems(bad)
    assert [(p.line, p.place) for p in found] == [
        (2, "id"),
        (8, "clauses[0].quote"),
        (15, "rules[0].respond.severity"),
        (26, "rules[1].title"),
        (27, "rules[1].match.deny[0].name"),
    ]


def test_an_id_stands_once():
    """Two rules of one id: the second is the error."""
    second = GOOD[GOOD.index("[[rules]]") :]
    (found,) = problems(GOOD + second)
    assert (found.line, found.place) == (23, "rules[1].id")
    assert "'r' stands twice" in str(found.expected)


@pytest.mark.parametrize(
    ("document", "line"),
    [(b"a = \n", 1), (b'format = 1\nid = "x\n', 2), (b"format = 1\na = [\n  1,\n", 3), (b"format = 1\n\n\xff", 3)],
)
def test_what_is_no_toml_is_told_with_its_line(document, line):
    """The parser's own word, and where."""
    with pytest.raises(BadPolicy) as caught:
        read(document)
    (found,) = caught.value.problems
    assert found.place == "document"
    assert found.line == line
    assert str(found.expected).startswith(("expected TOML", "expected UTF-8"))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('kind = "software"', 'kind = "weather"', f"expected one of {', '.join(KINDS)}"),
        ("severity = 3", 'shout = "loud"', "expected one of"),
        ('{ name = "good" }', '{ name = "good", signer = "x" }', "signer"),
    ],
)
def test_lenient_sets_a_rule_aside_that_this_agent_does_not_know_and_runs_the_rest(old, new, why):
    """A mixed fleet: the newer rule is `unsupported` with its reason, the other one is followed."""
    rule = GOOD[GOOD.index("[[rules]]") :]
    policy = read((GOOD + rule.replace('id = "r"', 'id = "new"').replace(old, new, 1)).encode())
    assert list(policy.rules) == ["r"]
    (aside,) = policy.unsupported
    assert aside.id == "new"
    assert why in aside.why
    assert aside.why.startswith("line ")


def test_lenient_refuses_an_error_that_the_whole_document_stands_on():
    """A head that is wrong is refused by the agent too."""
    assert problems(GOOD.replace("format = 1", "format = 9"), strict=False)
    assert problems(GOOD.replace('quote = { nl = "q", en = "q" }', "quote = 3"), strict=False)


def test_trying_out_gives_every_rule_the_given_grace_and_lets_nobody_wait():
    """`--now --grace 1m`: grace, a quarter of it to settle, no observing, any hour."""
    policy = trying_out(read(GOOD.encode()), grace=60, immediate=True)
    respond = policy.rules["r"].respond
    assert respond.grace == Grace(hours=1 / 60)
    assert (respond.settle, respond.observe) == (Duration(15), Duration(0))
    assert policy.calm is None


def test_trying_out_with_a_grace_alone_keeps_calm_and_observing():
    """`--grace 1h`: settle is never made longer."""
    before = read(GOOD.encode())
    policy = trying_out(before, grace=3600, immediate=False)
    assert policy.calm == before.calm
    assert policy.rules["r"].respond.observe == before.rules["r"].respond.observe == Duration(14 * 86_400)
    assert policy.rules["r"].respond.settle == Duration(60)


def test_without_a_feed_every_rule_tells_the_employee_alone():
    """`kept_here`: no route, all else as it was."""
    before = read(GOOD.encode())
    policy = kept_here(before)
    assert policy.rules["r"].respond.route == "none"
    assert policy.rules["r"].match == before.rules["r"].match


def test_the_digest_is_of_the_very_document():
    """A comment more is another document."""
    assert read(GOOD.encode()).digest != read(GOOD.encode() + b"# x\n").digest


# The code's own words (chapter 3, "Zorgvuldige en zakelijke omgang", last bullet; and chapter 5's list).
CODE = {
    "1.4": "We bewaren of delen geen KPN informatie via publieke (Cloud) oplossingen als Dropbox, iCloud, Google, "
    "WeTransfer, WhatsApp etc. Als we grote bestanden met KPN informatie willen delen, maken we gebruik van onze eigen "
    "software.",
    "1.5": "We zorgen bij het verlaten van onze werkplek dat onbevoegden geen toegang hebben tot bedrijfsinformatie "
    "en vergrendelen de computer (Windowstoets + L).",
    "3": "We brengen geen veranderingen aan in de configuratie of inrichting van de software op de werkplek. "
    "Het is niet toegestaan software op de computer te installeren die niet door KPN goedgekeurd is.",
}


def test_the_example_is_right_and_quotes_the_code_in_its_own_words():
    """Strictly read; each Dutch quote stands in the code; the contacts in the code's own order and numbers."""
    policy = read(EXAMPLE.read_bytes(), strict=True)
    assert policy.unsupported == ()
    assert {number: clause.quote.nl for number, clause in policy.clauses.items()} == CODE
    assert [c.id for c in policy.contacts] == ["manager", "helpdesk-sci", "confidant", "speakup"]
    by_id = {c.id: c for c in policy.contacts}
    assert by_id["helpdesk-sci"].phone.replace(" ", "") == "0800–4040442"
    assert by_id["helpdesk-sci"].mail == "securityhelpdesk@kpn.com"
    assert by_id["speakup"].phone.replace(" ", "") == "0800–0222931"
    assert by_id["speakup"].note is not None
    assert "57660" in by_id["speakup"].note.nl
    respond = policy.rules["software.approved"].respond
    assert respond.grace.working_days == 2
    assert respond.observe == Duration(14 * 86_400)
    assert respond.report_unseen_after == Duration(10 * 86_400)
    assert policy.calm is not None
    assert (policy.calm.quiet_from, policy.calm.quiet_until, policy.calm.a_day) == (18, 8, 3)
    assert (policy.calm.apart, policy.calm.urgent_apart) == (Duration(1800), Duration(600))


def test_an_error_in_a_clause_is_not_told_of_its_rules_too():
    """The clause is there; its quote is wrong."""
    (found,) = problems(GOOD.replace('quote = { nl = "q", en = "q" }', 'quote = "q"'))
    assert found.place == "clauses[0].quote"
