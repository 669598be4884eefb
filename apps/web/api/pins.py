"""Pins: what apps enter about golden values, each once however often it is sent."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Connection

from apps.web.api import messages, reading
from apps.web.api.decisions import Number, record_key
from apps.web.api.once import AnsweredError, IdempotencyKey, Once
from apps.web.api.problems import ProblemError, problems
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from flows import entering
from golden_record import read
from hub.db import transaction
from hub.errors import RejectedError
from hub.records import RecordKey

router = APIRouter(prefix="/api/v1", tags=["decisions"])


@router.post(
    "/customers/{customer_id}/pins",
    dependencies=[requires("pin.write")],
    status_code=201,
    response_model=messages.PinMade,
    responses=problems(404, 409, 412),
    summary="Pin, add or exclude a value",
)
def pin(
    request: Request,
    customer_id: UUID,
    body: messages.PinIn,
    idempotency_key: IdempotencyKey = None,
    if_match: Annotated[
        str | None, Header(max_length=500, description="The ETag of the customer (without include) that was read.")
    ] = None,
) -> Response:
    """Enter a value and let it show at once, where nothing holds it up."""
    hub, who = hub_of(request), current_principal(request).name
    if body.until is not None and body.until_source_changes:
        raise ProblemError(422, "A field is missing, unknown or wrong", "Give either until or until_source_changes.")
    once = Once(request, body, idempotency_key)

    def heard(conn: Connection, number: int, _: RecordKey) -> None:
        once.claim(conn)
        once.keep(conn, {"entry": number})

    try:
        once.look()
        with transaction(hub.engine) as conn:
            golden = read.customer(conn, customer_id)
        if golden is None:
            raise ProblemError(404, "There is no such customer now", "Read it: the answer says where its records are.")
        reading.check_unchanged(request, reading.customer(request, golden))
        if body.attribute in reading.unseen(request):
            raise ProblemError(403, "The key lacks the right", f"Values of {body.attribute} are masked for this key.")
        made = entering.enter(hub, _entering(customer_id, body, who), heard=heard)
    except AnsweredError as before:
        return _entered(before.answer["entry"], "")
    except RejectedError as refused:
        if refused.field in ("value", "record"):
            raise ProblemError(422, refused.message, refused.hint, field=refused.field) from None
        raise
    return _entered(made.number, made.later)


@router.post(
    "/pins/{number}/end",
    dependencies=[requires("pin.write")],
    status_code=204,
    responses=problems(404),
    summary="End a pin, an exclusion or a value entered",
)
def unpin(request: Request, number: Number, body: messages.ReasonIn) -> Response:
    """End an entry; the rules decide again, at once where nothing holds it up."""
    who = current_principal(request).name
    try:
        entering.end(hub_of(request), number, by=who, reason=body.reason)
    except RejectedError as refused:
        raise ProblemError(404, "No entry stands by this number", refused.message) from None
    return Response(status_code=204)


def _entered(number: int, later: str) -> Response:
    return JSONResponse(messages.PinMade(entry=number, later=later).model_dump(mode="json"), status_code=201)


def _entering(customer_id: UUID, body: messages.PinIn, who: str) -> entering.Entering:
    return entering.Entering(
        kind=body.kind,
        customer_id=customer_id,
        attribute=body.attribute,
        value=body.value if isinstance(body.value, str) else {k: v for k, v in body.value.items() if v is not None},
        by=who,
        reason=body.reason,
        lifetime="source" if body.until_source_changes else "permanent",
        until=body.until,
        record=record_key(body.record) if body.record else None,
    )
