"""Search, and search before create."""

from __future__ import annotations

from fastapi import APIRouter, Request

from apps.web.api import models, reading
from apps.web.api.problems import ProblemError, problems
from apps.web.principal import hub_of
from apps.web.rights import requires
from flows.search import unsaved_record
from flows.search_query import search_query
from golden_record import read
from golden_record.search import search
from hub.db import transaction
from hub.errors import RejectedError
from hub.masking import MARK
from identity.explain_steps import Step
from identity.lookup import Lookup

router = APIRouter(prefix="/api/v1", tags=["search"])


@router.post(
    "/search",
    dependencies=[requires("customer.read")],
    response_model=models.Hits,
    responses=problems(),
    summary="Search over everything",
)
def found(request: Request, body: models.SearchIn) -> models.Hits:
    """Find customers by name, e-mail, phone or any system's id, misspelt or not; the best first."""
    with transaction(hub_of(request).engine) as conn:
        result = search(conn, search_query(body.text), hidden=reading.unseen(request), limit=body.limit)
        golden = {g.customer_id: g for g in read.customers(conn, [hit.customer_id for hit in result.hits])}
        reading.seen(request, conn, "customer.search", list(golden))
    return models.Hits(
        hits=[
            models.Hit(score=hit.score, by=list(hit.by), customer=reading.customer(request, golden[hit.customer_id]))
            for hit in result.hits
            if hit.customer_id in golden
        ],
        more=result.more,
    )


@router.post(
    "/match",
    dependencies=[requires("match")],
    response_model=models.Matches,
    responses=problems(),
    summary="Search before create",
)
def match(request: Request, body: models.MatchIn) -> models.Matches:
    """Say whom a record would belong to if it were saved: the candidates and weights that a batch run would give it."""
    hub = hub_of(request)
    try:
        record = unsaved_record(hub.config, body.attributes, body.entity_type, body.country)
    except RejectedError as refused:
        raise ProblemError(
            422, refused.message, refused.hint, **({"field": refused.field} if refused.field else {})
        ) from None
    with transaction(hub.engine) as conn:
        lookup: Lookup = request.app.state.lookup
        candidates = lookup.find(conn, record, explain=body.explain)[: body.limit]
        reading.seen(request, conn, "match", [c.customer_id for c in candidates if c.customer_id is not None])
    return models.Matches(
        candidates=[
            models.Candidate(
                record=reading.key(c.key),
                customer_id=c.customer_id,
                weight=c.weight,
                probability=c.probability,
                band=c.band,
                match_keys=list(c.match_keys),
                steps=[_step(request, step) for step in c.steps],
            )
            for c in candidates
        ]
    )


def _step(request: Request, step: Step) -> models.Step:
    """One comparison; where something is masked, only of comparisons that are plainly about else are values shown."""
    unseen = reading.unseen(request)
    plain = not unseen or (step.comparison in hub_of(request).config.vocabulary() and step.comparison not in unseen)
    left, right = (list(side) if plain else [MARK] * len(side) for side in (step.left, step.right))
    return models.Step(
        comparison=step.comparison,
        found=step.found,
        weight=step.weight,
        adjustment=step.adjustment,
        left=left,
        right=right,
    )
