"""The views of schema `analytics`, for analysts: read only, one fixed shape, the same truth as everywhere else.

The views are made by the steps of the schema (hub.migrations); their columns are promised here, for exports.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy import Connection

from hub.records import canonical_json
from hub.spreadsheet import harmless

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
    "consents": pa.schema(
        [
            ("customer_id", _ID), ("point_kind", _TEXT), ("point", _TEXT), ("purpose", _TEXT), ("channel", _TEXT),
            ("state", _TEXT), ("since", _TIME), ("system", _TEXT), ("object", _TEXT), ("source_id", _TEXT),
        ]
    ),
    "relations": pa.schema([("customer_id", _ID), ("kind", _TEXT), ("other_id", _ID), ("evidence", _TEXTS)]),
}  # fmt: skip
"""View -> its columns in their order, as they are exported; documents are JSON as text."""

CHUNK = 50_000


Format = Literal["parquet", "csv"]


def export(conn: Connection, folder: Path, file_format: Format = "parquet") -> dict[str, int]:
    """Write each view as a file of its name into a folder; gives their numbers of rows.

    In CSV a list is JSON, and a text that a spreadsheet would take for a formula has an apostrophe before it.

    The caller's transaction should be one snapshot, so that the files fit together. Nobody else may read the
    files; each takes its name when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return {name: _write(conn, name, schema, folder / f"{name}.{file_format}") for name, schema in VIEWS.items()}


def _write(conn: Connection, name: str, schema: pa.Schema, path: Path) -> int:
    unfinished = path.with_suffix(f"{path.suffix}.tmp")
    os.close(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
    rows = 0
    plain = path.suffix == ".csv"
    flat = pa.schema([(f.name, _TEXT if f.type in (_TEXT, _TEXTS) else f.type) for f in schema])
    with (
        pc.CSVWriter(unfinished, flat) if plain else pq.ParquetWriter(unfinished, schema, compression="zstd") as writer
    ):
        for table in _tables(conn, name, schema):
            writer.write_table(_flat(table, flat) if plain else table)
            rows += table.num_rows
    unfinished.replace(path)
    return rows


def _flat(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Write lists as JSON, and keep texts from being taken for formulas."""
    columns = []
    for field in schema:
        column = table[field.name]
        if field.type == _TEXT:
            values = (canonical_json(v) if isinstance(v, list) else v for v in column.to_pylist())
            column = pa.array([v if v is None else harmless(v) for v in values], _TEXT)
        columns.append(column)
    return pa.table(columns, schema=schema)


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
