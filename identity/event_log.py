"""The events of a customer's identity as somebody reads them; `identity.events` writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import RecordKey
from identity import store
from identity.tables import identity_event


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a customer's identity: `customer_id` gave the records away, `other_id` took them, if any did."""

    event_id: int
    at: datetime
    kind: str
    customer_id: UUID
    other_id: UUID | None
    records: tuple[RecordKey, ...]
    count: int
    reason: str


_SHOWN = 5  # records that an event names; `count` says how many there were


def of(conn: Connection, customer_id: UUID, *, limit: int = 100) -> list[Event]:
    """The newest events of a customer, on either side, newest first."""
    e = identity_event.c
    rows = conn.execute(
        sa.select(identity_event)
        .where(sa.or_(e.customer_id == customer_id, e.other_customer_id == customer_id))
        .order_by(e.event_id.desc())
        .limit(limit)
    ).all()
    keys = store.keys_of(conn, {record for row in rows for record in row.record_ids[:_SHOWN]})
    return [
        Event(
            row.event_id,
            row.at,
            row.kind,
            row.customer_id,
            row.other_customer_id,
            tuple(keys[record] for record in row.record_ids[:_SHOWN] if record in keys),
            len(row.record_ids),
            row.reason,
        )
        for row in rows
    ]
