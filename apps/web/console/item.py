"""Items of the queue that are not two records to compare: what each is about, and the ways out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import Connection

from apps.web.console import item_view
from apps.web.console.done import told
from apps.web.console.naming import names_of
from apps.web.console.queue_query import LABELS, QueueQuery, address_of, comparable
from apps.web.pages import page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from destinations import parked
from flows import deciding, queue
from hub import audit, handling
from hub.db import snapshot, transaction
from hub.errors import RejectedError
from hub.handling import Handling
from hub.tasks import Place, Task
from identity import holds, store
from identity.holds import Hold
from sources import quarantine

router = APIRouter()

_SHOWN = 100  # records of a held change that are listed


@dataclass(frozen=True)
class Held:
    """A held change: its reasons in words, its records by the customer they have and the cluster they would be in."""

    hold: Hold
    reasons: list[str]
    rows: list[dict[str, Any]]


@router.get("/queue/item", dependencies=[requires("queue.read")])
def show(request: Request, item: str, done: str = "") -> Response:
    """One item, with what is known of it."""
    hub, principal, query = hub_of(request), current_principal(request), QueueQuery.of_request(request)
    with snapshot(hub.engine) as conn:
        task = queue.find(conn, item)
        if task is None:
            first = next(iter(queue.page(conn, query.wanted, limit=1).tasks), None)
            where = address_of(first, query) if first else ""
            return page(request, "gone.html", status=404, back=query.text(), outcome=None, next=where)
        following = queue.page(conn, query.wanted, after=Place.of(task), limit=1).tasks
        handled = handling.of(conn, [item]).get(item)
        names = names_of(conn, task.customers[:20], principal.roles, hub.config.access)
        held = _held(conn, task) if task.kind in ("held", "contradiction") else None
        entry = quarantine.get(conn, task.number) if task.kind == "quarantine" and task.number else None
        write = item_view.write_of(conn, task) if task.kind == "parked" else None
        sides = item_view.sides_of(conn, hub.config, task, principal.roles) if task.kind == "conflict" else None
    with transaction(hub.engine) as conn:
        on = [f"customer:{one}" for one in names] or [f"task:{item}"]
        audit.read(conn, who=principal.name, what="item.read", on=on)
    return page(
        request,
        "item.html",
        task=task,
        item=item,
        label=LABELS[task.kind],
        query=query,
        back=query.text(),
        handled=handled or Handling(item),
        names=names,
        held=held,
        row=item_view.row_of(entry) if entry else None,
        write=write,
        sides=sides,
        next=address_of(following[0], query) if following else "",
        compare=address_of(task, query) if comparable(task) else "",
        told=told(done),
    )


@router.post("/queue/approve", dependencies=[requires("hold.approve")])
def approve(
    request: Request,
    item: Annotated[str, Form()],
    reason: Annotated[str, Form()] = "",
    back: Annotated[str, Form()] = "",
) -> Response:
    """Let a held change live."""
    hub, by = hub_of(request), current_principal(request).name
    with snapshot(hub.engine) as conn:
        task = queue.find(conn, item)
    if task is None or task.number is None or task.kind not in ("held", "contradiction"):
        raise RejectedError("That change is not held any more.", hint="Go back to the queue.")
    if not reason.strip():
        raise RejectedError("Say why it may live.", hint="Whoever asks later reads it with the customer's events.")

    deciding.approve(hub, task.number, by=by, reason=reason)
    return _to_queue(back, "approved")


@router.post("/queue/read-again", dependencies=[requires("quarantine.write")])
def read_again(request: Request, item: Annotated[str, Form()], back: Annotated[str, Form()] = "") -> Response:
    """Read a quarantined row again with the next sync."""
    return _again(request, item, back, "quarantine")


@router.post("/queue/send-again", dependencies=[requires("delivery.write")])
def send_again(request: Request, item: Annotated[str, Form()], back: Annotated[str, Form()] = "") -> Response:
    """Send a parked write again with the next sync."""
    return _again(request, item, back, "parked")


def _again(request: Request, item: str, back: str, kind: str) -> Response:
    with transaction(hub_of(request).engine) as conn:
        task = queue.find(conn, item)
        if task is None or task.kind != kind or task.number is None:
            raise RejectedError("That item is not there any more.", hint="Go back to the queue.")
        by = current_principal(request).name
        if not (quarantine if kind == "quarantine" else parked).requeue(conn, [task.number], by=by):
            raise RejectedError("It is on its way already.", hint="The next sync takes it up.")
    return _to_queue(back, "requeued" if kind == "quarantine" else "retried")


def _to_queue(back: str, done: str) -> Response:
    where = f"/queue?{QueueQuery.of_text(back).text()}&done={done}:1"
    return RedirectResponse(where.replace("?&", "?"), status_code=303)


def _held(conn: Connection, task: Task) -> Held | None:
    hold = holds.get(conn, task.number or 0)
    if hold is None:
        return None
    records = holds.records_of(conn, hold.hold_id)
    keys = store.keys_of(conn, [record for record, _, _ in records])
    clusters = {name: place for place, name in enumerate(sorted({cluster for _, cluster, _ in records}), start=1)}
    rows = [
        {"key": "/".join(keys[record]), "customer": customer, "cluster": clusters[cluster]}
        for record, cluster, customer in records[:_SHOWN]
    ]
    return Held(hold, [holds.wording(detail, keys) for detail in hold.details], rows)
