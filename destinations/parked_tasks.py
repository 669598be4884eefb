"""Parked writes as items of the stewards' queue: what a system refused, or was asked for in vain again and again."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa
from sqlalchemy import Connection

from destinations.ledger import LONG_WAIT
from hub.records import EntityType, RecordKey
from hub.tasks import ORDER, Place, Task, Wanted, parameters, select

# Each field that is not written is a golden value on which the system waits.
_ITEMS = f"""
    SELECT 'parked:' || lpad(d.delivery_id::text, 12, '0') AS key, cardinality(d.fields) + 1 AS consequence,
           coalesce(d.settled_at, d.planned_at) AS since, d.entity_type, ARRAY[d.system] AS systems,
           d.delivery_id AS number, d.destination, d.customer_id, d.action, d.system, d.object, d.source_id, d.fields,
           d.state, d.attempts, d.reason
    FROM ops.delivery d
    WHERE d.state <> 'applied' AND (d.state = 'rejected' OR d.attempts >= {LONG_WAIT})"""  # noqa: S608 - own words


def count(conn: Connection, wanted: Wanted) -> int:
    """How many writes are parked."""
    counted = sa.text(f"SELECT count(*) {select(_ITEMS, wanted)}")
    return int(conn.scalar(counted, parameters(wanted)) or 0)


def tasks(
    conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
) -> list[Task]:
    """Give a page of the parked writes, those of most fields first; with `key` only that one."""
    page = sa.text(f"SELECT q.* {select(_ITEMS, wanted, after=after, key=key)} {ORDER}")
    return [_task(row) for row in conn.execute(page, parameters(wanted, after, limit=limit, key=key))]


def _task(row: sa.Row[tuple[object, ...]]) -> Task:
    what = f"{row.destination} did not take {', '.join(row.fields)}"
    if row.state != "rejected":
        what = f"{row.destination} was asked {row.attempts} times in vain to take {', '.join(row.fields)}"
    return Task(
        key=row.key,
        kind="parked",
        consequence=row.consequence,
        since=row.since,
        reason=f"{what}: {row.reason or 'no reason given'}",
        entity_type=cast(EntityType, row.entity_type),
        systems=tuple(row.systems),
        records=(RecordKey(row.system, row.object, row.source_id),) if row.source_id else (),
        customers=(row.customer_id,),
        affected=1,
        number=row.number,
    )
