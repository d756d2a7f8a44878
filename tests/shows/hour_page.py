"""A page as it is read: a browser without a screen over a real socket, and a page's words without its styles."""

import re
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.request import Request

BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "li", "tr", "section", "article", "header", "footer", "form", "nav"}
BLOCKS |= {"blockquote", "summary", "details", "table", "dl", "dt", "pre", "title", "caption", "ul", "ol", "button"}
CELLS = {"td", "th", "dd", "option", "a", "label", "span"}
UNSEEN = {"style", "script", "svg"}


class Visitor:
    """Somebody at the page. Their cookies are kept as a browser keeps them."""

    def __init__(self, language: str) -> None:
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        self._headers = {"Accept-Language": language, "Sec-Fetch-Site": "same-origin"}

    def get(self, address: str) -> str:
        """A page."""
        return self._ask(Request(address, headers=self._headers))  # noqa: S310 - our own feed

    def post(self, address: str) -> str:
        """Press a button without fields, and go where that leads."""
        return self._ask(Request(address, data=b"", headers=self._headers, method="POST"))  # noqa: S310

    def _ask(self, request: Request) -> str:
        with self._opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        if tag in BLOCKS:
            self.parts.append("\n")
        elif tag in CELLS:
            self.parts.append("\t")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN
        if tag in BLOCKS:
            self.parts.append("\n")
        elif tag in CELLS:
            self.parts.append("\t")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def text(html: str) -> str:
    """All words, in the page's order."""
    reader = _Reader()
    reader.feed(html)
    lines = []
    for line in "".join(reader.parts).split("\n"):
        cells = [cell.strip() for cell in line.split("\t")]
        lines.append("  ".join(cell for cell in cells if cell))
    return "\n".join(line for line in lines if line)
