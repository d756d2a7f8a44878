"""What stands around every page: headers, the session, the check of forms, and errors for a person."""

import logging
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feed.page import errors, session
from feed.page.parts import Site

OPEN_TO_ALL = ("/signin/", "/static/")
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
ENCRYPTED: Mapping[str, str] = {"Strict-Transport-Security": "max-age=31536000"}
log = logging.getLogger(__name__)


class Shell:
    """The one door to every page."""

    def __init__(self, site: Site, inner: ASGIApp) -> None:
        """Put it around `inner`."""
        self._site = site
        self._inner = inner
        self._headers = {**HEADERS, **(ENCRYPTED if site.secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        outward = _Outward(send, self._headers)
        try:
            refused = await self._refused(request)
            await (refused or self._inner)(scope, receive, outward)
        except HTTPException as error:
            await errors.page(self._site, request, error.status_code)(scope, receive, outward)
        except Exception:
            if outward.started:
                raise
            log.exception("a page could not be made")  # the address stays out: it may name an incident
            await errors.page(self._site, request, 500)(scope, receive, outward)

    async def _refused(self, request: Request) -> Response | None:
        """Why this request goes no further; None if it does."""
        if request.method not in {"GET", "HEAD"} and not session.from_here(request):
            return errors.page(self._site, request, 403)
        if request.url.path.startswith(OPEN_TO_ALL):
            return None
        request.state.session = await session.current(self._site, request)
        if request.state.session:
            return None
        if session.followed_from_elsewhere(request):
            return session.again(self._site, request)
        return errors.page(self._site, request, 401)


class _Outward:
    """The way out: adds the headers, and knows whether an answer has begun."""

    def __init__(self, send: Send, headers: Mapping[str, str]) -> None:
        self._send = send
        self._headers = headers
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            MutableHeaders(scope=message).update(self._headers)
        await self._send(message)
