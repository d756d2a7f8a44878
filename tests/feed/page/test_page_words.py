"""The page in the reader's language, and how coarsely it tells of laptops."""

import re
from datetime import timedelta

import pytest

from feed.page.render import HERE
from feed.words import wanted

NOT_TRANSLATED = {"Deskwarden", "SHA-256", "·", "(", ")", ",", "–"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "nl"),
        ("en", "en"),
        ("en-GB,en;q=0.9,nl;q=0.8", "en"),
        ("en;q=0.5, nl-NL;q=0.9", "nl"),
        ("de,fr", "nl"),
        ("nl;q=0, en;q=0.1", "en"),
        ("en;q=much", "nl"),
        (",;q=,;;", "nl"),
    ],
)
def test_accept_language(header, language):
    assert wanted(header, "nl") == language


def test_the_browser_says_the_language(analyst, made):
    """The policy's own words follow as well."""
    analyst.report(made("cmatrix"))
    assert '<html lang="nl">' in analyst.get("/", accept_language="").text
    assert "Niet-goedgekeurd programma" in analyst.get("/", accept_language="nl").text
    assert "Program that is not approved" in analyst.get("/", accept_language="en").text


def test_the_language_can_be_chosen(analyst):
    """?lang= goes before the browser's, and is kept."""
    assert '<html lang="en">' in analyst.get("/?lang=en", accept_language="nl").text
    assert '<html lang="en">' in analyst.get("/", accept_language="nl").text
    assert '<html lang="en">' in analyst.get("/?lang=xx").text


@pytest.mark.parametrize(
    ("ago", "word"),
    [
        (timedelta(minutes=59), "under an hour"),
        (timedelta(hours=1), "today"),
        (timedelta(hours=10), "today"),
        (timedelta(hours=11), "this week"),
        (timedelta(days=6), "this week"),
        (timedelta(days=7), "longer ago"),
        (None, "not yet"),
    ],
)
def test_last_contacts_are_buckets(analyst, clock, ago, word):
    """No hour, no asset tag."""
    if ago is not None:
        analyst.run(analyst.store.heard(analyst.device.uid, "nl", clock.now - ago))
    text = analyst.get("/devices").text
    assert f'<td role="cell">{word}</td>' in text
    assert analyst.device.uid.hex[:8] in text
    assert analyst.device.asset_tag not in text
    assert not re.search(r"\d\d:\d\d", text)


def test_laptops_stand_in_an_order_that_tells_no_time(analyst, clock, enrol):
    devices = [analyst.device, analyst.run(enrol(analyst.store, "LT-2"))]
    pages = []
    for minutes in [(1, 2), (2, 1)]:
        for device, ago in zip(devices, minutes, strict=True):
            analyst.run(analyst.store.heard(device.uid, "nl", clock.now - timedelta(minutes=ago)))
        pages.append(analyst.get("/devices").text)
    assert pages[0] == pages[1]


def test_no_laptop_yet(analyst, monkeypatch):
    async def none():
        return []

    monkeypatch.setattr(analyst.store, "last_contacts", none)
    assert "No laptop is enrolled yet" in analyst.get("/devices").text


@pytest.mark.parametrize("template", sorted((HERE / "templates").glob("*.html")), ids=lambda path: path.name)
def test_every_word_of_a_template_is_marked(template):
    """What stands outside tags and `_()` is no word, or a name."""
    bare = re.sub(r"\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}", " ", template.read_text(), flags=re.DOTALL)
    assert set(re.sub(r"<[^>]*>", " ", bare).split()) <= NOT_TRANSLATED
