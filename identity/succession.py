"""Which customer id a cluster gets, so that ids last.

Over all clusters and customers in question, the best claim first:
1. claims are ordered by shared records (most first), then the customer's age (oldest first), then the customer's id,
   then the lowest record id of the cluster; a claim is granted when neither its cluster nor its customer is taken. A
   *guest* has no claim where another cluster of the customer does: a cluster that can take back the id of a customer
   that was merged into this one, and has no record that this one had before that. So an undone merge leaves the id to
   those it was of, however many records have come to the others meanwhile;
2. a cluster left without takes back a former id: that of a retired customer of its records, or that of a merged or
   split one of whose own last members it holds more than half of those that still live (so that an undone merge gives
   the old id back). Its own are those that had not come to it by a merge which is not undone yet;
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
    stage_query(conn, "former_claim", _FORMER)
    conn.execute(sa.text(_WITHOUT_GUESTS))
    _grant_claims(conn, "kept")
    stage_query(
        conn,
        "claim",
        """SELECT cluster_id, entity_type, customer_id, created_at, shared FROM former_claim f
           WHERE NOT EXISTS (SELECT FROM granted_id g WHERE g.cluster_id = f.cluster_id)""",
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


# The former ids that clusters could take back, with when those customers ended. Members that came to one by a merge
# that still stands (they have an earlier row with a customer that is merged) are not its own, unless it has no others.
_FORMER = """
    WITH former AS MATERIALIZED (
        SELECT n.cluster_id, n.entity_type, n.record_id, x.customer_id, x.valid_to, c.status, c.created_at
        FROM new_cluster n
        JOIN identity.crosswalk x ON x.record_id = n.record_id AND x.valid_to IS NOT NULL
        JOIN identity.customer c ON c.customer_id = x.customer_id AND c.entity_type = n.entity_type
        WHERE c.status <> 'current'
    ), last_member AS MATERIALIZED (
        SELECT f.customer_id, e.ended, m.record_id, NOT EXISTS (
                SELECT FROM identity.crosswalk p JOIN identity.customer q ON q.customer_id = p.customer_id
                WHERE p.record_id = m.record_id AND p.valid_to <= m.valid_from AND q.status = 'merged') AS own
        FROM (SELECT DISTINCT customer_id FROM former) f
        CROSS JOIN LATERAL (SELECT max(valid_to) AS ended FROM identity.crosswalk x
                            WHERE x.customer_id = f.customer_id AND x.valid_to IS NOT NULL) e
        JOIN identity.crosswalk m ON m.customer_id = f.customer_id AND m.valid_to = e.ended
        WHERE EXISTS (SELECT FROM new_cluster n WHERE n.record_id = m.record_id)
           OR EXISTS (SELECT FROM identity.crosswalk a WHERE a.record_id = m.record_id AND a.valid_to IS NULL)
              AND NOT EXISTS (SELECT FROM changed_record h WHERE h.record_id = m.record_id)
    ), counting AS (
        SELECT *, count(*) OVER (PARTITION BY customer_id) AS members FROM (
            SELECT *, bool_or(own) OVER (PARTITION BY customer_id) AS some_own FROM last_member) m
        WHERE own OR NOT some_own
    )
    SELECT f.cluster_id, f.entity_type, f.customer_id, f.created_at, f.status, max(l.ended) AS ended,
           count(DISTINCT f.record_id) AS shared
    FROM former f LEFT JOIN counting l ON l.customer_id = f.customer_id AND l.record_id = f.record_id
        AND f.valid_to = l.ended
    WHERE f.status = 'retired' OR l.record_id IS NOT NULL
    GROUP BY f.cluster_id, f.entity_type, f.customer_id, f.created_at, f.status
    HAVING f.status = 'retired' OR 2 * count(DISTINCT f.record_id) > max(l.members)"""

# A guest: see 1. Where all clusters of a customer are guests, all claim it.
_WITHOUT_GUESTS = """
    WITH guest AS (
        SELECT c.cluster_id, c.customer_id FROM claim c
        WHERE EXISTS (SELECT FROM former_claim f WHERE f.cluster_id = c.cluster_id AND f.status = 'merged')
          AND NOT EXISTS (
              SELECT FROM new_cluster n JOIN old_member o USING (record_id)
              CROSS JOIN LATERAL (SELECT valid_from FROM identity.crosswalk
                                  WHERE record_id = n.record_id AND valid_to IS NULL OFFSET 0) x
              WHERE n.cluster_id = c.cluster_id AND o.customer_id = c.customer_id AND x.valid_from < (
                  SELECT max(f.ended) FROM former_claim f WHERE f.cluster_id = c.cluster_id AND f.status = 'merged'))
    )
    DELETE FROM claim c USING guest g
    WHERE (c.cluster_id, c.customer_id) = (g.cluster_id, g.customer_id) AND EXISTS (
        SELECT FROM claim o WHERE o.customer_id = c.customer_id AND NOT EXISTS (
            SELECT FROM guest h WHERE (h.cluster_id, h.customer_id) = (o.cluster_id, o.customer_id)))"""


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
