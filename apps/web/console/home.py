"""Home: what needs me now, what the last runs did, how good the data is."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from apps.web.pages import page
from apps.web.principal import hub_of
from apps.web.rights import requires
from hub import runs
from hub.db import snapshot

router = APIRouter()


@router.get("/", dependencies=[requires("home.read")])
def home(request: Request) -> Response:
    """The first page."""
    with snapshot(hub_of(request).engine) as conn:
        newest = runs.latest(conn, 5)
    return page(request, "home.html", runs=newest)
