"""Conflicts that stay: fields that were changed in a system since the hub wrote them and that the hub leaves alone.

Invariant: the table says what the last plan of each customer found. A plan looks at every customer that has changed, so
a conflict is gone once the golden record and the system say the same, or the field's owner is another.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from destinations.owners import Conflict
from hub.records import RecordKey
from hub.tasks import ORDER, Place, Task, Wanted, parameters, select

_CHUNK = 5_000
# A golden value that is not where it should be, and the system.
_ITEMS = """
    SELECT 'conflict:' || c.destination || ':' || c.customer_id || ':' || c.slot AS key, 2 AS consequence, c.since,
           cast(NULL AS text) AS entity_type, ARRAY[c.system] AS systems, c.destination, c.customer_id, c.slot,
           c.system, c.object, c.source_id, c.owner
    FROM ops.publish_conflict c"""


def store(conn: Connection, destination: str, considered: Sequence[UUID], conflicts: Sequence[Conflict]) -> None:
    """Keep what a plan of the considered customers found, in place of what an earlier one did."""
    kept = [conflict for conflict in conflicts if conflict.stands == "system"]
    for start in range(0, len(considered), _CHUNK):
        conn.execute(
            sa.text("""
                DELETE FROM ops.publish_conflict c WHERE c.destination = :destination AND c.customer_id = ANY(:ids)
                AND NOT (c.customer_id, c.slot) IN (
                    SELECT * FROM unnest(CAST(:customers AS uuid[]), CAST(:slots AS text[])))"""),
            {
                "destination": destination,
                "ids": list(considered[start : start + _CHUNK]),
                "customers": [conflict.customer_id for conflict in kept],
                "slots": [conflict.slot for conflict in kept],
            },
        )
    if kept:
        conn.execute(
            sa.text("""
                INSERT INTO ops.publish_conflict (destination, customer_id, slot, system, object, source_id, owner)
                VALUES (:destination, :customer_id, :slot, :system, :object, :source_id, :owner)
                ON CONFLICT (destination, customer_id, slot) DO UPDATE
                SET system = excluded.system, object = excluded.object, source_id = excluded.source_id,
                    owner = excluded.owner"""),
            [
                {
                    "destination": destination,
                    "customer_id": conflict.customer_id,
                    "slot": conflict.slot,
                    "owner": conflict.owner,
                    **conflict.record._asdict(),
                }
                for conflict in kept
            ],
        )


def count(conn: Connection, wanted: Wanted) -> int:
    """How many fields are left as their systems have them."""
    counted = sa.text(f"SELECT count(*) {select(_ITEMS, wanted)}")
    return int(conn.scalar(counted, parameters(wanted)) or 0)


def tasks(
    conn: Connection, wanted: Wanted, *, after: Place | None = None, limit: int = 50, key: str | None = None
) -> list[Task]:
    """Give a page of the conflicts; with `key` only that one."""
    page = sa.text(f"SELECT q.* {select(_ITEMS, wanted, after=after, key=key)} {ORDER}")
    return [
        Task(
            key=row.key,
            kind="conflict",
            consequence=row.consequence,
            since=row.since,
            reason=f"{row.slot} was changed in {row.system} since {row.destination} wrote it; it stays as it is there"
            f" (owner: {row.owner})",
            systems=tuple(row.systems),
            records=(RecordKey(row.system, row.object, row.source_id),),
            customers=(row.customer_id,),
            affected=1,
        )
        for row in conn.execute(page, parameters(wanted, after, limit=limit, key=key))
    ]
