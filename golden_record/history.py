"""The statements over golden.golden_record: versions are added and closed, never changed.

A version is written where values or origins differ from the open one, so that any past moment also says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import outbox
from hub.bulk import write_arrow
from identity.staging import stage, stage_query

_FRESH = """
    customer_id uuid PRIMARY KEY, entity_type text NOT NULL, attributes jsonb NOT NULL, origins jsonb NOT NULL,
    content_hash text NOT NULL
"""

# A customer without a fresh record is gone: identity says how. A returning one counts on from its last version.
_VERDICT = """
    SELECT b.customer_id, b.number, f.customer_id IS NOT NULL AS lives,
        o.version AS open_version,
        coalesce(o.version, (SELECT max(g.version) FROM golden.golden_record g WHERE g.customer_id = b.customer_id), 0)
            + 1 AS next_version,
        CASE WHEN f.customer_id IS NULL THEN CASE WHEN c.status IN ('merged', 'split') THEN c.status ELSE 'retired' END
             WHEN o.customer_id IS NULL THEN 'created'
             WHEN f.content_hash <> o.content_hash THEN 'updated'
             ELSE 'touched' END AS kind,
        f.customer_id IS NOT NULL AND (o.customer_id IS NULL OR f.content_hash <> o.content_hash
            OR f.origins <> o.origins) AS is_new,
        CASE WHEN f.customer_id IS NULL THEN c.merged_into END AS survivor_id,
        CASE WHEN f.customer_id IS NULL THEN '{}'::text[]
             WHEN f.content_hash IS DISTINCT FROM o.content_hash THEN ARRAY(
                 SELECT name FROM (SELECT jsonb_object_keys(f.attributes)
                                   UNION SELECT jsonb_object_keys(o.attributes)) names (name)
                 WHERE f.attributes -> name IS DISTINCT FROM o.attributes -> name ORDER BY name)
             ELSE '{}'::text[] END AS attributes
    FROM refresh_customer b
    -- OFFSET 0 keeps it a look-up by index: not all customers are read for the few in question.
    CROSS JOIN LATERAL (SELECT status, merged_into FROM identity.customer
                        WHERE customer_id = b.customer_id OFFSET 0) c
    LEFT JOIN golden_fresh f ON f.customer_id = b.customer_id
    LEFT JOIN golden.golden_record o ON o.customer_id = b.customer_id AND o.valid_to IS NULL
    WHERE b.number >= :first AND b.number < :end AND (f.customer_id IS NOT NULL OR o.customer_id IS NOT NULL)
"""

_CLOSE = """
    UPDATE golden.golden_record g SET valid_to = greatest(:at, g.valid_from)
    FROM golden_verdict v
    WHERE g.customer_id = v.customer_id AND g.valid_to IS NULL AND (v.is_new OR NOT v.lives)
"""

# A first version looks for no earlier one: in a table that was just empty that would be a scan of what this very
# statement has written, for each row.
_OPEN = """
    INSERT INTO golden.golden_record (customer_id, version, entity_type, attributes, origins, content_hash,
                                      valid_from, run_id, policy_hash)
    SELECT f.customer_id, v.next_version, f.entity_type, f.attributes, f.origins, f.content_hash,
           greatest(:at, CASE WHEN v.next_version > 1 THEN (
               SELECT max(g.valid_to) FROM golden.golden_record g WHERE g.customer_id = f.customer_id) END),
           :run_id, :policy_hash
    FROM golden_verdict v JOIN golden_fresh f USING (customer_id) WHERE v.is_new
"""

_verdict = sa.table(
    "golden_verdict",
    sa.column("customer_id", sa.Uuid),
    sa.column("number", sa.BigInteger),
    sa.column("lives", sa.Boolean),
    sa.column("open_version", sa.Integer),
    sa.column("next_version", sa.Integer),
    sa.column("kind", sa.Text),
    sa.column("is_new", sa.Boolean),
    sa.column("survivor_id", sa.Uuid),
    sa.column("attributes"),
)


def any_records(conn: Connection) -> bool:
    """Whether there is any golden record."""
    return bool(conn.scalar(sa.text("SELECT EXISTS (SELECT FROM golden.golden_record)")))


def number_customers(conn: Connection, customer_ids: Sequence[UUID] | None) -> int:
    """Make the temporary table `refresh_customer`: the customers to refresh, numbered from 0; gives how many.

    None: all that are current or have an open golden record, but those that are part of a held change: their golden
    records stay as they are.
    """
    if customer_ids is not None:
        ids = sorted({str(customer_id) for customer_id in customer_ids})
        rows = pa.table({"number": pa.array(range(len(ids)), pa.int64()), "customer_id": pa.array(ids, pa.string())})
        stage(conn, "refresh_customer", "number bigint PRIMARY KEY, customer_id uuid NOT NULL", rows)
        return len(ids)
    count = stage_query(
        conn,
        "refresh_customer",
        """SELECT row_number() OVER (ORDER BY customer_id) - 1 AS number, customer_id FROM (
               SELECT customer_id FROM identity.customer WHERE status = 'current'
               UNION SELECT customer_id FROM golden.golden_record WHERE valid_to IS NULL) q
           WHERE NOT EXISTS (SELECT FROM identity.hold_record h WHERE h.open AND h.customer_id = q.customer_id)""",
    )
    conn.execute(sa.text("CREATE UNIQUE INDEX ON refresh_customer (number)"))
    return count


def compare(conn: Connection, fresh: pa.Table, first: int, end: int) -> dict[str, int]:
    """Say what would become of the numbered customers with these records (assembly.GOLDEN); changes nothing.

    Leaves the temporary tables `golden_fresh` and `golden_verdict`; gives the number of customers by kind of change
    ("touched" where no value changed).
    """
    stage(conn, "golden_fresh", _FRESH)
    write_arrow(conn, "golden_fresh", fresh)
    # The key alone: statistics of whole documents are costly and of no use to the planner.
    conn.execute(sa.text("ANALYZE golden_fresh (customer_id)"))
    stage_query(conn, "golden_verdict", _VERDICT, first=first, end=end)
    counts = conn.execute(sa.text("SELECT kind, count(*) AS customers FROM golden_verdict GROUP BY kind"))
    return {row.kind: row.customers for row in counts}


def write(
    conn: Connection, fresh: pa.Table, first: int, end: int, *, at: datetime, run_id: UUID | None, policy_hash: str
) -> dict[str, int]:
    """Bring the numbered customers to their `fresh` records (assembly.GOLDEN): versions and the kinds of their changes.

    Leaves `golden_verdict` for `announce`; gives what `compare` gives. The caller holds the master lock.
    """
    counts = compare(conn, fresh, first, end)
    conn.execute(sa.text(_CLOSE), {"at": at})
    conn.execute(sa.text(_OPEN), {"at": at, "run_id": run_id, "policy_hash": policy_hash})
    return counts


def announce(conn: Connection, *, at: datetime, run_id: UUID | None, also_unchanged: bool) -> int:
    """Append the changes of the last `write` to the outbox; gives how many.

    `also_unchanged`: customers without any difference are announced too, as touched.
    """
    v = _verdict.c
    rows = sa.select(
        v.customer_id,
        sa.case((v.is_new, v.next_version), else_=v.open_version),
        v.kind,
        v.attributes,
        v.survivor_id,
        sa.literal(at, sa.DateTime(timezone=True)),
        sa.literal(run_id, sa.Uuid),
    ).order_by(v.number)
    if not also_unchanged:
        rows = rows.where(v.is_new | ~v.lives)
    return outbox.append(conn, rows)
