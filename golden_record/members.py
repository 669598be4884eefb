"""The members of customers, as survivorship takes them: the live source records that the crosswalk gives them, and
what stewards entered about them.
"""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection

from golden_record import pins
from golden_record.contributions import MEMBERS
from hub.bulk import read_arrow

# Times travel as whole microseconds, PostgreSQL's own resolution, so that equal moments stay equal.
_OF = """
    FROM refresh_customer b
    JOIN identity.customer c ON c.customer_id = b.customer_id AND c.status = 'current'
    JOIN identity.crosswalk x ON x.customer_id = b.customer_id AND x.valid_to IS NULL
    JOIN identity.source_record r ON r.record_id = x.record_id AND r.deleted_at IS NULL
"""
_NUMBERED = "b.number >= %(first)s AND b.number < %(end)s"
_MEMBERS = f"""
    SELECT b.customer_id, c.entity_type, r.system, r.object, r.source_id, r.attributes,
           (extract(epoch FROM r.modified_at) * 1000000)::bigint AS modified_at,
           (extract(epoch FROM r.changed_at) * 1000000)::bigint AS changed_at,
           (extract(epoch FROM r.first_seen_at) * 1000000)::bigint AS arrived_at, NULL::text AS role
    {_OF} WHERE {_NUMBERED}
"""  # noqa: S608 - own words
_ENTRIES = f"""
    SELECT b.customer_id, c.entity_type, 'steward' AS system, p.kind AS object, p.pin_id::text AS source_id,
           jsonb_build_object(p.attribute, jsonb_build_array(p.value)) AS attributes,
           t.at AS modified_at, t.at AS changed_at, t.at AS arrived_at, p.kind AS role
    {_OF} JOIN golden.pin p ON p.record_id = r.record_id
    CROSS JOIN LATERAL (SELECT (extract(epoch FROM p.entered_at) * 1000000)::bigint AS at) t
    WHERE {_NUMBERED} AND {pins.STANDS}
"""  # noqa: S608 - own words


def read_members(conn: Connection, first: int, end: int) -> pa.Table:
    """The members (MEMBERS) of the current customers numbered `first` to before `end` in `refresh_customer`."""
    numbers = {"first": first, "end": end}
    records = read_arrow(conn, _MEMBERS, MEMBERS, numbers)
    if not pins.any_entries(conn):
        return records
    return pa.concat_tables([records, read_arrow(conn, _ENTRIES, MEMBERS, numbers)])
