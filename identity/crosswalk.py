"""Which source record belongs to which customer, now and at any past moment, and what became of each customer id.

Invariant: every live resolved record has exactly one open crosswalk row; a customer is `current` exactly while it has
one; `customer_id`s are never deleted, and each says for ever where its records went.

Which id a cluster gets (I2), over all clusters and customers in question, best claim first:
1. claims are ordered by shared records (most first), then the customer's age (oldest first), then the customer's id,
   then the lowest record id of the cluster; a claim is granted when neither its cluster nor its customer is taken;
2. a cluster left without takes back a former id: that of a retired customer of its records, or that of a merged or
   split one whose last members it holds by more than half (so that an undone merge gives the old id back);
3. else it gets a new id. Ids never pass from one entity type to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import read_arrow
from hub.records import RecordKey
from identity import events
from identity.staging import stage, stage_query

CLUSTERS = pa.schema([("record_id", pa.int64()), ("cluster_id", pa.int64()), ("entity_type", pa.string())])
"""Live records and their cluster, named by its lowest record id."""

TOUCHED = pa.schema([("customer_id", pa.string()), ("entity_type", pa.string())])


@dataclass(frozen=True)
class Moves:
    """What a settlement did to the customers; `touched` has every customer whose members or their content changed."""

    counts: dict[str, int]
    touched: pa.Table


def settle(
    conn: Connection, clusters: pa.Table, changed: pa.Array, *, at: datetime, run_id: UUID | None = None
) -> Moves:
    """Bring the crosswalk to the given clusters; the caller holds the master lock.

    `clusters` (CLUSTERS) has all live records of every customer in question; `changed` has the records whose content
    was settled, the deleted ones included: those that are in no cluster leave the crosswalk.
    """
    stage(
        conn,
        "new_cluster",
        "record_id bigint PRIMARY KEY, cluster_id bigint NOT NULL, entity_type text NOT NULL",
        clusters,
    )
    stage(conn, "changed_record", "record_id bigint PRIMARY KEY", pa.table({"record_id": changed}))
    stage_query(
        conn,
        "old_member",
        """SELECT x.record_id, x.customer_id, c.entity_type, c.created_at
           FROM (SELECT record_id FROM new_cluster UNION SELECT record_id FROM changed_record) r
           JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
           JOIN identity.customer c USING (customer_id)""",
    )
    _grant_ids(conn, at)
    stage_query(
        conn,
        "moved_record",
        """SELECT coalesce(n.record_id, o.record_id) AS record_id, o.customer_id AS old_id, n.customer_id AS new_id
           FROM old_member o
           FULL JOIN (SELECT c.record_id, g.customer_id FROM new_cluster c JOIN granted_id g USING (cluster_id)) n
             USING (record_id)
           WHERE o.customer_id IS DISTINCT FROM n.customer_id""",
    )
    _write(conn, at)
    counts = events.record(conn, at=at, run_id=run_id)
    return Moves(counts, _touched(conn))


def _grant_ids(conn: Connection, at: datetime) -> None:
    """Fill `granted_id`: for each cluster its customer and how it came by it (kept, former, new)."""
    stage(
        conn,
        "granted_id",
        "cluster_id bigint PRIMARY KEY, customer_id uuid NOT NULL UNIQUE, entity_type text NOT NULL, how text NOT NULL",
    )
    stage_query(
        conn,
        "claim",
        """SELECT n.cluster_id, n.entity_type, o.customer_id, o.created_at, count(*) AS shared
           FROM new_cluster n JOIN old_member o ON o.record_id = n.record_id AND o.entity_type = n.entity_type
           GROUP BY n.cluster_id, n.entity_type, o.customer_id, o.created_at""",
    )
    _grant_claims(conn, "kept")
    stage_query(
        conn,
        "claim",
        """WITH former AS MATERIALIZED (
               SELECT n.cluster_id, n.entity_type, n.record_id, x.customer_id, x.valid_to, c.status, c.created_at
               FROM new_cluster n
               JOIN identity.crosswalk x ON x.record_id = n.record_id AND x.valid_to IS NOT NULL
               JOIN identity.customer c ON c.customer_id = x.customer_id AND c.entity_type = n.entity_type
               WHERE c.status <> 'current' AND NOT EXISTS (SELECT FROM granted_id g WHERE g.cluster_id = n.cluster_id)
           ), last_members AS (
               SELECT f.customer_id, e.ended, count(*) AS members
               FROM (SELECT DISTINCT customer_id FROM former) f
               CROSS JOIN LATERAL (SELECT max(valid_to) AS ended FROM identity.crosswalk x
                                   WHERE x.customer_id = f.customer_id AND x.valid_to IS NOT NULL) e
               JOIN identity.crosswalk m ON m.customer_id = f.customer_id AND m.valid_to = e.ended
               GROUP BY f.customer_id, e.ended
           )
           SELECT f.cluster_id, f.entity_type, f.customer_id, f.created_at, count(DISTINCT f.record_id) AS shared
           FROM former f JOIN last_members l USING (customer_id)
           WHERE f.status = 'retired' OR f.valid_to = l.ended
           GROUP BY f.cluster_id, f.entity_type, f.customer_id, f.created_at, f.status, l.members
           HAVING f.status = 'retired' OR 2 * count(DISTINCT f.record_id) > l.members""",
    )
    _grant_claims(conn, "former")
    conn.execute(
        # A UUID of version 7 (RFC 9562) from the clock and a random UUID: PostgreSQL makes them only from 18 on.
        sa.text("""
            WITH made AS (
                INSERT INTO granted_id
                SELECT cluster_id,
                       encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(
                           int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                           FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid,
                       min(entity_type), 'new'
                FROM new_cluster n
                WHERE NOT EXISTS (SELECT FROM granted_id g WHERE g.cluster_id = n.cluster_id)
                GROUP BY cluster_id RETURNING customer_id, entity_type)
            INSERT INTO identity.customer (customer_id, entity_type, created_at)
            SELECT customer_id, entity_type, :at FROM made"""),
        {"at": at},
    )
    conn.execute(sa.text("ANALYZE granted_id"))


def _grant_claims(conn: Connection, how: str) -> None:
    """Grant the claims in order: in each round all those that are the best for both their cluster and their customer.

    Both orders are one total order, so the rounds give what granting one after the other would give.
    """
    while conn.execute(
        sa.text("""
            INSERT INTO granted_id
            SELECT cluster_id, customer_id, entity_type, :how FROM (
                SELECT *,
                    row_number() OVER (PARTITION BY cluster_id
                                       ORDER BY shared DESC, created_at, customer_id) AS of_cluster,
                    row_number() OVER (PARTITION BY customer_id ORDER BY shared DESC, cluster_id) AS of_customer
                FROM claim) ranked
            WHERE of_cluster = 1 AND of_customer = 1"""),
        {"how": how},
    ).rowcount:
        conn.execute(
            sa.text("""
                DELETE FROM claim c USING granted_id g
                WHERE g.cluster_id = c.cluster_id OR g.customer_id = c.customer_id""")
        )


def _write(conn: Connection, at: datetime) -> None:
    """Close and open crosswalk rows, and give each customer its status."""
    conn.execute(
        sa.text("""
            UPDATE identity.crosswalk x SET valid_to = :at FROM moved_record m
            WHERE x.record_id = m.record_id AND x.valid_to IS NULL AND m.old_id IS NOT NULL"""),
        {"at": at},
    )
    conn.execute(
        sa.text("""
            INSERT INTO identity.crosswalk (record_id, customer_id, valid_from)
            SELECT record_id, new_id, :at FROM moved_record WHERE new_id IS NOT NULL"""),
        {"at": at},
    )
    conn.execute(
        sa.text("""
            UPDATE identity.customer c SET status = 'current', merged_into = NULL
            FROM granted_id g WHERE g.customer_id = c.customer_id AND g.how = 'former'""")
    )
    conn.execute(
        sa.text("""
            UPDATE identity.customer c
            SET status = CASE cardinality(e.heirs) WHEN 0 THEN 'retired' WHEN 1 THEN 'merged' ELSE 'split' END,
                merged_into = CASE WHEN cardinality(e.heirs) = 1 THEN e.heirs[1] END
            FROM (SELECT old_id, array_remove(array_agg(DISTINCT new_id), NULL) AS heirs
                  FROM moved_record WHERE old_id NOT IN (SELECT customer_id FROM granted_id) GROUP BY old_id) e
            WHERE c.customer_id = e.old_id""")
    )


def _touched(conn: Connection) -> pa.Table:
    return read_arrow(
        conn,
        """SELECT customer_id, entity_type FROM identity.customer WHERE customer_id IN (
               SELECT old_id FROM moved_record UNION SELECT new_id FROM moved_record
               UNION SELECT customer_id FROM old_member JOIN changed_record USING (record_id))
           ORDER BY customer_id""",
        TOUCHED,
    )


@dataclass(frozen=True)
class Answer:
    """What became of a customer id: its status and the current customers that hold its records, most records first."""

    customer_id: UUID
    entity_type: str
    status: str
    current_ids: tuple[UUID, ...]


def answer(conn: Connection, customer_id: UUID) -> Answer | None:
    """Say where the records of this id are now; None if the hub never gave out this id.

    A current id answers itself. Another one answers the customers that now hold the records it held last; are they
    all gone, it answers what its survivor answers; a retired one answers nobody.
    """
    found = conn.execute(
        sa.text("SELECT entity_type, status, merged_into FROM identity.customer WHERE customer_id = :id"),
        {"id": customer_id},
    ).one_or_none()
    if found is None:
        return None
    if found.status == "current":
        return Answer(customer_id, found.entity_type, found.status, (customer_id,))
    heirs = conn.scalars(
        sa.text("""
            SELECT n.customer_id FROM identity.crosswalk x
            JOIN identity.crosswalk n ON n.record_id = x.record_id AND n.valid_to IS NULL
            WHERE x.customer_id = :id AND x.valid_to = (
                SELECT max(valid_to) FROM identity.crosswalk WHERE customer_id = :id AND valid_to IS NOT NULL)
            GROUP BY n.customer_id ORDER BY count(*) DESC, n.customer_id"""),
        {"id": customer_id},
    ).all()
    if not heirs and found.merged_into is not None:
        survivor = answer(conn, found.merged_into)
        heirs = survivor.current_ids if survivor else ()
    return Answer(customer_id, found.entity_type, found.status, tuple(heirs))


def customer_of(conn: Connection, key: RecordKey) -> UUID | None:
    """The customer that a source record belongs to now; None for an unknown, deleted or not yet resolved record."""
    found: UUID | None = conn.scalar(
        sa.text("""
            SELECT x.customer_id FROM identity.source_record r
            JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
            WHERE r.system = :system AND r.object = :object AND r.source_id = :source_id"""),
        key._asdict(),
    )
    return found
