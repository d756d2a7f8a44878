"""Who is let in: a one-time link whose button spends it, then a session. The store keeps hashes alone."""

from datetime import timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from feed.page import errors, render
from feed.page.parts import Site
from feed.secrets import hashed, token

LASTS = timedelta(hours=12)


def cookie(site: Site) -> str:
    """Its name. With the prefix a browser takes it over https for this host alone."""
    return "__Host-deskwarden" if site.secure else "deskwarden"


async def current(site: Site, request: Request) -> str:
    """The hash of the session that a request comes with; "" where there is none or it has ended."""
    secret = request.cookies.get(cookie(site), "")
    if not secret:
        return ""
    found = hashed(secret)
    return found if await site.store.signed_in(found, site.clock()) else ""


def from_here(request: Request) -> bool:
    """Whether a form was sent by this site's own page.

    Sec-Fetch-Site speaks where the browser sends it (https, or this machine); else the Origin must be ours.
    """
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        return said == "same-origin"
    origin = request.headers.get("origin", "")
    return origin == f"{request.url.scheme}://{request.headers.get('host', '')}"


def followed_from_elsewhere(request: Request) -> bool:
    """Whether a person followed a link in a ticket or mail: a strict cookie stays at home then."""
    said = request.headers.get("sec-fetch-site")
    return said in {"cross-site", "same-site"} and request.headers.get("sec-fetch-mode") == "navigate"


def again(site: Site, request: Request) -> Response:
    """A page that opens the same address from here, so that the cookie comes along."""
    where = "/" + quote(request.url.path.lstrip("/"), safe="/")  # one slash: two would name another host
    query = f"?{request.url.query}" if request.url.query else ""
    return render.page(site, request, "again.html", where=where + query)


async def offer(site: Site, request: Request) -> Response:
    """GET /signin/{token}: a button. Looking spends nothing, so a link preview can't take a person's turn."""
    return render.page(site, request, "signin.html")


async def spend(site: Site, request: Request) -> Response:
    """POST /signin/{token}: the session, once."""
    secret, now = token(), site.clock()
    link = hashed(request.path_params["token"])
    if not await site.store.spend_signin(link, hashed(secret), now, now + LASTS):
        return errors.page(site, request, 410)
    response = RedirectResponse("/", 303)
    response.set_cookie(
        cookie(site), secret, int(LASTS.total_seconds()), secure=site.secure, httponly=True, samesite="strict"
    )
    return response


async def leave(site: Site, request: Request) -> Response:
    """POST /signout: the session ends here, not in this browser alone."""
    await site.store.sign_out(hashed(request.cookies.get(cookie(site), "")))
    response = render.page(site, request, "signedout.html")
    response.delete_cookie(cookie(site), secure=site.secure, httponly=True, samesite="strict")
    return response
