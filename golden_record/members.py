"""The members of customers: the live source records that the crosswalk gives them, as survivorship takes them."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Connection

from golden_record.contributions import MEMBERS
from hub.bulk import read_arrow

# Times travel as whole microseconds, PostgreSQL's own resolution, so that equal moments stay equal.
_MEMBERS = """
    SELECT b.customer_id, c.entity_type, r.system, r.object, r.source_id, r.attributes,
           (extract(epoch FROM r.modified_at) * 1000000)::bigint AS modified_at,
           (extract(epoch FROM r.changed_at) * 1000000)::bigint AS changed_at,
           (extract(epoch FROM r.first_seen_at) * 1000000)::bigint AS arrived_at, NULL::text AS role
    FROM refresh_customer b
    JOIN identity.customer c ON c.customer_id = b.customer_id AND c.status = 'current'
    JOIN identity.crosswalk x ON x.customer_id = b.customer_id AND x.valid_to IS NULL
    JOIN identity.source_record r ON r.record_id = x.record_id AND r.deleted_at IS NULL
    WHERE b.number >= %(first)s AND b.number < %(end)s
"""


def read_members(conn: Connection, first: int, end: int) -> pa.Table:
    """The members (MEMBERS) of the current customers numbered `first` to before `end` in `refresh_customer`."""
    return read_arrow(conn, _MEMBERS, MEMBERS, {"first": first, "end": end})
