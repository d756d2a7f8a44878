"""One request to the feed: TLS by the OS's trust store, the OS's proxies, errors translated here and nowhere else."""

import ipaddress
import ssl
import time
import urllib.request
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import urllib3

from policy.wire import Enrol, Enrolled, Refusal, Sync, Synced

TIMEOUT = urllib3.Timeout(connect=10.0, read=30.0)
LONGEST = 120.0  # seconds for a whole answer
MOST = 4 * 1024 * 1024  # bytes of an answer; a feed that says more is not one
T = TypeVar("T")


class Unreachable(Exception):
    """No answer, or none that can be used: try again later."""


class Refused(Exception):
    """The feed knows this laptop not, or no more."""


class Exchange:
    """Speaks to one feed, over one connection that is kept."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._pool = _pool(self.url)

    def enrol(self, token: str, asset_tag: str) -> Enrolled:
        """Spend a one-time token.

        Raises:
            Unreachable, Refused: See there.

        """
        return self._post("/v1/enrol", token, Enrol(asset_tag), Enrolled)

    def sync(self, token: str, up: Sync) -> Synced:
        """The one exchange.

        Raises:
            Unreachable, Refused: See there.

        """
        return self._post("/v1/sync", token, up, Synced)

    def close(self) -> None:
        """Let go of the connection."""
        self._pool.clear()

    def _post(self, path: str, token: str, body: msgspec.Struct, answer: type[T]) -> T:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            response = self._pool.request(
                "POST",
                self.url + path,
                body=msgspec.json.encode(body),
                headers=headers,
                retries=False,
                timeout=TIMEOUT,
                preload_content=False,
            )
            data = _whole(response)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Unreachable(_reason(error)) from error
        if response.status in {401, 403} and (said := _said(data)):  # a proxy's or portal's own word is no feed's
            raise Refused(said)
        if response.status != 200:
            raise Unreachable(_said(data) or f"HTTP {response.status}")
        try:
            return msgspec.json.decode(data, type=answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unreachable(f"not an answer of a feed ({error})") from error


def _whole(response: urllib3.BaseHTTPResponse) -> bytes:
    """The answer, within bounds: a feed that drips would hold the thread for ever."""
    data, end = b"", time.monotonic() + LONGEST
    while part := response.read1(65_536):  # what is there, not what fills it
        data += part
        if len(data) > MOST or time.monotonic() > end:
            response.close()
            raise Unreachable("the answer is too long, or took too long")
    response.release_conn()
    return data


def _pool(url: str) -> urllib3.PoolManager | urllib3.ProxyManager:
    parts = urlsplit(url)
    context: ssl.SSLContext | None = None
    if parts.scheme == "https":
        import truststore  # noqa: PLC0415 - a feed on loopback needs none

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not _here(parts.hostname or "") and not urllib.request.proxy_bypass(parts.netloc):
        return urllib3.ProxyManager(proxy, ssl_context=context, maxsize=1)
    return urllib3.PoolManager(ssl_context=context, maxsize=1)


def _here(host: str) -> bool:
    """Whether it is this machine: no proxy knows it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _said(data: bytes) -> str:
    try:
        refusal = msgspec.json.decode(data, type=Refusal)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return refusal.detail or refusal.error


def _reason(error: BaseException) -> str:
    """A line for a person: the innermost cause, without the library's wrapping."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return str(error) or type(error).__name__
