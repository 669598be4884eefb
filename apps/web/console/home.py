"""Home: what needs me now, what the last runs did, how good the data is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from apps.web.console import plots
from apps.web.console.queue_query import LABELS
from apps.web.console.runs_view import Figures, figures
from apps.web.pages import page
from apps.web.principal import current_principal, hub_of
from apps.web.rights import allows, requires
from flows import queue
from golden_record import read
from hub import runs
from hub.db import snapshot
from hub.tasks import Kind, Wanted
from identity import delivered_quality
from identity.delivered_quality import Measured

router = APIRouter()

_RUNS = 8
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Items of one kind in the queue: all of them, those older than a week, and as bars by age."""

    kind: Kind
    label: str
    about: str
    count: int
    old: int
    bars: list[plots.Bar]


@dataclass(frozen=True, slots=True)
class SystemQuality:
    """How good is what one system delivers: over time, and by attribute now (share filled, share usable)."""

    system: str
    line: plots.Line
    attributes: list[tuple[str, float, float]]


@router.get("/", dependencies=[requires("home.read")])
def home(request: Request) -> Response:
    """The first page."""
    principal = current_principal(request)
    with snapshot(hub_of(request).engine) as conn:
        waiting = _waiting(conn) if allows(principal, "queue.read") else []
        mine = sum(queue.counts(conn, Wanted(assigned=principal.name)).values()) if waiting else 0
        newest: list[Figures] = [figures(run) for run in runs.latest(conn, _RUNS)]
        measured = delivered_quality.history(conn)
        customers = read.count(conn)
    return page(
        request,
        "home.html",
        waiting=waiting,
        mine=mine,
        total=sum(one.count for one in waiting),
        runs=newest,
        systems=by_system(measured),
        customers=customers,
        width=plots.WIDTH,
        height=plots.HEIGHT,
    )


def _waiting(conn: Connection) -> list[Waiting]:
    now = datetime.now(UTC)
    every = queue.counts(conn)
    week = queue.counts(conn, Wanted(before=now - _WEEK))
    month = queue.counts(conn, Wanted(before=now - _MONTH))
    return [
        Waiting(
            kind,
            *LABELS[kind],
            count,
            week[kind],
            plots.stack(
                [
                    ("this week", count - week[kind]),
                    ("this month", week[kind] - month[kind]),
                    ("older than a month", month[kind]),
                ]
            ),
        )
        for kind, count in every.items()
    ]


def by_system(measured: Sequence[Measured]) -> list[SystemQuality]:
    """Put measurements together by system: the mean share of usable values over time, and each attribute now."""
    found = []
    for system in sorted({one.system for one in measured}):
        mine = [one for one in measured if one.system == system]
        moments: dict[datetime, list[float]] = {}
        for one in mine:
            moments.setdefault(one.at, []).append(one.usable)
        values = [(at, sum(shares) / len(shares)) for at, shares in sorted(moments.items())]
        newest = values[-1][0]
        now = sorted((one.attribute, one.filled, one.usable) for one in mine if one.at == newest)
        found.append(SystemQuality(system, plots.line(system, values), now))
    return found
