"""The statements over features and blocking keys of source records: `identity.store` has them written with the records.

Of a stored record only keys that differ are written: most outlive a change, and each lies on a page of its own.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone; values are bound
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import write_arrow
from identity.blocking import GLUE_KINDS
from identity.features import ARROW_SCHEMA
from identity.keys import blocking_keys
from identity.staging import BY_INDEX, stage, stage_query

Made = tuple[int, dict[str, Any]]
"""A record id and its feature row (`identity.features.feature`)."""

_COLUMNS = [field for field in ARROW_SCHEMA if field.name != "record_id"]

# Rows by index and then by place, whatever the planner thinks: in the middle of a large intake it has no statistics
# yet, and would read the whole table for each batch.
_OF_STORED = """
    FROM stored_record s CROSS JOIN LATERAL (
        SELECT ctid AS place, * FROM identity.{table} WHERE record_id = s.record_id {by_index}) t"""
_DROP_FEATURES = f"""
    DELETE FROM identity.feature WHERE ctid = ANY(ARRAY(
        SELECT t.place {_OF_STORED.format(table="feature", by_index=BY_INDEX)}))"""
_HELD_KEYS = f"""
    SELECT t.place, t.record_id, t.kind, t.key {_OF_STORED.format(table="blocking_key", by_index=BY_INDEX)}"""
_DROP_KEYS = """
    WITH gone AS (
        DELETE FROM identity.blocking_key WHERE ctid = ANY(ARRAY(
            SELECT h.place FROM held_key h LEFT JOIN made_key m USING (record_id, kind, key) WHERE m.record_id IS NULL))
        RETURNING record_id, kind, key)
    INSERT INTO identity.touched_value SELECT * FROM gone WHERE kind = ANY(:kinds)"""
_ADD_KEYS = """
    INSERT INTO identity.blocking_key (record_id, kind, key)
    SELECT m.record_id, m.kind, m.key FROM made_key m
    LEFT JOIN held_key h USING (record_id, kind, key) WHERE h.record_id IS NULL"""


def write(conn: Connection, made: Sequence[Made], *, stored: Sequence[int]) -> None:
    """Write features and blocking keys of records; `stored` are those of them that have some already.

    The values that a stored record shared with others and is without now are kept in mind (`touched_value`).
    """
    known = set(stored)
    if known:
        _exchange(conn, stored, key_table(row for row in made if row[0] in known))
    write_arrow(conn, "identity.feature", feature_table(made))
    write_arrow(conn, "identity.blocking_key", key_table(row for row in made if row[0] not in known))


def drop(conn: Connection, record_ids: Sequence[int]) -> None:
    """Drop features and keys of records, keeping in mind which values they shared with others."""
    _exchange(conn, record_ids, key_table(()))


def _exchange(conn: Connection, record_ids: Sequence[int], keys: pa.Table) -> None:
    stage(conn, "stored_record", "record_id bigint", pa.table({"record_id": pa.array(record_ids, pa.int64())}))
    stage(conn, "made_key", "record_id bigint, kind text, key text", keys)
    conn.execute(sa.text(_DROP_FEATURES))
    stage_query(conn, "held_key", _HELD_KEYS)
    conn.execute(sa.text(_DROP_KEYS), {"kinds": list(GLUE_KINDS)})
    conn.execute(sa.text(_ADD_KEYS))


def feature_table(made: Iterable[Made]) -> pa.Table:
    """Give feature rows (`identity.features.feature`) with their record ids as a table of ARROW_SCHEMA."""
    listed = list(made)
    ids = pa.array([record_id for record_id, _ in listed], pa.int64())
    columns = {field.name: pa.array([row[field.name] for _, row in listed], field.type) for field in _COLUMNS}
    return pa.table({"record_id": ids, **columns}, schema=ARROW_SCHEMA)


def key_table(made: Iterable[Made]) -> pa.Table:
    """Give the blocking keys of feature rows, as the table `blocking_key` has them."""
    ids: list[int] = []
    pairs: list[tuple[str, str]] = []
    for record_id, row in made:
        found = blocking_keys(row)
        ids += [record_id] * len(found)
        pairs += found
    return pa.table(
        {
            "record_id": pa.array(ids, pa.int64()),
            "kind": pa.array([kind for kind, _ in pairs], pa.string()),
            "key": pa.array([key for _, key in pairs], pa.string()),
        }
    )
