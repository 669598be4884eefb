"""The members of customers, as survivorship takes them: the live source records that the crosswalk gives them, what
stewards entered about them, and, where the policy wants it, the deleted records that they had.
"""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection

from golden_record import pins
from golden_record.contributions import MEMBERS
from golden_record.unit import Policy
from hub.bulk import read_arrow
from identity.staging import BY_INDEX

# Times travel as whole microseconds, PostgreSQL's own resolution, so that equal moments stay equal.
_OF = f"""
    FROM refresh_customer b
    CROSS JOIN LATERAL (SELECT entity_type FROM identity.customer
                        WHERE customer_id = b.customer_id AND status = 'current' {BY_INDEX}) c
    JOIN identity.crosswalk x ON x.customer_id = b.customer_id AND x.valid_to IS NULL
    JOIN identity.source_record r ON r.record_id = x.record_id AND r.deleted_at IS NULL
"""  # noqa: S608 - own words
_NUMBERED = "b.number >= %(first)s AND b.number < %(end)s"
_MEMBERS = f"""
    SELECT b.customer_id, c.entity_type, r.system, r.object, r.source_id, r.attributes,
           (extract(epoch FROM r.modified_at) * 1000000)::bigint AS modified_at,
           (extract(epoch FROM r.changed_at) * 1000000)::bigint AS changed_at,
           (extract(epoch FROM r.first_seen_at) * 1000000)::bigint AS arrived_at, NULL::text AS role, r.attribute_times
    {_OF} WHERE {_NUMBERED}
"""  # noqa: S608 - own words
_ENTRIES = f"""
    SELECT b.customer_id, c.entity_type, 'steward' AS system, p.kind AS object, p.pin_id::text AS source_id,
           jsonb_build_object(p.attribute, jsonb_build_array(p.value)) AS attributes,
           t.at AS modified_at, t.at AS changed_at, t.at AS arrived_at, p.kind AS role,
           NULL::jsonb AS attribute_times
    {_OF} JOIN golden.pin p ON p.record_id = r.record_id
    CROSS JOIN LATERAL (SELECT (extract(epoch FROM p.entered_at) * 1000000)::bigint AS at) t
    WHERE {_NUMBERED} AND {pins.STANDS}
"""  # noqa: S608 - own words


# A deleted record belongs for good to the customer that it was last given to, or to the one that this was merged into.
# Until it is resolved without it, it still stands in the crosswalk.
_KEPT = f"""
    WITH RECURSIVE owner AS (
        SELECT b.customer_id, b.customer_id AS past_id, c.entity_type FROM refresh_customer b
        JOIN identity.customer c ON c.customer_id = b.customer_id AND c.status = 'current' WHERE {_NUMBERED}
        UNION
        SELECT o.customer_id, m.customer_id, o.entity_type
        FROM owner o JOIN identity.customer m ON m.merged_into = o.past_id AND m.status = 'merged'
    ), given AS (
        SELECT o.customer_id, o.entity_type, x.record_id FROM owner o
        JOIN identity.crosswalk x ON x.customer_id = o.past_id AND x.valid_to IS NOT NULL
        WHERE NOT EXISTS (SELECT FROM identity.crosswalk l WHERE l.record_id = x.record_id
                          AND l.valid_from > x.valid_from)
        UNION ALL
        SELECT o.customer_id, o.entity_type, x.record_id FROM owner o
        JOIN identity.crosswalk x ON x.customer_id = o.past_id AND x.valid_to IS NULL
    )
    SELECT g.customer_id, g.entity_type, r.system, r.object, r.source_id, r.attributes,
           (extract(epoch FROM r.modified_at) * 1000000)::bigint AS modified_at,
           (extract(epoch FROM r.deleted_at) * 1000000)::bigint AS changed_at,
           (extract(epoch FROM r.first_seen_at) * 1000000)::bigint AS arrived_at, 'kept' AS role, r.attribute_times
    FROM given g JOIN identity.source_record r ON r.record_id = g.record_id AND r.deleted_at IS NOT NULL
    WHERE NOT EXISTS (SELECT FROM golden.silenced_record s
                      WHERE s.record_id = r.record_id AND s.deleted_at = r.deleted_at)
      AND (%(kept_from)s::timestamptz IS NULL OR r.deleted_at > %(kept_from)s::timestamptz)
"""  # noqa: S608 - own words


def read_members(
    conn: Connection, first: int, end: int, policy: Policy, *, kept_from: datetime | None = None
) -> pa.Table:
    """The members (MEMBERS) of the current customers numbered `first` to before `end` in `refresh_customer`.

    A customer without a living record has none. Last words that are over are left out where that is written down
    (`golden_record.silence`), and with `kept_from` all of records deleted until then.
    """
    numbers = {"first": first, "end": end}
    tables = [read_arrow(conn, _MEMBERS, MEMBERS, numbers)]
    if pins.any_entries(conn):
        tables.append(read_arrow(conn, _ENTRIES, MEMBERS, numbers))
    if policy.keeps:
        kept = read_arrow(conn, _KEPT, MEMBERS, {**numbers, "kept_from": kept_from})
        tables.append(kept.filter(pc.is_in(kept["customer_id"], tables[0]["customer_id"])))
    return pa.concat_tables(tables)
