"""The statements over golden.activity: facts are added; a corrected one is a new version, a deleted one has none open.

Saving the same activities again changes nothing, so whatever is delivered twice or late may simply be saved.
"""

# ruff: noqa: S608 - statements are put together of texts of this module alone
from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from golden_record import belonging, profiles
from hub.activity import Activity
from hub.records import RecordKey, canonical_json
from identity.staging import stage
from identity.store import SaveCounts

_COLUMNS = """
    system text NOT NULL, object text NOT NULL, source_id text NOT NULL, record_system text NOT NULL,
    record_object text NOT NULL, record_source_id text, record_email text, kind text NOT NULL, at timestamptz NOT NULL,
    title text, amount numeric, currency text, status text, attributes jsonb NOT NULL, content_hash text NOT NULL
"""
_NAMES = (
    "system, object, source_id, record_system, record_object, record_source_id, record_email, kind, at, title, amount, "
    "currency, status, attributes, content_hash"
)
_KEY = "(a.system, a.object, a.source_id) = (i.system, i.object, i.source_id)"
# The transaction's own time may lie before that of a version which another has committed meanwhile.
_LATER = f"greatest(clock_timestamp(), (SELECT max(a.valid_from) FROM golden.activity a WHERE {_KEY}))"

_BELONGS = "record_system, record_object, record_source_id, record_email"

# Whom a version belonged to that is closed, or belongs to that is added: their figures change.
_TOUCHED = "touched_belonging"

_CLOSE = f"""
    WITH closed AS (
        UPDATE golden.activity a SET valid_to = greatest(clock_timestamp(), a.valid_from) FROM {{table}} i
        WHERE {_KEY} AND a.valid_to IS NULL {{condition}} RETURNING a.*)
    INSERT INTO {_TOUCHED} SELECT {_BELONGS} FROM closed"""
_CLOSE_CORRECTED = _CLOSE.format(table="incoming_activity", condition="AND a.content_hash <> i.content_hash")
_CLOSE_GONE = _CLOSE.format(table="gone_activity", condition="")

# After the closing, an open version says the same.
_ADD = f"""
    WITH added AS (
        INSERT INTO golden.activity ({_NAMES}, version, valid_from, run_id)
        SELECT {_NAMES}, coalesce((SELECT max(a.version) FROM golden.activity a WHERE {_KEY}), 0) + 1, {_LATER}, :run_id
        FROM incoming_activity i
        WHERE NOT EXISTS (SELECT FROM golden.activity a WHERE {_KEY} AND a.valid_to IS NULL) RETURNING *)
    INSERT INTO {_TOUCHED} SELECT {_BELONGS} FROM added"""


def save(conn: Connection, activities: Iterable[Activity], *, run_id: UUID | None = None) -> SaveCounts:
    """Store activities that are new or say something else than before; of one given twice the later counts."""
    given = list(activities)
    latest = {activity.key: activity for activity in given}
    if not latest:
        return SaveCounts(0, 0, 0)
    stage(conn, "incoming_activity", _COLUMNS, _table(list(latest.values())))
    stage(conn, _TOUCHED, belonging.COLUMNS)
    conn.execute(sa.text(_CLOSE_CORRECTED))
    stored = conn.execute(sa.text(_ADD), {"run_id": run_id}).rowcount
    if stored:
        profiles.touch_owners(conn, _TOUCHED)
    return SaveCounts(stored, len(latest) - stored, len(given) - len(latest))


def delete(conn: Connection, keys: Iterable[RecordKey]) -> int:
    """Close the activities that are gone from their systems; gives how many were there."""
    gone = sorted(set(keys))
    if not gone:
        return 0
    columns = [pa.array(column, pa.string()) for column in zip(*gone, strict=True)]
    stage(
        conn,
        "gone_activity",
        "system text NOT NULL, object text NOT NULL, source_id text NOT NULL",
        pa.table(columns, names=list(RecordKey._fields)),
    )
    stage(conn, _TOUCHED, belonging.COLUMNS)
    closed = conn.execute(sa.text(_CLOSE_GONE)).rowcount
    if closed:
        profiles.touch_owners(conn, _TOUCHED)
    return closed


def count(conn: Connection) -> int:
    """How many activities there are now."""
    return conn.scalar(sa.text("SELECT count(*) FROM golden.activity WHERE valid_to IS NULL")) or 0


def _table(activities: Sequence[Activity]) -> pa.Table:
    rows = [
        {
            **activity.key._asdict(),
            "record_system": activity.belongs.system,
            "record_object": activity.belongs.object,
            "record_source_id": activity.belongs.source_id,
            "record_email": activity.belongs.email,
            "kind": activity.kind,
            "at": activity.at.isoformat(),
            "title": activity.title,
            "amount": None if activity.amount is None else str(activity.amount),
            "currency": activity.currency,
            "status": activity.status,
            "attributes": canonical_json(dict(activity.attributes)),
            "content_hash": activity.content_hash,
        }
        for activity in activities
    ]
    return pa.Table.from_pylist(rows, pa.schema([(name.strip(), pa.string()) for name in _NAMES.split(",")]))
