"""The queue: what waits for a person, and what one does with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from apps.web.console import deciding
from apps.web.console.done import told
from apps.web.console.naming import names_of
from apps.web.console.queue_query import AGES, LABELS, QueueQuery, address_of
from apps.web.pages import page
from apps.web.principal import Principal, current_principal, hub_of
from apps.web.rights import allows, requires
from flows import queue
from hub import audit, handling
from hub.db import snapshot, transaction
from hub.errors import RejectedError

router = APIRouter()

_LIMIT = 30


@router.get("/queue", dependencies=[requires("queue.read")])
def show(request: Request, done: str = "") -> Response:
    """A page of the queue, by filters that stand in the address."""
    hub, principal, query = hub_of(request), current_principal(request), QueueQuery.of_request(request)
    with snapshot(hub.engine) as conn:
        counts = queue.counts(conn, query.wanted)
        found = queue.page(conn, query.wanted, after=query.after, limit=_LIMIT)
        handled = handling.of(conn, [task.key for task in found.tasks])
        customers = [customer for task in found.tasks for customer in task.customers[:2]]
        names = names_of(conn, customers, principal.roles, hub.config.access)
        people = handling.people(conn)
        outcome = deciding.outcome(conn, done)
    with transaction(hub.engine) as conn:
        audit.read(conn, who=principal.name, what="queue.read", on=[f"customer:{one}" for one in names])
    return page(
        request,
        "queue.html",
        query=query,
        counts=counts,
        total=sum(counts.values()),
        tasks=found.tasks,
        handled=handled,
        names=names,
        people=people,
        labels=LABELS,
        ages=AGES,
        systems=sorted(hub.config.systems),
        more=replace(query, after=found.after).text() if found.after else "",
        addresses={task.key: address_of(task, replace(query, after=None)) for task in found.tasks},
        told=told(done),
        outcome=outcome,
        today=datetime.now(UTC).date(),
    )


@router.post("/queue/handle", dependencies=[requires("queue.work")])
def handle(
    request: Request,
    action: Annotated[str, Form()],
    key: Annotated[list[str] | None, Form()] = None,
    back: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
    day: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    take: Annotated[bool, Form()] = False,
    item: Annotated[str, Form()] = "",
) -> Response:
    """Claim, release, assign, put off, give a day, or note; several at once where it makes sense."""
    principal = current_principal(request)
    keys = (key or [])[:200]
    if not keys:
        raise RejectedError("No item was chosen.", hint="Go back and tick the items first.")
    with transaction(hub_of(request).engine) as conn:
        done = _handled(conn, principal, action, keys, to=to, day=day, note=note, take=take)
    where = f"/queue?{QueueQuery.of_text(back).text()}"
    if item:
        where = item_address(request, item, back) or where
    return RedirectResponse(f"{where}&done={done}:{len(keys)}".replace("?&", "?"), status_code=303)


def item_address(request: Request, key: str, back: str) -> str | None:
    """Where an item is worked on now; None where it is gone."""
    with snapshot(hub_of(request).engine) as conn:
        task = queue.find(conn, key)
    return address_of(task, QueueQuery.of_text(back)) if task else None


def _handled(
    conn: Connection, who: Principal, action: str, keys: list[str], *, to: str, day: str, note: str, take: bool
) -> str:
    by = who.name
    match action:
        case "claim":
            for key in keys:
                handling.claim(conn, key, by=by, take=take)
            return "claimed"
        case "release":
            for key in keys:
                handling.release(conn, key, by=by)
            return "released"
        case "assign":
            if to not in ("", by) and not allows(who, "queue.assign"):
                raise RejectedError("You may take items yourself, but not give them to others.", hint="Ask a lead.")
            handling.assign(conn, keys, to or None, by=by)
            return "assigned"
        case "due":
            handling.due(conn, keys, _day(day), by=by)
            return "due"
        case "defer":
            until = _day(day)
            moment = datetime(until.year, until.month, until.day, tzinfo=UTC) if until else None
            handling.defer(conn, keys, moment, by=by)
            return "deferred" if moment else "returned"
        case "note":
            for key in keys:
                handling.note(conn, key, note, by=by)
            return "noted"
    raise RejectedError("That can't be done with an item.", hint="Go back and use the buttons of the page.")


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RejectedError("That is no day.", hint="Write it as 2026-12-31.") from None
