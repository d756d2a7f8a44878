"""The page in a real browser: live without a reload, within its own content policy, by keyboard, on a phone."""

import shutil
from datetime import timedelta

import pytest

PHONE, DESK = (360, 740), (1280, 860)
LIVE = "document.getElementById('live').dataset.state == 'on'"
DENIED = {"name": "hydra", "version": "9.4-1", "verdict": "denied"}
pytestmark = pytest.mark.skipif(not shutil.which("chromium"), reason="there is no chromium here")


def test_an_incident_comes_without_a_reload(browser, feed, made):
    """On the open list, into the title, and its rule into the filter; what a person was doing stays."""
    feed.report(made("first"))
    browser.until("document.body.innerText.includes('first 2.0-3')")
    browser.evaluate("window.untouched = true; document.getElementById('f-severity').value = '4'")
    browser.evaluate("document.querySelector('.c-reference a').focus()")
    focused = browser.evaluate("document.activeElement.id")
    feed.report(made("second", rule="software.other", severity=5))
    browser.until("document.body.innerText.includes('second 2.0-3')")
    assert browser.evaluate("window.untouched")
    assert browser.evaluate("document.activeElement.id") == focused
    assert browser.evaluate("document.getElementById('f-severity').value") == "4"
    assert browser.evaluate("[...document.getElementById('f-rule').options].map(o => o.value)") == [
        "",
        "software.approved",
        "software.other",
    ]
    assert browser.evaluate("document.title").startswith("(2) ")
    assert browser.evaluate("document.querySelectorAll('.fresh').length") == 1


def test_the_filters_hold_while_it_is_live(browser, feed, made):
    browser.open(f"{feed.address}/?severity=4")
    browser.until(LIVE)
    feed.report(made("low"))
    feed.report(made("high", severity=5))
    browser.until("document.body.innerText.includes('high 2.0-3')")
    assert browser.evaluate("document.querySelectorAll('[data-item]').length") == 1
    assert browser.evaluate("location.search") == "?severity=4"


def test_an_open_incident_is_seen_to_end(browser, feed, made):
    one = made("cmatrix")
    feed.report(one)
    browser.open(f"{feed.address}/incidents/{one.uid}?lang=en")
    browser.until(LIVE)
    browser.evaluate("window.untouched = true")
    feed.report(made("cmatrix", revision=2, state="resolved", ending="put_right"))
    browser.until("document.body.innerText.includes('Put right')")
    assert browser.evaluate("document.querySelectorAll('.timeline li').length") == 2
    assert browser.evaluate("window.untouched")


def test_a_hostile_name_is_only_text(browser, feed, made):
    """Neither when the page is made nor when it is refreshed."""
    feed.report(made('<img src=x onerror="window.owned=1"><script>window.owned=1</script>'))
    browser.until("document.querySelectorAll('[data-item]').length == 1")
    browser.open(f"{feed.address}/")
    browser.until(LIVE)
    assert browser.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert browser.evaluate("window.owned") is None
    assert browser.evaluate("document.querySelector('.subject').textContent").startswith("<img src=x")


def test_by_keyboard_alone(browser, feed, made):
    """The first stop leads past the bar; every incident is a stop, and Enter opens it."""
    one = made("cmatrix")
    feed.report(one)
    browser.until("document.querySelectorAll('[data-item]').length == 1")
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.className") == "skip"
    assert browser.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    for _ in range(40):
        browser.press("Tab")
        if browser.evaluate("document.activeElement.id") == f"a-{one.uid}":
            break
    browser.press("Enter")
    browser.until(f"location.pathname == '/incidents/{one.uid}'")


def test_a_link_in_a_ticket_finds_the_session(browser, feed):
    """From another site a strict cookie stays at home; the page fetches it with a second step."""
    browser.open(f"http://localhost:{feed.port}/signin/x")
    browser.evaluate(f"location.href = '{feed.address}/devices'")
    browser.until("document.querySelector('.list.plain')")


def test_an_ended_session_says_so(browser, feed, made, clock):
    """What stood on the page stays, and it asks no more."""
    feed.report(made("before"))
    browser.until("document.querySelectorAll('[data-item]').length == 1")
    clock.now += timedelta(hours=13)
    feed.report(made("after"))
    browser.until("document.getElementById('live').dataset.state == 'out'")
    assert browser.evaluate("document.querySelectorAll('[data-item]').length") == 1
    assert all("401" in said for said in browser.console)
    browser.console.clear()


def test_a_refresh_that_fails_is_made_again(browser, feed, made, monkeypatch):
    """What stood stays, the page says that it is behind, and then it catches up by itself."""
    feed.report(made("before"))
    browser.until("document.querySelectorAll('[data-item]').length == 1")

    async def broken(*_args):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(feed.store, "incidents", broken)
        feed.report(made("after"))
        browser.until("document.getElementById('live').dataset.state == 'off'")
        assert browser.evaluate("document.querySelectorAll('[data-item]').length") == 1
    browser.until("document.querySelectorAll('[data-item]').length == 2")
    browser.until(LIVE)
    assert all("500" in said for said in browser.console)
    browser.console.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_it_fits_the_screen(browser, feed, made, posture, size, scheme):
    """Nothing is wider than a phone of 360 px, whatever a name is like; pictures for whoever wants to look."""
    one = made("cmatrix")
    feed.report(made("x" * 180, severity=1, state="resolved", ending="put_right"))
    feed.report(made("hydra", severity=5, attrs=DENIED, first_seen="2026-11-24T09:12:44Z"))
    feed.report(one)
    feed.report(posture(unsupported=("x" * 180,)))
    browser.look(size, scheme, "reduce")
    for name, path in (("list", "/?lang=en"), ("incident", f"/incidents/{one.uid}"), ("laptops", "/devices")):
        browser.open(feed.address + path)
        browser.until(f"!document.getElementById('live') || {LIVE}")
        browser.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert browser.evaluate("document.documentElement.scrollWidth") <= size[0]
        browser.picture(f"page-{name}-{'desk' if size == DESK else 'phone'}-{scheme}")
