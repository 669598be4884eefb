"""The events of customers: create, merge, split, move, retire, revive, each with its records and its reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

# One event for each customer that began or ended without another one, and one for each pair of customers between
# which records went. Read from the temporary tables of identity.crosswalk.settle.
_WRITE = """
    WITH written AS (
    INSERT INTO identity.identity_event (at, run_id, kind, customer_id, other_customer_id, record_ids, reason)
    SELECT CAST(:at AS timestamptz), CAST(:run_id AS uuid), kind, e.customer_id, other_id, record_ids,
           reason || coalesce('; model ' || p.version || ' replaced model ' || p.replaced, '') FROM (
        SELECT CASE WHEN g.how = 'former' THEN 'revive' ELSE 'create' END AS kind, g.customer_id,
               NULL::uuid AS other_id, array_agg(m.record_id ORDER BY m.record_id) AS record_ids,
               CASE WHEN g.how = 'former' THEN 'records of this former customer stand by themselves again'
                    ELSE 'no customer had these records before' END AS reason
        FROM granted_id g JOIN moved_record m ON m.new_id = g.customer_id
        WHERE g.how <> 'kept'
        GROUP BY g.customer_id, g.how
        HAVING g.how = 'former' OR count(m.old_id) = 0
        UNION ALL
        SELECT CASE WHEN c.status = 'merged' THEN 'merge' WHEN c.status = 'split' OR g.how <> 'kept' THEN 'split'
                    ELSE 'move' END,
               m.old_id, m.new_id, array_agg(m.record_id ORDER BY m.record_id),
               CASE WHEN c.entity_type <> g.entity_type THEN 'the source changed the entity type of the records'
                    WHEN c.status = 'merged' THEN 'all records now match records of the other customer'
                    WHEN c.status = 'split' THEN 'the records now belong to several customers, none to this one'
                    WHEN g.how <> 'kept' THEN 'these records no longer match the others'
                    ELSE 'these records now match the other customer' END
        FROM moved_record m
        JOIN identity.customer c ON c.customer_id = m.old_id
        JOIN granted_id g ON g.customer_id = m.new_id
        GROUP BY m.old_id, m.new_id, c.status, c.entity_type, g.how, g.entity_type
        UNION ALL
        SELECT 'retire', m.old_id, NULL, array_agg(m.record_id ORDER BY m.record_id), 'the last record is gone'
        FROM moved_record m JOIN identity.customer c ON c.customer_id = m.old_id
        WHERE c.status = 'retired'
        GROUP BY m.old_id) e
    JOIN identity.customer t ON t.customer_id = e.customer_id
    -- The settlement in hand is the first one with a model that was made live since.
    LEFT JOIN (SELECT entity_type, (array_agg(version ORDER BY promotion_id DESC))[1] AS version,
                      (array_agg(replaced ORDER BY promotion_id))[1] AS replaced
               FROM identity.model_promotion WHERE applied_at IS NULL GROUP BY entity_type) p
      ON p.entity_type = t.entity_type AND p.version <> p.replaced
    ORDER BY e.customer_id, kind, other_id
    RETURNING kind)
    SELECT kind, count(*) FROM written GROUP BY kind"""


def record(conn: Connection, *, at: datetime, run_id: UUID | None) -> dict[str, int]:
    """Write the events of the settlement in hand; gives their number by kind."""
    rows = conn.execute(sa.text(_WRITE), {"at": at, "run_id": run_id})
    return {str(kind): int(count) for kind, count in rows}
