"""The list, one incident, and its bytes."""

from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from feed.page import errors, render, view
from feed.page.parts import Site
from feed.store import Filter
from policy import reference
from policy.words import Language

MOST = 200


async def listed(site: Site, request: Request) -> Response:
    """GET /: the newest first, by rule, severity and state."""
    language, _ = render.words(site, request)
    where = view.asked(dict(request.query_params))
    rows = await site.store.incidents(where, MOST)
    open_, resolved = [
        await site.store.count(msgspec.structs.replace(where, state=state)) for state in ("open", "resolved")
    ]
    shown = {"open": open_, "resolved": resolved}.get(where.state, open_ + resolved)
    return render.page(
        site,
        request,
        "incidents.html",
        items=[view.item(row, site.policy, language, _) for row in rows],
        where=where,
        counts={"open": open_, "resolved": resolved, "shown": shown},
        rules=await _rules(site, language),
        severities=[(level, view.severity(level, _)) for level in range(1, view.WORST + 1)],
        filtered=where != Filter(),
        unseen=[view.unseen(one, site.policy, language, _) for one in await site.store.unseen()],
    )


async def _rules(site: Site, language: Language) -> list[tuple[str, str]]:
    """Each rule that any incident has, with its title, in the order of titles."""
    known = site.policy.rules
    named = [(one, known[one].title.of(language) if one in known else one) for one in await site.store.rules()]
    return sorted(named, key=lambda pair: pair[1].casefold())


async def detail(site: Site, request: Request) -> Response:
    """GET /incidents/{uid}: all that is known, and the timeline."""
    language, _ = render.words(site, request)
    row = await site.store.incident(request.path_params["uid"])
    if row is None:
        return errors.page(site, request, 404)
    clause = site.policy.clauses.get(row.clause)
    moments = await site.store.timeline(row.uid)
    return render.page(
        site,
        request,
        "incident.html",
        row=row,
        item=view.item(row, site.policy, language, _),
        attrs=view.attributes(row.attrs),
        clause=clause,
        policy_now=site.policy.name,
        revisions=[view.revision(moment, _) for moment in reversed(moments)],
    )


async def raw(site: Site, request: Request) -> Response:
    """GET /incidents/{uid}/{revision}.json: the very bytes that came."""
    uid: UUID = request.path_params["uid"]
    wanted: int = request.path_params["revision"]
    for moment in await site.store.timeline(uid):
        if moment.revision == wanted:
            return Response(moment.body, media_type="application/json")
    return errors.page(site, request, 404)


async def spoken(site: Site, request: Request) -> Response:
    """GET /r/{reference} or /r?reference=: what a person said or typed. Two incidents may have the same."""
    said = request.path_params.get("reference") or request.query_params.get("reference", "")
    found = reference.parse(said)
    if found is None:
        return errors.page(site, request, 422)
    rows = await site.store.incidents(Filter(reference=found), MOST)
    if not rows:
        return errors.page(site, request, 404)
    if len(rows) == 1:
        return RedirectResponse(f"/incidents/{rows[0].uid}", 303)
    language, _ = render.words(site, request)
    items = [view.item(row, site.policy, language, _) for row in rows]
    return render.page(site, request, "reference.html", items=items, reference=found)
