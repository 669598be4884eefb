"""When the last word of a deleted record is over: that is written down, so that golden records follow from rows alone.

Invariant: a deletion is silenced at most once, and never comes back to speech; a record that returns and goes again has
another deletion.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record.unit import Policy
from identity import pending

# Deletions end in the order in which they came; one that a long transaction brought late is a day late at most.
_OVER = """
    INSERT INTO golden.silenced_record (record_id, deleted_at)
    SELECT r.record_id, r.deleted_at FROM identity.source_record r
    WHERE r.deleted_at <= :until
      AND r.deleted_at > coalesce((SELECT max(deleted_at) FROM golden.silenced_record) - interval '1 day', '-infinity')
      AND NOT EXISTS (SELECT FROM golden.silenced_record s
                      WHERE s.record_id = r.record_id AND s.deleted_at = r.deleted_at)
    ORDER BY r.record_id RETURNING record_id
"""

# The customers that had these records, where they are now, and one living record of each.
_TOUCHED = """
    WITH RECURSIVE owner AS (
        SELECT DISTINCT x.customer_id FROM identity.crosswalk x WHERE x.record_id = ANY(:ids)
        UNION
        SELECT c.merged_into FROM owner o JOIN identity.customer c USING (customer_id) WHERE c.merged_into IS NOT NULL
    )
    SELECT min(x.record_id) FROM owner o
    JOIN identity.crosswalk x ON x.customer_id = o.customer_id AND x.valid_to IS NULL
    JOIN identity.source_record r ON r.record_id = x.record_id AND r.deleted_at IS NULL
    GROUP BY o.customer_id
"""


def silence(conn: Connection, policy: Policy) -> int:
    """End the last words whose time is over, and have their customers refreshed; gives how many ended."""
    if not policy.keeps or policy.keep_days is None:
        return 0
    until = policy.kept_from(conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one())
    over = conn.scalars(sa.text(_OVER), {"until": until}).all()
    if over:
        pending.mark(conn, conn.scalars(sa.text(_TOUCHED), {"ids": list(over)}).all())
    return len(over)
