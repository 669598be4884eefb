"""Quarantine: rows that can't be used, kept whole with field and reason, listed and read again after a fix.

There is at most one open entry for a row; it ends when the row maps well or its system no longer has it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from hub import audit
from sources.tables import quarantine

REASONS = {
    "column_count": "The row has more or fewer columns than the header.",
    "broken_encoding": "The row holds bytes that are no text in the file's encoding.",
    "open_quote": "A quote in the row is never closed, so that it holds all lines to the end of the file.",
    "duplicate_key": "A later row of the same file has the same key and says something else.",
}
"""Why a row could not be read at all; the mapping has reasons of its own (sources.mapping)."""


class QuarantinedRow(NamedTuple):
    """A row that can't be used."""

    object: str
    row_id: str
    source_id: str | None
    line: int | None
    payload: str
    field: str | None
    code: str
    reason: str


class Entry(NamedTuple):
    """An open entry as listed."""

    quarantine_id: int
    system: str
    object: str
    source_id: str | None
    line: int | None
    field: str | None
    code: str
    reason: str
    first_seen: datetime
    last_seen: datetime
    payload: str


def put(conn: Connection, system: str, rows: Sequence[QuarantinedRow], run_id: uuid.UUID | None) -> None:
    """Store rows; a row that is in already is brought up to date."""
    if not rows:
        return
    statement = insert(quarantine)
    fresh = ("source_id", "line", "payload", "field", "code", "reason", "run_id")
    statement = statement.on_conflict_do_update(
        index_elements=["system", "object", "row_id"],
        index_where=quarantine.c.resolved_at.is_(None),
        set_={
            **{name: statement.excluded[name] for name in fresh},
            "last_seen": sa.func.now(),
            "requeued_at": None,
        },
    )
    values: list[dict[str, Any]] = [{**row._asdict(), "system": system, "run_id": run_id} for row in rows]
    conn.execute(statement, values)


def resolve(conn: Connection, system: str, name: str, row_ids: Sequence[str]) -> int:
    """End the open entries of rows that are well or gone; gives how many there were."""
    if not row_ids:
        return 0
    done = conn.execute(
        sa.update(quarantine)
        .where(
            *_open(system),
            quarantine.c.object == name,
            quarantine.c.row_id == sa.any_(sa.cast(list(row_ids), sa.ARRAY(sa.Text))),
        )
        .values(resolved_at=sa.func.now(), requeued_at=None)
    )
    return done.rowcount


def any_open(conn: Connection, system: str) -> bool:
    """Tell whether a system has open entries."""
    return bool(conn.scalar(sa.select(sa.exists().where(*_open(system)))))


def count_open(conn: Connection) -> dict[str, int]:
    """Count the open entries by system."""
    query = sa.select(quarantine.c.system, sa.func.count()).where(quarantine.c.resolved_at.is_(None))
    return dict(conn.execute(query.group_by(quarantine.c.system)).tuples().all())


def listing(conn: Connection, system: str | None = None, *, limit: int = 100, after: int = 0) -> list[Entry]:
    """Give open entries in the order of their ids, from behind `after`."""
    query = sa.select(*(quarantine.c[name] for name in Entry._fields)).where(
        quarantine.c.resolved_at.is_(None), quarantine.c.quarantine_id > after
    )
    if system is not None:
        query = query.where(quarantine.c.system == system)
    return [Entry(*row) for row in conn.execute(query.order_by(quarantine.c.quarantine_id).limit(limit))]


def get(conn: Connection, quarantine_id: int) -> Entry | None:
    """Give one open entry; None where it is settled."""
    query = sa.select(*(quarantine.c[name] for name in Entry._fields)).where(
        quarantine.c.resolved_at.is_(None), quarantine.c.quarantine_id == quarantine_id
    )
    row = conn.execute(query).one_or_none()
    return Entry(*row) if row else None


def requeue(conn: Connection, ids: Sequence[int] | None = None, *, by: str) -> int:
    """Have the next intake read these entries' rows again (all open ones by default); gives how many."""
    update = sa.update(quarantine).where(quarantine.c.resolved_at.is_(None)).values(requeued_at=sa.func.now())
    if ids is not None:
        update = update.where(quarantine.c.quarantine_id.in_(ids))
    again = conn.execute(update).rowcount
    if again:
        on = [f"task:quarantine:{number:012}" for number in ids or ()]
        audit.record(conn, who=by, what="quarantine.again", on=on)
    return again


def requeued(conn: Connection, system: str, name: str) -> list[str]:
    """Give the row ids of an object that shall be read again."""
    query = sa.select(quarantine.c.row_id).where(
        *_open(system), quarantine.c.object == name, quarantine.c.requeued_at.is_not(None)
    )
    return list(conn.scalars(query))


def _open(system: str) -> tuple[sa.ColumnElement[bool], ...]:
    return quarantine.c.system == system, quarantine.c.resolved_at.is_(None)
