"""Plans of runs that stopped for changing too many customers: what people say of them, and what follows.

Invariant: an approval lets the newest plan live that waits, once, and no more customers than it named: a run that finds
more changed meanwhile stops again as a plan of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub import audit, runs
from hub.errors import RejectedError
from hub.runs import Run
from hub.tables import plan_word, run

Word = Literal["approve", "refuse"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a plan."""

    by: str
    word: Word
    reason: str
    at: datetime


def waiting(conn: Connection) -> Run | None:
    """The newest run that resolved, if it stopped as a plan: no later one has carried it out or found another."""
    found = conn.scalar(
        sa.select(run.c.run_id)
        .where(run.c.command.in_(("sync", "resolve")), run.c.status.in_(("completed", "warning")))
        .order_by(run.c.started_at.desc(), run.c.run_id.desc())
        .limit(1)
    )
    newest = runs.get(conn, found) if found is not None else None
    return newest if newest is not None and (newest.summary.get("master") or {}).get("plan") else None


def said(conn: Connection, run_id: UUID) -> list[Said]:
    """What people said of a run's plan, oldest first."""
    rows = conn.execute(sa.select(plan_word).where(plan_word.c.run_id == run_id).order_by(plan_word.c.said_at))
    return [Said(row.said_by, row.word, row.reason, row.said_at) for row in rows]


def say(conn: Connection, run_id: UUID, word: Word, *, by: str, reason: str) -> None:
    """Approve or refuse a run's plan. Raises RejectedError where it waits no more, without reason, or said already."""
    if not reason.strip():
        raise RejectedError("Say why: a plan that was settled without a reason helps nobody later.")
    now = waiting(conn)
    if now is None or now.run_id != run_id:
        raise RejectedError("This plan waits no more.", hint="A later run has carried it out, or found another one.")
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    earlier = said(conn, run_id)
    if any(one.word == "refuse" for one in earlier):
        raise RejectedError("This plan was refused already.", hint="The next run makes a new one.")
    if any(one.by == by and one.word == word for one in earlier):
        raise RejectedError("You have said so already.", hint="The other word must be somebody else's.")
    row = {"run_id": run_id, "said_by": by, "word": word, "reason": reason.strip()}
    conn.execute(sa.delete(plan_word).where(plan_word.c.run_id == run_id, plan_word.c.said_by == by))
    conn.execute(sa.insert(plan_word).values(row))
    audit.record(conn, who=by, what=f"plan.{word}", on=[f"run:{run_id}"], reason=reason)


def is_approved(words: list[Said], *, second_person: bool) -> bool:
    """Say whether these words let a plan live: nobody refused, and one person approved, or two where two are asked."""
    approvals = {one.by for one in words if one.word == "approve"}
    return len(approvals) >= (2 if second_person else 1) and all(one.word == "approve" for one in words)


def lets(conn: Connection, changed: int, *, second_person: bool) -> bool:
    """Say whether people have let a plan live that would change no fewer customers than this."""
    plan = waiting(conn)
    if plan is None or changed > int(plan.summary["master"].get("plan_changes") or 0):
        return False
    return is_approved(said(conn, plan.run_id), second_person=second_person)


_LOCK = 0x706C616E5F6C6B00
"""Names the lock under which words on plans are taken in, one after the other."""
