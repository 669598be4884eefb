"""The queries of a look-up: candidates by index, and what the frozen model says of the values at hand.

Invariant: the candidates of a record are those that a batch run gives it (`identity.candidates`): live records of its
type that share a key of a kind that the model uses and that is neither junk nor suppressed as glue.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from hub.records import EntityType, RecordKey
from identity.features import ARROW_SCHEMA
from identity.glue_words import suppressed
from identity.keys import digest
from identity.lookup_rows import Values
from identity.model import Model

_FEATURE = ", ".join(f"f.{name}" for name in ARROW_SCHEMA.names)
_RECORD = f"{_FEATURE}, s.system, s.object, s.source_id, x.customer_id"
_OF_RECORD = """
    JOIN identity.source_record s ON s.record_id = f.record_id AND s.deleted_at IS NULL
    LEFT JOIN identity.crosswalk x ON x.record_id = f.record_id AND x.valid_to IS NULL"""

# OFFSET 0 keeps each step a look-up by index, whatever the planner thinks of the sizes.
_CANDIDATES = sa.text(f"""
    WITH own AS MATERIALIZED (
        SELECT w.kind, w.key FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) AS w (kind, key)
        WHERE NOT EXISTS (SELECT FROM identity.model_junk j
                          WHERE j.entity_type = :type AND j.version = :version AND j.kind = w.kind AND j.key = w.key)
          AND NOT {suppressed("w.kind", "w.key")}),
    shared AS MATERIALIZED (
        SELECT o.record_id, array_agg(DISTINCT own.kind COLLATE "C" ORDER BY own.kind COLLATE "C") AS match_keys
        FROM own CROSS JOIN LATERAL (SELECT record_id FROM identity.blocking_key
                                     WHERE {digest("kind", "key")} = {digest("own.kind", "own.key")}
                                       AND kind = own.kind AND key = own.key OFFSET 0) o
        GROUP BY o.record_id)
    SELECT {_RECORD}, c.match_keys
    FROM shared c CROSS JOIN LATERAL (SELECT * FROM identity.feature
                                      WHERE record_id = c.record_id AND entity_type = :type OFFSET 0) f {_OF_RECORD}
    ORDER BY f.record_id""")  # noqa: S608 - own words

_KNOWN = sa.text(f"""
    SELECT 'frequency' AS what, w.name, w.value, t.frequency
    FROM unnest(CAST(:columns AS text[]), CAST(:values AS text[])) AS w (name, value)
    CROSS JOIN LATERAL (SELECT frequency FROM identity.model_term_frequency
                        WHERE entity_type = :type AND version = :version
                          AND column_name = w.name AND value = w.value OFFSET 0) t
    UNION ALL
    SELECT 'junk', w.name, w.value, NULL
    FROM unnest(CAST(:kinds AS text[]), CAST(:contacts AS text[])) AS w (name, value)
    WHERE EXISTS (SELECT FROM identity.model_junk
                  WHERE entity_type = :type AND version = :version AND kind = w.name AND key = w.value)
       OR {suppressed("w.name", "w.value")}""")  # noqa: S608 - own words


@dataclass(frozen=True, slots=True)
class Held:
    """A live record of the base: its features, its name, its customer (None: not resolved yet) and shared kinds."""

    record_id: int
    key: RecordKey
    customer_id: UUID | None
    feature: Mapping[str, Any]
    match_keys: tuple[str, ...] = ()


def live_version(conn: Connection, entity_type: EntityType) -> int | None:
    """The version of the live model of a type; None before the first resolve."""
    found: int | None = conn.scalar(
        sa.text("SELECT version FROM identity.model WHERE entity_type = :type AND live"), {"type": entity_type}
    )
    return found


def has_records(conn: Connection, entity_type: EntityType) -> bool:
    """Say whether there is any live record of a type."""
    return bool(
        conn.scalar(
            sa.text("SELECT EXISTS (SELECT FROM identity.feature WHERE entity_type = :type)"), {"type": entity_type}
        )
    )


def record_id_of(conn: Connection, key: RecordKey) -> int | None:
    """The record id of a source record, live or deleted; None where the hub never saw it."""
    found: int | None = conn.scalar(
        sa.text("""
            SELECT record_id FROM identity.source_record
            WHERE (system, object, source_id) = (:system, :object, :source_id)"""),
        key._asdict(),
    )
    return found


def candidates(conn: Connection, model: Model, keys: Sequence[tuple[str, str]]) -> list[Held]:
    """Give the records that share one of the keys (kind, key), in the order of their ids; `model` is a saved one."""
    used = [(kind, key) for kind, key in keys if kind in model.key_kinds]
    if not used:
        return []
    rows = conn.execute(
        _CANDIDATES,
        {
            "kinds": [kind for kind, _ in used],
            "keys": [key for _, key in used],
            "type": model.entity_type,
            "version": model.version,
        },
    )
    return [_held(row, tuple(row["match_keys"])) for row in rows.mappings()]


def held(conn: Connection, records: Collection[int]) -> dict[int, Held]:
    """Give the live records among these, by their ids."""
    rows = conn.execute(
        sa.text(f"SELECT {_RECORD} FROM identity.feature f {_OF_RECORD} WHERE f.record_id = ANY(:ids)"),  # noqa: S608 - own words; values are bound
        {"ids": list(records)},
    )
    return {row["record_id"]: _held(row) for row in rows.mappings()}


def known_values(
    conn: Connection, model: Model, frequencies: Values, contacts: Values
) -> tuple[dict[tuple[str, str], float], Values]:
    """Give the frozen frequencies by (column, value), and those of the contacts (kind, value) that are junk."""
    rows = conn.execute(
        _KNOWN,
        {
            "columns": [column for column, _ in frequencies],
            "values": [value for _, value in frequencies],
            "kinds": [kind for kind, _ in contacts],
            "contacts": [value for _, value in contacts],
            "type": model.entity_type,
            "version": model.version,
        },
    ).all()
    return (
        {(row.name, row.value): row.frequency for row in rows if row.what == "frequency"},
        {(row.name, row.value) for row in rows if row.what == "junk"},
    )


def junk_among(conn: Connection, model: Model, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Give those of the keys (kind, key) that find nothing, with the records that held them when it was counted.

    Those are the keys that the saved model has as junk, and those that are suppressed as glue now (0: never counted).
    """
    rows = conn.execute(
        sa.text(f"""
            SELECT w.kind, w.key, coalesce(j.records, s.records, 0) AS records
            FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[])) AS w (kind, key)
            LEFT JOIN identity.model_junk j
              ON j.entity_type = :type AND j.version = :version AND j.kind = w.kind AND j.key = w.key
            LEFT JOIN identity.suppressed_value s
              ON s.entity_type = :type AND s.kind = w.kind AND s.key = w.key
            WHERE j.key IS NOT NULL OR {suppressed("w.kind", "w.key")}"""),  # noqa: S608 - own words
        {
            "kinds": [kind for kind, _ in keys],
            "keys": [key for _, key in keys],
            "type": model.entity_type,
            "version": model.version,
        },
    )
    return {(row.kind, row.key): row.records for row in rows}


def _held(row: RowMapping, match_keys: tuple[str, ...] = ()) -> Held:
    key = RecordKey(row["system"], row["object"], row["source_id"])
    feature = {name: row[name] for name in ARROW_SCHEMA.names}
    return Held(row["record_id"], key, row["customer_id"], feature, match_keys)
