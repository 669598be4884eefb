"""The events of customers: create, merge, split, move, retire, revive, each with its records and its reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from identity.decision_log import STANDS
from identity.staging import stage_query

# One event for each customer that began or ended without another one, and one for each pair of customers between
# which records went. Read from the temporary tables of identity.crosswalk.settle.
_WRITE = """
    WITH written AS (
    INSERT INTO identity.identity_event (at, run_id, kind, customer_id, other_customer_id, record_ids, reason)
    SELECT CAST(:at AS timestamptz), CAST(:run_id AS uuid), kind, e.customer_id, other_id, record_ids,
           reason || coalesce('; ' || s.words, '')
               || coalesce('; model ' || p.version || ' replaced model ' || p.replaced, '') FROM (
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
    LEFT JOIN spoken_for s ON s.old_id = e.customer_id AND s.new_id = e.other_id
    -- The settlement in hand is the first one with a model that was made live since.
    LEFT JOIN (SELECT entity_type, (array_agg(version ORDER BY promotion_id DESC))[1] AS version,
                      (array_agg(replaced ORDER BY promotion_id))[1] AS replaced
               FROM identity.model_promotion WHERE applied_at IS NULL GROUP BY entity_type) p
      ON p.entity_type = t.entity_type AND p.version <> p.replaced
    ORDER BY e.customer_id, kind, other_id
    RETURNING kind)
    SELECT kind, count(*) FROM written GROUP BY kind"""

# Whose word moved records from one customer to another: a decision that ties or parts them, or an approved hold.
_SPOKEN_FOR = f"""
    SELECT old_id, new_id, string_agg(DISTINCT words, '; ' ORDER BY words) AS words FROM (
        SELECT m.old_id, m.new_id, 'decision #' || d.decision_id || ' by ' || d.decided_by AS words
        FROM identity.decision d
        JOIN identity.decision_record a ON a.decision_id = d.decision_id
        JOIN identity.decision_record b ON b.decision_id = d.decision_id AND b.record_id <> a.record_id
        JOIN moved_record m ON m.record_id = a.record_id AND m.old_id IS NOT NULL AND m.new_id IS NOT NULL
        LEFT JOIN old_member o ON o.record_id = b.record_id
        LEFT JOIN identity.crosswalk x ON x.record_id = b.record_id AND x.valid_to IS NULL
        WHERE {STANDS} AND CASE d.kind
            WHEN 'same' THEN x.customer_id = m.new_id AND o.customer_id IS DISTINCT FROM m.old_id
            WHEN 'different' THEN a.side <> b.side AND o.customer_id = m.old_id AND x.customer_id <> m.new_id END
        UNION ALL
        SELECT m.old_id, m.new_id, 'hold #' || h.hold_id || ' approved by ' || h.approved_by
        FROM identity.hold h JOIN identity.hold_record r USING (hold_id)
        JOIN moved_record m ON m.record_id = r.record_id AND m.old_id IS NOT NULL AND m.new_id IS NOT NULL
        WHERE h.closed_how = 'approved' AND h.closed_at = :at) q
    GROUP BY old_id, new_id"""  # noqa: S608 - own words


def record(conn: Connection, *, at: datetime, run_id: UUID | None) -> dict[str, int]:
    """Write the events of the settlement in hand; gives their number by kind."""
    stage_query(conn, "spoken_for", _SPOKEN_FOR, at=at)
    rows = conn.execute(sa.text(_WRITE), {"at": at, "run_id": run_id})
    return {str(kind): int(count) for kind, count in rows}
