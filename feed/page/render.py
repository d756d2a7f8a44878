"""Templates and the reader's language."""

from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from feed.page import view
from feed.page.parts import Site
from feed.words import LANGUAGES, catalogue, wanted
from policy.words import Language, Translate

HERE = Path(__file__).parent
A_YEAR = 365 * 86_400


@cache
def environment(language: Language) -> Environment:
    """The templates in one language. Everything is escaped: the names of programs are an attacker's input."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = catalogue(language)
    env.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]  # by i18n
    env.filters["when"] = view.when
    return env


def chosen(request: Request, otherwise: Language) -> Language:
    """The reader's language: as asked now, as chosen before, as the browser says, else the policy's."""
    for said in (request.query_params.get("lang"), request.cookies.get("lang")):
        for language in LANGUAGES:
            if said == language:
                return language
    return wanted(request.headers.get("accept-language", ""), otherwise)


def words(site: Site, request: Request) -> tuple[Language, Translate]:
    """The language and its `_`."""
    language = chosen(request, site.policy.language)
    return language, catalogue(language).gettext


def page(site: Site, request: Request, template: str, status: int = 200, /, **values: object) -> HTMLResponse:
    """One page. What every template may use beside its own values stands here."""
    language = chosen(request, site.policy.language)
    query = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    html = (
        environment(language)
        .get_template(template)
        .render(
            language=language,
            company=site.policy.company,
            signed_in=bool(getattr(request.state, "session", "")),
            here=_link(query),
            languages=[(one, _link([*query, ("lang", one)])) for one in LANGUAGES],
            path=request.url.path,
            **values,
        )
    )
    response = HTMLResponse(html, status)
    if request.query_params.get("lang") == language:
        response.set_cookie("lang", language, A_YEAR, secure=site.secure, httponly=True, samesite="strict")
    return response


def _link(query: list[tuple[str, str]]) -> str:
    """A link to the same path with this query."""
    return f"?{urlencode(query)}"
