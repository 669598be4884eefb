"""The ledger as people look at it: how much waits where and why, what systems refused in which words, sending again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from destinations.ledger import waits_long
from destinations.tables import delivery
from hub import audit


@dataclass(frozen=True, slots=True)
class Parked:
    """A delivery that a system refused, or that waits though it was tried `attempts` times; `reason` is why.

    The reason of a refused one has the system's own words, which may quote the customer's values.
    """

    delivery_id: int
    destination: str
    customer_id: UUID
    action: str
    system: str
    object: str
    source_id: str | None
    fields: tuple[str, ...]
    reason: str
    settled_at: datetime | None
    state: str = "rejected"
    attempts: int = 0

    @property
    def is_waiting(self) -> bool:
        """Whether it is tried again by itself."""
        return self.state != "rejected"


def counts(conn: Connection) -> dict[str, dict[str, int]]:
    """Give the number of entries by destination and state."""
    result: dict[str, dict[str, int]] = {}
    grouped = sa.select(delivery.c.destination, delivery.c.state, sa.func.count()).group_by(
        delivery.c.destination, delivery.c.state
    )
    for destination, state, number in conn.execute(grouped.order_by(delivery.c.destination, delivery.c.state)):
        result.setdefault(destination, {})[state] = number
    return result


def parked(conn: Connection, destination: str | None = None, *, after: int = 0, limit: int = 100) -> list[Parked]:
    """List deliveries that were refused, or tried in vain again and again, above the number `after`, oldest first."""
    refused = sa.select(delivery).where(
        delivery.c.state != "applied",
        sa.or_(delivery.c.state == "rejected", waits_long()),
        delivery.c.delivery_id > after,
    )
    if destination is not None:
        refused = refused.where(delivery.c.destination == destination)
    return [
        Parked(
            row.delivery_id,
            row.destination,
            row.customer_id,
            row.action,
            row.system,
            row.object,
            row.source_id,
            tuple(row.fields),
            row.reason or "",
            row.settled_at,
            row.state,
            row.attempts,
        )
        for row in conn.execute(refused.order_by(delivery.c.delivery_id).limit(limit))
    ]


def requeue(conn: Connection, ids: Sequence[int] | None = None, *, by: str) -> int:
    """Let refused deliveries be sent again (all by default); gives how many. Numbers that are not parked are left."""
    update = sa.update(delivery).where(delivery.c.state == "rejected")
    if ids is not None:
        update = update.where(delivery.c.delivery_id.in_(ids))
    again = conn.execute(update.values(state="planned", attempts=0, next_at=None, reason=None)).rowcount
    if again:
        on = [f"task:parked:{number:012}" for number in ids or ()]
        audit.record(conn, who=by, what="parked.again", on=on)
    return again
