"""What a signed-in person reads."""

from uuid import UUID

import pytest

HOSTILE = '<img src=x onerror="alert(1)">\'"&{{7*7}}\u202egnp.exe'
TWINS = (UUID("5b3f6c1e-4000-4000-8000-00000000000a"), UUID("5b3f6c1e-4000-4000-8000-00000000000b"))


def test_list_shows_an_incident(analyst, made):
    """Program, version, rule, reference, severity in a word, state, date and laptop; the asset tag never."""
    row = analyst.put(made("cmatrix"))
    page = analyst.get("/")
    assert page.status == 200
    for said in (
        "cmatrix 2.0-3",
        "Niet-goedgekeurd programma",
        row.reference,
        "Low",
        "Open",
        "2026-11-24",
        "5b3f6c1e",
    ):
        assert said in page.text
    assert row.asset_tag not in page.text


def test_empty_list_says_what_to_do(analyst):
    """An empty page explains itself; a filter that fits nothing is another thing."""
    assert "No incidents yet" in analyst.get("/").text
    assert "No incident fits these filters" in analyst.get("/?state=open").text


def test_newest_first(analyst, made):
    for name in ("first", "second"):
        analyst.put(made(name))
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
    analyst.put(made("low"))
    analyst.put(made("high", severity=5))
    analyst.put(made("gone", rule="software.other", state="resolved", ending="put_right"))
    text = analyst.get(f"/{query}").text
    assert {name for name in ("low", "high", "gone") if f"{name} 2.0-3" in text} == shown


def test_refresh_keeps_the_filters(analyst):
    """What the open page asks for again is what it was asked for, but for the change of language."""
    text = analyst.get("/?severity=3&state=open&lang=en").text
    assert 'hx-get="?severity=3&amp;state=open"' in text
    assert '<option value="3" selected>' in text


def test_hostile_names_stay_text(analyst, made):
    """A program's name is an attacker's input: it is shown, never run, on the list and on its own page."""
    row = analyst.put(made(HOSTILE, ticket=HOSTILE, rule="<b>rule", clause="<i>3"), HOSTILE.encode())
    for path in ("/", f"/incidents/{row.uid}"):
        text = analyst.get(path).text
        assert "<img src=x" not in text
        assert "<b>rule" not in text
        assert "<i>3" not in text
        assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;&#39;&#34;&amp;{{7*7}}" in text


def test_detail_quotes_the_clause(analyst, made, policy):
    row = analyst.put(made("cmatrix", ticket="<1@feed>"))
    text = analyst.get(f"/incidents/{row.uid}").text
    assert policy.clauses["3"].quote.nl in text
    assert "&lt;1@feed&gt;" in text
    assert str(row.uid) in text
    assert row.asset_tag not in text


def test_what_the_policy_no_longer_knows(analyst, made):
    """A rule, clause and kind that this feed does not have: the incident shows by its ids."""
    row = analyst.put(made("x", rule="carrier.gone", clause="99", kind="carrier", attrs={}))
    for path in ("/", f"/incidents/{row.uid}"):
        page = analyst.get(path)
        assert page.status == 200
        assert "carrier.gone" in page.text


@pytest.mark.parametrize(
    "body", [b'{"a":1}', b"\n\n leading", b"<pre>&amp;</pre>\r\n", "\u202e\u2028é".encode()]
)
def test_bytes_as_received(analyst, made, body):
    """The raw link gives exactly the bytes; the page shows the same."""
    row = analyst.put(made("cmatrix", revision=7), body)
    raw = analyst.get(f"/incidents/{row.uid}/7.json")
    assert raw.body == body
    assert raw.headers["content-type"] == "application/json"
    shown = analyst.get(f"/incidents/{row.uid}").text
    assert f">\n{escaped(body.decode())}</pre>" in shown


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")


def test_timeline_has_every_revision(analyst, made):
    row = analyst.put(made("cmatrix"), b"the first")
    analyst.put(made("cmatrix", revision=2, state="resolved", ending="put_right"), b"the second")
    text = analyst.get(f"/incidents/{row.uid}").text
    assert text.index("the second") < text.index("the first")
    assert "Put right" in text
    assert analyst.get(f"/incidents/{row.uid}/3.json").status == 404


def test_a_spoken_reference_leads_to_the_incident(analyst, made):
    row = analyst.put(made("cmatrix"))
    said = row.reference.removeprefix("DW-").lower().replace("-", " ")
    for path in (f"/r/{row.reference}", f"/r?reference={said.replace(' ', '+')}"):
        page = analyst.get(path)
        assert (page.status, page.headers["location"]) == (303, f"/incidents/{row.uid}")


def test_two_with_the_same_reference_are_both_listed(analyst, made):
    rows = [analyst.put(made(name, uid=uid)) for name, uid in zip(("one", "two"), TWINS, strict=True)]
    assert rows[0].reference == rows[1].reference
    text = analyst.get(f"/r/{rows[0].reference}").text
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
