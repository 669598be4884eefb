"""Is it up, can it work, how does it do; and what the API is, for machines."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from apps.web.api import messages
from apps.web.api.metrics import Metrics
from apps.web.api.problems import ProblemError, problems
from apps.web.principal import hub_of
from apps.web.rights import public, requires
from hub.db import transaction
from hub.migrate import current, head

router = APIRouter(tags=["service"])


@router.get("/health", dependencies=[public()], response_model=messages.Health, summary="Is this process up")
def health() -> messages.Health:
    """Answer; nothing is asked of the database."""
    return messages.Health(status="ok")


@router.get(
    "/ready",
    dependencies=[public()],
    response_model=messages.Health,
    responses={503: problems()[503]},
    summary="Can it work",
)
def ready(request: Request) -> messages.Health:
    """Answer 503 where the database does not answer or is of another version."""
    try:
        with transaction(hub_of(request).engine) as conn:
            conn.execute(sa.text("SELECT 1"))
            version = current(conn)
    except SQLAlchemyError:
        raise ProblemError(503, "The database does not answer") from None
    if version != head():
        raise ProblemError(503, "The database is of another version", "Restart the hub: it brings it up to date.")
    return messages.Health(status="ok")


@router.get(
    "/metrics",
    dependencies=[requires("metrics")],
    response_class=Response,
    responses={200: {"description": "Prometheus' text form.", "content": {"text/plain": {}}}, **problems()},
    summary="Figures for Prometheus",
)
def metrics(request: Request) -> Response:
    """Give the figures of this process and of the hub."""
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE_LATEST)


@router.get(
    "/api/v1/openapi.json",
    dependencies=[requires("docs.read", session_too=True)],
    response_class=JSONResponse,
    responses=problems(),
    summary="This description",
)
def description() -> dict[str, Any]:
    """Give the OpenAPI file."""
    from apps.web.api.openapi import openapi

    return openapi()
