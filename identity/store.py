"""The statements over source records, their features and their blocking keys.

Invariant: record, features, blocking keys, the shared values it is without now (`touched_value`) and the pending mark
change together; a record is written only when its content differs from the current one (A -> B -> A is two changes),
and each write gives it a new revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.collector import no_collecting
from hub.records import EntityType, RecordKey, SourceRecord, attributes_from_json
from identity import echoes, feature_store, past, pending
from identity.features import feature
from identity.staging import stage

_KEY = "system text, object text, source_id text"
_BEFORE_TIME = datetime.min.replace(tzinfo=UTC)

# Of attributes whose values stay as they were (their comparable forms may be made anew by a later version of the hub):
# when they came, in microseconds since 1970 by the record's own time. A record's first content needs none: its time is
# that of the record.
_KEPT_TIMES = """
    SELECT jsonb_object_agg(name, coalesce(r.attribute_times -> name,
        to_jsonb((extract(epoch FROM coalesce(r.modified_at, r.changed_at)) * 1000000)::bigint)))
    FROM jsonb_each(excluded.attributes) said (name, given)
    WHERE jsonb_path_query_array(given, '$[*].value') = jsonb_path_query_array(r.attributes -> name, '$[*].value')
"""


@dataclass(frozen=True)
class SaveCounts:
    """What became of a batch: stored + unchanged + repeated = its rows.

    `unchanged` rows say what the hub holds already, `repeated` ones were overtaken by another row of the batch.
    """

    stored: int
    unchanged: int
    repeated: int = 0


@dataclass(frozen=True)
class RecordCounts:
    """How many source records there are; the pending ones (changed or deleted since the last resolve) among them."""

    live: int
    deleted: int
    pending: int


def save(conn: Connection, records: Sequence[SourceRecord], *, run_id: UUID | None = None) -> SaveCounts:
    """Store a batch (some 10,000 records at a time): the changed ones with features and keys, marked pending.

    Of a key that comes twice the row with the latest `modified_at` wins, between equal ones the last. A deleted
    record that comes again is revived. Echoes of what the hub wrote are left out first.
    """
    latest: dict[RecordKey, SourceRecord] = {}
    for record in records:
        other = latest.get(record.key)
        if other is None or (record.modified_at or _BEFORE_TIME) >= (other.modified_at or _BEFORE_TIME):
            latest[record.key] = record
    batch = _without_echoes(conn, list(latest.values()))
    with no_collecting():
        changed, known = _changed(conn, batch)
        if changed:
            _upsert(conn, changed, known, run_id)
    return SaveCounts(len(changed), len(latest) - len(changed), len(records) - len(latest))


def delete(conn: Connection, keys: Iterable[RecordKey], *, run_id: UUID | None = None) -> int:
    """Mark records as deleted and pending, without features and keys; gives their number.

    Unknown keys, and those of records that are deleted already, are passed over.
    """
    gone = sorted(set(keys))
    stage(conn, "gone_key", _KEY, _key_table(gone))
    found = conn.scalars(
        sa.text("""
            SELECT r.record_id FROM identity.source_record r JOIN gone_key k USING (system, object, source_id)
            WHERE r.deleted_at IS NULL ORDER BY r.record_id FOR UPDATE OF r""")
    ).all()
    at = echoes.now(conn)
    past.keep(conn, found, at)
    conn.execute(
        sa.text("""
            UPDATE identity.source_record r
            SET deleted_at = greatest(:at, r.changed_at), changed_at = greatest(:at, r.changed_at), run_id = :run_id,
                revision = nextval('identity.record_revision')
            WHERE r.record_id = ANY(:ids)"""),
        {"run_id": run_id, "at": at, "ids": found},
    )
    pending.mark(conn, found)
    feature_store.drop(conn, found)
    echoes.forget(conn, gone)
    return len(found)


def create_empty(conn: Connection, key: RecordKey, entity_type: EntityType, *, run_id: UUID | None = None) -> int:
    """Store a record of which nothing is known but that it exists; gives its record id.

    A live record of that key is left as it is.
    """
    known = sa.text("""
        SELECT record_id FROM identity.source_record
        WHERE (system, object, source_id) = (:system, :object, :source_id) AND deleted_at IS NULL""")
    if conn.scalar(known, key._asdict()) is None:
        save(conn, [SourceRecord(key, entity_type, {})], run_id=run_id)
    return int(conn.execute(known, key._asdict()).scalar_one())


def about_how_many(conn: Connection) -> int:
    """At most how many records there are, at no cost: the highest record id."""
    return int(conn.scalar(sa.text("SELECT max(record_id) FROM identity.source_record")) or 0)


def live_count(conn: Connection, entity_type: EntityType) -> int:
    """How many records of a type there are that are not deleted."""
    counted = sa.text("SELECT count(*) FROM identity.source_record WHERE entity_type = :type AND deleted_at IS NULL")
    return int(conn.scalar(counted, {"type": entity_type}) or 0)


def keys_of(conn: Connection, records: Iterable[int]) -> dict[int, RecordKey]:
    """Give the keys of records by their ids, the deleted ones too."""
    rows = conn.execute(
        sa.text("""
            SELECT record_id, system, object, source_id FROM identity.source_record WHERE record_id = ANY(:ids)"""),
        {"ids": sorted(set(records))},
    )
    return {row.record_id: RecordKey(row.system, row.object, row.source_id) for row in rows}


def counts(conn: Connection) -> RecordCounts:
    """Count the source records for a status."""
    row = conn.execute(
        sa.text("""
            SELECT count(*) FILTER (WHERE deleted_at IS NULL), count(deleted_at) FROM identity.source_record""")
    ).one()
    return RecordCounts(row[0], row[1], pending.count(conn))


def _without_echoes(conn: Connection, records: list[SourceRecord]) -> list[SourceRecord]:
    """Apply the rule of `identity.echoes` to the records that were told something."""
    if not conn.scalar(sa.text("SELECT EXISTS (SELECT FROM identity.told)")):
        return records
    told = echoes.told_of(conn, (record.key for record in records))
    if not told:
        return records
    stage(conn, "told_key", _KEY, _key_table(sorted(told)))
    rows = conn.execute(
        sa.text("""
            SELECT r.system, r.object, r.source_id, r.attributes, r.modified_at
            FROM identity.source_record r JOIN told_key USING (system, object, source_id)""")
    )
    stored = {
        RecordKey(row.system, row.object, row.source_id): echoes.Stored(
            attributes_from_json(row.attributes), row.modified_at
        )
        for row in rows
    }
    heard = {
        record.key: echoes.listen(record, stored.get(record.key), told[record.key])
        for record in records
        if record.key in told
    }
    echoes.keep(conn, {key: found.told for key, found in heard.items()})
    return [heard[record.key].record if record.key in heard else record for record in records]


def _changed(conn: Connection, records: list[SourceRecord]) -> tuple[list[SourceRecord], list[int]]:
    """Pick the records that say something else than the stored one, or come back from being deleted.

    Beside them the ids of those that are stored and live.
    """
    hashes = pa.table({"position": pa.array(range(len(records)), pa.int32())})
    hashes = _with_keys(hashes, [record.key for record in records]).append_column(
        "content_hash", pa.array([record.content_hash for record in records], pa.string())
    )
    stage(conn, "incoming_record", f"position integer, {_KEY}, content_hash text", hashes)
    rows = conn.execute(
        sa.text("""
            SELECT i.position, CASE WHEN r.deleted_at IS NULL THEN r.record_id END FROM incoming_record i
            LEFT JOIN identity.source_record r USING (system, object, source_id)
            WHERE r.record_id IS NULL OR r.deleted_at IS NOT NULL OR r.content_hash <> i.content_hash
            ORDER BY i.position""")
    ).all()
    return [records[position] for position, _ in rows], [known for _, known in rows if known is not None]


def _upsert(conn: Connection, records: list[SourceRecord], known: list[int], run_id: UUID | None) -> None:
    times = [record.modified_at.isoformat() if record.modified_at else None for record in records]
    rows = _with_keys(
        pa.table(
            {
                "position": pa.array(range(len(records)), pa.int32()),
                "entity_type": pa.array([record.entity_type for record in records], pa.string()),
                "attributes": pa.array([record.attributes_text for record in records], pa.string()),
                "content_hash": pa.array([record.content_hash for record in records], pa.string()),
                "modified_at": pa.array(times, pa.string()),
            }
        ),
        [record.key for record in records],
    )
    columns = "entity_type text, attributes jsonb, content_hash text, modified_at timestamptz"
    stage(conn, "changed_row", f"position integer, {columns}, {_KEY}", rows)
    at = echoes.now(conn)
    past.keep(conn, known, at)
    conn.execute(
        sa.text(f"""
            INSERT INTO identity.source_record AS r (system, object, source_id, entity_type, attributes, content_hash,
                                                     modified_at, revision, run_id)
            SELECT system, object, source_id, entity_type, attributes, content_hash, modified_at,
                   nextval('identity.record_revision'), :run_id
            FROM changed_row ORDER BY system, object, source_id
            ON CONFLICT (system, object, source_id) DO UPDATE
            SET entity_type = excluded.entity_type, attributes = excluded.attributes,
                content_hash = excluded.content_hash, modified_at = excluded.modified_at, revision = excluded.revision,
                run_id = excluded.run_id, changed_at = greatest(:at, r.changed_at), deleted_at = NULL,
                attribute_times = ({_KEPT_TIMES})"""),  # noqa: S608 - own words; values are bound
        {"run_id": run_id, "at": at},
    )
    # One array, not a row each: every row received costs Python more than the join costs PostgreSQL.
    record_ids: list[int] = conn.execute(
        sa.text("""
            SELECT array_agg(r.record_id ORDER BY c.position)
            FROM changed_row c JOIN identity.source_record r USING (system, object, source_id)""")
    ).scalar_one()
    pending.mark(conn, record_ids)
    made = [(record_id, feature(record)) for record_id, record in zip(record_ids, records, strict=True)]
    feature_store.write(conn, made, stored=known)


def _with_keys(rows: pa.Table, keys: Sequence[RecordKey]) -> pa.Table:
    for i, name in enumerate(RecordKey._fields):
        rows = rows.append_column(name, pa.array([key[i] for key in keys], pa.string()))
    return rows


def _key_table(keys: Sequence[RecordKey]) -> pa.Table:
    return pa.table({name: pa.array([key[i] for key in keys], pa.string()) for i, name in enumerate(RecordKey._fields)})
