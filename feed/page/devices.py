"""The laptops: which are heard from, in words too coarse to tell anybody's day."""

from collections import Counter

from starlette.requests import Request
from starlette.responses import Response

from feed.page import render, view
from feed.page.parts import Site


async def listed(site: Site, request: Request) -> Response:
    """GET /devices: a bucket for each. The asset tag stands in tickets alone; the order tells no time."""
    _language, _ = render.words(site, request)
    now = site.clock()
    known = [(view.short(uid), last) for uid, _tag, last in await site.store.last_contacts()]
    buckets = [(short, view.contact(last, now, _)) for short, last in known]
    counts = Counter(bucket for _short, bucket in buckets)
    ordered = [(word, counts[word]) for word in view.contacts(_) if counts[word]]
    return render.page(site, request, "devices.html", devices=sorted(buckets), counts=ordered)
