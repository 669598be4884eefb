"""Customers: by id, by a system's key, by a contact point; whole, as they were, and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime
from sqlalchemy import Connection

from apps.web.api import models, reading
from apps.web.api.problems import ProblemError, problems
from apps.web.principal import hub_of
from apps.web.rights import requires
from flows.search_query import contact_terms
from golden_record import moment, profile_read, read, timeline, why
from golden_record.search import exactly
from hub.db import snapshot, transaction
from hub.errors import RejectedError
from hub.records import RecordKey
from identity import crosswalk

router = APIRouter(prefix="/api/v1", tags=["customers"])
_PARTS = frozenset({"activities", "relations", "consents", "computed"})
_READ = [requires("customer.read")]
_NO_TEXT = r"^[^\x00]+$"


@router.get(
    "/customers/by-key",
    dependencies=_READ,
    response_model=models.Customers,
    responses=problems(404),
    summary="Customers by the key of a record in any system",
)
def by_key(
    request: Request,
    system: Annotated[str, Query(min_length=1, max_length=200, pattern=_NO_TEXT, examples=["erp"])],
    source_id: Annotated[str, Query(min_length=1, max_length=1_000, pattern=_NO_TEXT, examples=["4711"])],
    object: Annotated[str | None, Query(min_length=1, max_length=200, pattern=_NO_TEXT, examples=["partner"])] = None,
) -> models.Customers:
    """Give the customer that a system's record belongs to; without `object`, all whose record has this id there."""
    with transaction(hub_of(request).engine) as conn:
        if object is None:
            found = crosswalk.customers_of(conn, system, source_id)
        else:
            one = crosswalk.customer_of(conn, RecordKey(system, object, source_id))
            found = [one] if one else []
        if not found:
            raise ProblemError(404, "No customer has this record", "It is unknown, deleted or not resolved yet.")
        return _several(request, conn, found)


@router.post(
    "/customers/lookup",
    dependencies=_READ,
    response_model=models.Customers,
    responses=problems(),
    summary="Customers by e-mail or phone",
)
def lookup(request: Request, body: models.LookupIn) -> models.Customers:
    """Give the customers of whom a record has this very e-mail address or number (none: an empty list)."""
    if (body.email is None) == (body.phone is None):
        raise ProblemError(422, "A field is missing, unknown or wrong", "Give either email or phone.")
    attribute = "email" if body.email is not None else "phone"
    if attribute in reading.unseen(request):
        raise ProblemError(403, "The key lacks the right", f"Values of {attribute} are masked for this key.")
    sign, terms = contact_terms(hub_of(request).config, attribute, body.email or body.phone or "", body.country)
    with transaction(hub_of(request).engine) as conn:
        return _several(request, conn, exactly(conn, sign, terms))


@router.get(
    "/customers/{customer_id}",
    dependencies=_READ,
    response_model=models.Customer,
    responses={
        300: {"model": models.Elsewhere, "description": "Split: several customers hold its records now."},
        304: {"description": "Not modified: the ETag of If-None-Match is the present one."},
        308: {"model": models.Elsewhere, "description": "Merged: Location is the customer that holds its records."},
        **problems(404, 410),
    },
    summary="One customer, now or as it was",
)
def one(
    request: Request,
    customer_id: UUID,
    include: Annotated[
        str, Query(max_length=200, description="Parts, with commas: activities, relations, consents, computed.")
    ] = "",
    as_of: Annotated[AwareDatetime | None, Query(description="As the hub knew it at this moment.")] = None,
) -> Response:
    """Give a golden record. Every id ever given out answers: current, merged (308), split (300), gone (410)."""
    wanted = _parts(include)
    with snapshot(hub_of(request).engine) as conn:
        golden = read.customer(conn, customer_id, as_of=as_of)
        if golden is None:
            return _elsewhere(request, conn, customer_id, then=as_of is not None)
        shown = reading.customer(request, golden)
        shown.as_of = as_of
        if wanted:
            _include(request, conn, shown, wanted)
    with transaction(hub_of(request).engine) as conn:
        reading.seen(request, conn, "customer.read", [customer_id])
    return reading.tagged(request, shown)


@router.get(
    "/customers/{customer_id}/versions",
    dependencies=_READ,
    response_model=models.Versions,
    responses=problems(404),
    summary="All versions of a golden record",
)
def versions(request: Request, customer_id: UUID) -> models.Versions:
    """Give every version a golden record ever had, oldest first, also of an id that is no customer any more."""
    with transaction(hub_of(request).engine) as conn:
        found = read.versions(conn, customer_id)
        if not found:
            raise _unknown()
        reading.seen(request, conn, "customer.history", [customer_id])
    return models.Versions(
        customer_id=customer_id,
        versions=[
            models.Version(
                version=v.version,
                valid_from=v.valid_from,
                valid_to=v.valid_to,
                attributes=reading.values(request, v.attributes),
            )
            for v in found
        ],
    )


@router.get(
    "/customers/{customer_id}/timeline",
    dependencies=_READ,
    response_model=models.Timeline,
    responses=problems(404),
    summary="What happened with a customer",
)
def events(
    request: Request,
    customer_id: UUID,
    limit: Annotated[int, Query(ge=1, le=timeline.LARGEST_PAGE)] = 50,
    cursor: Annotated[str | None, Query(max_length=2_000, pattern=_NO_TEXT)] = None,
) -> models.Timeline:
    """Give activities, newest first, a page at a time; `next` of a page is the `cursor` of the one behind it."""
    with transaction(hub_of(request).engine) as conn:
        _check_current(conn, customer_id)
        try:
            page = timeline.page(conn, customer_id, limit=limit, before=cursor)
        except RejectedError:
            raise ProblemError(400, "This is no cursor", "Take the value of `next` that the last page gave.") from None
        reading.seen(request, conn, "customer.timeline", [customer_id])
    return models.Timeline(activities=[_activity(entry) for entry in page.entries], next=page.before)


@router.get(
    "/customers/{customer_id}/why/{attribute}",
    dependencies=_READ,
    response_model=models.WhyOut,
    responses=problems(404),
    summary="Why a golden value stands",
)
def reasons(request: Request, customer_id: UUID, attribute: str) -> models.WhyOut:
    """Give the records and rules behind an attribute's values, and of each that lost what would have let it win."""
    config = hub_of(request).config
    if attribute not in {name for name, a in config.vocabulary().items() if not a.derived}:
        raise ProblemError(404, "There is no such attribute", "docs/hub-yaml.md lists them.")
    with transaction(hub_of(request).engine) as conn:
        _check_current(conn, customer_id)
        found = why.why(conn, config, customer_id, attribute)
        reading.seen(request, conn, "customer.why", [customer_id])
    return models.WhyOut(
        customer_id=customer_id,
        attribute=attribute,
        rules=found.rules,
        won=[
            models.Won(
                value=reading.part(request, attribute, w.value),
                record=reading.key(w.record),
                rule=w.rule,
                tie_break=w.tie_break,
            )
            for w in found.won.won
        ],
        lost=[
            models.Lost(
                value=reading.part(request, attribute, flip.value),
                record=reading.key(flip.record),
                rule=flip.rule,
                # What would have to be otherwise is told with values in it.
                if_only=reading.part(request, attribute, flip.if_only),
            )
            for flip in found.lost
        ],
        untried=found.untried,
    )


def _several(request: Request, conn: Connection, found: list[UUID]) -> models.Customers:
    customers = read.customers(conn, found)
    reading.seen(request, conn, "customer.read", [golden.customer_id for golden in customers])
    return models.Customers(customers=[reading.customer(request, golden) for golden in customers])


def _parts(include: str) -> set[str]:
    wanted = {name.strip() for name in include.split(",")} - {""}
    if wanted - _PARTS:
        raise ProblemError(422, "A field is missing, unknown or wrong", f"include takes: {', '.join(sorted(_PARTS))}.")
    return wanted


def _include(request: Request, conn: Connection, shown: models.Customer, wanted: set[str]) -> None:
    """Add the parts that were asked for, of the moment that was asked for: of one that lies ahead, as they are now."""
    then = shown.as_of and min(shown.as_of, moment.now(conn))
    found = profile_read.profile(conn, hub_of(request).config, shown.customer_id, then=then)
    if "computed" in wanted:
        shown.computed, shown.segments, shown.unknown = found.computed, found.segments, found.unknown
    if "relations" in wanted:
        shown.relations = [
            models.Relation(kind=r.kind, customer_id=r.other_id, evidence=list(r.evidence)) for r in found.relations
        ]
    if "activities" in wanted:
        shown.activities = [_activity(entry) for entry in found.activities.entries]
    if "consents" in wanted:
        shown.consents = [
            models.Consent(
                purpose=c.purpose,
                channel=c.channel,
                point_kind=c.point_kind,
                point=reading.part(request, c.point_kind, c.point),
                state=c.state,
                since=c.since,
                evidence=reading.key(c.evidence),
            )
            for c in found.consents
        ]


def _activity(entry: timeline.Entry) -> models.Activity:
    plain: dict[str, Any] = {
        name: getattr(entry, name) for name in ("kind", "at", "title", "amount", "currency", "status", "attributes")
    }
    return models.Activity(key=reading.key(entry.key), record=reading.key(entry.record), **plain)


def _check_current(conn: Connection, customer_id: UUID) -> None:
    found = crosswalk.answer(conn, customer_id)
    if found is None:
        raise _unknown()
    if found.status != "current":
        raise ProblemError(
            404,
            "This id is no current customer",
            "Read the customer itself: its answer says where its records are now.",
            current=[str(one) for one in found.current_ids],
        )


def _elsewhere(request: Request, conn: Connection, customer_id: UUID, *, then: bool) -> Response:
    """Say what became of an id that has no golden record."""
    found = crosswalk.answer(conn, customer_id)
    if found is None:
        raise _unknown()
    if then:
        raise ProblemError(404, "It was no customer at that moment", "Ask for another moment.")
    if not found.current_ids:
        raise ProblemError(410, "Nothing is left of this customer", "Its last record is gone.", state=found.status)
    status: Literal["merged", "split"] = "merged" if len(found.current_ids) == 1 else "split"
    content = models.Elsewhere(customer_id=customer_id, status=status, current=list(found.current_ids))
    moved = JSONResponse(content.model_dump(mode="json"), status_code=308 if status == "merged" else 300)
    links = [f"/api/v1/customers/{one}" for one in found.current_ids]
    if status == "merged":
        query = f"?{request.url.query}" if request.url.query else ""
        moved.headers["Location"] = links[0] + query
    else:
        moved.headers["Link"] = ", ".join(f'<{link}>; rel="alternate"' for link in links[:50])
    return moved


def _unknown() -> ProblemError:
    return ProblemError(404, "There is no such customer", "The hub never gave out this id.")
