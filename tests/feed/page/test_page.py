"""What a signed-in person reads."""

from hashlib import sha256
from uuid import UUID

import pytest

from feed.store import Forwarded, Moment
from policy.reference import reference

HOSTILE = '<img src=x onerror="alert(1)">\'"&{{7*7}}'
TWINS = (UUID("5b3f6c1e-4000-4000-8000-00000000000a"), UUID("5b3f6c1e-4000-4000-8000-00000000000b"))


def test_list_shows_an_incident(analyst, made):
    """Program, version, rule, reference, severity in a word, state, date and laptop; the asset tag never."""
    one = made("cmatrix")
    analyst.report(one)
    page = analyst.get("/")
    assert page.status == 200
    for said in (
        "cmatrix 2.0-3",
        "Program that is not approved",
        reference(one.uid),
        "Low",
        "Open",
        "2026-11-24",
        analyst.device.uid.hex[:8],
    ):
        assert said in page.text
    assert analyst.device.asset_tag not in page.text


def test_empty_list_says_what_to_do(analyst):
    """An empty page explains itself; a filter that fits nothing is another thing."""
    assert "No incidents yet" in analyst.get("/").text
    assert "No incident fits these filters" in analyst.get("/?state=open").text


def test_what_is_not_looked_at_everywhere_is_told_with_counts_and_no_laptop(analyst, posture):
    """A kind by the rules of it, a rule by its title or its id; nothing where all is looked at."""
    assert "Not looked at everywhere" not in analyst.get("/").text
    analyst.report(posture(unsupported=("software.approved", "phone.<known>")))
    page = analyst.get("/").text
    block = page[page.index('<details class="blind">') :]
    for said in (
        "Not looked at everywhere",
        "Lock the screen when leaving",
        "xsync: no_display",
        "Program that is not approved",
        "phone.&lt;known&gt;",
        "does not know this rule",
    ):
        assert said in block, said
    assert block.count('<td role="cell">1</td>') == 3
    assert analyst.device.uid.hex[:8] not in block
    assert "Niet overal bekeken" in analyst.get("/?lang=nl").text


def test_newest_first(analyst, made):
    for name in ("first", "second"):
        analyst.report(made(name))
    text = analyst.get("/").text
    assert text.index("second 2.0-3") < text.index("first 2.0-3")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"low", "high", "gone"}),
        ("?state=open", {"low", "high"}),
        ("?state=resolved", {"gone"}),
        ("?severity=4", {"high"}),
        ("?severity=4&state=resolved", set()),
        ("?rule=software.other", {"gone"}),
        ("?rule=nothing", set()),
        ("?severity=nine&state=ajar", {"low", "high", "gone"}),
    ],
)
def test_filters(analyst, made, query, shown):
    """The query string alone filters, so it works without scripts and as a bookmark."""
    analyst.report(made("low"))
    analyst.report(made("high", severity=5))
    analyst.report(made("gone", rule="software.other", state="resolved", ending="put_right"))
    text = analyst.get(f"/{query}").text
    assert {name for name in ("low", "high", "gone") if f"{name} 2.0-3" in text} == shown


def test_refresh_keeps_the_filters(analyst):
    """What the open page asks for again is what it was asked for, but for the change of language."""
    text = analyst.get("/?severity=3&state=open&lang=en").text
    assert 'hx-get="?severity=3&amp;state=open"' in text
    assert '<option value="3" selected>' in text


def test_hostile_names_stay_text(analyst, made):
    """A program's name is an attacker's input: it is shown, never run, on the list and on its own page."""
    one = made(HOSTILE, rule="<b>rule", clause="<i>3", policy="<u>")
    analyst.report(one)
    analyst.run(analyst.store.forwarded("mail", Forwarded(one.uid, 1, HOSTILE)))
    for path in ("/", f"/incidents/{one.uid}"):
        text = analyst.get(path).text
        for tag in ("<img src=x", "<b>rule", "<i>3", "<u>"):
            assert tag not in text
        assert text.count("&lt;img src=x onerror=&#34;alert(1)&#34;&gt;&#39;&#34;&amp;{{7*7}}") > 1


def test_detail_quotes_the_clause(analyst, made, policy):
    one = made("cmatrix")
    analyst.report(one)
    analyst.run(analyst.store.forwarded("mail", Forwarded(one.uid, 1, "<1@feed>")))
    text = analyst.get(f"/incidents/{one.uid}").text
    assert policy.clauses["3"].quote.en in text
    assert "&lt;1@feed&gt;" in text
    assert str(one.uid) in text
    assert analyst.device.asset_tag not in text
    assert "by mail" in analyst.get("/").text


def test_what_the_policy_no_longer_knows(analyst, made):
    """A rule, clause and kind that this feed does not have: the incident shows by its ids."""
    one = made("x", rule="carrier.gone", clause="99", kind="carrier", attrs={})
    analyst.report(one)
    for path in ("/", f"/incidents/{one.uid}"):
        page = analyst.get(path)
        assert page.status == 200
        assert "carrier.gone" in page.text


def test_bytes_as_received(analyst, made):
    """The raw link gives exactly the bytes that came; the page shows the same, and their hash."""
    one = made("cmatrix", revision=7)
    body = analyst.report(one)
    raw = analyst.get(f"/incidents/{one.uid}/7.json")
    assert raw.body == body
    assert raw.headers["content-type"] == "application/json"
    text = analyst.get(f"/incidents/{one.uid}").text
    assert f">\n{escaped(body.decode())}</pre>" in text
    assert sha256(body).hexdigest() in text


@pytest.mark.parametrize("body", [b"\n\n leading", b"<pre>&amp;</pre>\r\n", "\u202e\u2028é".encode(), b"\xff"])
def test_whatever_the_bytes_are(analyst, made, monkeypatch, body):
    """Even those that the store would have refused."""
    one = made("cmatrix")
    analyst.report(one)

    async def timeline(_uid):
        return [Moment(1, "2026-11-24", "open", 2, "0" * 64, body)]

    monkeypatch.setattr(analyst.store, "timeline", timeline)
    assert analyst.get(f"/incidents/{one.uid}/1.json").body == body
    shown = escaped(body.decode(errors="backslashreplace"))
    assert f">\n{shown}</pre>" in analyst.get(f"/incidents/{one.uid}").text


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")


def test_timeline_has_every_revision(analyst, made):
    """The latest first."""
    one = made("cmatrix")
    analyst.report(one)
    analyst.report(made("cmatrix", revision=2, state="resolved", ending="put_right"))
    text = analyst.get(f"/incidents/{one.uid}").text
    assert text.index("Revision 2") < text.index("Revision 1")
    assert "Put right" in text
    assert analyst.get(f"/incidents/{one.uid}/3.json").status == 404


def test_a_spoken_reference_leads_to_the_incident(analyst, made):
    one = made("cmatrix")
    analyst.report(one)
    written = reference(one.uid)
    said = written.removeprefix("DW-").lower().replace("-", "+")
    for path in (f"/r/{written}", f"/r?reference={said}"):
        page = analyst.get(path)
        assert (page.status, page.headers["location"]) == (303, f"/incidents/{one.uid}")


def test_two_with_the_same_reference_are_both_listed(analyst, made):
    for name, uid in zip(("one", "two"), TWINS, strict=True):
        analyst.report(made(name, uid=uid))
    assert reference(TWINS[0]) == reference(TWINS[1])
    text = analyst.get(f"/r/{reference(TWINS[0])}").text
    assert "one 2.0-3" in text
    assert "two 2.0-3" in text


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/r/DW-7K4M-M2Q8", 422, "This is not a reference"),
        ("/r/", 404, "There is nothing here"),
        ("/nowhere", 404, "There is nothing here"),
        ("/static/nothing.js", 404, "There is nothing here"),
        ("/incidents/5b3f6c1e-4000-4000-8000-00000000000a", 404, "There is nothing here"),
        ("/incidents/none", 404, "There is nothing here"),
        ("/signout", 404, "There is nothing here"),
    ],
)
def test_errors_are_pages(analyst, path, status, title):
    """Title, cause and a way out, whatever was asked for."""
    page = analyst.get(path)
    assert page.status in {status, 405}
    assert f"<h1>{title}</h1>" in page.text
    assert page.headers["content-security-policy"]


def test_a_failure_says_nothing_of_its_cause(analyst, monkeypatch, caplog):
    """500 is a page too; the reason goes to the log, without the address."""

    async def broken(*_args):
        raise OSError("disk of 10.0.0.9 is gone")

    monkeypatch.setattr(analyst.store, "incidents", broken)
    page = analyst.get("/?rule=secret")
    assert page.status == 500
    assert "The feed could not answer" in page.text
    assert "disk of" not in page.text
    assert "disk of" in caplog.text
    assert "secret" not in caplog.text
