"""Decisions: what stewards said and why, what was ended; ending one."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from apps.web.console import deciding
from apps.web.console.naming import key_text
from apps.web.console.queue_query import QueueQuery
from apps.web.pages import page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from hub import audit
from hub.db import snapshot, transaction
from identity import decision_log

router = APIRouter()

_LIMIT = 50
_KINDS = ("same", "different", "unsure")


@router.get("/decisions", dependencies=[requires("decision.read")])
def show(
    request: Request, by: str = "", kind: str = "", history: str = "", before: int | None = None, done: str = ""
) -> Response:
    """The decisions that stand, the newest first; with `history` also those that were ended."""
    by, kind = by.replace("\0", ""), kind if kind in _KINDS else ""
    hub = hub_of(request)
    with snapshot(hub.engine) as conn:
        found = decision_log.newest(
            conn, history=history == "1", by=by or None, kind=kind or None, before=before, limit=_LIMIT + 1
        )
        outcome = deciding.outcome(conn, done)
    shown = found[:_LIMIT]
    with transaction(hub.engine) as conn:
        on = [f"decision:{one.decision_id}" for one in shown]
        audit.read(conn, who=current_principal(request).name, what="decision.read", on=on)
    filters = {name: value for name, value in (("by", by), ("kind", kind), ("history", history)) if value}
    return page(
        request,
        "decisions.html",
        decisions=shown,
        by=by,
        kind=kind,
        kinds=_KINDS,
        history=history == "1",
        outcome=outcome,
        more=urlencode({**filters, "before": shown[-1].decision_id}) if len(found) > _LIMIT else "",
        texts={
            one.decision_id: urlencode({"record": [key_text(k) for k in (*one.left, *one.right)][:8]}, doseq=True)
            for one in shown
        },
    )


@router.post("/decisions/{number}/revoke", dependencies=[requires("decision.write")])
def revoke(
    request: Request,
    number: int,
    reason: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """End a decision, and go back to what it was about."""
    made = deciding.revoke(request, number, reason)
    where = "/decisions?"
    if to or back:
        where = _item(request, number, back) or f"/queue?{QueueQuery.of_text(back).text()}"
    return RedirectResponse(f"{where}&done={made}".replace("?&", "?"), status_code=303)


def _item(request: Request, number: int, back: str) -> str | None:
    """Where the records of a decision stand side by side again."""
    with snapshot(hub_of(request).engine) as conn:
        ended = decision_log.get(conn, number)
    if ended is None or not 2 <= len((*ended.left, *ended.right)) <= 8:
        return None
    records = urlencode({"record": [key_text(key) for key in (*ended.left, *ended.right)]}, doseq=True)
    return f"/compare?{records}&{QueueQuery.of_text(back).text()}".rstrip("&")
