"""Who gets in, and what stands around every answer."""

from datetime import timedelta
from hashlib import sha256

import pytest

from feed.page.render import HERE
from feed.page.routes import routes

CLOSED = [
    "/",
    "/devices",
    "/events",
    "/r/DW-7K4M-M2Q9",
    "/nowhere",
    "/incidents/5b3f6c1e-4000-4000-8000-00000000000a",
]


@pytest.mark.parametrize("path", CLOSED)
def test_without_a_session_nothing_is_shown(visitor, path):
    page = visitor.get(path)
    assert page.status == 401
    assert "You are not signed in" in page.text
    assert "Open a sign-in link." in page.text


def test_looking_at_a_link_spends_nothing(visitor):
    """A preview in a chat can look as often as it likes."""
    link = visitor.link()
    for _ in range(3):
        page = visitor.get(link)
        assert page.status == 200
        assert f'<form method="post" action="{link}">' in page.text
    assert visitor.get("/").status == 401
    assert visitor.post(link).status == 303
    assert visitor.get("/").status == 200


def test_a_link_works_once(visitor):
    link = visitor.link()
    assert visitor.post(link).status == 303
    again = visitor.post(link)
    assert again.status == 410
    assert "no longer works" in again.text
    assert "set-cookie" not in again.headers


def test_a_link_grows_old(visitor, clock):
    link = visitor.link(expires=clock.now + timedelta(minutes=15))
    clock.now += timedelta(minutes=15, seconds=1)
    assert visitor.post(link).status == 410


def test_a_session_ends_after_twelve_hours(analyst, clock):
    clock.now += timedelta(hours=12, seconds=-1)
    assert analyst.get("/").status == 200
    clock.now += timedelta(seconds=2)
    assert analyst.get("/").status == 401


def test_the_session_cookie(visitor, clock):
    """Unreadable to scripts, sent to nobody else, random; the store has its hash alone."""
    cookie = visitor.post(visitor.link()).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"} <= set(cookie.split("; "))
    secret = visitor.cookies["deskwarden"]
    assert len(secret) == 43  # 256 bits in base64
    assert visitor.run(visitor.store.signed_in(sha256(secret.encode()).hexdigest(), clock.now))
    assert not visitor.run(visitor.store.signed_in(secret, clock.now))


def test_over_https_the_cookie_is_for_https(visitor, policy, stopping, clock):
    visitor.app.router.routes[:] = routes(visitor.store, policy, stopping, secure=True, clock=clock)
    answer = visitor.post(visitor.link())
    assert answer.headers["set-cookie"].startswith("__Host-deskwarden=")
    assert "Secure" in answer.headers["set-cookie"].split("; ")
    assert answer.headers["strict-transport-security"]
    assert visitor.get("/").status == 200


def test_signing_out(analyst):
    assert analyst.post("/signout").status == 200
    assert analyst.get("/").status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_forms_from_elsewhere_do_nothing(analyst, headers):
    assert analyst.post("/signout", **headers).status == 403
    assert analyst.get("/").status == 200


@pytest.mark.parametrize(
    ("origin", "status"), [("http://feed.test", 200), ("http://evil.test", 403), ("null", 403), ("", 403)]
)
def test_a_browser_without_fetch_metadata_is_told_by_origin(analyst, origin, status):
    assert analyst.run(analyst.ask("POST", "/signout", {"origin": origin})).status == status


def test_a_link_in_a_ticket_opens_although_the_cookie_stays_at_home(visitor):
    """The first answer opens the same address once more, from here; the second request brings the cookie."""
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    page = visitor.get("//evil.test/r/DW-7K4M-M2Q9?x=%22", **elsewhere)
    assert '<meta http-equiv="refresh" content="0;url=/evil.test/r/DW-7K4M-M2Q9?x=%22">' in page.text
    assert visitor.get("/", **(elsewhere | {"sec-fetch-site": "same-origin"})).status == 401


@pytest.mark.parametrize("path", ["/", "/devices", "/nowhere", "/static/page.css", "/signin/x", "/r/x"])
def test_headers_stand_on_every_answer(analyst, path):
    headers = analyst.get(path).headers
    csp = headers["content-security-policy"]
    assert csp.startswith("default-src 'none'; ")
    assert "unsafe" not in csp
    assert "frame-ancestors 'none'" in csp
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_nothing_in_the_pages_is_inline(analyst, made):
    """The policy for content would block it; nobody should find that out in a browser."""
    one = made("cmatrix")
    analyst.report(one)
    for path in ("/", f"/incidents/{one.uid}", "/devices", "/signin/x"):
        text = analyst.get(path).text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick" not in text
        assert text.count("<script") == text.count("<script src=")


def test_vendored_files_are_those_that_were_read():
    lines = (HERE / "static/htmx.sha256").read_text().splitlines()
    assert len(lines) == 2
    for line in lines:
        digest, name = line.split()
        assert sha256((HERE / "static" / name).read_bytes()).hexdigest() == digest
    assert (HERE / "static/htmx.LICENSE.txt").stat().st_size > 0
