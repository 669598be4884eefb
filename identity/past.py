"""What was: the statements over records as they were before they changed, and over what systems held of our words.

A moment is read as it was known then: a row counts from its `valid_from` on, until before its `valid_to`. Of records
that changed before the hub kept what they had been, nothing is known but that they were there.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import RecordKey, Value, attributes_from_json

Ended = Literal["told anew", "changed there", "gone there"]

RELATING = ("email", "phone", "street_place", "domain", "identifier", "name")
"""The kinds of blocking keys by which customers are related (identity.relations)."""

_KEEP = """
    INSERT INTO identity.past_record (record_id, revision, entity_type, attributes, modified_at, attribute_times,
                                      family_name, organisation_name, kinds, keys, valid_from, valid_to)
    SELECT r.record_id, r.revision, r.entity_type, r.attributes, r.modified_at, r.attribute_times,
           f.family_name, f.organisation_name, coalesce(k.kinds, '{}'), coalesce(k.keys, '{}'),
           r.changed_at, greatest(CAST(:at AS timestamptz), r.changed_at)
    FROM identity.source_record r LEFT JOIN identity.feature f USING (record_id)
    LEFT JOIN LATERAL (
        SELECT array_agg(k.kind ORDER BY k.kind, k.key) AS kinds, array_agg(k.key ORDER BY k.kind, k.key) AS keys
        FROM identity.blocking_key k WHERE k.record_id = r.record_id AND k.kind = ANY(:kinds)) k ON true
    WHERE r.record_id = ANY(:ids) AND r.deleted_at IS NULL"""


def keep(conn: Connection, record_ids: Sequence[int], at: datetime) -> None:
    """Keep what live records say, right before they are written anew or deleted, at the moment `at`."""
    if record_ids:
        conn.execute(sa.text(_KEEP), {"ids": list(record_ids), "at": at, "kinds": list(RELATING)})


def keep_told(conn: Connection, rows: str, ended: Ended, at: datetime | None = None) -> None:
    """Keep rows of identity.told, right before they are changed or dropped; `rows` is a condition over `t`, own words.

    They end now, or when the hub told something else (`at`).
    """
    conn.execute(
        sa.text(f"""
            INSERT INTO identity.past_told (system, object, source_id, attribute, values, valid_from, valid_to, ended)
            SELECT t.system, t.object, t.source_id, t.attribute, t.values, t.applied_at,
                   greatest(coalesce(CAST(:at AS timestamptz), clock_timestamp()), t.applied_at), :ended
            FROM identity.told t WHERE {rows}"""),
        {"at": at, "ended": ended},
    )


# What the record `s` of identity.source_record said at the moment :then; nothing where it was deleted then. What one
# said before the hub kept such things is not known: it is there, without attributes.
SAID = """
    SELECT p.entity_type, p.attributes, p.modified_at, p.attribute_times, p.valid_from AS changed_at
    FROM identity.past_record p
    WHERE p.record_id = s.record_id AND p.valid_from <= :then AND p.valid_to > :then
    UNION ALL
    SELECT s.entity_type, s.attributes, s.modified_at, s.attribute_times, s.changed_at
    WHERE s.changed_at <= :then AND s.deleted_at IS NULL
    UNION ALL
    SELECT s.entity_type, '{}'::jsonb, NULL, NULL, s.first_seen_at
    WHERE s.changed_at > :then AND s.first_seen_at <= :then
      AND NOT EXISTS (SELECT FROM identity.past_record p WHERE p.record_id = s.record_id AND p.valid_from <= :then)"""

# What the system of the record `s` held of the hub's words at the moment :then.
HELD = """
    SELECT DISTINCT ON (attribute) attribute, values, applied_at, ended_at, ended FROM (
        SELECT t.attribute, t.values, t.applied_at, NULL::timestamptz AS ended_at, NULL AS ended FROM identity.told t
        WHERE (t.system, t.object, t.source_id) = (s.system, s.object, s.source_id) AND t.applied_at <= :then
        UNION ALL
        SELECT p.attribute, p.values, p.valid_from, p.valid_to, p.ended FROM identity.past_told p
        WHERE (p.system, p.object, p.source_id) = (s.system, s.object, s.source_id) AND p.valid_from <= :then) w
    ORDER BY attribute, coalesce(ended_at > :then, true) DESC,
        CASE WHEN coalesce(ended_at > :then, true) THEN ended_at END, ended_at DESC"""


@dataclass(frozen=True, slots=True)
class ToldThen:
    """What the hub had last written into one attribute of a record by a moment: no values, it emptied the attribute.

    `ended_at` and `ended` (how) are set where the system had ceased to hold it by then.
    """

    record: RecordKey
    attribute: str
    values: tuple[Value, ...]
    told_at: datetime
    ended_at: datetime | None
    ended: str | None


def told(conn: Connection, record_ids: Sequence[int], then: datetime) -> list[ToldThen]:
    """Give what the systems of these records had been told by a moment, in the order of records and attributes."""
    rows = conn.execute(
        sa.text(f"""
            SELECT s.system, s.object, s.source_id, h.* FROM identity.source_record s
            CROSS JOIN LATERAL ({HELD}) h WHERE s.record_id = ANY(:ids)
            ORDER BY s.system, s.object, s.source_id, h.attribute"""),
        {"ids": list(record_ids), "then": then},
    )
    return [_told(row, then) for row in rows]


def _told(row: sa.Row[Any], then: datetime) -> ToldThen:
    is_over = row.ended_at is not None and row.ended_at <= then
    return ToldThen(
        RecordKey(row.system, row.object, row.source_id),
        row.attribute,
        tuple(attributes_from_json({row.attribute: row[4]})[row.attribute]),  # a row's own `values` is another thing
        row.applied_at,
        row.ended_at if is_over else None,
        row.ended if is_over else None,
    )
