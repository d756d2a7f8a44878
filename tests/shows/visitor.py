"""The security team's browser, as a client: the one-time link, the list, and the open stream of events."""

import http.client
import re
import threading
from typing import NamedTuple
from urllib.parse import urlsplit


class Line(NamedTuple):
    """A row of the list."""

    uid: str
    subject: str
    reference: str
    over: bool


ROW = re.compile(
    r'<tr role="row" id="i-(?P<uid>[^"]+)" data-item(?P<over> class="over")?>.*?class="subject">(?P<subject>.*?)</bdi>'
    r".*?<a [^>]*>(?P<reference>[^<]*)</a>",
    re.DOTALL,
)


class Visitor:
    """Signs in by the link, once."""

    def __init__(self, link: str) -> None:
        parts = urlsplit(link)
        self.origin, self.host, self.path = f"http://{parts.netloc}", parts.netloc, parts.path
        self.looked = self._ask("GET", self.path)[0]
        self.entered, headers, _ = self._signin()
        self.cookie = (headers.get("set-cookie") or "").partition(";")[0]
        self.again = self._signin()[0]
        self.events: list[str] = []

    def listed(self) -> dict[str, Line]:
        """The list, by subject."""
        status, _, body = self._ask("GET", "/")
        if status != 200:
            raise RuntimeError(f"the page says {status}")
        found = (Line(m["uid"], m["subject"], m["reference"], bool(m["over"])) for m in ROW.finditer(body))
        return {line.subject.partition(" ")[0]: line for line in found}

    def detail(self, uid: str) -> str:
        return self._ask("GET", f"/incidents/{uid}")[2]

    def listen(self) -> None:
        """Open /events and keep what comes, on a thread that ends with the stream."""
        stream = http.client.HTTPConnection(self.host, timeout=60)
        stream.request("GET", "/events", headers={"Cookie": self.cookie})
        answer = stream.getresponse()

        def read() -> None:
            try:
                for line in answer:
                    if line.startswith(b"data:"):
                        self.events.append(line[5:].strip().decode())
            except (OSError, http.client.HTTPException):
                pass  # the feed ended
            finally:
                stream.close()

        threading.Thread(target=read, daemon=True).start()

    def _signin(self) -> tuple[int, http.client.HTTPMessage, str]:
        return self._ask("POST", self.path, {"Origin": self.origin})

    def _ask(
        self, method: str, path: str, more: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        headers = {"Accept-Language": "en"} | (more or {})
        if getattr(self, "cookie", ""):
            headers["Cookie"] = self.cookie
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, body
