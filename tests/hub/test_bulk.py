"""What goes to PostgreSQL by COPY comes back the same."""

from __future__ import annotations

import pyarrow as pa
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from hub.bulk import read_arrow, write_arrow

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("name", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("weight", pa.float64()),
        ("flag", pa.bool_()),
    ]
)
# PostgreSQL's text takes neither NUL nor surrogates; the unit separator is the wire's own.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x1f"), max_size=12)
rows = st.lists(
    st.tuples(
        st.one_of(st.none(), text),
        st.one_of(st.none(), st.lists(text.filter(bool), max_size=3)),
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        st.one_of(st.none(), st.booleans()),
    ),
    max_size=8,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows)
def test_round_trip(conn: Connection, rows: list[tuple[object, ...]]) -> None:
    conn.execute(sa.text("DROP TABLE IF EXISTS pg_temp.t"))
    conn.execute(sa.text("CREATE TEMP TABLE t (id bigint, name text, tags text[], weight float8, flag boolean)"))
    table = pa.Table.from_pylist(
        [dict(zip(SCHEMA.names, (i, *row), strict=True)) for i, row in enumerate(rows)], schema=SCHEMA
    )
    assert write_arrow(conn, "t", table) == len(rows)
    back = read_arrow(conn, "SELECT * FROM t ORDER BY id", SCHEMA)
    assert back.to_pylist() == table.to_pylist()


def test_parameters_are_bound(conn: Connection) -> None:
    schema = pa.schema([("name", pa.string())])
    hostile = "'; DROP TABLE x; --"
    assert read_arrow(conn, "SELECT %(n)s AS name", schema, {"n": hostile}).to_pylist() == [{"name": hostile}]


def test_slices_of_lists_keep_their_own_values(conn: Connection) -> None:
    conn.execute(sa.text("CREATE TEMP TABLE s (tags text[])"))
    table = pa.table({"tags": pa.array([["a"], ["b", "c"], None, ["d"]], pa.list_(pa.string()))})
    write_arrow(conn, "s", table.slice(1, 3))
    schema = pa.schema([("tags", pa.list_(pa.string()))])
    assert read_arrow(conn, "SELECT tags FROM s", schema).to_pylist() == [
        {"tags": ["b", "c"]},
        {"tags": None},
        {"tags": ["d"]},
    ]


def test_a_value_longer_than_a_block_is_read(conn: Connection) -> None:
    schema = pa.schema([("id", pa.int64()), ("long", pa.string())])
    found = read_arrow(conn, "SELECT n AS id, repeat('x', n) AS long FROM unnest(ARRAY[1, 20000000]) n", schema)
    assert [len(text) for text in found["long"].to_pylist()] == [1, 20_000_000]


def test_empty_batches_write_nothing(conn: Connection) -> None:
    conn.execute(sa.text("CREATE TEMP TABLE e (id bigint, name text)"))
    schema = pa.schema([("id", pa.int64()), ("name", pa.string())])
    full = pa.table({"id": list(range(3000)), "name": ["organisation"] * 3000}, schema=schema)
    assert write_arrow(conn, "e", pa.concat_tables([schema.empty_table(), full, schema.empty_table()])) == 3000
    assert read_arrow(conn, "SELECT * FROM e ORDER BY id", schema).equals(full)
