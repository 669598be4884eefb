"""Writing the rows of decisions, and finding the records they are about; `identity.decisions` decides what to write."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.bulk import write_arrow
from hub.records import RecordKey

_DECISION = pa.schema(
    [
        ("decision_id", pa.int64()),
        ("kind", pa.string()),
        ("decided_by", pa.string()),
        ("decided_at", pa.string()),
        ("reason", pa.string()),
        ("revokes", pa.int64()),
    ]
)
_MEMBER = pa.schema(
    [("decision_id", pa.int64()), ("record_id", pa.int64()), ("side", pa.string()), ("content_hash", pa.string())]
)


class Found(NamedTuple):
    """A record that a decision may be about, with what it holds now; also one that was deleted in its system."""

    record_id: int
    entity_type: str
    content_hash: str


def find_records(conn: Connection, keys: Collection[RecordKey]) -> dict[RecordKey, Found]:
    """Look records up by their keys; unknown ones are left out."""
    # PostgreSQL takes no NUL, so no record has one.
    wanted = sorted(key for key in keys if not any("\0" in part for part in key))
    rows = conn.execute(
        sa.text("""
            SELECT r.system, r.object, r.source_id, r.record_id, r.entity_type, r.content_hash
            FROM unnest(CAST(:systems AS text[]), CAST(:objects AS text[]), CAST(:ids AS text[]))
                AS k (system, object, source_id)
            JOIN identity.source_record r USING (system, object, source_id)"""),
        {
            "systems": [key.system for key in wanted],
            "objects": [key.object for key in wanted],
            "ids": [key.source_id for key in wanted],
        },
    )
    return {RecordKey(*row[:3]): Found(*row[3:]) for row in rows}


def keys_named(conn: Connection, name: str) -> list[RecordKey]:
    """Give the records that somebody may mean by `system/source_id`, `system/object/source_id` or with `|` for `/`."""
    # A source id may have either sign in it, so the name is read both ways.
    readings = [(*name.split(apart, 1), *name.split(apart, 2)[1:]) for apart in "/|" if apart in name]
    rows = conn.execute(
        sa.text("""
            SELECT DISTINCT r.system, r.object, r.source_id
            FROM unnest(CAST(:systems AS text[]), CAST(:rests AS text[]), CAST(:objects AS text[]),
                        CAST(:ids AS text[])) AS n (system, rest, object, id)
            JOIN identity.source_record r ON r.system = n.system
                AND (r.source_id = n.rest OR (r.object = n.object AND r.source_id = n.id))
            ORDER BY r.system, r.object, r.source_id"""),
        {
            "systems": [reading[0] for reading in readings],
            "rests": [reading[1] for reading in readings],
            "objects": [reading[2] for reading in readings],
            "ids": [reading[3] if len(reading) > 3 else None for reading in readings],
        },
    )
    return [RecordKey(*row) for row in rows]


def write(conn: Connection, rows: Sequence[tuple[Any, ...]], found: Mapping[RecordKey, Found]) -> None:
    """Add rows of the log: (number, kind, by, at, reason, revokes, left, right), the sides as keys of `found`."""
    if not rows:
        return
    spoken = [dict(zip(_DECISION.names, (*row[:3], row[3].isoformat(), *row[4:6]), strict=True)) for row in rows]
    members = [
        dict(zip(_MEMBER.names, (row[0], found[key].record_id, side, found[key].content_hash), strict=True))
        for row in rows
        for side, keys in (("left", row[6]), ("right", row[7]))
        for key in keys
    ]
    write_arrow(conn, "identity.decision", pa.Table.from_pylist(spoken, _DECISION))
    write_arrow(conn, "identity.decision_record", pa.Table.from_pylist(members, _MEMBER))
