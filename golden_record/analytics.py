"""The views of schema `analytics`, for analysts: read only, one fixed shape, the same truth as everywhere else.

The views are made by the steps of the schema (hub.migrations); their columns are promised here, for exports.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import canonical_json

_ID, _TEXT, _NUMBER = pa.string(), pa.string(), pa.int64()
_TIME = pa.timestamp("us", tz="UTC")
_TEXTS = pa.list_(pa.string())
_AMOUNT = pa.decimal128(28, 6)

VIEWS: dict[str, pa.Schema] = {
    "customer_360": pa.schema(
        [
            ("customer_id", _ID), ("entity_type", _TEXT), ("version", _NUMBER), ("valid_from", _TIME), ("name", _TEXT),
            ("given_name", _TEXT), ("family_name", _TEXT), ("organisation_name", _TEXT), ("birth_date", _TEXT),
            ("language", _TEXT), ("email", _TEXT), ("phone", _TEXT), ("street", _TEXT), ("postcode", _TEXT),
            ("city", _TEXT), ("country", _TEXT), ("records", _NUMBER), ("systems", _TEXTS), ("attributes", _TEXT),
            ("computed", _TEXT),
        ]
    ),
    "customer_history": pa.schema(
        [
            ("customer_id", _ID), ("version", _NUMBER), ("entity_type", _TEXT), ("valid_from", _TIME),
            ("valid_to", _TIME), ("attributes", _TEXT), ("policy_hash", _TEXT),
        ]
    ),
    "crosswalk": pa.schema(
        [
            ("customer_id", _ID), ("system", _TEXT), ("object", _TEXT), ("source_id", _TEXT), ("valid_from", _TIME),
            ("valid_to", _TIME),
        ]
    ),
    "activities": pa.schema(
        [
            ("customer_id", _ID), ("system", _TEXT), ("object", _TEXT), ("source_id", _TEXT), ("kind", _TEXT),
            ("at", _TIME), ("title", _TEXT), ("amount", _AMOUNT), ("currency", _TEXT), ("status", _TEXT),
            ("attributes", _TEXT), ("record_system", _TEXT), ("record_object", _TEXT), ("record_source_id", _TEXT),
        ]
    ),
}  # fmt: skip
"""View -> its columns in their order, as they are exported; documents are JSON as text."""

CHUNK = 50_000


def export(conn: Connection, folder: Path) -> dict[str, int]:
    """Write each view as a Parquet file of its name into a folder; gives their numbers of rows.

    The caller's transaction should be one snapshot, so that the files fit together. Nobody else may read the
    files; each takes its name when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _write(conn, name, schema, folder / f"{name}.parquet") for name, schema in VIEWS.items()}


def _write(conn: Connection, name: str, schema: pa.Schema, path: Path) -> int:
    unfinished = path.with_suffix(".parquet.tmp")
    os.close(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    rows = 0
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for table in _tables(conn, name, schema):
            writer.write_table(table)
            rows += table.num_rows
    unfinished.replace(path)
    return rows


def _tables(conn: Connection, name: str, schema: pa.Schema) -> Iterator[pa.Table]:
    columns = ", ".join(
        f"CAST(round({column.name}, 6) AS numeric(28, 6)) AS {column.name}" if column.type == _AMOUNT else column.name
        for column in schema
    )
    query = sa.text(f"SELECT {columns} FROM analytics.{name}")  # noqa: S608 - names of this module
    found = conn.execution_options(stream_results=True, yield_per=CHUNK).execute(query)
    for part in found.partitions(CHUNK):
        cells = zip(*part, strict=True)
        arrays = [
            pa.array([_plain(value) for value in column], field.type)
            for column, field in zip(cells, schema, strict=True)
        ]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _plain(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case dict():
            return canonical_json(value)
        case _:
            return value
