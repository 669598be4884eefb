"""The record of runs: what was started, how it ended, and its summary in numbers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection

from hub import audit
from hub.tables import run

Status = Literal["running", "completed", "warning", "failed", "lost"]


class Run(NamedTuple):
    """One run as recorded."""

    run_id: uuid.UUID
    command: str
    trigger: str
    started_at: datetime
    ended_at: datetime | None
    status: Status
    summary: dict[str, Any]


def start(conn: Connection, command: str, trigger: str) -> uuid.UUID:
    """Open a run and give its id. Runs of the same command that never ended are marked lost: their process died.

    The caller holds the command's lock (`hub.db.only_one`), so no such run can still be alive.
    """
    conn.execute(
        sa.update(run)
        .where(run.c.status == "running", run.c.command == command)
        .values(status="lost", ended_at=sa.func.clock_timestamp())
    )
    statement = sa.insert(run).values(command=command, trigger=trigger).returning(run.c.run_id)
    run_id: uuid.UUID = conn.execute(statement).scalar_one()
    return run_id


def let(conn: Connection, run_id: uuid.UUID, *, by: str, approve: bool = False, force: bool = False) -> None:
    """Write into the audit log who lets a run change (`approve`) or delete (`force`) more than the settings allow."""
    for what, said in (("run.approve", approve), ("run.force", force)):
        if said:
            audit.record(conn, who=by, what=what, on=[f"run:{run_id}"])


def finish(conn: Connection, run_id: uuid.UUID, status: Status, summary: dict[str, Any]) -> None:
    """Close a run with its outcome."""
    conn.execute(
        sa.update(run)
        .where(run.c.run_id == run_id)
        .values(status=status, summary=summary, ended_at=sa.func.clock_timestamp())
    )


def get(conn: Connection, run_id: uuid.UUID) -> Run | None:
    """One run by its id."""
    row = conn.execute(sa.select(run).where(run.c.run_id == run_id)).one_or_none()
    return Run(*row) if row is not None else None


def latest(conn: Connection, limit: int = 1, *, before: datetime | None = None) -> list[Run]:
    """Give the newest runs, newest first; those that started before a moment, for the next page."""
    query = sa.select(run).order_by(run.c.started_at.desc(), run.c.run_id.desc()).limit(limit)
    rows = conn.execute(query if before is None else query.where(run.c.started_at < before))
    return [Run(*row) for row in rows]
