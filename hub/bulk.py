"""Tables between PostgreSQL and Arrow by COPY, inside the caller's transaction.

NULL and the empty string stay apart: NULL travels as nothing, the empty string as a quoted nothing.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
from psycopg import sql
from sqlalchemy import Connection

_BLOCK, _LARGEST_BLOCK = 8 << 20, (1 << 31) - 1
_SEPARATOR = "\x1f"  # ASCII unit separator: standardised values never hold control characters


def _driver(conn: Connection) -> psycopg.Connection[Any]:
    """Give the psycopg connection below, in the same transaction."""
    driver = conn.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):  # pragma: no cover - make_engine knows no other driver
        raise TypeError("the hub speaks to PostgreSQL through psycopg alone")
    return driver


def read_arrow(
    conn: Connection, query: str, schema: pa.Schema, params: Mapping[str, Any] | Sequence[Any] | None = None
) -> pa.Table:
    """Run `query` (psycopg placeholders) and give its rows as an Arrow table of `schema`, in the order of its columns.

    A `list<string>` field takes a text[] column. Types must fit: a text that is no number raises ArrowInvalid.
    """
    lists = [i for i, field in enumerate(schema) if pa.types.is_list(field.type)]
    wire = schema
    columns = [sql.Identifier(name) for name in schema.names]
    parts: list[sql.Composable] = []
    for i, name in enumerate(columns):
        if i in lists:
            wire = wire.set(i, pa.field(schema.names[i], pa.string()))
            parts.append(sql.SQL("array_to_string({}, {})").format(name, sql.Literal(_SEPARATOR)))
        else:
            parts.append(name)
    driver = _driver(conn)
    statement = sql.SQL("COPY (SELECT {} FROM (").format(sql.SQL(", ").join(parts)).as_string(driver)
    buffer = pa.BufferOutputStream()
    with psycopg.ClientCursor(driver) as cursor:
        inner = cursor.mogrify(query, params) if params is not None else query
        text = f"{statement}{inner}) q) TO STDOUT (FORMAT csv)"
        with cursor.copy(text.encode()) as copy:
            for block in copy:
                buffer.write(block)
    data = buffer.getvalue()
    if data.size == 0:
        return schema.empty_table()
    table = _parse(data, wire)
    for i in lists:
        text_column = table.column(i)
        split = pc.split_pattern(text_column, _SEPARATOR)
        empty = pa.scalar([], pa.list_(pa.string()))
        table = table.set_column(
            i, schema.field(i), pc.if_else(pc.equal(text_column, ""), empty, split).cast(schema.field(i).type)
        )
    return table


def read_ids(conn: Connection, query: str, params: Mapping[str, Any] | None = None) -> pa.Array:
    """Run a `query` (psycopg placeholders) that gives one bigint column; gives it as an Arrow array, in any order.

    They come as one value: COPY costs a message a row, which for numbers alone is several times their own cost.
    """
    with psycopg.ClientCursor(_driver(conn)) as cursor:
        found = cursor.execute(f"SELECT array_agg(id) FROM ({query}) q (id)", params).fetchone()  # noqa: S608 - as read_arrow
    return pa.array((found[0] if found else None) or [], pa.int64())


def rows_of(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a table as tuples, in the order of its columns."""
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _parse(data: pa.Buffer, wire: pa.Schema) -> pa.Table:
    """Read CSV in blocks, in parallel; where a row is longer than a block, in one block as long as all."""
    parse = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    convert = csv.ConvertOptions(
        column_types=wire,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
    )
    try:
        read = csv.ReadOptions(column_names=wire.names, block_size=_BLOCK)
        return csv.read_csv(pa.BufferReader(data), read, parse, convert)
    except pa.ArrowInvalid as error:
        if "straddling" not in str(error):
            raise
    read = csv.ReadOptions(column_names=wire.names, block_size=min(data.size, _LARGEST_BLOCK))
    return csv.read_csv(pa.BufferReader(data), read, parse, convert)


def write_arrow(conn: Connection, target: str, table: pa.Table) -> int:
    """Append `table` to `target` ("schema.table" or a temporary table) by column name; gives the number of rows.

    A `list<string>` column fills a text[] column.
    """
    if table.num_rows == 0:
        return 0
    # Arrow's CSV writer puts uninitialised memory where a batch is empty (pyarrow 26.0.1).
    table = pa.Table.from_batches([batch for batch in table.to_batches() if batch.num_rows], table.schema)
    for i, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            table = table.set_column(i, field.name, _array_literal(table.column(i)))
    buffer = io.BytesIO()
    csv.write_csv(table, buffer, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    driver = _driver(conn)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(*target.split(".")), sql.SQL(", ").join(sql.Identifier(name) for name in table.column_names)
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(buffer.getbuffer())
    return int(table.num_rows)


def _array_literal(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write lists as PostgreSQL array literals: {"a","b \\" c"}."""
    chunks = []
    for chunk in column.chunks:
        values = pc.replace_substring(pc.replace_substring(chunk.flatten(), "\\", "\\\\"), '"', '\\"')
        quoted = pc.binary_join_element_wise('"', values, '"', "")
        lengths = pc.fill_null(pc.list_value_length(chunk), 0)
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
        joined = pc.binary_join(pa.ListArray.from_arrays(offsets, quoted), ",")
        literal = pc.binary_join_element_wise("{", joined, "}", "")
        chunks.append(pc.if_else(chunk.is_valid(), literal, pa.scalar(None, pa.string())))
    return pa.chunked_array(chunks, pa.string())
