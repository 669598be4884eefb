"""Why a golden value stands, and what a person enters about it: a pin, an exclusion, a value beside the sources."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from apps.web.console import because, golden_view
from apps.web.console.customer import Shown, customer_page, find, vocabulary
from apps.web.pages import fragment, is_fragment
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from apps.web.seen import seen
from flows import entering
from golden_record import pins
from golden_record.pins import Kind
from golden_record.why import why
from hub.attributes import PARTS
from hub.config import Config
from hub.db import snapshot
from hub.errors import RejectedError
from hub.records import Part

router = APIRouter()

_STRICT = ("email", "phone", "date", "number", "boolean", "website")
"""Kinds whose values must be fit for comparing where a person writes them; what a system says is excluded as it is."""


@router.get("/customers/{customer_id}/why/{attribute}", dependencies=[requires("customer.read")])
def explain(request: Request, customer_id: UUID, attribute: str) -> Response:
    """Why an attribute is what it is, what lost, what would have to be otherwise; and the form to enter something."""
    hub = hub_of(request)
    with snapshot(hub.engine) as conn:
        shown = find(request, conn, customer_id)
        kind = vocabulary(hub, shown).get(attribute)
        if kind is None:
            raise HTTPException(404)
        if attribute in shown.hidden:
            raise RejectedError(f"The values of {attribute} are not shown to your role.")
        told = why(conn, hub.config, customer_id, attribute)
    values: dict[str, Any] = {
        "told": told,
        "attribute": attribute,
        "kind": kind,
        "parts": PARTS.get(kind, ()),
        "source": golden_view.source_text,
        "because": because,
        "part": is_fragment(request),
    }
    if is_fragment(request):
        seen(request, "customer.read", [customer_id])
        return fragment(request, "_why.html", shown=shown, **values)
    return customer_page(request, "customer_why.html", shown, **values)


@router.post("/customers/{customer_id}/pins", dependencies=[requires("pin.write")])
async def collect(request: Request, customer_id: UUID) -> Response:
    """Take in the parts of a value, which differ by attribute, and enter it."""
    form = await request.form()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_enter, request, customer_id, given)


@router.post("/customers/{customer_id}/pins/{number}/end", dependencies=[requires("pin.write")])
def end(request: Request, customer_id: UUID, number: int, reason: Annotated[str, Form()] = "") -> Response:
    """End an entry; the rules decide again."""
    if not reason.strip():
        raise RejectedError("Say why: an entry that ends without a reason helps nobody later.")
    with snapshot(hub_of(request).engine) as conn:
        if number not in {entry.pin_id for entry in pins.standing(conn, [customer_id])}:
            raise RejectedError("This entry has ended already, or is about another customer.", hint="Reload the page.")
    later = entering.end(hub_of(request), number, by=current_principal(request).name, reason=reason)
    return _back(customer_id, "later" if later else "ended")


def _enter(request: Request, customer_id: UUID, given: dict[str, str]) -> Response:
    hub, kind, lasts = hub_of(request), given.get("kind", ""), given.get("lasts", "permanent")
    if kind not in ("pin", "exclude", "value") or lasts not in ("permanent", "source", "date"):
        raise RejectedError("That can't be entered.", hint="Go back and use the form of the page.")
    attribute = given.get("attribute", "")
    with snapshot(hub.engine) as conn:
        shown = find(request, conn, customer_id)
    if attribute in shown.hidden:
        raise RejectedError(f"The values of {attribute} are not shown to your role.")
    entry = entering.Entering(
        kind=cast(Kind, kind),
        customer_id=customer_id,
        attribute=attribute,
        value=_value(hub.config, shown, attribute, given),
        by=current_principal(request).name,
        reason=given.get("reason", ""),
        lifetime="source" if lasts == "source" else "permanent",
        until=_day(given.get("until", "")) if lasts == "date" else None,
    )
    return _back(customer_id, "later" if entering.enter(hub, entry).later else "entered")


def _value(config: Config, shown: Shown, attribute: str, given: dict[str, str]) -> Part:
    """Read what was typed. Raises RejectedError where it is empty, or nothing that this attribute could hold."""
    known = config.vocabulary().get(attribute)
    if known is None or known.derived:
        raise RejectedError("There is no such attribute.", hint="Go back and choose another.")
    parts = PARTS.get(known.kind, ())
    raw: Part = {part: text for part in parts if (text := given.get(f"part.{part}", "").strip())}
    if not parts:
        raw = given.get("value", "").strip()
    if not raw:
        raise RejectedError("The value is empty.", hint="Write one, or exclude the value that is wrong.")
    if known.kind in _STRICT and given.get("kind") != "exclude":
        read = entering.standardised(config, shown.golden.entity_type, attribute, raw)
        if read.standard is None:
            raise RejectedError(f"This is no value for {attribute}.", hint="Look at how the other values are written.")
    return raw


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise RejectedError("The day on which it ends is missing.", hint="Choose one, or let it stay.") from None


def _back(customer_id: UUID, done: str) -> Response:
    return RedirectResponse(f"/customers/{customer_id}?done={done}", status_code=303)
