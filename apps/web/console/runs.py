"""Runs: what each did, step by step; and the plan of one that stopped for changing too much, to approve or refuse."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from apps.web.console.runs_view import figures, steps
from apps.web.pages import page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import requires
from hub import plans, runs
from hub.db import snapshot, transaction

router = APIRouter()

_PAGE = 30


@router.get("/runs", dependencies=[requires("run.read")])
def listing(request: Request, before: datetime | None = None) -> Response:
    """The newest runs, a page at a time."""
    with snapshot(hub_of(request).engine) as conn:
        found = runs.latest(conn, _PAGE + 1, before=before)
        waiting = plans.waiting(conn)
    shown = found[:_PAGE]
    more = shown[-1].started_at if len(found) > _PAGE else None
    return page(request, "runs.html", runs=[figures(run) for run in shown], more=more, waiting=waiting)


@router.get("/runs/{run_id}", dependencies=[requires("run.read")])
def one(request: Request, run_id: UUID) -> Response:
    """One run: its steps, counts and errors, its plan."""
    hub = hub_of(request)
    with snapshot(hub.engine) as conn:
        run = runs.get(conn, run_id)
        if run is None:
            raise HTTPException(404)
        words = plans.said(conn, run_id)
        waiting = plans.waiting(conn)
    access, told = hub.config.access, figures(run)
    link = f"{access.prefect_url.rstrip('/')}/runs/flow-run/{told.flow_run}" if told.flow_run else ""
    return page(
        request,
        "run.html",
        run=told,
        steps=steps(run),
        words=words,
        waits=waiting is not None and waiting.run_id == run_id and all(word.word == "approve" for word in words),
        approved=plans.is_approved(words, second_person=access.second_person),
        second_person=access.second_person,
        prefect=link,
    )


@router.post("/runs/{run_id}/plan", dependencies=[requires("plan.approve")])
def settle(
    request: Request,
    run_id: UUID,
    word: Annotated[Literal["approve", "refuse"], Form()],
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Approve or refuse a plan; the next run carries an approved one out."""
    with transaction(hub_of(request).engine) as conn:
        plans.say(conn, run_id, word, by=current_principal(request).name, reason=reason)
    return RedirectResponse(f"/runs/{run_id}", status_code=303)
