"""Decisions: what apps say of records, each once however often it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Connection

from apps.web.api import messages, reading
from apps.web.api.models import KeyIn
from apps.web.api.once import AnsweredError, IdempotencyKey, Once
from apps.web.api.problems import ProblemError, problems
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from flows import deciding
from hub.db import transaction
from hub.records import RecordKey
from identity import decision_log
from identity.decision_log import Decision
from identity.decisions import Statement

router = APIRouter(prefix="/api/v1", tags=["decisions"])
Number = Annotated[int, Path(ge=1, lt=2**62)]


@router.post(
    "/decisions",
    dependencies=[requires("decision.write")],
    status_code=201,
    response_model=messages.DecisionMade,
    responses=problems(409),
    summary="Say of records that they are one customer, or not",
)
def decide(request: Request, body: messages.DecisionIn, idempotency_key: IdempotencyKey = None) -> Response:
    """Keep a word on records and carry it out at once, where nothing holds it up; a contradiction is refused (409)."""
    who = current_principal(request).name
    statement = Statement(body.kind, _keys(body.left), _keys(body.right), who, body.reason)
    once = Once(request, body, idempotency_key)

    def heard(conn: Connection, made: Sequence[Decision]) -> None:
        once.claim(conn)
        for one in made:
            once.keep(conn, {"decision_id": one.decision_id})

    try:
        once.look()
        outcome = deciding.decide(hub_of(request), [statement], heard=heard)
    except AnsweredError as before:
        return _made(request, deciding.Outcome((), (before.answer["decision_id"],)))
    return _made(request, outcome)


@router.get(
    "/decisions/{number}",
    dependencies=[requires("decision.write")],
    response_model=messages.DecisionOut,
    responses=problems(404),
    summary="One decision",
)
def one(request: Request, number: Number) -> messages.DecisionOut:
    """Give a decision, also one that was ended."""
    with transaction(hub_of(request).engine) as conn:
        found = decision_log.get(conn, number)
    if found is None:
        raise ProblemError(404, "There is no such decision")
    return _decision(found)


@router.post(
    "/decisions/{number}/revoke",
    dependencies=[requires("decision.write")],
    status_code=201,
    response_model=messages.DecisionMade,
    responses=problems(404, 409),
    summary="End a decision",
)
def revoke(request: Request, number: Number, body: messages.ReasonIn) -> Response:
    """End a decision; what is left takes its course at once, where nothing holds it up."""
    hub, who = hub_of(request), current_principal(request).name
    with transaction(hub.engine) as conn:
        if decision_log.get(conn, number) is None:
            raise ProblemError(404, "There is no such decision")

    return _made(request, deciding.revoke(hub, number, by=who, reason=body.reason))


def _made(request: Request, outcome: deciding.Outcome) -> Response:
    number = [*outcome.repeated, *outcome.made][-1]
    with transaction(hub_of(request).engine) as conn:
        found = decision_log.get(conn, number)
    assert found is not None  # noqa: S101 - it was made or found a moment ago
    answer = messages.DecisionMade(decision=_decision(found), later=outcome.later, held=list(outcome.held))
    headers = {"Location": f"/api/v1/decisions/{number}"}
    return JSONResponse(answer.model_dump(mode="json"), status_code=201, headers=headers)


def _decision(found: Decision) -> messages.DecisionOut:
    return messages.DecisionOut(
        decision_id=found.decision_id,
        kind=found.kind,
        left=[reading.key(key) for key in found.left],
        right=[reading.key(key) for key in found.right],
        by=found.by,
        at=found.at,
        reason=found.reason,
        revokes=found.revokes,
        revoked_by=found.revoked_by,
    )


def record_key(given: KeyIn) -> RecordKey:
    """A record's name as it was sent."""
    return RecordKey(given.system, given.object, given.source_id)


def _keys(given: Sequence[KeyIn]) -> tuple[RecordKey, ...]:
    return tuple(map(record_key, given))
