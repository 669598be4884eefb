"""The events of customers' identities as somebody reads them; `identity.events` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import RecordKey
from identity import store
from identity.tables import identity_event


@dataclass(frozen=True, slots=True)
class Event:
    """One event: `customer_id` is whose it is, or who gave records away; `other_customer_id` took them, if anybody did.

    `records` is how many they were, `named` has the first few of them.
    """

    event_id: int
    at: datetime
    kind: str
    customer_id: UUID
    other_customer_id: UUID | None
    records: int
    named: tuple[RecordKey, ...]
    reason: str
    run_id: UUID | None


_NAMED = 5


def of(conn: Connection, customer_id: UUID, *, limit: int = 100) -> list[Event]:
    """Give the newest events of a customer, on either side, newest first."""
    newest = sa.select(identity_event).where(_about([customer_id])).order_by(identity_event.c.event_id.desc())
    return _events(conn, newest.limit(limit))


def between(conn: Connection, customer_ids: Sequence[UUID], since: datetime, until: datetime) -> list[Event]:
    """Give the events of these customers, on either side, after one moment and up to another, oldest first."""
    e = identity_event.c
    query = sa.select(identity_event).where(_about(customer_ids), e.at > since, e.at <= until)
    return _events(conn, query.order_by(e.event_id))


def _about(customer_ids: Sequence[UUID]) -> sa.ColumnElement[bool]:
    e = identity_event.c
    return sa.or_(e.customer_id.in_(customer_ids), e.other_customer_id.in_(customer_ids))


def _events(conn: Connection, query: sa.Select[Any]) -> list[Event]:
    rows = conn.execute(query).all()
    keys = store.keys_of(conn, {record for row in rows for record in row.record_ids[:_NAMED]})
    return [
        Event(
            row.event_id,
            row.at,
            row.kind,
            row.customer_id,
            row.other_customer_id,
            len(row.record_ids),
            tuple(keys[record] for record in row.record_ids[:_NAMED] if record in keys),
            row.reason,
            row.run_id,
        )
        for row in rows
    ]
