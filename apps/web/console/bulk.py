"""Many possible matches decided at once: what would follow is shown first, and there is a cap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from apps.web.console import deciding
from apps.web.console.deciding import Asked
from apps.web.console.naming import names_of
from apps.web.console.queue_query import QueueQuery
from apps.web.pages import page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from flows import queue
from flows.deciding import patient
from hub import audit
from hub.db import snapshot, transaction
from hub.errors import RejectedError
from hub.tasks import Task
from identity import decision_log, decision_preview, decisions, evidence
from identity.decision_log import Kind
from identity.decisions import Statement

router = APIRouter()

CAP = 100
"""Items that are decided at once at most: as many as somebody can have looked at."""


@router.post("/queue/bulk", dependencies=[requires("decision.bulk")])
def choose(
    request: Request, key: Annotated[list[str] | None, Form()] = None, back: Annotated[str, Form()] = ""
) -> Response:
    """The chosen items once more, with the form that decides them."""
    return _page(request, key or [], back)


@router.post("/queue/bulk/preview", dependencies=[requires("decision.bulk")])
def preview(
    request: Request,
    kind: Annotated[str, Form()],
    key: Annotated[list[str] | None, Form()] = None,
    reason: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """What would follow from deciding all of them so."""
    hub, by = hub_of(request), current_principal(request).name
    tasks = _chosen(request, key or [])
    said = _statements(tasks, kind, by, reason)
    with patient(hub) as conn:
        spoken, would = decision_preview.preview(conn, lambda: decisions.decide_all(conn, said, anew=True))
    refused = {tasks[place].key: why for place, why in spoken.refused.items()}
    return _page(request, [task.key for task in tasks], back, kind=kind, reason=reason, would=would, refused=refused)


@router.post("/queue/bulk/decide", dependencies=[requires("decision.bulk")])
def decide(
    request: Request,
    kind: Annotated[str, Form()],
    key: Annotated[list[str] | None, Form()] = None,
    seen: Annotated[list[str] | None, Form()] = None,
    last: Annotated[int, Form()] = 0,
    reason: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Decide them; those that have changed since they were shown are left, and said."""
    by = current_principal(request).name
    digests = dict(zip(key or [], seen or [], strict=False))
    tasks = _chosen(request, key or [])
    said = _statements(tasks, kind, by, reason)
    asked = [Asked(task.records, digests.get(task.key, ""), last) for task in tasks]
    made = deciding.decide_each(request, said, asked)
    if made.refused:
        left = {tasks[place].key: why for place, why in made.refused.items()}
        return _page(request, list(left), back, kind=kind, reason=reason, refused=left, done=len(made.made))
    where = f"/queue?{QueueQuery.of_text(back).text()}&done=decided:{len(made.made)}"
    return RedirectResponse(where.replace("?&", "?"), status_code=303)


def _page(
    request: Request,
    keys: Sequence[str],
    back: str,
    *,
    kind: str = "",
    reason: str = "",
    would: decision_preview.Preview | None = None,
    refused: dict[str, str] | None = None,
    done: int | None = None,
) -> Response:
    hub, principal = hub_of(request), current_principal(request)
    tasks = _chosen(request, keys)
    with snapshot(hub.engine) as conn:
        customers = [customer for task in tasks for customer in task.customers]
        names = names_of(conn, customers, principal.roles, hub.config.access)
        digests = {task.key: _digest(conn, task) for task in tasks}
        last = decision_log.last(conn)
    with transaction(hub.engine) as conn:
        audit.read(conn, who=principal.name, what="queue.read", on=[f"customer:{one}" for one in names])
    return page(
        request,
        "bulk.html",
        tasks=tasks,
        names=names,
        digests=digests,
        last=last,
        back=QueueQuery.of_text(back).text(),
        kind=kind,
        reason=reason,
        would=would,
        refused=refused or {},
        done=done,
        cap=CAP,
    )


def _digest(conn: Connection, task: Task) -> str:
    return evidence.digest(conn, task.records)


def _chosen(request: Request, keys: Sequence[str]) -> list[Task]:
    if not keys:
        raise RejectedError("No item was chosen.", hint="Go back and tick the items first.")
    if len(keys) > CAP:
        raise RejectedError(f"At most {CAP} items are decided at once.", hint="Choose fewer.")
    with snapshot(hub_of(request).engine) as conn:
        found = [task for key in dict.fromkeys(keys) if (task := queue.find(conn, key))]
    return [task for task in found if task.kind == "possible_match"]


def _statements(tasks: Sequence[Task], kind: str, by: str, reason: str) -> list[Statement]:
    if kind not in ("same", "different", "unsure"):
        raise RejectedError("A decision is same, different or unsure.", hint="Use the buttons of the page.")
    if not reason.strip():
        raise RejectedError("Say why.", hint="The reason is kept with each of the decisions.")
    if not tasks:
        raise RejectedError("None of these items is open any more.", hint="Go back to the queue.")
    sides = [(task.records[:1], task.records[1:]) if kind == "different" else (task.records, ()) for task in tasks]
    return [Statement(cast(Kind, kind), left, right, by, reason) for left, right in sides]
