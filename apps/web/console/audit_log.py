"""The audit log as people read it: who did or saw what, when and why, newest first."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from apps.web.pages import page
from apps.web.principal import hub_of
from apps.web.rights import requires
from hub import audit
from hub.db import snapshot

router = APIRouter()

_PAGE = 50


@router.get("/audit", dependencies=[requires("audit.read")])
def entries(request: Request, who: str = "", what: str = "", on: str = "", before: int | None = None) -> Response:
    """A page of the log, by filters that stand in the address."""
    asked = {"who": who.strip()[:200], "what": what.strip()[:100], "on": on.strip()[:300]}
    wanted = {name: text.replace("\0", "") or None for name, text in asked.items()}
    with snapshot(hub_of(request).engine) as conn:
        found = audit.entries(
            conn, who=wanted["who"], what=wanted["what"], on=wanted["on"], before=before, limit=_PAGE + 1
        )
    more = found[_PAGE - 1].seq if len(found) > _PAGE else None
    return page(request, "audit.html", entries=found[:_PAGE], asked=asked, more=more)
