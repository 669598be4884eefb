"""Which customer id a cluster gets, so that ids last.

Over all clusters and customers in question, the best claim first:
1. claims are ordered by shared records (most first), then the customer's age (oldest first), then the customer's id,
   then the lowest record id of the cluster; a claim is granted when neither its cluster nor its customer is taken;
2. a cluster left without takes back a former id: that of a retired customer of its records, or that of a merged or
   split one whose last members it holds by more than half (so that an undone merge gives the old id back);
3. else it gets a new id. Ids never pass from one entity type to another.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from identity.staging import stage, stage_query


def grant_ids(conn: Connection) -> None:
    """Fill `granted_id`: for each cluster of `new_cluster` its customer and how it came by it (kept, former, new)."""
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
            INSERT INTO granted_id
            SELECT cluster_id,
                   encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing substring(
                       int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                       FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid,
                   min(entity_type), 'new'
            FROM new_cluster n
            WHERE NOT EXISTS (SELECT FROM granted_id g WHERE g.cluster_id = n.cluster_id)
            GROUP BY cluster_id""")
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
        # Two statements: with an OR between them the planner would look up claim by claim.
        for taken in ("cluster_id", "customer_id"):
            conn.execute(
                sa.text(f"DELETE FROM claim c USING granted_id g WHERE g.{taken} = c.{taken}")  # noqa: S608 - own words
            )
