"""Queries over what is, turned to what was at a moment: the same text, reading the rows of that moment.

So a rule that is derived when it is asked for (relations, activities, consents) is written once, for now and for any
past moment.
"""

# ruff: noqa: S608 - statements are put together of texts of this package alone
from __future__ import annotations

import re
from collections.abc import Mapping

import sqlalchemy as sa

from identity.past import HELD, SAID
from identity.tables import crosswalk, source_record, told


def versions(table: sa.Table) -> str:
    """Give the rows of a table of versions that were open at :then, as if they were open; each half has its indexes."""
    columns = ", ".join("NULL::timestamptz AS valid_to" if c.name == "valid_to" else f'"{c.name}"' for c in table.c)
    rows = f"SELECT {columns} FROM {table.fullname} WHERE valid_from <= :then AND valid_to"
    return f"({rows} IS NULL UNION ALL {rows} IS NOT NULL AND valid_to > :then)"


_RECORD = f"""(
    SELECT s.record_id, s.system, s.object, s.source_id, w.entity_type, w.attributes, w.modified_at, w.changed_at,
           NULL::timestamptz AS deleted_at
    FROM identity.source_record s CROSS JOIN LATERAL ({SAID}) w)"""
_TOLD = f"""(
    SELECT s.system, s.object, s.source_id, h.attribute, h.values FROM identity.source_record s
    CROSS JOIN LATERAL ({HELD}) h WHERE coalesce(h.ended_at > :then, true))"""

# Features and keys are those of now for records that have not changed since, else those that were kept.
_UNCHANGED = "EXISTS (SELECT FROM identity.source_record s WHERE s.record_id = {}.record_id AND s.changed_at <= :then)"
_OPEN = "p.valid_from <= :then AND p.valid_to > :then"
_FEATURE = f"""(
    SELECT f.record_id, f.entity_type, f.family_name, f.organisation_name FROM identity.feature f
    WHERE {_UNCHANGED.format("f")}
    UNION ALL
    SELECT p.record_id, p.entity_type, p.family_name, p.organisation_name FROM identity.past_record p WHERE {_OPEN})"""
_KEY = f"""(
    SELECT b.record_id, b.kind, b.key FROM identity.blocking_key b WHERE {_UNCHANGED.format("b")}
    UNION ALL
    SELECT p.record_id, u.kind, u.key FROM identity.past_record p
    CROSS JOIN LATERAL unnest(p.kinds, p.keys) u (kind, key) WHERE {_OPEN})"""

TABLES: Mapping[str, str] = {
    crosswalk.fullname: versions(crosswalk),
    source_record.fullname: _RECORD,
    told.fullname: _TOLD,
    "identity.feature": _FEATURE,
    "identity.blocking_key": _KEY,
}
"""Table -> what was in it at the moment :then; of features and keys what relations go by."""


def as_of(query: str, tables: Mapping[str, str] = TABLES) -> str:
    """Write a query over present rows so that it reads those of the moment :then.

    It knows `tables` by their full names; whatever else the query reads must not change in time.
    """
    names = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in tables))
    return names.sub(lambda match: tables[match[0]], query)
