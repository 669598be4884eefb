"""Whose a fact is that belongs to a source record by its id or by an e-mail address (hub.activity.Belonging), as SQL.

Both ways are written here, from a record to its facts and from facts to customers, so that they can't part.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

from identity.keys import digest

COLUMNS = "record_system text, record_object text, record_source_id text, record_email text"
"""What a temporary table of belongings has, for `owners`."""


def emails(of: str) -> str:
    """Write the query of the addresses (`email`) by which facts are the record's with the alias `of`.

    These are those that the record says itself, and those that the hub wrote into it.
    """
    return f"""
        SELECT v ->> 'standard' AS email FROM jsonb_array_elements({of}.attributes -> 'email') v
        UNION
        SELECT v ->> 'standard' FROM identity.told t, jsonb_array_elements(t.values) v
        WHERE (t.system, t.object, t.source_id, t.attribute) = ({of}.system, {of}.object, {of}.source_id, 'email')"""


def owners(table: str) -> str:
    """Write the query of the customers (`customer_id`) to whom the belongings in a table with COLUMNS lead now.

    One whose record is unknown leads to nobody: the record does, when it comes.
    """
    return f"""
            SELECT x.customer_id FROM {table} t
            JOIN identity.source_record r ON (r.system, r.object, r.source_id)
                = (t.record_system, t.record_object, t.record_source_id)
            JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL
            UNION
            SELECT x.customer_id FROM {table} t
            JOIN identity.blocking_key k ON {digest("k.kind", "k.key")} = {digest("'email'", "t.record_email")}
                AND k.kind = 'email' AND k.key = t.record_email
            JOIN identity.source_record r ON r.record_id = k.record_id
                AND (r.system, r.object) = (t.record_system, t.record_object)
            JOIN identity.crosswalk x ON x.record_id = k.record_id AND x.valid_to IS NULL
            UNION
            SELECT x.customer_id FROM {table} t
            JOIN identity.told w ON w.attribute = 'email'
                AND w.values @> jsonb_build_array(jsonb_build_object('standard', t.record_email))
                AND (w.system, w.object) = (t.record_system, t.record_object)
            JOIN identity.source_record r ON (r.system, r.object, r.source_id) = (w.system, w.object, w.source_id)
            JOIN identity.crosswalk x ON x.record_id = r.record_id AND x.valid_to IS NULL"""
