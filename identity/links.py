"""Certain links between records, independent of any score: a record that the hub created belongs to its customer.

Invariant: a link holds between the two records for as long as both live and are of one entity type.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.errors import RejectedError
from hub.records import RecordKey
from identity import pending, store

CREATED_BY_HUB = "created_by_hub"


def record_created(conn: Connection, key: RecordKey, *, anchor_record_id: int) -> int:
    """Tie a record that the hub created in a system to a record of the customer it was made from; gives its record id.

    It is stored without evidence, pending: all it holds are the hub's own words (`identity.echoes`) until someone
    edits it there. Saying it twice changes nothing. Raises RejectedError where the anchor is unknown.
    """
    entity_type = conn.scalar(
        sa.text("SELECT entity_type FROM identity.source_record WHERE record_id = :r"), {"r": anchor_record_id}
    )
    if entity_type is None:
        raise RejectedError(
            f"There is no record {anchor_record_id} to tie a created record to.", hint="Plan the change again."
        )
    record_id = store.create_empty(conn, key, entity_type)
    if record_id != anchor_record_id:
        conn.execute(
            sa.text("""
                INSERT INTO identity.known_link (record_l, record_r, reason) VALUES (:l, :r, :reason)
                ON CONFLICT DO NOTHING"""),
            {
                "l": min(record_id, anchor_record_id),
                "r": max(record_id, anchor_record_id),
                "reason": CREATED_BY_HUB,
            },
        )
        pending.mark(conn, [record_id])
    return record_id
