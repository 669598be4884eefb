"""The outbox: each difference of a golden record as a numbered row, the unit of the change feed and of publishing.

Invariant: `seq` grows in the order of commits. Rows are written under the master lock alone, which is held until the
commit, so no row with a lower `seq` can appear after a reader has seen a higher one: a cursor never skips a change.
(Numbers may be missing, where a transaction was rolled back.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.tables import change

Kind = Literal["created", "updated", "merged", "split", "retired", "touched"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `attributes` are those whose values changed; `survivor_id` is set for merged alone.

    touched: a member or an origin changed, but no golden value did; publishing looks at it, the feed leaves it out.
    """

    seq: int
    customer_id: UUID
    version: int
    kind: Kind
    attributes: tuple[str, ...]
    survivor_id: UUID | None
    at: datetime
    run_id: UUID | None


def append(
    conn: Connection, rows: sa.Select[tuple[UUID, int, str, list[str], UUID | None, datetime, UUID | None]]
) -> int:
    """Append the selected rows (customer_id, version, kind, attributes, survivor_id, at, run_id), in their order.

    The caller holds the master lock. Gives the number of rows.
    """
    columns = [c.name for c in change.columns if c.name != "seq"]
    return conn.execute(sa.insert(change).from_select(columns, rows)).rowcount


def after(conn: Connection, seq: int, limit: int, *, kinds: Sequence[Kind] | None = None) -> list[Change]:
    """The changes after `seq`, oldest first, at most `limit`; of certain kinds, if said."""
    query = sa.select(change).where(change.c.seq > seq).order_by(change.c.seq).limit(limit)
    if kinds is not None:
        query = query.where(change.c.kind.in_(kinds))
    return [
        Change(
            row.seq, row.customer_id, row.version, row.kind, tuple(row.attributes), row.survivor_id, row.at, row.run_id
        )
        for row in conn.execute(query)
    ]


def last_seq(conn: Connection) -> int:
    """The number of the newest change, 0 if there is none."""
    return conn.scalar(sa.select(sa.func.coalesce(sa.func.max(change.c.seq), 0))) or 0
