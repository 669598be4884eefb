"""Refresh: bring the golden records of the touched customers to what their members and the policy say.

It is the one way to a golden record. The cost follows the customers asked for; memory is bounded by the chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import history, policies, search_index
from golden_record.members import read_members
from golden_record.policy import policy_of
from golden_record.survivorship import survive
from hub.config import Config
from hub.duck import lent

CHUNK = 25_000
"""Customers computed at once: large enough for DuckDB to work in parallel, below 1 GB at two records each."""


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """Customers by what happened to their golden records; `retired` has the merged and the split ones too."""

    created: int = 0
    updated: int = 0
    retired: int = 0
    unchanged: int = 0


def refresh(
    conn: Connection,
    config: Config,
    touched: Sequence[UUID] | None,
    *,
    run_id: UUID | None,
    at: datetime | None = None,
    chunk: int = CHUNK,
) -> RefreshReport:
    """Refresh the golden records of `touched`, or of all customers (None), within the caller's transaction.

    The caller holds `hub.db.master_lock`. Every customer of `touched` that lives gets a row in the outbox, "touched"
    where nothing differs, because a member's change may concern publishing; a refresh of all announces differences
    alone, and puts the policy in force. `at`: the moment of the settlement that touched them, so that no moment shows
    its crosswalk with golden records of before.
    """
    # The clock is read under the lock: a transaction's own time may lie before that of one that committed meanwhile.
    at = at or conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    policy, effective = policy_of(config, at), config.survivorship.effective_from(at)
    if touched is not None and policies.in_force(conn) is None and not history.any_records(conn):
        policies.enact(conn, policy, effective, run_id=run_id)
    search_index.begin(conn)
    total = history.number_customers(conn, touched)
    counts: dict[str, int] = {}
    with lent() as duck:
        for first in range(0, total, chunk):
            end = first + chunk
            fresh = survive(duck, read_members(conn, first, end, policy), policy)
            found = history.write(conn, fresh, first, end, at=at, run_id=run_id, policy_hash=policy.hash)
            history.announce(conn, at=at, run_id=run_id, also_unchanged=touched is not None)
            search_index.write(conn, first, end)
            counts = {kind: counts.get(kind, 0) + found.get(kind, 0) for kind in {*counts, *found}}
    if touched is None:
        policies.enact(conn, policy, effective, run_id=run_id)
    return RefreshReport(
        created=counts.get("created", 0),
        updated=counts.get("updated", 0),
        retired=sum(counts.get(kind, 0) for kind in ("merged", "split", "retired")),
        unchanged=counts.get("touched", 0),
    )


def outdated(conn: Connection, config: Config) -> bool:
    """Whether golden records may still stand as an earlier policy made them: then all must be refreshed (None)."""
    return history.any_records(conn) and policies.in_force(conn) != policies.due(conn, config).hash
