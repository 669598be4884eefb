"""The customer: golden values and where they come from, what systems hold, what happened, what is allowed, history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from apps.web.console import golden_view
from apps.web.console.naming import name_of, names_of
from apps.web.pages import fragment, is_fragment, page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from apps.web.seen import seen
from destinations import deliveries
from golden_record import effective_consents, pins, read, timeline
from golden_record.profile_read import profile
from golden_record.read import GoldenRecord
from hub.db import snapshot
from hub.masking import MARK, hidden, masked
from hub.session import Hub
from identity import crosswalk

router = APIRouter()

TABS = (
    ("", "Golden record"),
    ("/systems", "In the systems"),
    ("/timeline", "Timeline"),
    ("/relations", "Relations and consents"),
    ("/history", "History"),
)
_ACTIVITIES = 30


@dataclass(frozen=True)
class Shown:
    """A current customer as who asks may see it."""

    customer_id: UUID
    golden: GoldenRecord
    name: str
    hidden: frozenset[str]


def find(request: Request, conn: Connection, customer_id: UUID) -> Shown:
    """The customer of a current id. Raises HTTPException (404) for one never given out, MovedError for a former one."""
    answer = crosswalk.answer(conn, customer_id)
    if answer is None:
        raise HTTPException(404)
    golden = read.customer(conn, customer_id) if answer.status == "current" else None
    if golden is None:
        raise MovedError(answer)
    access, roles = hub_of(request).config.access, current_principal(request).roles
    name = name_of(masked(golden.attributes, roles, access)) or f"Customer {str(customer_id)[:8]}"
    return Shown(customer_id, golden, name, hidden(roles, access))


class MovedError(Exception):
    """The id is one of a customer that was merged, split or retired; `answer` says where it is now."""

    def __init__(self, answer: crosswalk.Answer) -> None:
        super().__init__(str(answer.customer_id))
        self.answer = answer


def moved(request: Request, error: Exception) -> Response:
    """Say where a former customer is now."""
    assert isinstance(error, MovedError)  # noqa: S101 - what the handler is registered for
    answer, hub = error.answer, hub_of(request)
    with snapshot(hub.engine) as conn:
        names = names_of(conn, answer.current_ids, current_principal(request).roles, hub.config.access)
    seen(request, "customer.read", names)
    return page(request, "customer_moved.html", status=200 if names else 410, answer=answer, names=names)


def customer_page(request: Request, template: str, shown: Shown, **values: Any) -> Response:
    """Render one of a customer's pages, with its tabs; notes that it was seen."""
    seen(request, "customer.read", [shown.customer_id])
    tabs = [(f"/customers/{shown.customer_id}{path}", label) for path, label in TABS]
    return page(request, template, shown=shown, tabs=tabs, mark=MARK, **values)


@router.get("/customers/{customer_id}", dependencies=[requires("customer.read")])
def golden(request: Request, customer_id: UUID, done: str = "") -> Response:
    """Golden values with their origins, figures and segments."""
    hub = hub_of(request)
    with snapshot(hub.engine) as conn:
        shown = find(request, conn, customer_id)
        entries = pins.standing(conn, [customer_id])
        values = {
            "lines": golden_view.lines(shown.golden, entries, list(vocabulary(hub, shown)), shown.hidden),
            "entries": entries,
            "records": crosswalk.members(conn, [customer_id]),
            "profile": profile(conn, hub.config, customer_id),
        }
    return customer_page(request, "customer.html", shown, done=done if done in golden_view.DONE else "",
                         told=golden_view.DONE, **values)  # fmt: skip


@router.get("/customers/{customer_id}/systems", dependencies=[requires("customer.read")])
def systems(request: Request, customer_id: UUID) -> Response:
    """What each system holds of the customer, and when it was told."""
    hub = hub_of(request)
    with snapshot(hub.engine) as conn:
        shown = find(request, conn, customer_id)
        members = crosswalk.members(conn, [customer_id])
        told = deliveries.of_customer(conn, customer_id, hub.config.destinations)
    table = golden_view.holdings(shown.golden, members, list(vocabulary(hub, shown)), shown.hidden)
    return customer_page(request, "customer_systems.html", shown, members=members, table=table, deliveries=told)


@router.get("/customers/{customer_id}/timeline", dependencies=[requires("customer.read")])
def activities(request: Request, customer_id: UUID, before: str | None = None) -> Response:
    """What happened with the customer, newest first."""
    with snapshot(hub_of(request).engine) as conn:
        shown = find(request, conn, customer_id)
        found = timeline.page(conn, customer_id, limit=_ACTIVITIES, before=before)
    if is_fragment(request):
        seen(request, "customer.read", [customer_id])
        return fragment(request, "_timeline.html", shown=shown, found=found)
    return customer_page(request, "customer_timeline.html", shown, found=found, first=before is None)


@router.get("/customers/{customer_id}/relations", dependencies=[requires("customer.read")])
def relations(request: Request, customer_id: UUID) -> Response:
    """Who belongs with the customer, and what it allows."""
    hub = hub_of(request)
    with snapshot(hub.engine) as conn:
        shown = find(request, conn, customer_id)
        found = profile(conn, hub.config, customer_id, newest=1).relations
        names = names_of(conn, [one.other_id for one in found], current_principal(request).roles, hub.config.access)
        consents = effective_consents.of(conn, [customer_id]).get(customer_id, [])
        statements = effective_consents.statements(conn, customer_id)
    seen(request, "customer.read", names)
    return customer_page(
        request, "customer_relations.html", shown, relations=found, names=names, consents=consents,
        statements=statements,
    )  # fmt: skip


def vocabulary(hub: Hub, shown: Shown) -> dict[str, str]:
    """The attributes that this customer may have a golden value of, with their kinds."""
    known = hub.config.vocabulary()
    return {name: a.kind for name, a in known.items() if not a.derived and shown.golden.entity_type in a.entity_types}
