"""The statements over golden.profile: the figures computed of each customer's activities.

Work to do is a state: `profile_due` has the customers whose figures are to be made anew (a member or an activity of
theirs changed), `due_at` tells those whose figures time changes, and the definitions in force tell when all are. So the
cost follows the change, and a run that was killed leaves nothing out. Figures of a past moment are computed when asked.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import belonging, own_figures
from golden_record.as_of import as_of
from golden_record.computing import Parameters, aggregates
from golden_record.timeline import customer_activities
from hub.computed import ComputedAttribute
from identity.staging import stage

CHUNK = 20_000
"""Customers computed at once, in a transaction of their own."""


def touch(conn: Connection, customer_ids: Sequence[UUID]) -> None:
    """Have the figures of these customers made anew; ids that are no customers any more lose theirs."""
    if customer_ids:
        query = f"{_TOUCH} SELECT DISTINCT unnest(CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING"
        conn.execute(sa.text(query), {"ids": list(customer_ids)})


def touch_owners(conn: Connection, table: str) -> None:
    """Have the figures made anew of the customers to whom activities belong that are in the temporary table `table`.

    It has the columns belonging.COLUMNS.
    """
    conn.execute(sa.text(f"ANALYZE {table}"))
    conn.execute(sa.text(f"{_TOUCH} {belonging.owners(table)} ON CONFLICT DO NOTHING"))


_TOUCH = "INSERT INTO golden.profile_due (customer_id)"


def touch_all(conn: Connection) -> None:
    """Have the figures of all customers made anew."""
    conn.execute(
        sa.text(f"""
            {_TOUCH} SELECT customer_id FROM identity.customer WHERE status = 'current'
            UNION SELECT customer_id FROM golden.profile ON CONFLICT DO NOTHING""")
    )


def refresh(
    conn: Connection, computed: Mapping[str, ComputedAttribute], *, now: datetime | None = None, chunk: int = CHUNK
) -> int:
    """Make the figures of due customers anew; gives how many, 0 where none was due.

    At most `chunk` of those that are noted, and as many of those whose figures time changes. Where nothing is to be
    computed nobody is due, and figures of before go.
    """
    if not computed:
        conn.execute(sa.text("DELETE FROM golden.profile_due"))
        conn.execute(sa.text("DELETE FROM golden.profile"))
        return 0
    moment = now or conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    due = _take_due(conn, moment, chunk)
    if not due:
        return 0
    made, parameters = _made(computed, own_figures.BATCH)
    conn.execute(
        sa.text(f"""
            INSERT INTO golden.profile (customer_id, computed, due_at, computed_at)
            SELECT m.*, :now FROM ({made}) m
            JOIN identity.customer c ON c.customer_id = m.customer_id AND c.status = 'current'
            ON CONFLICT (customer_id) DO UPDATE SET computed = excluded.computed, due_at = excluded.due_at,
                computed_at = excluded.computed_at"""),
        {**parameters, "now": moment},
    )
    own_figures.add(conn, computed, moment)
    conn.execute(
        sa.text("""
            DELETE FROM golden.profile p USING profile_batch b JOIN identity.customer c USING (customer_id)
            WHERE p.customer_id = b.customer_id AND c.status <> 'current'""")
    )
    return due


def _made(computed: Mapping[str, ComputedAttribute], batch: str) -> tuple[str, Parameters]:
    """Write the query of the figures at :now of the customers that `batch` gives, and of when time changes one."""
    figures, next_due, parameters = aggregates(computed)
    query = f"""
        SELECT b.customer_id, {figures} AS computed, {next_due} AS due_at FROM ({batch}) b
        LEFT JOIN (
            SELECT DISTINCT ON (customer_id, system, object, source_id) *
            FROM ({customer_activities(f"x.customer_id IN ({batch})")}) q) a ON a.customer_id = b.customer_id
        GROUP BY b.customer_id"""
    return query, parameters


def _take_due(conn: Connection, moment: datetime, chunk: int) -> int:
    """Fill the temporary table `profile_batch` with customers that are due; gives how many."""
    stage(conn, "profile_batch", "customer_id uuid PRIMARY KEY")
    taken = conn.execute(
        sa.text("""
            WITH noted AS (
                DELETE FROM golden.profile_due WHERE customer_id IN (
                    SELECT customer_id FROM golden.profile_due ORDER BY customer_id LIMIT :chunk FOR UPDATE)
                RETURNING customer_id)
            INSERT INTO profile_batch
            SELECT customer_id FROM noted
            UNION (SELECT customer_id FROM golden.profile WHERE due_at <= :now ORDER BY due_at LIMIT :chunk)"""),
        {"chunk": chunk, "now": moment},
    ).rowcount
    conn.execute(sa.text("ANALYZE profile_batch"))
    return taken


def of(conn: Connection, customer_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Give the figures of customers by their names; a customer of which none are made yet is left out."""
    rows = conn.execute(
        sa.text("SELECT customer_id, computed FROM golden.profile WHERE customer_id = ANY(:ids)"),
        {"ids": list(customer_ids)},
    )
    return {row.customer_id: row.computed for row in rows}


def then(
    conn: Connection,
    customer_ids: Sequence[UUID],
    computed: Mapping[str, ComputedAttribute],
    moment: datetime,
    *,
    now: datetime | None = None,
) -> dict[UUID, dict[str, Any]]:
    """Give the figures that have a measure, over the activities that were known of customers at a moment.

    They count from that moment, or from `now`.
    """
    measured = {name: entry for name, entry in computed.items() if entry.measure is not None}
    if not measured:
        return {}
    made, parameters = _made(measured, own_figures.SOME)
    values = {**parameters, "ids": list(customer_ids), "now": now or moment, "then": moment}
    return {row.customer_id: row.computed for row in conn.execute(sa.text(as_of(made)), values)}
