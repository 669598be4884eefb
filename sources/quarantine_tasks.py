"""The quarantine as items of the stewards' queue: each row that can't be used, until it maps well or is gone.

What hangs on each is the same: one record that is not there, in one system. So they go by age.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.tasks import ORDER, Place, Task, Wanted, parameters, select

CONSEQUENCE = 2
"""A row that is missing, and the system that it is missing from."""

# One consequence for all: a page begins at a number, so that an index finds it however long the list is.
_ITEMS = f"""
    SELECT 'quarantine:' || lpad(z.quarantine_id::text, 12, '0') AS key, {CONSEQUENCE} AS consequence,
           z.first_seen AS since, cast(NULL AS text) AS entity_type, ARRAY[z.system] AS systems,
           z.quarantine_id AS number, z.object, z.source_id, z.row_id, z.line, z.field,
           z.reason, z.requeued_at
    FROM ops.quarantine z WHERE z.resolved_at IS NULL AND z.quarantine_id > {{behind}}"""  # noqa: S608 - own words


def count(conn: Connection, wanted: Wanted) -> int:
    """How many rows wait in quarantine."""
    counted = sa.text(f"SELECT count(*) {select(_ITEMS.format(behind=0), wanted)}")
    return int(conn.scalar(counted, parameters(wanted)) or 0)


def tasks(
    conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
) -> list[Task]:
    """Give a page of the quarantined rows, the oldest first; with `key` only that one."""
    if after is not None and after.consequence < CONSEQUENCE:
        return []
    behind = 0
    if after is not None and after.consequence == CONSEQUENCE and after.key > "quarantine:":
        name, _, number = after.key.partition(":")
        if name != "quarantine":
            return []
        behind = int(number)
    page = sa.text(f"SELECT q.* {select(_ITEMS.format(behind=behind), wanted, key=key)} {_BY_NUMBER}")
    rows = conn.execute(page, parameters(wanted, limit=limit, key=key))
    return [
        Task(
            key=row.key,
            kind="quarantine",
            consequence=row.consequence,
            since=row.since,
            reason=f"{_name(row)}{f', line {row.line}' if row.line else ''}"
            f"{f', {row.field}' if row.field else ''}: {row.reason}"
            f"{' It is read again by the next sync.' if row.requeued_at else ''}",
            systems=tuple(row.systems),
            number=row.number,
        )
        for row in rows
    ]


def _name(row: sa.Row[tuple[object, ...]]) -> str:
    """Name a row by its key; one of a file that has none by its line alone."""
    key = row.source_id or ("" if row.line else row.row_id)
    return f"{row.object}/{key}" if key else str(row.object)


_BY_NUMBER = ORDER.replace('q.key COLLATE "C"', "q.number")
