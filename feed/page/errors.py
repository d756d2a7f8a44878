"""Pages that say no: a title, the cause, and a way out."""

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse

from feed.page import render
from feed.page.parts import Site
from policy.words import Translate


class Refusal(Struct, frozen=True):
    """What went wrong, why, and what a person can do now."""

    title: str
    cause: str
    way_out: str


def page(site: Site, request: Request, status: int) -> HTMLResponse:
    """The page for a status."""
    _language, _ = render.words(site, request)
    return render.page(site, request, "error.html", status, status=status, refusal=said(status, _))


def said(status: int, _: Translate) -> Refusal:
    """The words for a status; one that is not expected here says so."""
    return SAID.get(status, _odd)(_)


def _signed_out(_: Translate) -> Refusal:
    return Refusal(
        _("You are not signed in"),
        _("This page is for people who are. A session ends after 12 hours, or when you sign out."),
        _("Open a sign-in link. Each works once; a new one is made where the feed runs."),
    )


def _foreign(_: Translate) -> Refusal:
    return Refusal(
        _("This was not sent from this page"),
        _("The browser did not say that the form came from here, so nothing was done."),
        _("Open the page itself, over https or on the feed's own machine, and press the button there."),
    )


def _missing(_: Translate) -> Refusal:
    return Refusal(
        _("There is nothing here"),
        _("No page and no incident has this address."),
        _("Look in the list, or find the incident by its reference."),
    )


def _spent(_: Translate) -> Refusal:
    return Refusal(
        _("This sign-in link no longer works"),
        _("It was used before, or it is too old."),
        _("Open a new sign-in link. It is made where the feed runs."),
    )


def _misheard(_: Translate) -> Refusal:
    return Refusal(
        _("This is not a reference"),
        _("A reference looks like DW-7K4M-M2Q9. Its last character checks the others: one was misheard."),
        _("Ask for the reference once more and type it again. Capitals, hyphens and spaces do not matter."),
    )


def _failed(_: Translate) -> Refusal:
    return Refusal(
        _("The feed could not answer"),
        _("Something went wrong on the server. What it was stands in the feed's log."),
        _("Try again. If it stays, tell whoever runs the feed. Incidents are still taken in and kept."),
    )


def _odd(_: Translate) -> Refusal:
    return Refusal(
        _("This request can't be answered"),
        _("It is not one that this page sends."),
        _("Go back to the list and try again."),
    )


SAID = {
    401: _signed_out,
    403: _foreign,
    404: _missing,
    405: _missing,
    410: _spent,
    422: _misheard,
    500: _failed,
}
