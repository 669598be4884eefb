"""What each destination was told of a customer, and when: the ledger as somebody reads it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from destinations.tables import delivery

# Literal texts: PostgreSQL proves a partial index by its predicate's words, not by a parameter.
_APPLIED, _OPEN = sa.text("state = 'applied'"), sa.text("state <> 'applied'")


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the ledger. `at`: when it was settled, else sent or planned. `reason`: the system's own words."""

    destination: str
    action: str
    record: str
    fields: tuple[str, ...]
    version: int
    state: str
    at: datetime
    reason: str


def of_customer(conn: Connection, customer_id: UUID, destinations: Collection[str], *, limit: int = 50) -> list[Told]:
    """The newest entries about a customer at these destinations, newest first."""
    mine = sa.select(delivery).where(
        delivery.c.customer_id == customer_id, delivery.c.destination.in_(sorted(destinations))
    )
    # In two halves, each of which has an index of its own.
    both = sa.union_all(mine.where(_APPLIED), mine.where(_OPEN)).subquery()
    found = conn.execute(sa.select(both).order_by(both.c.delivery_id.desc()).limit(limit))
    return [
        Told(
            row.destination,
            row.action,
            "/".join(part for part in (row.system, row.object, row.source_id) if part),
            tuple(row.fields),
            row.version,
            row.state,
            row.settled_at or row.sent_at or row.planned_at,
            row.reason or "",
        )
        for row in found
    ]
