"""A run as a page shows it: its figures, its steps, and whether a plan of it waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.runs import Run

_OF_PART = {"systems": "", "activities": ": activities", "consents": ": consents"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run did, in a line."""

    run_id: UUID
    command: str
    by: str
    flow_run: str
    started_at: datetime
    ended_at: datetime | None
    status: str
    rows_in: int
    stored: int
    quarantined: int
    merged: int
    published: int
    parked: int
    plan: str

    @property
    def seconds(self) -> int | None:
        """How long it took; None while it runs."""
        return round((self.ended_at - self.started_at).total_seconds()) if self.ended_at else None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run: what it counted, and what went wrong ("": nothing)."""

    name: str
    counts: tuple[tuple[str, int], ...]
    error: str


def figures(run: Run) -> Figures:
    """Read the figures of a run record; what it does not have is none."""
    incoming = [system for part in _OF_PART for system in _part(run, part).values()]
    outgoing = list(_part(run, "destinations").values())
    master = run.summary.get("master") or {}
    trigger, _, flow_run = run.trigger.partition(":")
    return Figures(
        run.run_id,
        run.command,
        trigger,
        flow_run,
        run.started_at,
        run.ended_at,
        run.status,
        rows_in=_sum(incoming, "rows_in"),
        stored=_sum(incoming, "stored"),
        quarantined=_sum(incoming, "quarantined"),
        merged=int((master.get("customers") or {}).get("merge") or 0),
        published=_sum(outgoing, "applied"),
        parked=_sum(outgoing, "rejected"),
        plan=str(master.get("plan") or ""),
    )


def steps(run: Run) -> list[Step]:
    """Read the steps of a run record, in their order."""
    found = [
        Step(
            f"Read {name}" + ("" if part == "systems" else f": {part}"), _counts(system), str(system.get("error") or "")
        )
        for part in _OF_PART
        for name, system in _part(run, part).items()
    ]
    master = run.summary.get("master") or {}
    if master:
        counted = _counts({name: master.get(name) for name in ("resolved", "pairs", "edges", "pending", "holds")})
        customers = _counts({f"customers: {name}": n for name, n in (master.get("customers") or {}).items()})
        golden = _counts({f"golden records {name}": n for name, n in (master.get("golden") or {}).items()})
        found.append(Step("Resolve and refresh", (*counted, *customers, *golden), ""))
    found += [
        Step(f"Publish to {name}", _counts(destination), str(destination.get("error") or ""))
        for name, destination in _part(run, "destinations").items()
    ]
    return found


def _part(run: Run, name: str) -> dict[str, dict[str, Any]]:
    found = run.summary.get(name)
    return found if isinstance(found, dict) else {}


def _counts(told: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple(
        (name.replace("_", " "), count)
        for name, count in told.items()
        if isinstance(count, int) and not isinstance(count, bool) and count
    )


def _sum(parts: list[dict[str, Any]], name: str) -> int:
    return sum(int(part.get(name) or 0) for part in parts)
