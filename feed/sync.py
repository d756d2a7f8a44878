"""The devices' side: enrolment, and the one exchange that is intake, heartbeat and return path."""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from feed import secrets
from feed.store import Device, Store
from policy import privacy
from policy.wire import VERSION, Enrol, Refusal, Sync, Synced

NEXT_IN = 120.0  # seconds until an exchange without envelopes is expected
MOST = 2 * 1024 * 1024  # bytes of a request
MOST_ENVELOPES = 200
T = TypeVar("T")


class _No(Exception):
    """An answer that is no."""

    def __init__(self, status: int, error: str, detail: str) -> None:
        super().__init__(error)
        self.response = _json(Refusal(error, detail), status)


def routes(store: Store) -> list[BaseRoute]:
    """The two addresses that laptops use."""

    async def enrol(request: Request) -> Response:
        try:
            body = await _body(request, Enrol)
            enrolled = await store.enrol(
                secrets.hashed(_bearer(request)), privacy.plain(body.asset_tag)[:64], datetime.now(UTC)
            )
        except _No as no:
            return no.response
        if enrolled is None:
            return _json(Refusal("unknown_token", "this enrolment token is spent, too old or unknown"), 401)
        return _json(enrolled)

    async def sync(request: Request) -> Response:
        try:
            device = await _device(request, store)
            up = await _body(request, Sync)
            return _json(await exchange(store, device, up, datetime.now(UTC)))
        except _No as no:
            return no.response

    return [Route("/v1/enrol", enrol, methods=["POST"]), Route("/v1/sync", sync, methods=["POST"])]


async def exchange(store: Store, device: Device, up: Sync, now: datetime) -> Synced:
    """One exchange. Without envelopes it writes nothing but a coalesced last contact."""
    epoch = up.epoch if up.epoch == device.epoch and up.epoch else await store.begin_epoch(device.uid)
    results = await store.take(device, up.envelopes[:MOST_ENVELOPES], now) if up.envelopes else []
    await store.heard(device.uid, "en" if up.language == "en" else "nl", now)
    token = None
    if device.rotated != now.date().isoformat():
        token = secrets.token()
        await store.rotate(device.uid, secrets.hashed(token), now.date().isoformat())
    directives = await store.directives(device.uid, up.cursor)
    return Synced(epoch, now, NEXT_IN, tuple(results), tuple(directives), token)


async def _device(request: Request, store: Store) -> Device:
    device = await store.device(secrets.hashed(_bearer(request)))
    if device is None:
        raise _No(401, "unknown_device", "this laptop is not known here; it needs a new enrolment token")
    return device


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _No(401, "no_token", "a bearer token is needed")
    return token


async def _body(request: Request, form: type[T]) -> T:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST:
            raise _No(413, "too_large", f"at most {MOST} bytes in one exchange")
    try:
        body = msgspec.json.decode(data, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _No(400, "not_understood", str(error)) from error
    if isinstance(body, Sync) and not 0 <= body.cursor < 2**63:
        raise _No(400, "not_understood", "a cursor is a number of 63 bits")
    if isinstance(body, Sync) and not VERSION - 2 <= body.v <= VERSION:
        raise _No(400, "version", f"version {body.v} is not spoken here")
    return body


def _json(body: msgspec.Struct, status: int = 200) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
